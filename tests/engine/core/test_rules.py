"""What each command does to a session."""

import pytest

from engine.effects import EndKernel, Feed, Halt, InterruptKernel, RunCode, RunQuery, StopItem, Work
from engine.ports import Checked
from engine.rules import RULES
from engine.session import TRANSITIONS, evolve, fold
from engine.state import Session, Unlawful
from protocol import commands as c
from protocol import events as e
from protocol.codec import EVENT_TYPES
from protocol.ids import (
    CallerId,
    InputId,
    ItemId,
    QuestionId,
    RunId,
)
from protocol.items import Code, Finding
from protocol.results import RESULTS
from tests.engine.core.waiting import (
    A1,
    ASK,
    CREATED,
    I1,
    I2,
    ID,
    R1,
    R2,
    ROUND,
    SQL,
    STARTED,
    WAITING,
)
from tests.playbook import ME, SESSION, Given

# --- Sessions ---------------------------------------------------------------------------------


def test_a_session_is_created_once() -> None:
    command = c.SessionCreate(id=ID, session=SESSION, source="shop", mode="full")
    Given().when(command).then(CREATED)
    Given(CREATED).when(command).refused("session_exists")


def test_nothing_can_be_done_in_a_session_that_is_not_there() -> None:
    Given().when(ASK).refused("unknown_session")


def test_an_archived_session_wakes_by_update_only() -> None:
    archived = e.SessionArchived(session=SESSION, by=ME)
    words = Given(CREATED, archived).when(ASK).refused("session_closed")
    assert "session.update" in words
    wake = c.SessionUpdate(id=ID, session=SESSION, status="active")
    Given(CREATED, archived).when(wake).then(
        e.SessionUpdated(session=SESSION, by=ME, status="active")
    )


def test_deleting_stops_the_run_and_answers_its_question_first() -> None:
    Given(*WAITING).when(c.SessionDelete(id=ID, session=SESSION)).then(
        e.ApprovalResolved(run=R1, approval=A1, verdict="cancelled", by=ME),
        e.ItemCompleted(
            run=R1,
            item=I1,
            content=Code(language="sql", text=SQL, source="shop"),
            outcome="interrupted",
        ),
        e.RunFinished(run=R1, outcome="cancelled"),
        e.SessionDeleted(session=SESSION, by=ME),
    ).doing(Halt(run=R1), EndKernel())


def test_deleting_can_be_undone() -> None:
    deleted = e.SessionDeleted(session=SESSION, by=ME)
    rename = c.SessionUpdate(id=ID, session=SESSION, name="x")
    Given(CREATED, deleted).when(rename).refused("session_closed")
    wake = c.SessionUpdate(id=ID, session=SESSION, status="active")
    Given(CREATED, deleted).when(wake).then(
        e.SessionUpdated(session=SESSION, by=ME, status="active")
    )


# --- Runs -------------------------------------------------------------------------------------


def test_a_question_begins_a_run() -> None:
    Given(CREATED).when(ASK).then(e.RunStarted(run=RunId("x_new"), text="how many?", by=ME)).doing(
        Work(run=RunId("x_new"))
    )


@pytest.mark.parametrize("text", ["", "   ", "\n\t"])
def test_an_empty_question_is_refused(text: str) -> None:
    Given(CREATED).when(c.RunStart(id=ID, session=SESSION, text=text)).refused("text_empty")


def test_a_question_that_is_too_long_is_refused() -> None:
    command = c.RunStart(id=ID, session=SESSION, text="x" * 11)
    Given(CREATED).knowing(max_text=10).when(command).refused("text_too_long")


def test_a_busy_session_rejects_unless_told_otherwise() -> None:
    Given(CREATED, STARTED).when(ASK).refused("run_active")


def test_a_busy_session_queues_when_asked_to() -> None:
    command = c.RunStart(id=ID, session=SESSION, text="and then?", when_busy="enqueue")
    Given(CREATED, STARTED).when(command).then(
        e.RunQueued(run=RunId("x_new"), text="and then?", by=ME)
    )


def test_a_full_queue_is_said() -> None:
    command = c.RunStart(id=ID, session=SESSION, text="and then?", when_busy="enqueue")
    queued = e.RunQueued(run=R2, text="next", by=ME)
    Given(CREATED, STARTED, queued).knowing(max_queue=1).when(command).refused("queue_full")


def test_a_busy_session_is_interrupted_when_asked_to() -> None:
    command = c.RunStart(id=ID, session=SESSION, text="rather this", when_busy="interrupt")
    Given(CREATED, STARTED).when(command).then(
        e.RunFinished(run=R1, outcome="cancelled"),
        e.RunStarted(run=RunId("x_new"), text="rather this", by=ME),
    ).doing(Halt(run=R1), Work(run=RunId("x_new")))


def test_text_while_an_approval_waits_is_feedback_on_it() -> None:
    command = c.RunStart(id=ID, session=SESSION, text="only 2025")
    Given(*WAITING).when(command).then(
        e.ApprovalResolved(run=R1, approval=A1, verdict="feedback", by=ME, text="only 2025")
    ).doing(Work(run=R1))


def test_cancelling_answers_the_open_question_first() -> None:
    Given(*WAITING).when(c.RunCancel(id=ID, session=SESSION, run=R1)).then(
        e.ApprovalResolved(run=R1, approval=A1, verdict="cancelled", by=ME),
        e.ItemCompleted(
            run=R1,
            item=I1,
            content=Code(language="sql", text=SQL, source="shop"),
            outcome="interrupted",
        ),
        e.RunFinished(run=R1, outcome="cancelled"),
    ).doing(Halt(run=R1))


def test_cancelling_begins_the_run_that_waits() -> None:
    queued = e.RunQueued(run=R2, text="next", by=ME)
    Given(CREATED, STARTED, queued).when(c.RunCancel(id=ID, session=SESSION, run=R1)).then(
        e.RunFinished(run=R1, outcome="cancelled"),
        e.RunStarted(run=R2, text="next", by=ME),
    ).doing(Halt(run=R1), Work(run=R2))


def test_a_queued_run_can_be_cancelled_and_the_other_goes_on() -> None:
    queued = e.RunQueued(run=R2, text="next", by=ME)
    Given(CREATED, STARTED, queued).when(c.RunCancel(id=ID, session=SESSION, run=R2)).then(
        e.RunFinished(run=R2, outcome="cancelled")
    )


def test_cancelling_twice_is_no_fault_and_another_run_is_not_known() -> None:
    over = e.RunFinished(run=R1, outcome="answered")
    Given(CREATED, STARTED, over).when(c.RunCancel(id=ID, session=SESSION, run=R1)).then()
    Given(CREATED).when(c.RunCancel(id=ID, session=SESSION, run=R1)).refused("unknown_run")


def test_a_run_can_be_told_something_while_it_works() -> None:
    steer = c.RunSteer(id=ID, session=SESSION, run=R1, text="in euros")
    Given(CREATED, STARTED).when(steer).then(e.RunSteered(run=R1, text="in euros", by=ME))
    Given(CREATED).when(steer).refused("unknown_run")


# --- Questions, kernel, queries ---------------------------------------------------------------


def test_a_question_is_answered_prompt_by_prompt() -> None:
    asked = e.QuestionAsked(
        run=R1, question=QuestionId("q_1"), prompts=(e.Prompted(title="Which year?"),)
    )
    given = (CREATED, STARTED, ROUND, asked)
    answer = c.QuestionAnswer(
        id=ID, session=SESSION, question=QuestionId("q_1"), answers=(("2025",),)
    )
    told = e.QuestionAnswered(run=R1, question=QuestionId("q_1"), answers=(("2025",),), by=ME)
    Given(*given).when(answer).then(told).doing(Work(run=R1))
    Given(*given, told).when(answer).refused("approval_settled")
    short = c.QuestionAnswer(id=ID, session=SESSION, question=QuestionId("q_1"), answers=())
    Given(*given).when(short).refused("answers_mismatch")
    Given(CREATED).when(answer).refused("unknown_question")


def test_what_is_typed_into_python_is_not_kept() -> None:
    asked = e.InputRequested(input=InputId("in_1"), prompt="password", password=True)
    reply = c.InputReply(id=ID, session=SESSION, input=InputId("in_1"), text="hunter2")
    Given(CREATED, asked).when(reply).then(e.InputReplied(input=InputId("in_1"), by=ME)).doing(
        Feed(input=InputId("in_1"), text="hunter2")
    )
    Given(CREATED).when(reply).refused("unknown_input")


def test_a_query_of_ones_own_passes_the_guard() -> None:
    query = c.QueryRun(id=ID, session=SESSION, source="shop", sql=SQL)
    item = ItemId("x_new")
    Given(CREATED).knowing(checked=Checked(ok=True, sql=SQL)).when(query).then(
        e.ItemStarted(item=item, kind="code", language="sql", source="shop"),
        e.CheckFinished(item=item, ok=True, sql=SQL, text=SQL),
    ).doing(RunQuery(item=item, source="shop", sql=SQL))
    found = Finding(code="writes", message="DROP changes data.")
    refused = Checked(ok=False, findings=(found,))
    Given(CREATED).knowing(checked=refused).when(query).refused("guard_refused")


def test_only_a_query_that_runs_can_be_cancelled() -> None:
    started = e.ItemStarted(item=I2, kind="code", language="sql", source="shop")
    cancel = c.QueryCancel(id=ID, session=SESSION, item=I2)
    Given(CREATED, started).when(cancel).then().doing(StopItem(item=I2))
    Given(CREATED).when(cancel).refused("unknown_item")


def test_interrupting_a_kernel_stops_what_it_does_if_anything() -> None:
    interrupt = c.KernelInterrupt(id=ID, session=SESSION)
    Given(CREATED).when(interrupt).refused("kernel_idle")
    own = e.ItemStarted(item=I2, kind="code", language="python")
    Given(CREATED, own).when(interrupt).then().doing(InterruptKernel())
    query = e.ItemStarted(item=I2, kind="code", language="sql", source="shop")
    Given(CREATED, query).when(interrupt).refused("kernel_idle")
    python = e.ItemStarted(run=R1, item=I1, kind="code", language="python")
    given = (CREATED, STARTED, ROUND, python)
    Given(*given).when(interrupt).refused("kernel_idle")
    busy = e.KernelBusy(run=R1, item=I1)
    Given(*given, busy).when(interrupt).then().doing(InterruptKernel())


# --- The table --------------------------------------------------------------------------------


def test_every_command_has_a_rule_or_belongs_to_a_connection() -> None:
    beside = {c.SessionFollow, c.SessionUnfollow, c.KernelInspect, c.KernelComplete}
    assert set(RULES) | beside == set(RESULTS)


def test_every_event_may_happen_somewhere() -> None:
    from engine.session import RUNLESS

    known = {str(kind.__struct_config__.tag) for _, kind in TRANSITIONS}
    known |= {str(kind.__struct_config__.tag) for kind in RUNLESS} | {"session.created"}
    assert known == set(EVENT_TYPES)


@pytest.mark.parametrize(
    "event",
    [
        e.RunFinished(run=R1, outcome="answered"),
        e.RoundStarted(run=R1, round=1),
        e.ApprovalResolved(run=R1, approval=A1, verdict="approve"),
        e.ItemDelta(run=R1, item=I1, text="late"),
        e.ItemCompleted(run=R1, item=I1, content=Code(language="sql", text="")),
    ],
)
def test_nothing_of_a_run_follows_its_end(event: e.AnyEvent) -> None:
    over = fold(
        Session(session=SESSION), (CREATED, STARTED, e.RunFinished(run=R1, outcome="answered"))
    )
    with pytest.raises(Unlawful):
        evolve(over, event)


def test_a_run_may_not_end_with_an_open_question() -> None:
    waiting = fold(Session(session=SESSION), WAITING)
    with pytest.raises(Unlawful):
        evolve(waiting, e.RunFinished(run=R1, outcome="failed"))


def test_another_callers_name_on_an_event_changes_nothing_of_the_owner() -> None:
    other = CallerId("somebody")
    updated = e.SessionUpdated(session=SESSION, by=other, name="n")
    assert fold(Session(session=SESSION), (CREATED, updated)).owner == ME


def test_ones_own_code_is_shown_before_it_runs() -> None:
    execute = c.KernelExecute(id=ID, session=SESSION, code="print(1)")
    item = ItemId("x_new")
    Given(CREATED).when(execute).then(
        e.ItemStarted(item=item, kind="code", language="python"),
        e.ItemDelta(item=item, text="print(1)"),
    ).doing(RunCode(item=item, code="print(1)"))
    Given(CREATED).when(c.KernelExecute(id=ID, session=SESSION, code=" ")).refused("text_empty")
