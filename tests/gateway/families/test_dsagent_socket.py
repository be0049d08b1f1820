"""DSAgent's socket on a real server: its envelope, what a client may say, and what it is told."""

import asyncio
import json
import re
from pathlib import Path

import pytest

from engine.models.scripted import call
from gateway.dialects.dsagent.composing import ABORTED
from protocol.closes import RESTARTING
from tests.gateway.families.dsagent_chatting import (
    PLANNED,
    SAY,
    SHOWN,
    SQL,
    Held,
    chatting,
    opened,
    person,
)
from tests.gateway.serving import Served, serving

ASK = call("ask_user", "q", prompts=[{"title": "Which year?"}])
SCRIPTS = {
    "Plan it": PLANNED,
    "How many?": (SQL, SAY),
    "Which?": (ASK, SAY),
}
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@pytest.fixture
def model() -> Held:
    """A model that knows three questions."""
    return Held(SCRIPTS)


async def new(served: Served, mode: str = "none") -> str:
    """Open a session."""
    async with person(served) as extension:
        session: str = (await extension.new_chat(hitl_mode=mode, model=""))["id"]
        return session


async def test_every_message_stands_in_the_envelope(tmp_path: Path, model: Held) -> None:
    async with serving(tmp_path, model=model) as served:
        session = await new(served)
        async with chatting(served, session) as chat:
            await chat.say(type="chat", content="How many?", whatever=1)
            await chat.until("complete")
        connected = chat.heard[0]
        assert connected["data"] == {"message": f"Connected to session {session}"}
        assert list(connected) == ["type", "data", "timestamp", "session_id"]
        for message in chat.heard[1:]:
            assert list(message)[:4] == ["type", "data", "timestamp", "session_id"]
            assert STAMP.fullmatch(message["timestamp"])
            assert message["session_id"] == session
        assert chat.heard[2]["data"] == {"code": SHOWN}
        assert chat.heard[3]["data"]["stdout"] == " n\n60"


async def test_what_cannot_be_done_is_said_and_the_socket_lives(
    tmp_path: Path, model: Held
) -> None:
    said = {
        '{"type": "chat", "content": " "}': "Message content is required",
        '{"type": "execute"}': "Code is required",
        '{"type": "approve", "approved": true}': "No HITL session active for this agent",
        '{"type": "approve", "action": "Approve"}': "Unknown HITL action: Approve",
        '{"type": "dance"}': "Invalid message format: ",
        '{"content": "x"}': "Invalid message format: ",
        "[1, 2]": "Invalid message format: ",
        '{"type": "chat", "content": 7}': "Invalid message format: ",
        "{": "Invalid JSON: ",
        "": "Invalid JSON: ",
    }
    async with serving(tmp_path, model=model) as served:
        session = await new(served)
        async with chatting(served, session) as chat:
            for text, words in said.items():
                await chat.socket.send(text)
                error = (await chat.until("error"))["data"]
                assert error["error"].startswith(words), text
                assert error["code"] is None
            await chat.say(type="chat", content="How many?")
            assert (await chat.until("answer"))["data"] == {"answer": "There are 60."}


async def test_an_approval_is_answered_by_any_of_its_words(tmp_path: Path, model: Held) -> None:
    async with serving(tmp_path, model=model) as served:
        session = await new(served, "full")
        async with chatting(served, session) as chat:
            await chat.say(type="approve", approved=True)
            assert (await chat.until("error"))["data"]["error"] == "Agent is not awaiting feedback"
            await chat.say(type="chat", content="Plan it")
            await chat.until("hitl_request")
            await chat.say(type="approve", action="modify")
            await chat.until("error")
            await chat.say(type="approve", action="modify", modified_plan="1. Count\n2. [ ] Say")
            assert (await chat.until("hitl_response"))["data"] == {
                "accepted": True,
                "message": "Modification accepted",
            }
            request = (await chat.until("hitl_request"))["data"]
            assert (request["request_type"], request["code"]) == ("code", SHOWN)
            await chat.say(type="approve", approved=True, approval_id=request["approval_id"])
            assert (await chat.until("code_executing"))["data"] == {"code": SHOWN}
            assert (await chat.until("hitl_request"))["data"]["answer"] == "There are 60."
            # Anything but a clear yes is a no, also nothing at all.
            await chat.say(type="approve")
            told = (await chat.until("hitl_response"))["data"]["message"]
            assert told == "Rejected - task aborted"
            assert (await chat.until("answer"))["data"] == {"answer": ABORTED}
            await chat.until("complete")


async def test_a_question_of_the_models_is_answered_by_the_next_chat(
    tmp_path: Path, model: Held
) -> None:
    async with serving(tmp_path, model=model) as served:
        session = await new(served)
        async with chatting(served, session) as chat:
            await chat.say(type="chat", content="Which?")
            assert (await chat.until("answer"))["data"] == {"answer": "Which year?"}
            assert (await chat.until("complete"))["data"]["message"] == "Your answer is needed"
            await chat.say(type="chat", content="2025")
            assert (await chat.until("answer"))["data"] == {"answer": "There are 60."}
            await chat.until("complete")
        assert any("2025" in str(turn) for turn in model.prompts[-1].turns)


async def test_chats_said_at_once_are_answered_one_after_the_other(
    tmp_path: Path, model: Held
) -> None:
    async with serving(tmp_path, model=model) as served:
        session = await new(served)
        async with chatting(served, session) as chat:
            for _ in range(3):
                await chat.say(type="chat", content="How many?")
            for _ in range(3):
                await chat.until("complete")
        one = ["thinking", "code_executing", "code_result", "response", "response", "answer"]
        assert chat.kinds()[1:] == [*one, "complete"] * 3


async def test_its_address_may_ask_for_more_approvals_and_never_for_fewer(
    tmp_path: Path, model: Held
) -> None:
    async with serving(tmp_path, model=model) as served:
        for mode, query in (("none", "plan_only"), ("plan_only", "none"), ("plan_only", "x")):
            session = await new(served, mode)
            async with chatting(served, session, f"?hitl_mode={query}&model=gpt-5.1") as chat:
                await chat.say(type="chat", content="Plan it")
                assert (await chat.until("hitl_request"))["data"]["request_type"] == "plan"


async def test_it_stands_under_the_familys_own_prefix_too(tmp_path: Path, model: Held) -> None:
    async with serving(tmp_path, model=model) as served:
        session = await new(served)
        async with served.raw(None, f"/dsagent/ws/chat/{session}") as socket:
            assert json.loads(await socket.recv())["type"] == "connected"


async def test_frames_that_nobody_can_read_end_the_socket_with_a_reason(
    tmp_path: Path, model: Held
) -> None:
    async with serving(tmp_path, model=model, frame_bytes=1000) as served:
        session = await new(served)
        for frame, code in ((b"text", 4400), ("x" * 1001, 4413)):
            async with opened(served, session) as socket:
                await socket.recv()
                await socket.send(frame)
                await socket.wait_closed()
                assert socket.close_code == code


async def test_who_says_too_much_is_told_so_and_may_go_on(tmp_path: Path, model: Held) -> None:
    async with serving(tmp_path, model=model, commands_per_second=2) as served:
        session = await new(served)
        async with chatting(served, session) as chat:
            for _ in range(9):
                await chat.say(type="cancel")
            assert (await chat.until("error"))["data"]["error"] == "at most 2 commands a second"
            assert chat.socket.close_code is None


async def test_a_client_that_takes_no_byte_is_dropped(tmp_path: Path, model: Held) -> None:
    huge = "x" * 400_000
    plans = tuple(call("make_plan", f"p{n}", steps=[f"{n} {huge}"]) for n in range(20))
    model = Held({"Much": (*plans, SAY)})
    async with serving(tmp_path, model=model, send_seconds=0.3, max_rounds=30) as served:
        session = await new(served)
        async with chatting(served, session, max_queue=1) as deaf:
            await deaf.say(type="chat", content="Much")
            deaf.socket.transport.pause_reading()
            async with asyncio.timeout(60):
                await served.app.state.heart.empty.wait()
            deaf.socket.transport.abort()


async def test_a_server_that_goes_away_says_so(tmp_path: Path, model: Held) -> None:
    async with serving(tmp_path, model=model) as served:
        session = await new(served)
        async with opened(served, session) as socket:
            await socket.recv()
            served.app.state.heart.close_all(RESTARTING)
            await socket.wait_closed()
            assert socket.close_code == 1012
            async with asyncio.timeout(20):
                await served.app.state.heart.empty.wait()


@pytest.mark.kernel
async def test_a_persons_own_code_runs_beside_the_chat(tmp_path: Path, model: Held) -> None:
    async with serving(tmp_path, model=model) as served:
        session = await new(served)
        async with chatting(served, session) as chat, chatting(served, session) as other:
            await chat.say(type="execute", code="print(6 * 7)")
            assert (await chat.until("code_result"))["data"]["stdout"] == "42\n"
            await chat.say(type="execute", code="1 / 0")
            error = (await chat.until("error"))["data"]
            assert "ZeroDivisionError" in error["error"]
            assert error["code"] == "1 / 0"
            await other.until("error")
            assert other.heard[1:] == chat.heard[1:]
            await chat.say(type="execute", code="print('on', flush=True)\nwhile True:\n    pass")
            await chat.until("code_executing")
            await chat.say(type="cancel")
            assert (await chat.until("code_result"))["data"]["success"] is False
