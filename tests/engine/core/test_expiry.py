"""What expires while it waits for a person: when, and what becomes of the run, come a restart."""

from typing import Any

import pytest

from engine.models.scripted import call
from engine.ports import Asked
from engine.world import Bounds
from protocol import commands as c
from protocol import events as e
from protocol.events import Gates
from protocol.ids import SessionId
from protocol.refusals import Refused
from tests.engine.core.talk import PLAN, ROUNDS, SAY, SHOUT, SQL, Hand, answer
from tests.rig import ME, Rig, id_, last

FIVE = Gates(approval_seconds=300)
WRONG = call("run_sql", "c", sql="SELECT nothing FROM nowhere")
LINE = {"shout()": [Asked(prompt="how loud?")]}
ASK = call("ask_user", "q", prompts=[{"title": "Which year?"}])


def rig(*rounds: Any, **world: Any) -> tuple[Rig, Hand]:
    clock = Hand()
    return Rig(rounds or ROUNDS, clock=clock, **world), clock


async def waiting(made: Rig, **fields: Any) -> tuple[SessionId, e.ApprovalRequested]:
    session = await made.session(**{"mode": "full", "gates": FIVE, **fields})
    await made.ask(session)
    return session, last(await made.until(session, e.ApprovalRequested), e.ApprovalRequested)


async def pass_by(made: Rig, clock: Hand, seconds: float) -> None:
    """Let time pass, and whoever waits for it look."""
    clock.go_on(seconds)
    made.engine._expiries.look()


async def test_without_a_setting_an_approval_waits_for_ever() -> None:
    made, _ = rig()
    async with made.running():
        _, asked = await waiting(made, gates=None)
    assert asked.expires_at is None


@pytest.mark.parametrize(
    ("server", "own", "expires"),
    [
        (60.0, None, "2026-11-22T10:01:00.000Z"),
        (60.0, 300.0, "2026-11-22T10:05:00.000Z"),
        (None, 300.0, "2026-11-22T10:05:00.000Z"),
        (60.0, 0.0, None),
        (None, None, None),
    ],
)
async def test_a_session_says_how_long_else_the_server(
    server: float | None, own: float | None, expires: str | None
) -> None:
    made, _ = rig(bounds=Bounds(approval_seconds=server))
    async with made.running():
        _, asked = await waiting(made, gates=Gates(approval_seconds=own))
    assert asked.expires_at == expires


@pytest.mark.parametrize(
    ("rounds", "subject"),
    [((PLAN,), "plan"), ((SQL,), "sql"), ((SHOUT,), "python"), ((SAY,), "answer")],
)
async def test_what_nobody_answers_expires_and_ends_the_run(rounds: Any, subject: str) -> None:
    made, clock = rig(*rounds)
    async with made.running():
        session, asked = await waiting(made)
        assert asked.subject == subject
        await pass_by(made, clock, 299)
        assert (await made.engine.session(ME, session)).state.approvals
        await pass_by(made, clock, 1)
        events = await made.until(session, e.RunFinished)
        await made.engine.rest()
    resolved = last(events, e.ApprovalResolved)
    assert resolved == e.ApprovalResolved(run=asked.run, approval=asked.approval, verdict="expired")
    over = last(events, e.RunFinished)
    assert (over.outcome, over.error.code) == ("rejected", "approval_expired")
    assert (made.source.ran, made.kernels.kernel.ran) == ([], [])


async def test_a_failure_that_nobody_looks_at_ends_the_run_too() -> None:
    made, clock = rig(WRONG, SAY)
    async with made.running():
        session, asked = await waiting(made, mode="on_error")
        assert asked.subject == "error"
        await pass_by(made, clock, 300)
        events = await made.until(session, e.RunFinished)
    assert last(events, e.RunFinished).error.code == "approval_expired"


async def test_an_answer_in_time_stands_and_the_clock_changes_nothing_after() -> None:
    made, clock = rig(SQL, SAY)
    async with made.running():
        session, _ = await waiting(made, mode="review_first")
        clock.go_on(299)
        await answer(made, session, "approve")
        await made.until(session, e.RunFinished)
        await pass_by(made, clock, 1000)
        await made.engine._expiries.settle()
        events = await made.log(session)
    assert [event.verdict for event in events if isinstance(event, e.ApprovalResolved)] == [
        "approve"
    ]


async def test_an_answer_that_comes_too_late_is_told_so_though_no_clock_rang() -> None:
    made, clock = rig()
    async with made.running():
        session, asked = await waiting(made)
        clock.go_on(300)
        late = c.ApprovalResolve(
            id=id_(), session=session, approval=asked.approval, verdict="approve"
        )
        with pytest.raises(Refused) as refused:
            await made.send(late)
        assert refused.value.code == "approval_settled"
        assert "expired" in refused.value.detail
        await made.until(session, e.RunFinished)


async def test_it_expires_though_the_server_stood_still_and_nobody_looks() -> None:
    made, clock = rig()
    async with made.running():
        session, _ = await waiting(made)
        await made.engine.close()
        clock.go_on(3600)
        made.engine = made._engine()
        await made.engine.start()
        await made.engine.rest()
        events = await made.log(session)
    assert last(events, e.ApprovalResolved).verdict == "expired"
    assert last(events, e.RunFinished).outcome == "rejected"


async def test_after_a_restart_it_still_waits_for_its_time() -> None:
    made, clock = rig()
    async with made.running():
        session, asked = await waiting(made)
        clock.go_on(100)
        await made.restarted()
        again = await made.engine.session(ME, session)
        assert again.state.approvals[asked.approval].expires_at == asked.expires_at
        await pass_by(made, clock, 200)
        events = await made.until(session, e.RunFinished)
    assert last(events, e.ApprovalResolved).verdict == "expired"


async def test_the_next_question_in_the_queue_begins() -> None:
    made, clock = rig(PLAN, SAY)
    async with made.running():
        session, _ = await waiting(made)
        await made.send(c.SessionUpdate(id=id_(), session=session, mode="none"))
        # Text would be feedback while an approval waits; a queue was made before it asked.
        live = await made.engine.session(ME, session)
        live.record(e.RunQueued(run="r_next", text="and then?", by=ME.id))  # type: ignore[arg-type]  # an id
        await pass_by(made, clock, 300)
        events = await made.until(session, e.RunFinished, 2)
    outcomes = [event.outcome for event in events if isinstance(event, e.RunFinished)]
    assert outcomes == ["rejected", "answered"]


async def test_a_question_that_nobody_answers_expires_and_ends_the_run() -> None:
    made, clock = rig(ASK, SAY)
    async with made.running():
        session = await made.session(gates=FIVE)
        await made.ask(session)
        asked = last(await made.until(session, e.QuestionAsked), e.QuestionAsked)
        assert asked.expires_at == "2026-11-22T10:05:00.000Z"
        await pass_by(made, clock, 300)
        events = await made.until(session, e.RunFinished)
        reply = c.QuestionAnswer(
            id=id_(), session=session, question=asked.question, answers=(("2025",),)
        )
        with pytest.raises(Refused, match="nobody answered in time"):
            await made.send(reply)
    assert last(events, e.QuestionAnswered).expired
    over = last(events, e.RunFinished)
    assert (over.outcome, over.error.code) == ("rejected", "question_expired")


async def test_a_line_that_nobody_types_expires_and_ends_its_run() -> None:
    made, clock = rig(SHOUT, SAY, script=LINE)
    async with made.running():
        session = await made.session(gates=FIVE)
        await made.ask(session)
        asked = last(await made.until(session, e.InputRequested), e.InputRequested)
        await pass_by(made, clock, 300)
        events = await made.until(session, e.RunFinished)
        await made.engine.rest()
    replied = [event for event in events if isinstance(event, e.InputReplied)]
    assert replied == [e.InputReplied(run=asked.run, input=asked.input, expired=True)]
    assert last(events, e.RunFinished).error.code == "question_expired"


async def test_a_line_of_a_cell_by_hand_expires_and_stops_the_cell() -> None:
    made, clock = rig(script=LINE)
    async with made.running():
        session = await made.session(gates=FIVE)
        cell = await made.send(c.KernelExecute(id=id_(), session=session, code="shout()"))
        await made.until(session, e.InputRequested)
        await pass_by(made, clock, 300)
        events = await made.until(session, e.ItemCompleted)
        await made.engine.rest()
    assert last(events, e.InputReplied).expired
    done = last(events, e.ItemCompleted)
    assert (done.item, done.outcome) == (cell.item, "interrupted")


async def test_what_expired_while_a_run_waited_lets_the_next_one_begin() -> None:
    made, clock = rig(ASK, SAY)
    async with made.running():
        session = await made.session(gates=FIVE)
        await made.ask(session)
        await made.until(session, e.QuestionAsked)
        await made.ask(session, "and then?", when_busy="enqueue")
        await pass_by(made, clock, 300)
        events = await made.until(session, e.RunFinished, 2)
    outcomes = [event.outcome for event in events if isinstance(event, e.RunFinished)]
    assert outcomes == ["rejected", "answered"]


async def test_a_question_that_ran_out_while_nobody_served_is_over_before_anybody_asks() -> None:
    made, clock = rig(ASK, SAY)
    async with made.running():
        session = await made.session(gates=FIVE)
        await made.ask(session)
        await made.until(session, e.QuestionAsked)
        clock.go_on(301)
        await made.restarted()
        assert (await made.engine.session(ME, session)).state.run is None


async def test_real_time_rings_by_itself() -> None:
    made = Rig(ROUNDS)
    async with made.running():
        session = await made.session(mode="full", gates=Gates(approval_seconds=0.05))
        await made.ask(session)
        events = await made.until(session, e.RunFinished)
    assert last(events, e.ApprovalResolved).verdict == "expired"
