"""Runs from the question to the answer, through gates, failures, cancels and restarts."""

import asyncio

import pytest

from engine.models.scripted import call
from engine.ports import Answered, Ended, Person, Printed, Raised, StoreFailed
from engine.stores.memory import MemoryStore
from protocol import commands as c
from protocol import events as e
from protocol.ids import ApprovalId, SessionId, inbox_of
from protocol.items import Answer, Code, Output, Plan, Table
from protocol.refusals import Refused
from protocol.screens import Screen
from tests.rig import COUNT, ME, OTHER, Rig, id_, key, last

PLAN = call("make_plan", "p", "count\n", steps=["count", "say it"])
SQL = call("run_sql", "c", COUNT, sql=COUNT)
SAY = call("answer", "a", "42 orders.", text="42 orders.")
ROUNDS = (PLAN, SQL, SAY)
SHOUT = call("run_python", "c", "shout()", code="shout()")


def kinds(events: list[e.AnyEvent]) -> list[str]:
    """Return the types of events, deltas left out."""
    tags = [str(type(event).__struct_config__.tag) for event in events]
    return [tag for tag in tags if tag != "item.delta"]


async def answer(rig: Rig, session: SessionId, verdict: str, **more: object) -> e.ApprovalRequested:
    """Wait for the next open approval and answer it."""
    events = await rig.until(session, e.ApprovalRequested)
    settled = {event.approval for event in events if isinstance(event, e.ApprovalResolved)}
    asked = [event for event in events if isinstance(event, e.ApprovalRequested)]
    while asked[-1].approval in settled:
        events = await rig.until(session, e.ApprovalRequested, len(asked) + 1)
        asked = [event for event in events if isinstance(event, e.ApprovalRequested)]
    await rig.send(
        c.ApprovalResolve(
            id=id_(),
            session=session,
            approval=asked[-1].approval,
            verdict=verdict,  # type: ignore[arg-type]  # a verdict
            digest=asked[-1].digest,
            **more,  # type: ignore[arg-type]  # fields of the command
        )
    )
    return asked[-1]


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


async def test_in_mode_full_plan_and_code_wait_for_a_person() -> None:
    async with Rig(ROUNDS).running() as rig:
        session = await rig.session(mode="full")
        await rig.ask(session)
        assert (await answer(rig, session, "approve")).subject == "plan"
        assert rig.source.ran == []
        assert (await answer(rig, session, "approve")).subject == "sql"
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


# --- Restarts ---------------------------------------------------------------------------------


async def test_a_run_that_waits_goes_on_waiting_after_a_restart() -> None:
    rig = Rig(ROUNDS)
    async with rig.running():
        session = await rig.session(mode="full")
        await rig.ask(session)
        await answer(rig, session, "approve")
        await rig.until(session, e.ApprovalRequested, 2)
        await rig.restarted()
        await answer(rig, session, "approve")
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


# --- Snapshot, inbox, compaction --------------------------------------------------------------


async def test_snapshot_and_tail_are_the_whole() -> None:
    async with Rig(ROUNDS).running() as rig:
        session = await rig.session(mode="full")
        await rig.ask(session)
        await rig.until(session, e.ApprovalRequested)
        early = await rig.engine.snapshot(ME, session)
        follower = rig.engine.follower(ME)
        followed = await follower.follow(session, early.epoch, early.upto)
        assert followed.recovered
        await answer(rig, session, "approve")
        await answer(rig, session, "approve")
        whole = await rig.until(session, e.RunFinished)
        seen: list[int] = []
        while (told := await follower.take()) is not None:
            seen.append(told.upto)
        late = await rig.engine.snapshot(ME, session)
    assert seen[-1] == late.upto == len(whole)
    assert late.state.get("activity", "idle") == "idle"
    assert early.state["activity"] == "waiting"


async def test_a_position_of_another_epoch_or_of_the_future_gives_a_snapshot() -> None:
    async with Rig((SAY,)).running() as rig:
        session = await rig.session()
        head = await rig.engine.snapshot(ME, session)
        for epoch, after in (("e_other", 1), (head.epoch, 99)):
            follower = rig.engine.follower(ME)
            followed = await follower.follow(session, epoch, after)  # type: ignore[arg-type]  # an epoch
            told = await follower.take()
            assert not followed.recovered
            assert type(told).__name__ == "Snapshot"


async def test_the_inbox_tells_of_sessions_and_of_gates_anywhere() -> None:
    async with Rig(ROUNDS).running() as rig:
        session = await rig.session(mode="plan_only", name="Mine")
        await rig.ask(session)
        await rig.until(session, e.ApprovalRequested)
        inbox = inbox_of(ME.id)
        await rig.until(inbox, e.ApprovalRequested)
        state = (await rig.engine.snapshot(ME, inbox)).state
        assert state["sessions"][session]["activity"] == "waiting"
        assert [asked["session"] for asked in state["approvals"].values()] == [session]
        await answer(rig, session, "approve")
        await rig.until(session, e.RunFinished)
        await rig.until(inbox, e.SessionUpdated, 4)
        state = (await rig.engine.snapshot(ME, inbox)).state
    assert state["sessions"][session].get("activity", "idle") == "idle"
    assert not state.get("approvals")


async def test_finished_items_keep_no_deltas_and_the_fold_is_the_same() -> None:
    async with Rig(ROUNDS).running() as rig:
        session = await rig.session()
        await rig.ask(session)
        await rig.until(session, e.RunFinished)
        before = await rig.engine.snapshot(ME, session)
        await rig.engine.rest()
        await rig.engine.close()
        kept = await rig.log(session)
        assert not any(isinstance(event, e.ItemDelta) for event in kept)
        rig.engine = rig._engine()
        await rig.engine.start()
        after = await rig.engine.snapshot(ME, session)
    assert after.state == before.state
    assert after.upto == before.upto


# --- A store that fails -----------------------------------------------------------------------


class FullStore(MemoryStore):
    """A store whose disk is full while `full` is set."""

    full = False

    async def append(self, append: object) -> None:
        if self.full:
            raise StoreFailed("storage_full", "the disk is full")
        await super().append(append)  # type: ignore[arg-type]  # an append


async def test_a_full_disk_refuses_and_loses_nothing() -> None:
    store = FullStore()
    async with Rig((SAY, SAY), store=store).running() as rig:
        session = await rig.session()
        store.full = True
        with pytest.raises(Refused) as refused:
            await rig.ask(session)
        assert (refused.value.code, refused.value.advice) == ("storage_full", "retry")
        store.full = False
        await rig.ask(session)
        events = await rig.until(session, e.RunFinished)
    assert kinds(events).count("run.started") == 1


async def test_a_disk_that_fills_in_the_middle_of_a_run_does_not_lose_the_run() -> None:
    store = FullStore()
    async with Rig(ROUNDS, store=store).running() as rig:
        session = await rig.session(mode="full")
        await rig.ask(session)
        asked = last(await rig.until(session, e.ApprovalRequested), e.ApprovalRequested)
        store.full = True
        yes = c.ApprovalResolve(
            id=id_(), session=session, approval=ApprovalId(asked.approval), verdict="approve"
        )
        with pytest.raises(Refused):
            await rig.send(yes)
        store.full = False
        await rig.send(yes)
        await answer(rig, session, "approve")
        events = await rig.until(session, e.RunFinished)
    assert last(events, e.RunFinished).outcome == "answered"


async def test_what_a_screen_shows_can_be_read_back() -> None:
    import msgspec

    async with Rig(ROUNDS).running() as rig:
        session = await rig.session()
        await rig.ask(session)
        await rig.until(session, e.RunFinished)
        snapshot = await rig.engine.snapshot(ME, session)
    screen = msgspec.convert(snapshot.state, Screen)
    assert [run.answer for run in screen.runs] == ["42 orders."]
