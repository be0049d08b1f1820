"""Weaknesses of DSAgent's server that cannot happen here: people who leave, share, and answer."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from engine.models.scripted import call
from gateway.dialects.dsagent.composing import ABORTED
from protocol.events import ApprovalResolved, CodeStarted, RunFinished, RunQueued
from tests.gateway.families.dsagent_chatting import (
    PLANNED,
    SAY,
    SHOWN,
    SQL,
    Held,
    Streamed,
    chatting,
    kept,
    log_of,
    person,
    whole,
)
from tests.gateway.serving import Served, serving
from tests.golden.dsagent.extension import Failed

SCRIPTS = {
    "Plan it": PLANNED,
    "How many?": (SQL, SAY),
    "Hello": (call("answer", "a", text="Hello to you."),),
}


@pytest.mark.parametrize("leaving", ["its client", "another stream", "nobody: a socket comes"])
async def test_w04_who_leaves_or_comes_opens_no_gate(tmp_path: Path, leaving: str) -> None:
    """Theirs ran plan and code unapproved as soon as any stream of the session was torn down."""
    model = Held(SCRIPTS)
    async with serving(tmp_path, model=model) as served, person(served) as extension:
        session = (await extension.new_chat(hitl_mode="plan_only"))["id"]
        model.free.clear()
        stream = Streamed(extension.chat(session, "Plan it"))
        await stream.until("thinking")
        if leaving == "its client":
            await stream.leave()
        elif leaving == "another stream":
            other = Streamed(resumed(served, session))
            await other.until("thinking")
            await other.leave()
        async with chatting(served, session) as chat:
            model.free.set()
            await chat.until("hitl_request")
        assert not any(isinstance(it, CodeStarted) for it in await log_of(served, session))
        await extension.approve(session)
        await served.app.state.engine.rest()
        assert any(isinstance(it, CodeStarted) for it in await log_of(served, session))


async def resumed(served: Served, session: str, last: str | None = None) -> Any:
    """Read the stream of a chat that goes on, or goes on from an event."""
    headers = {"Last-Event-ID": last} if last else {}
    url = f"{served.url}/api/sessions/{session}/chat/stream"
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        async with client.stream("GET", url, headers=headers) as answer:
            name = place = ""
            async for line in answer.aiter_lines():
                kind, _, value = line.partition(": ")
                name = value if kind == "event" else name
                place = value if kind == "id" else place
                if kind == "data":
                    yield name, (place, json.loads(value))


async def test_w05_a_run_goes_on_without_its_client_and_anybody_can_stop_it(
    tmp_path: Path,
) -> None:
    """Theirs went on too, but unseen, and could not be stopped."""
    model = Held(SCRIPTS)
    async with serving(tmp_path, model=model) as served, person(served) as extension:
        session = (await extension.new_chat())["id"]
        model.free.clear()
        stream = Streamed(extension.chat(session, "How many?"))
        await stream.until("thinking")
        await stream.leave()
        async with chatting(served, session) as chat:
            await chat.say(type="cancel")
            assert (await chat.until("complete"))["data"] == {"message": ABORTED}
        model.free.set()
        assert (await whole(extension.chat(session, "Hello")))[-1] == ("done", {})


async def test_w06_a_client_that_comes_back_misses_nothing(tmp_path: Path) -> None:
    """Theirs has no ids, no replay and no stream to come back to."""
    async with serving(tmp_path, model=Held(SCRIPTS)) as served, person(served) as extension:
        session = (await extension.new_chat(hitl_mode="plan_only"))["id"]
        stream = Streamed(extension.chat(session, "Plan it"))
        await stream.until("hitl_request")
        await stream.leave()
        async with chatting(served, session) as chat:
            assert (await chat.next())["type"] == "hitl_request"
        await extension.approve(session)
        every = await whole(resumed(served, session))
        assert every[-1][0] == "done"
        for n, (_, (place, _)) in enumerate(every[:-1]):
            assert await whole(resumed(served, session, place)) == every[n + 1 :], place
        async with chatting(served, session, f"?after={every[2][1][0]}") as again:
            await again.until("complete")
            assert again.kinds()[1] == "hitl_request"


async def test_w07_everybody_hears_everything_of_a_session(tmp_path: Path) -> None:
    """Theirs told the second socket 0 of 13 events."""
    async with serving(tmp_path, model=Held(SCRIPTS)) as served, person(served) as extension:
        session = (await extension.new_chat())["id"]
        async with chatting(served, session) as one, chatting(served, session) as two:
            await one.say(type="chat", content="How many?")
            await one.until("complete")
            await two.until("complete")
            assert one.heard[1:] == two.heard[1:]
            assert one.kinds()[1:] == [
                "thinking",
                "code_executing",
                "code_result",
                "response",
                "response",
                "answer",
                "complete",
            ]


async def test_w07_two_streams_on_one_session_never_mix(tmp_path: Path) -> None:
    """Theirs told each of two streams half of the other's events; here the second one waits."""
    model = Held(SCRIPTS)
    async with serving(tmp_path, model=model) as served, person(served) as extension:
        session = (await extension.new_chat())["id"]
        model.free.clear()
        first = Streamed(extension.chat(session, "How many?"))
        await first.until("thinking")
        async with asyncio.TaskGroup() as group:
            second = group.create_task(whole(extension.chat(session, "Hello")))
            await kept(served, session, RunQueued)
            model.free.set()
            one = await first.rest()
        two = second.result()
    assert [data["answer"] for name, data in one if name == "round_complete"][-1] == (
        "There are 60."
    )
    assert [name for name, _ in two] == ["thinking", "llm_response", "round_complete", "done"]
    assert two[2][1]["answer"] == "Hello to you."


async def test_w09_cancel_is_cancel(tmp_path: Path) -> None:
    """Theirs answered `No active task to cancel` 10 s later, when the run was over."""
    model = Held(SCRIPTS)
    async with serving(tmp_path, model=model) as served, person(served) as extension:
        session = (await extension.new_chat())["id"]
        model.free.clear()
        async with chatting(served, session) as chat:
            await chat.say(type="chat", content="How many?")
            await model.asked.wait()
            await chat.say(type="cancel")
            # What happened is told to everybody, and that it was taken to who asked: in any order.
            while not {"hitl_response", "complete"} <= set(chat.kinds()):
                await chat.next()
            (taken,) = [it for it in chat.heard if it["type"] == "hitl_response"]
            assert taken["data"] == {"accepted": True, "message": "Task cancelled"}
            await chat.say(type="cancel")
            none = await chat.until("response")
            assert none["data"]["content"] == "No active task to cancel"
        log = await log_of(served, session)
        assert [it.outcome for it in log if isinstance(it, RunFinished)] == ["cancelled"]


async def test_w10_a_run_of_ones_own_can_be_approved_on_the_same_socket(tmp_path: Path) -> None:
    """Theirs never asked on a socket, and could not have heard the answer."""
    async with serving(tmp_path, model=Held(SCRIPTS)) as served, person(served) as extension:
        session = (await extension.new_chat(hitl_mode="plan_only"))["id"]
        async with chatting(served, session) as chat:
            await chat.say(type="chat", content="Plan it")
            await chat.until("hitl_request")
            await chat.say(type="approve", approved=True)
            assert (await chat.until("hitl_response"))["data"]["message"] == "Approved"
            assert (await chat.until("code_executing"))["data"] == {"code": SHOWN}
            assert (await chat.until("answer"))["data"] == {"answer": "There are 60."}
            await chat.until("complete")


async def test_w12_a_mode_that_changes_while_a_gate_is_shut_loses_nothing(tmp_path: Path) -> None:
    """Theirs said that nobody was waited for, and the run hung until its time was up."""
    async with serving(tmp_path, model=Held(SCRIPTS)) as served, person(served) as extension:
        session = (await extension.new_chat(hitl_mode="plan_only"))["id"]
        stream = Streamed(extension.chat(session, "Plan it"))
        await stream.until("hitl_request")
        await extension.update(session, hitl_mode="plan_and_answer")
        assert (await extension.waiting(session))["awaiting_type"] == "plan"
        await extension.approve(session)
        # What was approved under other rules is shown again; the answer waits by the new mode.
        while (await stream.until("hitl_request"))["request_type"] != "answer":
            await extension.approve(session)
        await extension.approve(session)
        assert (await stream.rest())[-1] == ("done", {})


async def test_w13_of_five_answers_at_once_one_counts_and_is_signed(tmp_path: Path) -> None:
    """Theirs accepted 3 of 5, and kept none."""
    async with serving(tmp_path, model=Held(SCRIPTS)) as served, person(served) as extension:
        session = (await extension.new_chat(hitl_mode="plan_only"))["id"]
        stream = Streamed(extension.chat(session, "Plan it"))
        request = await stream.until("hitl_request")
        answers = await asyncio.gather(
            *(extension.approve(session) for _ in range(5)), return_exceptions=True
        )
        assert sum(not isinstance(answer, BaseException) for answer in answers) == 1
        told = [answer for answer in answers if isinstance(answer, Failed)]
        assert [no.status for no in told] == [400] * 4
        await stream.rest()
        log = await log_of(served, session)
        resolved = [it for it in log if isinstance(it, ApprovalResolved)]
        assert [(it.approval, it.verdict, it.by) for it in resolved] == [
            (request["approval_id"], "approve", "local")
        ]
        with pytest.raises(Failed, match="not awaiting"):
            await extension.respond(session, "approve", approval_id=request["approval_id"])
