"""DSAgent's plain operations beyond one request: owners, ids, kernels, files, counts."""

import itertools
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from engine.clock import Clock
from gateway.families.dsagent.kernel import kernel_of
from gateway.families.dsagent.sessions import NewSession, opened
from protocol.ids import SessionId
from protocol.items import Column
from protocol.results import FrameSeen, KernelSeen, VariableSeen
from tests.gateway.families.dsagent_situations import KEY, SETTINGS, asked, send, session
from tests.gateway.families.playing import SCRIPTS, ByQuestion
from tests.gateway.serving import Served, serving
from tests.rig import ME, Rig

OTHER = "a-key-of-bob"
SHOW = (
    "from IPython.display import Image, display\nimport base64\n"
    "open('artifacts/dot.png', 'wb').write(b'\\x89PNG')\n"
    "n = 41\ndisplay(Image(data=b'\\x89PNG', format='png'))\nprint('seen')\nn + 1"
)


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    tokens = {**SETTINGS["tokens"], "bob": OTHER}
    async with serving(tmp_path, model=ByQuestion(SCRIPTS), tokens=tokens) as server:
        yield server


async def test_a_key_is_a_caller_with_sessions_of_their_own(served: Served) -> None:
    mine = (await session(served))["session"]
    headers = {"X-API-Key": OTHER}
    for method, path in (
        ("GET", ""),
        ("DELETE", ""),
        ("GET", "/messages"),
        ("GET", "/files"),
        ("GET", "/export"),
        ("POST", "/kernel/reset"),
    ):
        status, body, _ = await served.http(method, f"/api/sessions/{mine}{path}", None, headers)
        assert (status, json.loads(body)) == (404, {"detail": f"Session {mine} not found"})
    _, body, _ = await served.http("GET", "/api/sessions", None, headers)
    assert json.loads(body) == {"sessions": [], "total": 0}


async def test_two_sessions_of_one_second_get_names_of_their_own() -> None:
    drawn = iter(("s_aaaaaa", "s_aaaaaa", "s_bbbbbb"))
    named = iter(("s_0", "s_0", "s_0"))
    by_turns = iter(itertools.chain.from_iterable(zip(drawn, named, strict=True)))
    count = itertools.count()

    def new_id(prefix: str) -> str:
        return next(by_turns) if prefix == "s" else f"{prefix}_{next(count)}"

    async with Rig(new_id=new_id, clock=Stopped()).running() as rig:
        made = [await opened(rig.engine, ME, NewSession()) for _ in range(2)]
    assert made == ["20260112_215333_aaaaaa", "20260112_215333_bbbbbb"]


class Stopped(Clock):
    """A clock that shows one time."""

    def stamp(self) -> str:
        """Return it."""
        return "2026-01-12T21:53:33.204Z"


async def test_a_new_session_starts_no_kernel_and_shows_the_model_that_was_asked_for(
    served: Served,
) -> None:
    known = await session(served, model="gpt-5.1")
    kernels = served.app.state.engine.world.kernels
    assert kernels.current(SessionId(known["session"])) is None
    shown = await send(served, "GET", f"/api/sessions/{known['session']}")
    assert (shown["model"], shown["served_by"]) == ("gpt-5.1", "builtin")
    path = f"/api/sessions/{known['session']}"
    shown = await send(served, "PUT", path, {"model": "builtin"})
    assert (shown["model"], shown["served_by"]) == ("builtin", "builtin")


async def test_messages_are_counted_as_they_are_listed_and_pages_join_to_the_whole(
    served: Served,
) -> None:
    known = await asked(served)
    path = f"/api/sessions/{known['session']}"
    told = await send(served, "GET", f"{path}/messages")
    listed = await send(served, "GET", "/api/sessions?limit=1")
    counts = {(await send(served, "GET", path))["message_count"], told["total"]}
    assert counts == {listed["sessions"][0]["message_count"]}
    parts: list[Any] = []
    more = True
    while more:
        page = await send(served, "GET", f"{path}/messages?limit=2&offset={len(parts)}")
        parts += page["messages"]
        more = page["has_more"]
    assert parts == told["messages"]


async def test_a_question_that_failed_is_told_with_its_failure(served: Served) -> None:
    known = await asked(served, "Nobody wrote a script for this.")
    path = f"/api/sessions/{known['session']}"
    told = await send(served, "GET", f"{path}/messages")
    assert [one["role"] for one in told["messages"]] == ["user", "system"]
    assert "nobody told me" in told["messages"][1]["content"]
    assert (await send(served, "GET", path))["message_count"] == told["total"]
    (turn,) = (await send(served, "GET", f"{path}/turns"))["turns"]
    assert turn["content"] == told["messages"][1]["content"]
    assert (turn["user_message"], turn["is_complete"]) == ("Nobody wrote a script for this.", True)


async def test_a_question_without_a_reply_is_told_already_and_goes_with_its_session(
    served: Served,
) -> None:
    known = await session(served, hitl_mode="plan_only")
    path = f"/api/sessions/{known['session']}"
    text = next(iter(SCRIPTS))
    command = {"id": "1", "type": "run.start", "session": known["session"], "text": text}
    body, headers = json.dumps(command).encode(), {"Authorization": f"Bearer {KEY}"}
    await served.http("POST", "/api/v1/commands", body, headers)
    await served.app.state.engine.rest()
    assert (await send(served, "GET", f"{path}/hitl/status"))["awaiting_feedback"]
    (said,) = (await send(served, "GET", f"{path}/messages"))["messages"]
    assert (said["role"], said["content"]) == ("user", text)
    (turn,) = (await send(served, "GET", f"{path}/turns"))["turns"]
    assert (turn["user_message"], turn["is_complete"]) == (text, False)
    await _files_go_with(served, SessionId(known["session"]))


async def _files_go_with(served: Served, name: SessionId) -> None:
    """Delete a session whose run waits, and see that nothing of it lies about."""
    engine = served.app.state.engine

    async def some() -> AsyncIterator[bytes]:
        yield b"x"

    await engine.world.files.store(name, "a.csv", some())
    await send(served, "DELETE", f"/api/sessions/{name}")
    await engine.rest()
    assert not engine.world.files.folder(name).exists()


@pytest.mark.kernel
async def test_a_kernel_shows_pictures_and_files_and_forgets_what_it_held(served: Served) -> None:
    path = f"/api/sessions/{(await session(served))['session']}"
    shown = await send(served, "POST", f"{path}/kernel/execute", {"code": SHOW})
    (picture,) = shown["images"]
    assert (picture["mime"], picture["format"], picture["data"].strip()) == (
        "image/png",
        "png",
        "iVBORw==",
    )
    assert (shown["success"], shown["error"], shown["output"]) == (True, None, shown["stdout"])
    assert shown["stdout"] == "seen\n42"
    held = await send(served, "GET", f"{path}/kernel")
    assert (held["is_running"], held["imports"]) == (True, ["base64"])
    variables = await send(served, "GET", f"{path}/kernel/variables")
    assert {"name": "n", "type": "int", "value_preview": "41"} in variables
    assert (await send(served, "GET", path))["kernel_variables"] == len(variables)
    artifacts = (await send(served, "GET", f"{path}/artifacts?type=image"))["artifacts"]
    assert [it["name"] for it in artifacts] == ["dot.png"]
    status, body, _ = await served.http("GET", artifacts[0]["url"], None, {"X-API-Key": KEY})
    assert (status, body) == (200, b"\x89PNG")
    empty = await send(served, "POST", f"{path}/kernel/reset")
    assert empty == {"variables": [], "dataframes": [], "imports": [], "is_running": True}
    failed = await send(served, "POST", f"{path}/kernel/execute", {"code": "n"})
    assert (failed["success"], "NameError" in failed["error"]) == (False, True)
    assert "\x1b" not in failed["error"]


def test_a_frame_is_told_as_pandas_would_call_it() -> None:
    columns = (Column(name="a", type="integer"), Column(name="at", type="timestamptz"))
    seen = KernelSeen(
        state="idle",
        variables=(VariableSeen(name="df", type="DataFrame", preview="3 × 2", size=3 * 2**20),),
        dataframes=(FrameSeen(name="df", rows=3, columns=columns),),
        imports=("pandas as pd",),
    )
    (frame,) = kernel_of(seen).dataframes
    assert (frame.shape, frame.columns, frame.memory_mb) == ((3, 2), ["a", "at"], 3.0)
    assert frame.dtypes == {"a": "int64", "at": "datetime64[us, UTC]"}


async def test_pages_of_allowed_origins_may_read_and_no_others(tmp_path: Path) -> None:
    ours, theirs = "http://ui.example", "http://evil.example"
    asks = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,x-api-key",
    }
    name = "Access-Control-Allow-Origin"
    async with serving(tmp_path, origins=(ours,)) as served:
        for origin, allowed in ((ours, ours), (theirs, None)):
            headers = {"Origin": origin}
            _, _, told = await served.http("OPTIONS", "/api/sessions", None, {**headers, **asks})
            assert told.get(name) == allowed
            _, _, told = await served.http("GET", "/api/sessions", None, headers)
            assert told.get(name) == allowed
            assert told.get("Access-Control-Allow-Credentials") is None
    async with serving(tmp_path) as served:
        _, _, told = await served.http("GET", "/api/sessions", None, {"Origin": ours})
        assert told.get(name) is None


async def test_only_files_may_be_large(tmp_path: Path) -> None:
    async with serving(tmp_path, frame_bytes=1000) as served:
        headers = {"Content-Type": "application/json"}
        body = json.dumps({"name": "x" * 1000}).encode()
        status, told, _ = await served.http("POST", "/api/sessions", body, headers)
        assert (status, json.loads(told)) == (413, {"detail": "Request Entity Too Large"})
        _, made, _ = await served.http("POST", "/dsagent/api/sessions", b"{}", headers)
        form, headers = _form("files", "a.csv", b"x" * 5000)
        path = f"/api/sessions/{json.loads(made)['id']}/files"
        assert (await served.http("POST", path, form, headers))[0] == 201


def _form(field: str, name: str, data: bytes) -> tuple[bytes, dict[str, str]]:
    """Return one file as a form."""
    head = f'Content-Disposition: form-data; name="{field}"; filename="{name}"\r\n\r\n'
    body = b"------edge\r\n" + head.encode() + data + b"\r\n------edge--\r\n"
    return body, {"Content-Type": "multipart/form-data; boundary=----edge"}
