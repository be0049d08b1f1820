"""DSAgent's chat on a real server: modes and answers do what its document promises, everywhere."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from engine.models.scripted import call
from gateway.dialects.dsagent.composing import ABORTED
from gateway.dialects.dsagent.streaming import frame
from tests.gateway.families.dsagent_chatting import (
    PLANNED,
    SAY,
    SHOWN,
    SQL,
    Held,
    Streamed,
    chatting,
    person,
    whole,
)
from tests.gateway.families.dsagent_situations import send
from tests.gateway.serving import serving

OVERFLOW = "SELECT abs(-9223372036854775807 - 1) FROM orders"
BROKEN = call("run_sql", "c", sql=OVERFLOW)
SCRIPTS = {
    "Plan it": PLANNED,
    "How many?": (SQL, SAY),
    "Break it": (BROKEN, SAY),
    "Never end": (SQL,) * 5,
}


def requests(told: list[tuple[str, Any]]) -> list[str]:
    """What a person was asked about, in order."""
    return [data["request_type"] for name, data in told if name == "hitl_request"]


@pytest.mark.parametrize(
    ("mode", "question", "asked"),
    [
        ("none", "Plan it", []),
        ("plan", "Plan it", ["plan"]),
        ("plan_only", "Plan it", ["plan"]),
        ("on_error", "Plan it", []),
        ("on_error", "Break it", ["error"]),
        ("plan_and_answer", "Plan it", ["plan", "answer"]),
        ("full", "Plan it", ["plan", "code", "answer"]),
        ("full", "Break it", ["code", "error", "answer"]),
    ],
)
async def test_a_mode_asks_for_what_it_promises_on_streams_and_on_sync_chats(
    tmp_path: Path, mode: str, question: str, asked: list[str]
) -> None:
    async with serving(tmp_path, model=Held(SCRIPTS)) as served, person(served) as extension:
        session = (await extension.new_chat(hitl_mode=mode))["id"]
        stream = Streamed(extension.chat(session, question))
        for _ in asked:
            await stream.until("hitl_request")
            await extension.approve(session)
        assert requests(await stream.rest()) == asked
        assert stream.heard[-1] == ("done", {})
        path = f"/api/sessions/{session}/chat"
        async with chatting(served, session) as viewer, asyncio.TaskGroup() as group:
            sync = group.create_task(send(served, "POST", path, {"message": question}))
            for kind in asked:
                request = (await viewer.until("hitl_request"))["data"]
                assert (request["request_type"], sync.done()) == (kind, False)
                await extension.approve(session)
        assert sync.result()["answer"] == "There are 60."
        assert sync.result()["is_complete"] is True


async def test_retry_runs_the_code_again_and_edited_code_takes_its_place(tmp_path: Path) -> None:
    async with serving(tmp_path, model=Held(SCRIPTS)) as served, person(served) as extension:
        session = (await extension.new_chat(hitl_mode="on_error"))["id"]
        stream = Streamed(extension.chat(session, "Break it"))
        request = await stream.until("hitl_request")
        assert (request["code"], request["error"]) == (
            f"-- SQL on shop\n{OVERFLOW}",
            "SQLite says: integer overflow.",
        )
        await extension.respond(session, "retry", message="once more")
        await stream.until("hitl_request")
        await extension.respond(session, "modify", modified_code=SHOWN)
        told = await stream.rest()
        ran = [data["code"] for name, data in told if name == "code_executing"]
        assert ran == [f"-- SQL on shop\n{OVERFLOW}"] * 2 + [SHOWN]
        over = next(data for name, data in told if name == "round_complete")
        assert (over["code"], over["execution_result"]["success"]) == (SHOWN, True)


async def test_skip_and_feedback_reach_the_model_and_run_nothing(tmp_path: Path) -> None:
    for action, words in (("skip", {}), ("feedback", {"message": "Use another table"})):
        model = Held(SCRIPTS)
        (tmp_path / action).mkdir()
        async with serving(tmp_path / action, model=model) as served, person(served) as extension:
            session = (await extension.new_chat(hitl_mode="full"))["id"]
            stream = Streamed(extension.chat(session, "How many?"))
            await stream.until("hitl_request")
            await extension.respond(session, action, **words)
            assert (await stream.until("hitl_request"))["request_type"] == "answer"
            await extension.approve(session)
            told = await stream.rest()
            assert "code_executing" not in [name for name, _ in told]
            heard = str(model.prompts[-1].turns)
            assert words.get("message", "skip") in heard


async def test_what_nobody_answers_in_time_is_aborted_and_runs_nothing(tmp_path: Path) -> None:
    async with serving(tmp_path, model=Held(SCRIPTS)) as served, person(served) as extension:
        session = (await extension.new_chat(hitl_mode="plan_only"))["id"]
        hurry = {"plan": "ask", "approval_seconds": 1}
        await served.command(type="session.update", session=session, gates=hurry)
        told = await whole(extension.chat(session, "Plan it"))
        assert [name for name, _ in told][-3:] == ["hitl_request", "round_complete", "done"]
        assert told[-3][1]["expires_at"] is not None
        over = told[-2][1]
        assert (over["answer"], over["has_answer"], over["is_complete"]) == (ABORTED, False, True)


async def test_a_replay_says_what_the_stream_said(tmp_path: Path) -> None:
    """Also after the log was made small: a table's rows are no longer in it."""
    async with serving(tmp_path, model=Held(SCRIPTS)) as served, person(served) as extension:
        session = (await extension.new_chat(model=""))["id"]
        live = await whole(extension.chat(session, "Plan it"))
        await served.app.state.engine.rest()
        again = await served.http("GET", f"/api/sessions/{session}/chat/stream")
        said = b"".join(frame(event) for event in live).decode()
        lines = [line for line in again[1].decode().splitlines() if not line.startswith("id: ")]
        assert "\n".join(lines).strip() == said.strip()


async def test_a_chat_whose_client_has_left_goes_on(tmp_path: Path) -> None:
    model = Held(SCRIPTS)
    async with serving(tmp_path, model=model) as served, person(served) as extension:
        session = (await extension.new_chat())["id"]
        model.free.clear()
        path, body = f"{served.url}/api/sessions/{session}/chat", {"message": "How many?"}
        async with httpx.AsyncClient(trust_env=False) as client, asyncio.TaskGroup() as group:
            leaving = group.create_task(client.post(path, json=body))
            await model.asked.wait()
            leaving.cancel()
        model.free.set()
        await served.app.state.engine.rest()
        assert (await extension.history(session))[-1]["answer"] == "There are 60."


async def test_a_session_that_is_opened_here_waits_300_seconds(tmp_path: Path) -> None:
    async with serving(tmp_path, model=Held(SCRIPTS)) as served, person(served) as extension:
        session = (await extension.new_chat(hitl_mode="plan_only"))["id"]
        gates = served.app.state.engine.rooms
        live = await gates.open(session)
        assert live.state.gates.approval_seconds == 300


async def test_rounds_that_run_out_are_said_on_both(tmp_path: Path) -> None:
    model = Held(SCRIPTS)
    async with serving(tmp_path, model=model, max_rounds=2) as served, person(served) as extension:
        session = (await extension.new_chat())["id"]
        told = await whole(extension.chat(session, "Never end"))
        assert told[-1] == ("done", {})
        assert told[-2][1]["content"].startswith("[no answer after 2 rounds")
        body = {"message": "Never end"}
        reply = await send(served, "POST", f"/api/sessions/{session}/chat", body)
        assert "[no answer after 2 rounds" in reply["content"]
        assert reply["is_complete"] is True
