"""`askwire import dsagent`: what DSAgent left comes over, whole or not at all, and only once."""

import asyncio
import json
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.engine import Engine
from engine.importing import Past, is_here, take_in
from engine.state import Unlawful
from gateway.building import build
from gateway.cli import main
from gateway.families.dsagent.importing.becoming import moment, taken_apart
from gateway.families.dsagent.importing.left import NothingHere, files_of, sessions_in
from gateway.families.dsagent.importing.past import CUT, MOST_TEXT, from_events, told_in
from gateway.settings import Settings
from protocol.events import RoundStarted, SessionCreated
from protocol.ids import CallerId, RunId, SessionId
from tests.gateway.families.leaving import FIRST, REPLY, SECOND, leave, stored, whole
from tests.gateway.serving import Served, serving
from tests.rig import ME, Rig


def imported(folder: Path, data: Path, *more: str) -> int:
    """Import a folder as a person does, and return the exit code."""
    return main(["import", "dsagent", str(folder), "--data", str(data), *more])


async def get(served: Served, path: str) -> Any:
    """Ask DSAgent's API."""
    status, body, _ = await served.http("GET", path)
    assert status == 200, body
    return json.loads(body)


@pytest.fixture
def left(tmp_path: Path) -> Path:
    return whole(tmp_path / "theirs")


async def test_sessions_come_over_with_all_that_was_said_and_made(
    left: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await asyncio.to_thread(imported, left, tmp_path / "data") == 0
    said = capsys.readouterr().err
    assert "1 lines could not be read" in said
    assert "2 of 2 sessions" in said
    async with serving(tmp_path) as served:
        listed = await get(served, "/api/sessions")
        assert {one["id"]: one["status"] for one in listed["sessions"]} == {
            FIRST: "active",
            SECOND: "archived",
        }
        shown = await get(served, f"/api/sessions/{FIRST}")
        assert (shown["name"], shown["model"], shown["hitl_mode"]) == (
            "Old work",
            "gpt-5.1",
            "plan_only",
        )
        turns = (await get(served, f"/api/sessions/{FIRST}/turns"))["turns"]
        assert [(turn["user_message"], turn["round"]) for turn in turns] == [
            ("Sum it up", 1),
            (None, 2),
            (None, 3),
            ("And now?", 1),
            ("Hello", 1),
        ]
        first, second, third, failed, plain = turns
        assert first["code"] == "print(6)"
        assert first["execution_result"]["stdout"] == "6\n"
        assert first["plan"]["raw_text"] == "1. [ ] Load\n2. [ ] Sum"
        assert (second["execution_result"]["success"], second["execution_result"]["error"]) == (
            False,
            "Zero",
        )
        assert (third["answer"], third["plan"]["is_complete"]) == ("The sum is 6.", True)
        assert failed["content"] == "the provider exploded"
        assert plain["answer"] == "Good day."
        files = await get(served, f"/api/sessions/{FIRST}/files")
        assert [file["name"] for file in files["files"]] == ["a.csv"]
        artifacts = await get(served, f"/api/sessions/{FIRST}/artifacts")
        assert [it["name"] for it in artifacts["artifacts"]] == ["chart.png"]


async def test_a_history_alone_comes_over_without_the_agents_own_prompts(
    left: Path, tmp_path: Path
) -> None:
    await asyncio.to_thread(imported, left, tmp_path / "data")
    async with serving(tmp_path) as served:
        told = await get(served, f"/api/sessions/{SECOND}/messages")
        assert [(one["role"], one["content"]) for one in told["messages"]] == [
            ("user", "What is one and one?"),
            ("assistant", "<code>\nprint(1 + 1)\n</code>"),
            ("execution", "2"),
            ("assistant", "<answer>\nTwo.\n</answer>"),
        ]


def test_a_second_import_changes_nothing(
    left: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert imported(left, tmp_path / "data") == 0
    before = (tmp_path / "data" / "workspaces" / FIRST / "data" / "a.csv").stat().st_mtime_ns
    capsys.readouterr()
    assert imported(left, tmp_path / "data") == 0
    assert capsys.readouterr().err.count("is here already") == 2
    after = (tmp_path / "data" / "workspaces" / FIRST / "data" / "a.csv").stat().st_mtime_ns
    assert after == before


def test_a_dry_run_says_what_it_would_do_and_does_nothing(
    left: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert imported(left, tmp_path / "data", "--dry-run") == 0
    would = capsys.readouterr().err
    assert "records and 2 files" in would
    assert not (tmp_path / "data" / "workspaces" / FIRST).exists()
    assert imported(left, tmp_path / "data") == 0
    assert capsys.readouterr().err == would.replace("would take in", "took in")


def test_a_session_belongs_to_whom_it_was_imported_for(left: Path, tmp_path: Path) -> None:
    assert imported(left, tmp_path / "data", "--owner", "ada") == 0

    async def owners() -> set[str]:
        parts = build(Settings(data=tmp_path / "data", sample=False, warm_kernels=0))
        async with parts.opened():
            engine = Engine(parts.world)
            await engine.start()
            cards = await engine.rooms.cards(CallerId("ada"))
            inbox = await engine.rooms.inbox(CallerId("ada"))
            shown = set(inbox.viewer.inbox.sessions)
            await engine.close()
            assert {card.session for card in cards} == shown
            return {str(card.session) for card in cards}

    assert asyncio.run(owners()) == {FIRST, SECOND}


@pytest.mark.parametrize(
    ("session", "data", "words"),
    [
        (FIRST, "{", "does not fit"),
        (FIRST, "[]", "does not fit"),
        (FIRST, json.dumps(stored(FIRST, history={"messages": 7})), "does not fit"),
        (FIRST, json.dumps(stored("other")), "says it is 'other'"),
        (FIRST, "[" * 100_000, "does not fit"),
        ("../../etc/passwd", json.dumps(stored("../../etc/passwd")), "cannot have this id"),
        ("x" * 300, json.dumps(stored("x" * 300)), "cannot have this id"),
    ],
)
def test_a_broken_session_is_named_and_the_others_come(
    session: str,
    data: str,
    words: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = leave(tmp_path / "theirs", [(session, data), (SECOND, json.dumps(stored(SECOND)))])
    assert imported(folder, tmp_path / "data") == 1
    said = capsys.readouterr().err
    assert words in said
    assert f"{SECOND}" in said
    assert "1 of 2 sessions; 1 could not be read" in said
    assert [path.name for path in tmp_path.iterdir() if path.name not in ("theirs", "data")] == []


def test_a_row_that_is_too_large_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.families.dsagent.importing.left.MOST_BYTES", 100)
    folder = leave(tmp_path, [(FIRST, json.dumps(stored(FIRST)))])
    (found,) = sessions_in(folder)
    assert (found.stored, "larger" in str(found.problem)) == (None, True)


def test_links_lead_nowhere(left: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    data = left / "runs" / FIRST / "data"
    os.symlink(secret, data / "link.csv")
    (data / "deeper").mkdir()
    os.symlink(tmp_path, left / "runs" / SECOND)
    files, out = files_of(left, FIRST)
    assert ([file.path.name for file in files], out) == (["chart.png", "a.csv"][::-1], 2)
    assert files_of(left, SECOND) == ([], 0)
    logs = left / "runs" / FIRST / "logs" / "events.jsonl"
    (first, _) = sessions_in(left)
    assert first.stored is not None
    for make in (lambda: os.symlink(secret, logs), lambda: os.mkfifo(logs)):
        logs.unlink()
        make()
        assert told_in(left, first.stored).said == ()


@pytest.mark.parametrize(
    "make",
    [
        lambda folder: folder / "missing",
        lambda folder: folder,
        lambda folder: _not_a_database(folder),
        lambda folder: _a_view(folder),
    ],
)
def test_a_folder_without_sessions_is_said_to_be_one(
    make: Callable[[Path], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert imported(make(tmp_path), tmp_path / "data") == 2
    assert "sessions.db" in capsys.readouterr().err


def _not_a_database(folder: Path) -> Path:
    (folder / "sessions.db").write_text("this is no database, however long it may be" * 50)
    return folder


def _a_view(folder: Path) -> Path:
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
    with sqlite3.connect(folder / "sessions.db") as database:
        database.execute(f"CREATE VIEW sessions AS {endless}")
    database.close()
    return folder


def test_a_server_that_runs_keeps_its_data_to_itself(
    left: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def beside() -> int:
        parts = build(Settings(data=tmp_path / "data", sample=False, warm_kernels=0))
        async with parts.opened():
            return await asyncio.to_thread(imported, left, tmp_path / "data")

    assert asyncio.run(beside()) == 2
    assert "another server" in capsys.readouterr().err


def test_sessions_kept_as_json_files_are_found_too(tmp_path: Path) -> None:
    place = tmp_path / ".dsagent" / "sessions"
    place.mkdir(parents=True)
    (place / f"{FIRST}.json").write_text(json.dumps(stored(FIRST)))
    assert [found.name for found in sessions_in(tmp_path) if found.stored] == [FIRST]
    with pytest.raises(NothingHere):
        list(sessions_in(place))


def test_long_lines_and_long_texts_do_not_fill_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.families.dsagent.importing.past.MOST_LINE", 300_000)
    path = tmp_path / "events.jsonl"
    lines = [
        json.dumps({"type": "user_message", "data": {"message": "x" * 250_000}}),
        json.dumps({"type": "user_message", "data": {"message": "x" * 900_000}}),
        json.dumps({"type": "user_message", "data": {"message": ["odd"]}}),
        json.dumps({"type": "something", "data": {}}),
    ]
    path.write_text("\n".join(lines))
    with path.open("rb") as file:
        told = from_events(file)
    assert told.unread == 1
    assert [len(one.text) for one in told.said] == [MOST_TEXT + len(CUT), len("['odd']")]


def test_a_reply_is_taken_apart_by_its_tags_also_when_the_last_one_is_open() -> None:
    reply = taken_apart(REPLY)
    assert (reply.plan, reply.code, reply.prose) == (
        "1. [ ] Load\n2. [ ] Sum",
        "print(6)",
        "I will load it.",
    )


def test_times_get_a_zone_and_never_go_back() -> None:
    known = moment("2026-01-12T21:54:44.673+00:00")
    assert known == "2026-01-12T21:54:44.673Z"
    assert moment("2020-01-01T00:00:00Z", known) == known
    assert moment("not a time", known) == known


# --- The engine's part ---


async def test_an_import_that_broke_off_is_begun_anew() -> None:
    async with Rig().running() as rig:
        session = SessionId("old")
        past = [_created(session)]
        await take_in(rig.engine.world, ME.id, session, past)
        await rig.store.delete("session", session)  # as if it had died before its last page
        assert not await is_here(rig.engine.world, session)
        assert await take_in(rig.engine.world, ME.id, session, past) == 1
        assert await take_in(rig.engine.world, ME.id, session, past) == 0
        assert len(await rig.log(session)) == 1


async def test_what_could_not_have_happened_is_not_taken_in() -> None:
    async with Rig().running() as rig:
        session = SessionId("old")
        odd = Past(at="2026-01-01T00:00:00.000Z", events=(RoundStarted(run=RunId("r"), round=1),))
        with pytest.raises(Unlawful):
            await take_in(rig.engine.world, ME.id, session, [_created(session), odd])
        assert await rig.store.head(session) is None


def _created(session: SessionId) -> Past:
    created = SessionCreated(session=session, owner=ME.id, by=ME.id)
    return Past(at="2026-01-01T00:00:00.000Z", events=(created,))
