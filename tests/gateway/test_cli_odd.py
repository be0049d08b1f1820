"""The command line where something is off: words instead of tracebacks, and nothing left behind."""

import asyncio
import json
from pathlib import Path

import pytest

from engine.grants import keep
from gateway.cli import main
from gateway.identity import LOCAL
from protocol.ids import SessionId
from tests.gateway.serving import Served, serving

TOKEN = "boss"


async def said(argv: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    """Run a command beside the server of this loop: its exit code and what it wrote."""
    code = await asyncio.to_thread(main, argv)
    told = capsys.readouterr()
    return code, told.out, told.err


async def sessions(served: Served) -> list[str]:
    """The sessions that there are."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    _, body, _ = await served.http("GET", "/api/v1/sessions", headers=headers)
    return [it["session"] for it in json.loads(body)["items"]]


def test_no_command_at_all_shows_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    told = capsys.readouterr().err
    assert "\n    ask " in told
    assert "--help says more" in told


def test_the_version_is_an_option_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    option = capsys.readouterr().out
    assert main(["version"]) == 0
    assert option == capsys.readouterr().out


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (["ask", "How many?"], 2),
        (["sessions"], 2),
        (["sources"], 2),
        (["models"], 2),
        (["audit"], 2),
        (["grants"], 2),
        (["meaning", "show", "shop"], 2),
        (["serve", "--port", "0"], 1),
    ],
    ids=lambda it: it[0] if isinstance(it, list) else "",
)
def test_a_data_folder_that_cannot_be_is_said_in_one_line(
    command: list[str], code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("in the way")
    assert main([*command, "--data", str(tmp_path / "file" / "data")]) == code
    told = capsys.readouterr().err
    assert told.startswith(f"askwire {command[0]}: the data folder ")
    assert told.endswith("choose another with --data\n")
    assert told.count("\n") == 1


@pytest.mark.parametrize(
    ("argv", "why"),
    [
        (["serve", "--port", "web"], "a port is a number from 0 to 65535"),
        (["ask", "?", "--rows", "-3"], "a number of rows is at least 1"),
        (["ask", "?", "--url", "htp://here"], "begins with http:// or https://"),
    ],
    ids=lambda it: " ".join(it) if isinstance(it, list) else "",
)
def test_a_value_that_makes_no_sense_is_said_in_words(
    argv: list[str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(argv) == 2
    assert why in capsys.readouterr().err


async def test_who_is_not_known_is_told_of_the_option(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with serving(tmp_path, token=TOKEN) as served:
        for command in (["ask", "How many?"], ["sources"], ["sessions"], ["audit"], ["grants"]):
            code, _, told = await said([*command, "--url", served.url], capsys)
            assert (code, "--token" in told) == (1, True), told


async def test_a_question_that_was_refused_leaves_no_session(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with serving(tmp_path, token=TOKEN) as served:
        where = ["--url", served.url, "--token", TOKEN]
        for wrong in (["--source", "moon"], ["--model", "moon"]):
            assert (await said(["ask", "How many?", *wrong, *where], capsys))[0] == 2
        assert await sessions(served) == []


async def test_grants_are_listed_and_taken_back_on_a_server_and_in_a_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with serving(tmp_path) as served:
        engine = served.app.state.engine
        await keep(engine.world.store, LOCAL.id, "sql", "shop", SessionId("s_1"))
        await keep(engine.world.store, LOCAL.id, "python", "python", SessionId("s_1"))
        where = ["--url", served.url]
        _, listed, _ = await said(["grants", "--json", *where], capsys)
        one, other = [json.loads(line)["id"] for line in listed.splitlines()]
        assert (await said(["grants", "revoke", one, *where], capsys))[0] == 0
        code, _, told = await said(["grants", "revoke", one, *where], capsys)
        assert (code, told) == (1, f"askwire grants: there is no grant '{one}'\n")
        assert (await said(["grants", "revoke", *where], capsys))[0] == 2
    where = ["--data", str(served.settings.data)]
    code, listed, _ = await said(["grants", *where], capsys)
    assert (code, other in listed, one in listed) == (0, True, False)
    assert (await said(["grants", "revoke", other, *where], capsys))[0] == 0
    assert "nothing is allowed for always" in (await said(["grants", *where], capsys))[2]


async def test_no_sources_at_all_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await asyncio.to_thread(main, ["sources", "--data", str(tmp_path / "data")]) == 0
    told = capsys.readouterr()
    assert told.out == ""
    assert "askwire sources add" in told.err
