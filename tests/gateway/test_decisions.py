"""Decisions over the wire: two people at once, grants, the audit, how many commands are taken."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from engine.models.scripted import call
from gateway.cli import main
from gateway.faces.buckets import Buckets
from protocol.ids import CallerId
from protocol.refusals import Refused
from tests.gateway.serving import Served, Talk, make_shop, serving

COUNT = "SELECT COUNT(*) AS n FROM orders"
SQL = call("run_sql", "c", COUNT, sql=COUNT)
SAY = call("answer", "a", "60 orders.", text="60 orders.")
EVERYBODY: dict[str, Any] = {"token": "boss", "tokens": {"ann": "ann", "bob": "bob"}}


async def waiting(talk: Talk, **fields: Any) -> tuple[str, dict[str, Any]]:
    """Ask in a new session, until a gate is shut."""
    made = await talk.result(type="session.create", mode="review_first", **fields)
    session: str = made["session"]
    await talk.result(type="session.follow", session=session)
    await talk.result(type="run.start", session=session, text="how many?")
    asked = (await talk.records("approval.requested"))[-1]
    return session, asked


async def answers(served: Served, path: str, token: str | None = None) -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    status, body, _ = await served.http("GET", path, headers=headers)
    return status, json.loads(body)


async def test_of_two_people_at_once_one_wins_and_the_other_is_told_by_whom(tmp_path: Path) -> None:
    async with serving(tmp_path, [SQL, SAY], **EVERYBODY) as served:
        async with served.talk(token="ann") as one, served.talk(token="ann") as other:
            session, asked = await waiting(one)
            await other.result(type="session.follow", session=session)
            resolve = {
                "type": "approval.resolve",
                "session": session,
                "approval": asked["approval"],
            }
            replies = await asyncio.gather(
                one.ask(**resolve, verdict="approve"), other.ask(**resolve, verdict="reject")
            )
            lost = next(reply for reply in replies if reply["type"] == "refusal")
            won = next(reply for reply in replies if reply["type"] == "reply")
            assert won
            assert (lost["code"], lost["advice"]) == ("approval_settled", "stop")
            seen = (await other.records("approval.resolved"))[-1]
            assert lost["detail"] == f"ann has answered this already: {seen['verdict']}"


async def test_what_is_remembered_is_seen_and_taken_back_by_socket_and_by_rest(
    tmp_path: Path,
) -> None:
    async with serving(tmp_path, [SQL, SAY]) as served, served.talk() as talk:
        session, asked = await waiting(talk)
        await talk.result(
            type="approval.resolve",
            session=session,
            approval=asked["approval"],
            verdict="approve",
            remember="always",
        )
        await talk.records("run.finished")
        _, snapshot = await answers(served, f"/api/v1/sessions/{session}/snapshot")
        (grant,) = snapshot["state"]["grants"]
        assert (grant["approval"], grant["remember"], grant["by"]) == (
            asked["approval"],
            "always",
            "local",
        )
        _, listed = await answers(served, "/api/v1/grants")
        (kept,) = listed["items"]
        assert (kept["scope"], kept["approval"]) == ("shop", asked["approval"])
        status, _, _ = await served.http("DELETE", f"/api/v1/grants/{kept['id']}")
        assert status == 204
        assert (await talk.records("approval.revoked"))[-1]["approval"] == asked["approval"]
        assert (await answers(served, "/api/v1/grants"))[1]["items"] == []
        status, _, _ = await served.http("DELETE", f"/api/v1/grants/{kept['id']}")
        assert status == 404
        await talk.result(type="approval.revoke", session=session, approval=asked["approval"])


async def test_an_audit_by_rest_is_for_owners_and_admins_and_is_paged(tmp_path: Path) -> None:
    async with serving(tmp_path, [SQL, SAY], **EVERYBODY) as served:
        async with served.talk(token="ann") as ann:
            session, asked = await waiting(ann)
            await ann.result(
                type="approval.resolve",
                session=session,
                approval=asked["approval"],
                verdict="approve",
                text="go on",
            )
            await ann.records("run.finished")
        path = f"/api/v1/audit?session={session}"
        status, told = await answers(served, path, "ann")
        assert status == 200
        decided = told["items"][-1]
        assert {name: decided[name] for name in ("what", "verdict", "by", "subject", "scope")} == {
            "what": "verdict",
            "verdict": "approve",
            "by": "ann",
            "subject": "sql",
            "scope": "shop",
        }
        assert (decided["digest"], decided["text"], decided["remark"]) == (
            asked["digest"],
            COUNT,
            "go on",
        )
        assert (await answers(served, path, "boss"))[1] == told
        assert (await answers(served, "/api/v1/audit", "boss"))[1] == told
        assert (await answers(served, path, "bob"))[0] == 403
        assert (await answers(served, "/api/v1/audit", "bob"))[1]["items"] == []
        _, first = await answers(served, "/api/v1/audit?limit=1", "ann")
        _, second = await answers(served, f"/api/v1/audit?limit=1&after={first['next']}", "ann")
        assert first["items"] + second["items"] == told["items"]
        assert (await answers(served, "/api/v1/audit?after=nowhere", "ann"))[0] == 400


def test_the_command_line_says_who_decided_what(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = make_shop(tmp_path / "shop.sqlite")
    where = ["--data", str(tmp_path / "data")]
    asked = ["ask", "How many orders?", "--db", str(shop), "--mode", "full", "--yes"]
    assert main([*asked, *where]) == 0
    capsys.readouterr()
    assert main(["audit", *where]) == 0
    told = capsys.readouterr().out
    for words in ("mode full", "approve plan", "approve sql on shop", "approve answer", "digest "):
        assert words in told
    assert main(["audit", "--json", *where]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["what"] for line in lines] == ["mode", "mode", *["verdict"] * 3]
    session = lines[0]["session"]
    assert main(["audit", session, *where]) == 0
    assert main(["audit", "s_none", *where]) == 1


async def test_commands_are_counted_for_each_caller_by_whatever_door(tmp_path: Path) -> None:
    async with serving(tmp_path, commands_per_second=2, **EVERYBODY) as served:
        async with served.talk(token="ann") as one, served.talk(token="ann") as other:
            replies = [
                await talk.ask(type="session.update", session="s_none")
                for talk in (one, other, one, other, one, other)
            ]
            assert "rate_limited" in [reply.get("code") for reply in replies]
            body = json.dumps({"id": "1", "type": "session.update", "session": "s"}).encode()
            headers = {"Authorization": "Bearer ann"}
            said = [
                json.loads((await served.http("POST", "/api/v1/commands", body, headers))[1])
                for _ in range(6)
            ]
            late = next(answer for answer in said if answer["code"] == "rate_limited")
            assert late["retry_after"] > 0
        async with served.talk(token="bob") as somebody_else:
            reply = await somebody_else.ask(type="session.update", session="s_none")
            assert reply["code"] == "unknown_session"


def test_a_caller_has_one_bucket_that_fills_again() -> None:
    now = 0.0
    buckets = Buckets(2, lambda: now)
    ann, bob = CallerId("ann"), CallerId("bob")
    for _ in range(4):
        buckets.count(ann)
    with pytest.raises(Refused) as refused:
        buckets.count(ann)
    assert (refused.value.code, refused.value.retry_after) == ("rate_limited", 0.5)
    buckets.count(bob)
    now = 0.5
    buckets.count(ann)


async def test_who_does_not_follow_cannot_stop_following(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, served.talk() as talk:
        session = (await talk.result(type="session.create"))["session"]
        refusal = await talk.ask(type="session.unfollow", session=session)
        assert (refusal["code"], refusal["advice"]) == ("not_following", "fix")
        await talk.result(type="session.follow", session=session)
        await talk.result(type="session.unfollow", session=session)


async def test_a_kernel_that_does_nothing_cannot_be_interrupted(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, served.talk() as talk:
        session = (await talk.result(type="session.create"))["session"]
        refusal = await talk.ask(type="kernel.interrupt", session=session)
        assert (refusal["code"], refusal["advice"]) == ("kernel_idle", "stop")
