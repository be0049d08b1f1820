"""What a new process makes of runs that the last one left."""

import pytest

from engine.ports import Asked, Printed
from protocol import commands as c
from protocol import events as e
from protocol.items import Answer, Table
from protocol.refusals import Refused
from tests.engine.core.talk import ROUNDS, SAY, SHOUT, answer
from tests.rig import ME, Rig, id_, key, last


async def test_a_run_that_waits_goes_on_waiting_after_a_restart() -> None:
    rig = Rig(ROUNDS)
    async with rig.running():
        session = await rig.session(mode="full")
        await rig.ask(session)
        await answer(rig, session, "approve")
        await rig.until(session, e.ApprovalRequested, 2)
        await rig.restarted()
        await answer(rig, session, "approve")
        assert (await answer(rig, session, "approve")).subject == "answer"
        events = await rig.until(session, e.RunFinished)
    assert last(events, e.RunFinished).outcome == "answered"


async def test_a_query_that_was_cut_off_runs_again() -> None:
    rig = Rig(ROUNDS)
    async with rig.running():
        rig.source.held.clear()
        session = await rig.session()
        await rig.ask(session)
        await rig.until(session, e.ItemStarted, 3)
        rig.source.held.set()
        await rig.restarted()
        events = await rig.until(session, e.RunFinished)
    assert last(events, e.RunFinished).outcome == "answered"
    tables = [
        event
        for event in events
        if isinstance(event, e.ItemCompleted) and isinstance(event.content, Table)
    ]
    assert [table.outcome for table in tables] in (["interrupted", "ok"], ["ok"])


async def test_python_that_was_cut_off_is_marked_and_asked_about_in_every_mode() -> None:
    script = {"shout()": [Printed(stream="stdout", text="A")]}
    rig = Rig((SHOUT, SAY), script)
    async with rig.running():
        rig.kernels.kernel.held.clear()
        session = await rig.session()
        await rig.ask(session)
        await rig.until(session, e.ItemDelta, 2)
        await rig.restarted()
        asked = last(await rig.until(session, e.ApprovalRequested), e.ApprovalRequested)
        assert "may have had effects" in (asked.reason or "")
        assert rig.kernels.kernel.ran == ["shout()"]
        rig.kernels.kernel.held.set()
        await answer(rig, session, "approve")
        events = await rig.until(session, e.RunFinished)
    assert last(events, e.RunFinished).outcome == "answered"
    assert rig.kernels.kernel.ran == ["shout()", "shout()"]


async def test_a_model_that_was_cut_off_is_asked_again() -> None:
    rig = Rig((SAY, SAY), pause=0.02)
    async with rig.running():
        session = await rig.session()
        await rig.ask(session)
        await rig.until(session, e.ItemStarted)
        await rig.restarted()
        events = await rig.until(session, e.RunFinished)
    over = last(events, e.RunFinished)
    assert (over.outcome, over.answer) == ("answered", "42 orders.")
    answers = [
        event.outcome
        for event in events
        if isinstance(event, e.ItemCompleted) and isinstance(event.content, Answer)
    ]
    assert answers == ["interrupted", "ok"]


async def test_a_line_that_python_waited_for_is_not_waited_for_after_a_restart() -> None:
    """Its kernel is gone: the run must not wait for somebody to type into nothing."""
    rig = Rig((SHOUT, SAY), {"shout()": [Asked(prompt="how loud?")]})
    async with rig.running():
        session = await rig.session()
        await rig.ask(session)
        await rig.until(session, e.InputRequested)
        await rig.restarted()
        asked = last(await rig.until(session, e.ApprovalRequested), e.ApprovalRequested)
        assert "may have had effects" in (asked.reason or "")
        await answer(rig, session, "skip")
        events = await rig.until(session, e.RunFinished)
    assert last(events, e.RunFinished).outcome == "answered"
    assert sum(isinstance(event, e.InputReplied) for event in events) == 1


async def test_a_command_that_comes_again_after_a_restart_gets_its_first_reply() -> None:
    """Though it would be refused as things are now, and without a stir in what goes on."""
    rig = Rig(ROUNDS)
    async with rig.running():
        session = await rig.session(mode="full")
        first = await rig.ask(session, key=key("k"))
        asked = last(await rig.until(session, e.ApprovalRequested), e.ApprovalRequested)
        yes = c.ApprovalResolve(
            id=id_(), session=session, approval=asked.approval, verdict="approve", key=key("yes")
        )
        said = await rig.send(yes)
        await rig.until(session, e.ApprovalRequested, 2)
        await rig.restarted()
        live = await rig.engine.session(ME, session)
        assert (await rig.ask(session, key=key("k")))["run"] == first.run
        assert (await rig.send(yes))["upto"] == said.upto
        assert await rig.engine.session(ME, session) is live
        assert live.broken is None
        log = await rig.log(session)
    assert sum(isinstance(event, e.RunStarted) for event in log) == 1
    assert [event.verdict for event in log if isinstance(event, e.ApprovalResolved)] == ["approve"]


async def test_a_command_that_changes_nothing_gets_the_same_reply_after_a_crash() -> None:
    """Its receipt is kept before it is answered, though no event is."""
    rig = Rig(ROUNDS)
    async with rig.running():
        session = await rig.session()
        await rig.send(c.SessionArchive(id=id_(), session=session))
        again = c.SessionArchive(id=id_(), session=session, key=key("again"))
        first = await rig.send(again)
        assert await rig.store.receipt(ME.id, key("again")) is not None
        rig.engine = rig._engine()  # the old one is dropped as it is
        await rig.engine.start()
        await rig.send(c.SessionUpdate(id=id_(), session=session, status="active"))
        assert (await rig.send(again))["upto"] == first.upto


async def test_another_worker_answers_when_the_first_is_gone_and_the_first_is_told() -> None:
    """Two engines on one store: who comes second looks again, and hears by whom it was settled."""
    rig = Rig(ROUNDS)
    async with rig.running():
        session = await rig.session(mode="full")
        await rig.ask(session)
        asked = last(await rig.until(session, e.ApprovalRequested), e.ApprovalRequested)
        await rig.engine.rest()
        second = rig._engine()
        await second.start()
        yes = c.ApprovalResolve(
            id=id_(), session=session, approval=asked.approval, verdict="approve"
        )
        await second.handle(ME, yes)
        await second.rest()
        with pytest.raises(Refused) as refused:
            await rig.send(yes)
        assert refused.value.code == "approval_settled"
        assert refused.value.detail == "me has answered this already: approve"
        for _ in ("sql", "answer"):
            live = await second.session(ME, session)
            waits = next(iter(live.state.approvals.values()))
            await second.handle(
                ME,
                c.ApprovalResolve(
                    id=id_(), session=session, approval=waits.approval, verdict="approve"
                ),
            )
            await second.rest()
        log = await rig.log(session)
        await second.close()
    assert last(log, e.RunFinished).outcome == "answered"
    assert len(rig.source.ran) == 1
