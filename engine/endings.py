"""How a run ends: whatever is open is closed first, so that every question is answered. Pure."""

from collections.abc import Iterator

from engine.given import Given
from engine.state import ItemState, Session
from protocol.events import (
    AnyEvent,
    ApprovalResolved,
    InputReplied,
    ItemCompleted,
    QuestionAnswered,
    RunFinished,
    RunOptions,
    RunOutcome,
    RunStarted,
)
from protocol.ids import CallerId, ItemId, RunId
from protocol.items import (
    Answer,
    AnyContent,
    Artifact,
    Chart,
    Code,
    Error,
    ErrorInfo,
    Image,
    Output,
    Plan,
    Table,
    Thought,
    Tool,
)


def cancelled(session: Session, given: Given) -> tuple[AnyEvent, ...]:
    """End the run that goes on because a person said so."""
    return ended(session, "cancelled", given, by=given.by)


def ended(
    session: Session,
    outcome: RunOutcome,
    given: Given,
    *,
    answer: str | None = None,
    error: ErrorInfo | None = None,
    by: CallerId | None = None,
) -> tuple[AnyEvent, ...]:
    """End the run that goes on: questions answered, items completed, then it is over."""
    run = session.run
    assert run is not None, "no run goes on"
    finished = RunFinished(
        run=run.run,
        outcome=outcome,
        answer=answer,
        error=error,
        usage=run.usage,
        elapsed_ms=given.elapsed_ms,
    )
    return (*_questions_answered(session, run.run, by), *_items_closed(session, given), finished)


def _questions_answered(session: Session, run: RunId, by: CallerId | None) -> Iterator[AnyEvent]:
    for approval in session.approvals:
        yield ApprovalResolved(run=run, approval=approval, verdict="cancelled", by=by)
    for question in session.questions:
        yield QuestionAnswered(run=run, question=question, by=by)
    for asked in session.inputs.values():
        if asked.run is not None:
            yield InputReplied(run=run, input=asked.input, by=by)


def _items_closed(session: Session, given: Given) -> Iterator[AnyEvent]:
    assert session.run is not None
    for item in reversed(tuple(session.run.items.values())):
        if item.open:
            yield interrupted(item, session.run.run, given)


def interrupted(item: ItemState, run: RunId | None, given: Given) -> ItemCompleted:
    """Complete an open item with what there is of it."""
    content = given.partial.get(item.item) or content_of(item)
    return ItemCompleted(run=run, item=item.item, content=content, outcome="interrupted")


def abandoned(session: Session, given: Given) -> Iterator[AnyEvent]:
    """Close everything outside of a run: whoever worked on it, or asked, is gone."""
    yield from unanswered(session, None)
    for item in reversed(tuple(session.free.values())):
        yield interrupted(item, None, given)


def unanswered(session: Session, cell: ItemId | None) -> Iterator[InputReplied]:
    """Answer the lines that Python outside of a run waits for: all, or those of one cell."""
    for asked in session.inputs.values():
        if asked.run is None and cell in (None, asked.item):
            yield InputReplied(input=asked.input)


def content_of(item: ItemState) -> AnyContent:
    """Return the least that is known of an item, as content."""
    match item.kind:
        case "code":
            return Code(language=item.language or "sql", text=item.text or "", source=item.source)
        case "thought":
            return Thought(text=item.text or "")
        case "plan":
            return Plan(steps=())
        case "output":
            return Output()
        case "table":
            return Table(columns=item.columns, row_count=0)
        case "chart":
            return Chart(spec={})
        case "image":
            return Image(mime="image/png")
        case "artifact":
            return Artifact(name="", mime="", size=0, url="")
        case "tool":
            return Tool(name=item.name or "", arguments={})
        case "answer":
            return Answer(text=item.text or "")
        case "error":
            return Error(message=item.text or "")


def next_run(session: Session) -> tuple[RunStarted, ...]:
    """Begin the first run that waits, if any."""
    if not session.queue:
        return ()
    waiting = session.queue[0]
    started = RunStarted(
        run=waiting.run,
        text=waiting.text,
        by=waiting.by,
        key=waiting.key,
        attachments=waiting.attachments,
        options=waiting.options if waiting.options != RunOptions() else None,
    )
    return (started,)


def dropped(run: RunId) -> RunFinished:
    """Take a run out of the queue before it has begun."""
    return RunFinished(run=run, outcome="cancelled")
