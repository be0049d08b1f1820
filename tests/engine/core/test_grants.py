"""What is remembered: for the session or for always, listed, and taken back."""

from typing import Any

import pytest

from engine.audit import audit
from engine.grants import all_of
from protocol import commands as c
from protocol import events as e
from protocol.ids import ApprovalId, SessionId
from protocol.refusals import Refused
from tests.engine.core.talk import PLAN, SAY, SHOUT, SQL, answer
from tests.rig import ME, OTHER, Rig, id_, last


async def revoke(rig: Rig, session: SessionId, approval: ApprovalId, **more: Any) -> Any:
    return await rig.send(c.ApprovalRevoke(id=id_(), session=session, approval=approval), **more)


async def grants(rig: Rig, session: SessionId) -> list[dict[str, Any]]:
    state = (await rig.engine.snapshot(ME, session)).state
    found: list[dict[str, Any]] = state.get("grants", [])
    return found


async def asks(rig: Rig, session: SessionId) -> int:
    """Ask a question to its end; return how many more gates were shut than before."""
    before = sum(isinstance(event, e.ApprovalRequested) for event in await rig.log(session))
    runs = sum(isinstance(event, e.RunFinished) for event in await rig.log(session))
    await rig.ask(session)
    await rig.engine.rest()
    live = await rig.engine.session(ME, session)
    while live.state.approvals:
        await answer(rig, session, "approve")
        await rig.engine.rest()
    events = await rig.until(session, e.RunFinished, runs + 1)
    return sum(isinstance(event, e.ApprovalRequested) for event in events) - before


@pytest.mark.parametrize(
    ("step", "scope"),
    [
        (SQL, "Run SQL on shop in this session without asking"),
        (SHOUT, "Run Python in this session without asking"),
        (PLAN, "Follow plans in this session without asking"),
    ],
)
async def test_what_is_remembered_is_listed_and_taken_back(step: Any, scope: str) -> None:
    async with Rig((step, SAY) * 3).running() as rig:
        gates = e.Gates(plan="ask", sql="ask", python="ask")
        session = await rig.session(gates=gates)
        await rig.ask(session)
        given = await answer(rig, session, "approve", remember="session")
        await rig.until(session, e.RunFinished)
        (grant,) = await grants(rig, session)
        assert (grant["subject"], grant["scope"]) == (given.subject, scope)
        assert (grant["approval"], grant["by"]) == (given.approval, "me")
        assert await asks(rig, session) == 0
        await revoke(rig, session, given.approval)
        assert await grants(rig, session) == []
        assert await asks(rig, session) == 1


async def test_it_survives_a_restart_and_so_does_its_end() -> None:
    async with Rig((SQL, SAY) * 3).running() as rig:
        session = await rig.session(mode="review_first")
        await rig.ask(session)
        given = await answer(rig, session, "approve", remember="session")
        await rig.until(session, e.RunFinished)
        await rig.restarted()
        assert await asks(rig, session) == 0
        await revoke(rig, session, given.approval)
        await rig.restarted()
        assert await asks(rig, session) == 1


async def test_the_same_remembered_twice_is_taken_back_at_once() -> None:
    async with Rig((SQL + SQL, SAY) * 2).running() as rig:
        session = await rig.session(mode="review_first")
        await rig.ask(session)
        await answer(rig, session, "approve", remember="session")
        await rig.until(session, e.RunFinished)
        live = await rig.engine.session(ME, session)
        (approval,) = live.state.remembered
        twice = ApprovalId("a_twice")
        known = live.state.remembered[approval]
        live.state = type(live.state)(
            **{name: getattr(live.state, name) for name in live.state.__struct_fields__}
            | {"remembered": {approval: known, twice: known}}
        )
        await revoke(rig, session, twice)
        assert live.state.granted == frozenset()


async def test_one_for_always_is_taken_back_where_it_was_given_and_everywhere() -> None:
    async with Rig((SQL, SAY) * 4).running() as rig:
        first = await rig.session(mode="review_first")
        second = await rig.session(mode="review_first")
        await rig.ask(first)
        given = await answer(rig, first, "approve", remember="always")
        await rig.until(first, e.RunFinished)
        assert (await grants(rig, first))[0]["remember"] == "always"
        assert await asks(rig, second) == 0
        (kept,) = await all_of(rig.store, ME.id)
        assert (kept.session, kept.approval) == (first, given.approval)
        assert not await rig.engine.take_back(OTHER, kept.id)
        assert await rig.engine.take_back(ME, kept.id)
        assert await all_of(rig.store, ME.id) == []
        assert await grants(rig, first) == []
        assert await asks(rig, first) == 1
        assert await asks(rig, second) == 1


async def test_the_command_takes_back_what_was_for_always_too() -> None:
    async with Rig((SQL, SAY) * 2).running() as rig:
        session = await rig.session(mode="review_first")
        await rig.ask(session)
        given = await answer(rig, session, "approve", remember="always")
        await rig.until(session, e.RunFinished)
        await revoke(rig, session, given.approval)
        assert await all_of(rig.store, ME.id) == []
        assert await asks(rig, session) == 1


async def test_taking_back_in_the_middle_of_a_run_holds_from_the_next_step_on() -> None:
    async with Rig((SQL, SQL, SAY)).running() as rig:
        first = await rig.session(mode="review_first")
        await rig.ask(first)
        rig.source.held.clear()
        given = await answer(rig, first, "approve", remember="always")
        await rig.until(first, e.ItemStarted, 2)
        await revoke(rig, first, given.approval)
        rig.source.held.set()
        events = await rig.until(first, e.ApprovalRequested, 2)
    assert last(events, e.ApprovalRequested).subject == "sql"


async def test_only_a_yes_is_remembered_and_only_where_that_was_offered() -> None:
    async with Rig((SQL, SQL, SAY)).running() as rig:
        session = await rig.session(mode="full")
        await rig.ask(session)
        await answer(rig, session, "skip", remember="always")
        await answer(rig, session, "approve")
        assert (await answer(rig, session, "approve", remember="session")).subject == "answer"
        await rig.until(session, e.RunFinished)
        assert await grants(rig, session) == []
        assert await all_of(rig.store, ME.id) == []


async def test_taking_back_what_was_never_given() -> None:
    async with Rig((SQL, SAY)).running() as rig:
        session = await rig.session(mode="review_first")
        with pytest.raises(Refused) as refused:
            await revoke(rig, session, ApprovalId("a_none"))
        assert refused.value.code == "unknown_approval"
        await rig.ask(session)
        asked = await answer(rig, session, "approve")
        upto = (await revoke(rig, session, asked.approval)).upto
        await rig.until(session, e.RunFinished)
        assert upto
        with pytest.raises(Refused):
            await revoke(rig, session, asked.approval, caller=OTHER)


# --- Audit ------------------------------------------------------------------------------------


async def test_every_decision_is_told_with_who_when_and_what() -> None:
    other = "SELECT COUNT(*) AS n\nFROM orders"
    async with Rig((PLAN, SQL, SAY)).running() as rig:
        session = await rig.session(mode="full")
        await rig.ask(session)
        plan = await answer(rig, session, "approve", remember="session", text="good")
        edited = await answer(rig, session, "edit", code=other)
        said_no = await answer(rig, session, "reject")
        await rig.until(session, e.RunFinished)
        await revoke(rig, session, plan.approval)
        await rig.send(c.SessionUpdate(id=id_(), session=session, mode="none"))
        found = (await audit(rig.engine.rooms, ME, session)).items
        events = await rig.log(session)
    resolved = [event for event in events if isinstance(event, e.ApprovalResolved)]
    assert [(one.what, one.verdict, one.by, one.subject, one.scope) for one in found] == [
        ("mode", None, "me", None, None),
        ("verdict", "approve", "me", "plan", None),
        ("verdict", "edit", "me", "sql", "shop"),
        ("verdict", "reject", "me", "answer", None),
        ("revoked", None, "me", "plan", None),
        ("mode", None, "me", None, None),
    ]
    assert [one.mode for one in found if one.what == "mode"] == ["full", "none"]
    approved, changed, rejected = found[1:4]
    assert (approved.digest, approved.remember, approved.remark) == (
        plan.digest,
        "session",
        "good",
    )
    assert changed.digest == resolved[1].digest != edited.digest
    assert (changed.text, changed.diff) == (
        edited.text,
        resolved[1].changed and resolved[1].changed.diff,
    )
    assert rejected.text == said_no.text
    assert all(one.asked_at is not None and one.at >= one.asked_at for one in found[1:4])


async def test_an_audit_is_paged_and_says_where_to_go_on() -> None:
    async with Rig((PLAN, SQL, SAY) * 2).running() as rig:
        for _ in range(2):
            session = await rig.session(mode="full")
            await rig.ask(session)
            for _ in range(3):
                await answer(rig, session, "approve")
            await rig.until(session, e.RunFinished)
        whole = (await audit(rig.engine.rooms, ME)).items
        paged, after = [], None
        while True:
            page = await audit(rig.engine.rooms, ME, after=after, limit=3)
            assert len(page.items) <= 3
            paged += page.items
            after = page.next
            if after is None:
                break
        with pytest.raises(Refused):
            await audit(rig.engine.rooms, ME, after="somewhere")
    assert len(whole) == 8
    assert paged == whole


async def test_who_did_not_decide_is_nobody() -> None:
    async with Rig((PLAN,)).running() as rig:
        session = await rig.session(mode="full")
        await rig.ask(session)
        await rig.until(session, e.ApprovalRequested)
        live = await rig.engine.session(ME, session)
        await rig.engine._expire(session, next(iter(live.state.approvals)))
        await rig.until(session, e.RunFinished)
        expired = (await audit(rig.engine.rooms, ME, session)).items[-1]
    assert (expired.verdict, expired.by) == ("expired", None)


async def test_an_audit_is_for_the_owner_and_admins() -> None:
    admin = type(ME)(id=OTHER.id, name="other", roles=("admin",))
    async with Rig().running() as rig:
        session = await rig.session()
        with pytest.raises(Refused) as refused:
            await audit(rig.engine.rooms, OTHER, session)
        assert refused.value.code == "not_yours"
        assert (await audit(rig.engine.rooms, OTHER)).items == []
        assert len((await audit(rig.engine.rooms, admin, session)).items) == 1
        assert len((await audit(rig.engine.rooms, admin)).items) == 1
        with pytest.raises(Refused) as unknown:
            await audit(rig.engine.rooms, admin, SessionId("s_none"))
        assert unknown.value.code == "unknown_session"
