"""Rules for what nobody answered in time: it is settled as expired, and its run is ended."""

from typing import Final

from engine.effects import Halt, StopItem, Work
from engine.endings import ended, next_run
from engine.given import Given
from engine.rules.decision import Decision
from engine.session import evolve
from engine.state import Session, name_of
from protocol.events import (
    ApprovalRequested,
    ApprovalResolved,
    InputReplied,
    InputRequested,
    QuestionAnswered,
    QuestionAsked,
)
from protocol.items import ErrorInfo

UNANSWERED: Final = ErrorInfo(
    code="question_expired",
    message="Nobody answered in time, so the run was ended.",
    hint="Ask again; how long a question waits is set by 'approval_seconds'.",
)


def expire(session: Session, waits: str, given: Given) -> Decision:
    """Settle what a person was asked, if it waits still."""
    asked = next((asked for asked in session.waiting() if name_of(asked) == waits), None)
    match asked:
        case ApprovalRequested():
            expired = ApprovalResolved(run=asked.run, approval=asked.approval, verdict="expired")
            effects = (Work(run=asked.run),) if asked.run is not None else ()
            return Decision(events=(expired,), effects=effects)
        case QuestionAsked():
            answered = QuestionAnswered(run=asked.run, question=asked.question, expired=True)
            return _ended(session, answered, given)
        case InputRequested():
            return _without_line(session, asked, given)
        case None:
            return Decision()


def _without_line(session: Session, asked: InputRequested, given: Given) -> Decision:
    """Stop the cell that waits for a line: with its run, if it is of one."""
    replied = InputReplied(run=asked.run, input=asked.input, expired=True)
    if asked.run is not None:
        return _ended(session, replied, given)
    cell = asked.item
    effects = (StopItem(item=cell),) if cell is not None and cell in session.free else ()
    return Decision(events=(replied,), effects=effects)


def _ended(session: Session, answered: QuestionAnswered | InputReplied, given: Given) -> Decision:
    after = evolve(session, answered)
    assert after.run is not None, "only a run that goes on asks"
    over = ended(after, "rejected", given, error=UNANSWERED)
    following = next_run(after)
    begun = tuple(Work(run=event.run) for event in following)
    return Decision(events=(answered, *over, *following), effects=(Halt(run=after.run.run), *begun))
