"""Weaknesses of DSAgent's server that cannot happen here: Python, its process and its files."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from engine.models.scripted import call
from gateway.dialects.dsagent.composing import ABORTED
from protocol.events import RunFinished
from protocol.ids import SessionId
from tests.gateway.families.dsagent_chatting import (
    SAY,
    SQL,
    Held,
    Streamed,
    chatting,
    log_of,
    person,
    python,
    refused,
    whole,
)
from tests.gateway.serving import Served, serving

WAIT = "import os, time\nwhile not os.path.exists('data/go.txt'):\n    time.sleep(0.02)\nprint(7)"
SCRIPTS = {
    "How many?": (SQL, SAY),
    "Wait": (python(WAIT), SAY),
    "For ever": (python("print('on')\nwhile True:\n    pass"), SAY),
    "Hello": (call("answer", "a", text="Hello to you."),),
}
SESSIONS = 37


def kernels(served: Served, sessions: list[str]) -> int:
    """How many sessions have a kernel."""
    found = served.app.state.engine.world.kernels
    return sum(found.current(SessionId(session)) is not None for session in sessions)


@pytest.mark.kernel
async def test_w08_looking_into_a_kernel_and_a_second_cell_disturb_no_cell(
    tmp_path: Path,
) -> None:
    """Theirs hung: whoever looked while a cell ran ate its replies, and then nothing came."""
    async with serving(tmp_path, model=Held(SCRIPTS)) as served, person(served) as extension:
        session = (await extension.new_chat())["id"]
        stream = Streamed(extension.chat(session, "Wait"))
        await stream.until("code_executing")
        async with asyncio.TaskGroup() as group:
            looks = [group.create_task(extension.kernel(session)) for _ in range(10)]
            second = group.create_task(extension.execute(session, "print(6 * 7)"))
            await asyncio.wait(looks)
            assert not second.done()
            await extension.attach(session, "go.txt", b"")
        assert (await stream.until("code_result"))["stdout"] == "7\n"
        assert second.result()["stdout"] == "42\n"
        assert (await stream.rest())[-1] == ("done", {})


@pytest.mark.kernel
async def test_w09_cancel_stops_python_that_would_never_end(tmp_path: Path) -> None:
    """Theirs cannot stop code at all."""
    async with serving(tmp_path, model=Held(SCRIPTS)) as served, person(served) as extension:
        session = (await extension.new_chat())["id"]
        async with chatting(served, session) as chat:
            await chat.say(type="chat", content="For ever")
            await chat.until("code_executing")
            await chat.say(type="cancel")
            assert (await chat.until("complete"))["data"] == {"message": ABORTED}
        assert (await extension.execute(session, "print(1)"))["stdout"] == "1\n"


async def test_w15_37_sessions_are_not_37_kernels(tmp_path: Path, record_property: Any) -> None:
    """Theirs held 37 kernels and 4.3 GiB for 37 sessions, each from the moment it was opened."""
    async with serving(tmp_path, model=Held(SCRIPTS)) as served, person(served) as extension:
        sessions = [(await extension.new_chat())["id"] for _ in range(SESSIONS)]
        chats = [whole(extension.chat(session, "How many?")) for session in sessions]
        assert all(chat[-1] == ("done", {}) for chat in await asyncio.gather(*chats))
        found = kernels(served, sessions)
    record_property("kernels_of_37_sessions", found)
    assert found == 0


@pytest.mark.kernel
async def test_w20_code_sees_no_secret_and_no_other_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Theirs printed `OPENAI_API_KEY` and could read everybody's sessions."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-not-for-code")
    look = f"""
import os, pathlib
print(dict(os.environ))
for place in pathlib.Path({str(tmp_path)!r}, "data").rglob("*"):
    try:
        print(place.read_bytes()[:20])
    except OSError:
        pass
"""
    async with serving(tmp_path, model=Held(SCRIPTS)) as served, person(served) as extension:
        other = (await extension.new_chat())["id"]
        await extension.attach(other, "salaries.csv", b"ann,100000\n")
        session = (await extension.new_chat())["id"]
        seen = await extension.execute(session, look)
    told = str(seen)
    assert "sk-not-for-code" not in told
    assert "SQLite format" not in told
    assert "ann,100000" not in told


async def test_w23_a_socket_on_an_unknown_session_makes_none(tmp_path: Path) -> None:
    """Theirs opened a session and started a kernel for whatever id was asked for."""
    async with serving(tmp_path, model=Held(SCRIPTS)) as served, person(served) as extension:
        assert await refused(served, "whoever") == ("Session whoever not found", 4403)
        assert await refused(served, "no.such..name") == ("Session no.such..name not found", 4403)
        assert await extension.sessions() == []
        assert kernels(served, ["whoever"]) == 0


@pytest.mark.parametrize("put_away", ["delete", "archive"])
async def test_w25_a_session_that_goes_away_ends_its_run_in_order(
    tmp_path: Path, put_away: str
) -> None:
    """Theirs pulled the kernel away: the stream ended with an error, and files stayed behind."""
    model = Held(SCRIPTS)
    async with serving(tmp_path, model=model) as served, person(served) as extension:
        session = (await extension.new_chat())["id"]
        await extension.attach(session, "a.csv", b"a\n1\n")
        model.free.clear()
        stream = Streamed(extension.chat(session, "How many?"))
        await stream.until("thinking")
        await getattr(extension, put_away)(session)
        told = await stream.rest()
        assert [name for name, _ in told] == ["thinking", "round_complete", "done"]
        assert told[1][1]["answer"] == ABORTED
        log = await log_of(served, session)
        assert [it.outcome for it in log if isinstance(it, RunFinished)] == ["cancelled"]
        files = served.app.state.engine.world.files.folder(SessionId(session))
        if put_away == "archive":
            assert [it["name"] for it in await extension.files(session)] == ["a.csv"]
        else:
            await served.app.state.engine.rest()
            assert not list(files.rglob("a.csv"))
