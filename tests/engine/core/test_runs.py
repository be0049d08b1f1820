"""Runs from the question to the answer, through gates, failures and cancels."""

import asyncio

import pytest

from engine.grants import all_of, take_back
from engine.models.scripted import call
from engine.ports import Answered, Ended, Person, Printed, Raised
from protocol import commands as c
from protocol import events as e
from protocol.ids import inbox_of
from protocol.items import Code, Output, Plan, Table
from protocol.refusals import Refused
from tests.engine.core.talk import ROUNDS, SAY, SHOUT, SQL, answer, kinds
from tests.rig import COUNT, ME, OTHER, Rig, id_, key, last


async def test_a_question_becomes_plan_code_table_and_answer() -> None:
    async with Rig(ROUNDS).running() as rig:
        session = await rig.session()
        await rig.ask(session)
        events = await rig.until(session, e.RunFinished)
    assert kinds(events) == [
        "session.created",
        "run.started",
        "round.started",
        "item.started",
        "item.completed",
        "round.finished",
        "round.started",
        "item.started",
        "check.finished",
        "item.completed",
        "code.started",
        "item.started",
        "item.completed",
        "item.completed",
        "round.finished",
        "round.started",
        "item.started",
        "item.completed",
        "item.completed",
        "run.finished",
    ]
    over = last(events, e.RunFinished)
    assert (over.outcome, over.answer) == ("answered", "42 orders.")
    contents = [event.content for event in events if isinstance(event, e.ItemCompleted)]
    table = next(content for content in contents if isinstance(content, Table))
    assert (table.row_count, table.truncated) == (1, False)
    plan = [content for content in contents if isinstance(content, Plan)][-1]
    assert [step.status for step in plan.steps] == ["done", "done"]


async def test_the_model_sees_what_was_done_and_found() -> None:
    async with Rig(ROUNDS).running() as rig:
        session = await rig.session()
        await rig.ask(session)
        await rig.until(session, e.RunFinished)
        turns = rig.model.prompts[2].turns
    assert turns[0] == Person(text="how many?")
    found = turns[-1]
    assert isinstance(found, Answered)
    assert (found.ok, list(found.rows), found.row_count) == (True, [[42]], 1)


async def test_in_mode_full_plan_code_and_answer_wait_for_a_person() -> None:
    async with Rig(ROUNDS).running() as rig:
        session = await rig.session(mode="full")
        await rig.ask(session)
        assert (await answer(rig, session, "approve")).subject == "plan"
        assert rig.source.ran == []
        assert (await answer(rig, session, "approve")).subject == "sql"
        assert (await answer(rig, session, "approve")).subject == "answer"
        assert last(await rig.until(session, e.RunFinished), e.RunFinished).outcome == "answered"
        assert len(rig.source.ran) == 1


async def test_in_mode_plan_only_code_does_not_wait() -> None:
    async with Rig(ROUNDS).running() as rig:
        session = await rig.session(mode="plan_only")
        await rig.ask(session)
        await answer(rig, session, "approve")
        events = await rig.until(session, e.RunFinished)
    assert [ask.subject for ask in events if isinstance(ask, e.ApprovalRequested)] == ["plan"]


async def test_an_edit_is_what_runs() -> None:
    other = "SELECT COUNT(*) FROM customers"
    async with Rig((SQL, SAY)).running() as rig:
        session = await rig.session(mode="review_first")
        await rig.ask(session)
        await answer(rig, session, "edit", code=other)
        events = await rig.until(session, e.RunFinished)
    assert [sql.replace("\n", " ") for sql in rig.source.ran] == [other]
    code = [
        event.content
        for event in events
        if isinstance(event, e.ItemCompleted) and isinstance(event.content, Code)
    ]
    assert code[0].text == other
    assert last(events, e.ApprovalResolved).changed.before == COUNT


async def test_an_edit_that_writes_is_refused_and_the_gate_stays() -> None:
    async with Rig((SQL, SAY)).running() as rig:
        session = await rig.session(mode="review_first")
        await rig.ask(session)
        with pytest.raises(Refused) as refused:
            await answer(rig, session, "edit", code="DROP TABLE orders")
        assert refused.value.code == "edit_refused"
        await answer(rig, session, "approve")
        await rig.until(session, e.RunFinished)
    assert len(rig.source.ran) == 1


async def test_a_rejection_ends_the_run_with_its_reason() -> None:
    async with Rig(ROUNDS).running() as rig:
        session = await rig.session(mode="review_first")
        await rig.ask(session)
        await answer(rig, session, "reject", text="not on that table")
        over = last(await rig.until(session, e.RunFinished), e.RunFinished)
    assert (over.outcome, over.error.message) == ("rejected", "not on that table")
    assert rig.source.ran == []


async def test_feedback_reaches_the_model_and_nothing_runs() -> None:
    async with Rig((SQL, SQL, SAY)).running() as rig:
        session = await rig.session(mode="review_first")
        await rig.ask(session)
        await answer(rig, session, "feedback", text="only 2025")
        await answer(rig, session, "approve")
        await rig.until(session, e.RunFinished)
        turns = rig.model.prompts[1].turns
    assert Person(text="only 2025", feedback=True) in turns
    assert len(rig.source.ran) == 1


async def test_remembering_asks_no_more_in_this_session() -> None:
    async with Rig((SQL, SQL, SAY)).running() as rig:
        session = await rig.session(mode="review_first")
        await rig.ask(session)
        await answer(rig, session, "approve", remember="session")
        events = await rig.until(session, e.RunFinished)
    assert sum(isinstance(event, e.ApprovalRequested) for event in events) == 1
    assert len(rig.source.ran) == 2


async def test_a_mode_that_only_writes_code_never_runs_it() -> None:
    async with Rig((SQL, SAY)).running() as rig:
        session = await rig.session(mode="generate_only")
        await rig.ask(session)
        await rig.until(session, e.RunFinished)
    assert rig.source.ran == []


async def test_sql_that_writes_is_refused_in_words_and_told_to_the_model() -> None:
    drop = call("run_sql", "c", sql="DROP TABLE orders")
    async with Rig((drop, SAY)).running() as rig:
        session = await rig.session()
        await rig.ask(session)
        events = await rig.until(session, e.RunFinished)
        told = rig.model.prompts[1].turns[-1]
    failed = next(event for event in events if isinstance(event, e.ItemCompleted))
    assert (failed.outcome, failed.error and failed.error.code) == ("failed", "guard_refused")
    assert isinstance(told, Answered)
    assert not told.ok
    assert rig.source.ran == []


async def test_on_error_a_person_decides_and_a_retry_runs_again() -> None:
    wrong = call("run_sql", "c", sql="SELECT nothing FROM nowhere")
    async with Rig((wrong, SAY)).running() as rig:
        session = await rig.session(mode="on_error")
        await rig.ask(session)
        assert (await answer(rig, session, "retry")).subject == "error"
        await answer(rig, session, "skip")
        events = await rig.until(session, e.RunFinished)
    assert len(rig.source.ran) == 2
    assert last(events, e.RunFinished).outcome == "answered"


async def test_python_shows_what_it_prints_live() -> None:
    script = {"shout()": [Printed(stream="stdout", text="A"), Printed(stream="stdout", text="B")]}
    async with Rig((SHOUT, SAY), script).running() as rig:
        session = await rig.session()
        await rig.ask(session)
        events = await rig.until(session, e.RunFinished)
    output = next(
        event.content
        for event in events
        if isinstance(event, e.ItemCompleted) and isinstance(event.content, Output)
    )
    assert output.stdout == "AB"
    assert "kernel.busy" in kinds(events)


async def test_an_exception_in_python_is_told_to_the_model() -> None:
    script = {
        "shout()": [
            Raised(name="NameError", message="shout", traceback="NameError: shout"),
            Ended(outcome="failed"),
        ]
    }
    async with Rig((SHOUT, SAY), script).running() as rig:
        session = await rig.session()
        await rig.ask(session)
        await rig.until(session, e.RunFinished)
        told = rig.model.prompts[1].turns[-1]
    assert isinstance(told, Answered)
    assert not told.ok
    assert "NameError: shout" in told.text


async def test_a_kernel_that_dies_is_told_and_the_run_goes_on() -> None:
    script = {"shout()": [Ended(outcome="died")]}
    async with Rig((SHOUT, SAY), script).running() as rig:
        session = await rig.session()
        await rig.ask(session)
        events = await rig.until(session, e.RunFinished)
    assert "kernel.died" in kinds(events)
    assert last(events, e.RunFinished).outcome == "answered"


async def test_cancelling_stops_the_query_in_its_source() -> None:
    async with Rig(ROUNDS).running() as rig:
        rig.source.held.clear()
        session = await rig.session()
        run = (await rig.ask(session)).run
        events = await rig.until(session, e.ItemStarted, 3)
        assert last(events, e.ItemStarted).kind == "table"
        await rig.send(c.RunCancel(id=id_(), session=session, run=run))
        events = await rig.until(session, e.RunFinished)
        await rig.engine.close()
    assert last(events, e.RunFinished).outcome == "cancelled"
    assert rig.source.cancelled == 1


async def test_a_key_acts_once_however_often_it_comes() -> None:
    async with Rig((SAY, SAY)).running() as rig:
        session = await rig.session()
        first = await rig.ask(session, key=key("k"))
        await rig.until(session, e.RunFinished)
        again = await rig.ask(session, key=key("k"))
        assert again == first
        both = await asyncio.gather(
            rig.ask(session, "x", key=key("l")), rig.ask(session, "x", key=key("l"))
        )
        events = await rig.until(session, e.RunFinished, 2)
    assert both[0] == both[1]
    assert sum(isinstance(event, e.RunStarted) for event in events) == 2


async def test_a_key_survives_a_restart() -> None:
    rig = Rig((SAY,))
    async with rig.running():
        session = await rig.session(key=key("k"))
        await rig.restarted()
        again = await rig.send(c.SessionCreate(id=id_(), key=key("k")))
        assert again["session"] == session


async def test_a_session_is_its_owners() -> None:
    async with Rig().running() as rig:
        session = await rig.session()
        with pytest.raises(Refused) as refused:
            await rig.send(c.RunStart(id=id_(), session=session, text="x"), OTHER)
        assert refused.value.code == "not_yours"
        with pytest.raises(Refused):
            await rig.engine.follower(OTHER).follow(session)
        with pytest.raises(Refused):
            await rig.engine.snapshot(OTHER, session)
        with pytest.raises(Refused):
            await rig.engine.follower(OTHER).follow(inbox_of(ME.id))


async def test_two_answers_at_once_one_wins() -> None:
    async with Rig(ROUNDS).running() as rig:
        session = await rig.session(mode="full")
        await rig.ask(session)
        asked = last(await rig.until(session, e.ApprovalRequested), e.ApprovalRequested)
        yes = c.ApprovalResolve(
            id=id_(), session=session, approval=asked.approval, verdict="approve"
        )
        no = c.ApprovalResolve(id=id_(), session=session, approval=asked.approval, verdict="reject")
        outcomes = await asyncio.gather(rig.send(yes), rig.send(no), return_exceptions=True)
    refused = [outcome for outcome in outcomes if isinstance(outcome, Refused)]
    assert [refusal.code for refusal in refused] == ["approval_settled"]


async def test_remembering_for_always_holds_in_other_sessions_until_it_is_taken_back() -> None:
    async with Rig((SQL, SAY) * 3).running() as rig:
        first = await rig.session(mode="review_first")
        await rig.ask(first)
        await answer(rig, first, "approve", remember="always")
        await rig.until(first, e.RunFinished)
        second = await rig.session(mode="review_first")
        await rig.ask(second)
        events = await rig.until(second, e.RunFinished)
        assert not any(isinstance(event, e.ApprovalRequested) for event in events)
        (grant,) = await all_of(rig.store, ME.id)
        assert (grant.subject, grant.scope, grant.session) == ("sql", "shop", first)
        assert not await take_back(rig.store, OTHER.id, grant.id)
        assert await take_back(rig.store, ME.id, grant.id)
        third = await rig.session(mode="review_first")
        await rig.ask(third)
        assert (await answer(rig, third, "approve")).subject == "sql"
