"""Weaknesses of DSAgent's server that cannot happen here: restarts, strangers, keys and logs."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from engine.engine import Engine
from gateway.building import build
from gateway.identity import LOCAL
from gateway.settings import Settings, SettingsError
from protocol.closes import RESTARTING
from protocol.commands import ApprovalResolve
from protocol.ids import CommandId, SessionId
from tests.gateway.families.dsagent_chatting import (
    PLANNED,
    Held,
    Streamed,
    chatting,
    person,
    refused,
    whole,
)
from tests.gateway.serving import serving
from tests.golden.dsagent.extension import Failed

SCRIPTS = {"Plan it": PLANNED}
ADA, BOB = "a-key-of-ada", "a-key-of-bob"
KEYS: dict[str, Any] = {"tokens": {"ada": ADA, "bob": BOB}}
EVIL = {"Origin": "http://evil.example"}


async def test_w11_a_restart_loses_no_approval_and_waits_for_no_stream(tmp_path: Path) -> None:
    """Theirs lived on for 20 s because of an open stream; then the approval was gone."""
    async with serving(tmp_path, model=Held(SCRIPTS)) as served, person(served) as extension:
        session = (await extension.new_chat(hitl_mode="plan_only"))["id"]
        stream = Streamed(extension.chat(session, "Plan it"))
        before = await stream.until("hitl_request")
        served.app.state.heart.close_all(RESTARTING)
        assert (await stream.rest())[-1][0] == "error"
    async with serving(tmp_path, model=Held(SCRIPTS)) as served, person(served) as extension:
        waiting = await extension.waiting(session)
        assert waiting["awaiting_type"] == "plan"
        assert waiting["approval_id"] == before["approval_id"]
        assert (await extension.session(session))["status"] == "active"
        async with chatting(served, session) as chat:
            await extension.approve(session)
            # The model of the new process plays on from the round that the run has come to.
            await chat.until("complete")
        turns = await extension.history(session)
        assert turns[0]["user_message"] == "Plan it"
        assert turns[-1]["answer"] == "There are 60."


async def test_w19_what_waits_is_in_the_log_and_nowhere_else(tmp_path: Path) -> None:
    """Theirs keeps runs, sockets and approvals in the dictionaries of one process."""
    async with serving(tmp_path, model=Held(SCRIPTS)) as served, person(served) as extension:
        session = SessionId((await extension.new_chat(hitl_mode="plan_only"))["id"])
        stream = Streamed(extension.chat(session, "Plan it"))
        request = await stream.until("hitl_request")
        settings = served.settings
        with pytest.raises(SettingsError, match="another server"):
            async with build(settings).opened():
                pass
    # No gateway at all: another process finds everything it needs in the log.
    parts = build(settings, {"builtin": Held(SCRIPTS)})
    async with parts.opened():
        engine = Engine(parts.world)
        await engine.start()
        answer = ApprovalResolve(
            id=CommandId("1"), session=session, approval=request["approval_id"], verdict="approve"
        )
        await engine.handle(LOCAL, answer)
        await engine.rest()
        await engine.close()
    async with serving(tmp_path, model=Held(SCRIPTS)) as served, person(served) as extension:
        assert (await extension.history(session))[-1]["answer"] == "There are 60."


async def test_w21_no_foreign_page_gets_in(tmp_path: Path) -> None:
    """Theirs listens to everybody, mirrors any origin, and lets any page open its socket."""
    assert Settings().host == "127.0.0.1"
    with pytest.raises(SettingsError, match="set ASKWIRE_TOKEN"):
        Settings(host="0.0.0.0").require_safe()
    async with serving(tmp_path, model=Held(SCRIPTS)) as served, person(served) as extension:
        session = (await extension.new_chat())["id"]
        why, code = await refused(served, session, additional_headers=EVIL)
        assert code == 4403
        assert "origin" in why
        path = f"/api/sessions/{session}/kernel/execute"
        status, body, told = await served.http("POST", path, b'{"code": "1"}', EVIL)
        assert status == 403, body
        asks = {**EVIL, "Access-Control-Request-Method": "POST"}
        _, _, told = await served.http("OPTIONS", path, None, asks)
        assert "access-control-allow-origin" not in {name.lower() for name in told}


async def test_w22_a_key_stands_in_no_address_and_is_its_owners(tmp_path: Path) -> None:
    """Theirs takes one key for all, in the address of the socket."""
    async with serving(tmp_path, model=Held(SCRIPTS), **KEYS) as served:
        async with person(served, ADA) as ada, person(served, BOB) as bob:
            session = (await ada.new_chat())["id"]
            assert await bob.sessions() == []
            with pytest.raises(Failed, match="404"):
                await bob.session(session)
        status, body, _ = await served.http("GET", f"/api/sessions?api_key={ADA}")
        assert (status, json.loads(body)) == (401, {"detail": "API key required"})
        assert await refused(served, session, f"?api_key={ADA}") == ("API key required", 4401)
        wrong = {"X-API-Key": "wrong"}
        told = await refused(served, session, additional_headers=wrong)
        assert told == ("Invalid API key", 4401)
        others = {"X-API-Key": BOB}
        told = await refused(served, session, additional_headers=others)
        assert told == (f"Session {session} not found", 4403)
        async with chatting(served, session, additional_headers={"X-API-Key": ADA}):
            pass
    async with serving(tmp_path, model=Held(SCRIPTS), dsagent_key_in_url=True, **KEYS) as served:
        async with chatting(served, session, f"?api_key={ADA}"):
            pass


async def test_w24_no_log_of_the_server_holds_what_people_ask(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Theirs wrote the first 200 characters of each question into its log."""
    caplog.set_level(logging.DEBUG)
    question = "Is Ann Smith's salary above 100000?"
    async with serving(tmp_path, model=Held({question: PLANNED})) as served:
        async with person(served) as extension:
            session = (await extension.new_chat())["id"]
            await whole(extension.chat(session, question))
            async with chatting(served, session) as chat:
                await chat.say(type="chat", content=question)
                await chat.until("complete")
            await whole(extension.chat(session, f"{question} Nobody knows."))
    ours = [it.getMessage() for it in caplog.records if not it.name.startswith(("http", "webs"))]
    assert not any("Ann Smith" in line for line in ours)
