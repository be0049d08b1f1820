"""What each event makes of a session: one small pure function per event.

When an event may happen is said in `engine.session`; here it is assumed to be lawful, except for
what only its own fold can see.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from engine.gates import Granted
from engine.state import (
    ItemState,
    Remembered,
    RunState,
    Session,
    Settlement,
    Unlawful,
    scope_of,
)
from protocol.events import (
    AnyEvent,
    ApprovalRequested,
    ApprovalResolved,
    ApprovalRevoked,
    ArtifactCreated,
    CheckFinished,
    CodeStarted,
    InputReplied,
    InputRequested,
    ItemCompleted,
    ItemStarted,
    KernelBusy,
    KernelDied,
    KernelIdle,
    KernelMoved,
    KernelRestarted,
    KernelStarted,
    ModelAsked,
    QuestionAnswered,
    QuestionAsked,
    RoundFinished,
    RoundStarted,
    RunFinished,
    RunOptions,
    RunQueued,
    RunStarted,
    RunSteered,
    SessionArchived,
    SessionCreated,
    SessionDeleted,
    SessionUpdated,
    ToolCalled,
    Usage,
    UsageCounted,
)
from protocol.ids import ApprovalId, ItemId, RunId


def created(session: Session, event: AnyEvent) -> Session:
    if not isinstance(event, SessionCreated):
        raise Unlawful(f"{type(event).__name__} before session.created")
    return Session(
        session=event.session,
        owner=event.owner,
        name=event.name,
        source=event.source,
        model=event.model,
        agent=event.agent,
        mode=event.mode,
        gates=event.gates,
        data=event.data,
        labels=event.labels,
    )


def _updated(session: Session, event: SessionUpdated) -> Session:
    fields = ("name", "source", "model", "mode", "gates", "data", "labels", "status")
    changed = {name: new for name in fields if (new := getattr(event, name)) is not None}
    return msgspec.structs.replace(session, **changed)


def _archived(session: Session, _: SessionArchived) -> Session:
    return msgspec.structs.replace(session, status="archived")


def _deleted(session: Session, _: SessionDeleted) -> Session:
    return msgspec.structs.replace(session, status="deleted")


def _queued(session: Session, event: RunQueued) -> Session:
    return msgspec.structs.replace(session, queue=(*session.queue, _run_of(event)))


def _started(session: Session, event: RunStarted) -> Session:
    queue = tuple(run for run in session.queue if run.run != event.run)
    return msgspec.structs.replace(session, run=_run_of(event), queue=queue)


def _run_of(event: RunQueued | RunStarted) -> RunState:
    return RunState(
        run=event.run,
        text=event.text,
        by=event.by,
        key=event.key,
        attachments=event.attachments,
        options=event.options or RunOptions(),
    )


def _finished(session: Session, event: RunFinished) -> Session:
    run = session.run
    if run is not None and any(item.open for item in run.items.values()):
        raise Unlawful("a run may not finish while an item is open")
    if session.approvals or session.questions or runs_input(session):
        raise Unlawful("a run may not finish while a question is open")
    return msgspec.structs.replace(session, run=None, last=event.run)


def dequeued(session: Session, event: RunFinished) -> Session:
    """Take a run out of the queue: it was cancelled before it began."""
    queue = tuple(run for run in session.queue if run.run != event.run)
    return msgspec.structs.replace(session, queue=queue)


def _running(session: Session, **changes: Any) -> Session:
    run = msgspec.structs.replace(session.run, **changes)  # type: ignore[type-var]  # a run goes on
    return msgspec.structs.replace(session, run=run)


def _round_started(session: Session, event: RoundStarted) -> Session:
    return _running(session, round=event.round, in_round=True)


def _round_finished(session: Session, _: RoundFinished) -> Session:
    return _running(session, in_round=False)


def _steered(session: Session, _: RunSteered | ModelAsked) -> Session:
    return session


def _usage(session: Session, event: UsageCounted) -> Session:
    assert session.run is not None
    spent = session.run.usage
    cost = None if event.cost is None else (spent.cost or 0.0) + event.cost
    usage = Usage(
        input_tokens=spent.input_tokens + event.input_tokens,
        output_tokens=spent.output_tokens + event.output_tokens,
        cost=spent.cost if cost is None else cost,
    )
    return _running(session, usage=usage)


def _with_item(session: Session, run: RunId | None, item: ItemState) -> Session:
    if run is not None and session.run is not None:
        return _running(session, items={**session.run.items, item.item: item})
    free = {key: kept for key, kept in session.free.items() if key != item.item}
    if item.open:
        free[item.item] = item
    return msgspec.structs.replace(session, free=free)


def _item_started(session: Session, event: ItemStarted) -> Session:
    if session.item(event.item) is not None:
        raise Unlawful(f"item {event.item} has begun already")
    started = ItemState(
        item=event.item,
        kind=event.kind,
        of=event.of,
        language=event.language,
        source=event.source,
        name=event.name,
        columns=event.columns or (),
        round=session.run.round if event.run is not None and session.run is not None else 0,
    )
    return _with_item(session, event.run, started)


def _changed(session: Session, run: RunId | None, item: ItemId, **changes: Any) -> Session:
    found = session.item(item)
    if found is None:
        raise Unlawful(f"item {item} has not begun")
    return _with_item(session, run, msgspec.structs.replace(found, **changes))


def _item_completed(session: Session, event: ItemCompleted) -> Session:
    found = session.item(event.item)
    if found is not None and not found.open and found.kind != "plan":
        raise Unlawful(f"item {event.item} is completed already")
    return _changed(
        session, event.run, event.item, outcome=event.outcome, content=event.content, busy=False
    )


def _checked(session: Session, event: CheckFinished) -> Session:
    return _changed(session, event.run, event.item, check=event, text=event.text)


def _tool_called(session: Session, event: ToolCalled) -> Session:
    return _changed(session, event.run, event.item, busy=True)


def _no_change(session: Session, _: ArtifactCreated | CodeStarted) -> Session:
    return session


def _approval_requested(session: Session, event: ApprovalRequested) -> Session:
    if event.approval in session.approvals or event.approval in session.settled:
        raise Unlawful(f"approval {event.approval} exists already")
    found = session.item(event.item)
    gates = (*found.asked, event.subject) if found is not None else ()
    asked = _changed(session, event.run, event.item, asked=gates, verdict=None)
    return msgspec.structs.replace(asked, approvals={**session.approvals, event.approval: event})


def _approval_resolved(session: Session, event: ApprovalResolved) -> Session:
    request = session.approvals.get(event.approval)
    if request is None:
        raise Unlawful(f"approval {event.approval} is not open")
    found = session.item(request.item)
    decided = _changed(
        session,
        event.run,
        request.item,
        verdict=event.verdict,
        remark=event.text,
        edited=event.changed.after if event.changed is not None else None,
        approved=_approved(request, event),
    )
    settled = Settlement(by=event.by, verdict=event.verdict)
    return msgspec.structs.replace(
        decided,
        approvals=_without(session.approvals, event.approval),
        settled={**session.settled, event.approval: settled},
        remembered={**session.remembered, **_remembered(request, event, found)},
    )


def _approved(request: ApprovalRequested, event: ApprovalResolved) -> str | None:
    """Return the digest of what may now run: what was shown, or what it was changed to.

    An edit in an old log does not say; so what it was changed to is asked about again.
    """
    if event.verdict == "edit":
        return event.digest
    return request.digest if event.verdict == "approve" else None


def _remembered(
    request: ApprovalRequested, event: ApprovalResolved, item: ItemState | None
) -> dict[ApprovalId, Remembered]:
    if event.remember not in ("session", "always") or event.verdict not in ("approve", "edit"):
        return {}
    grant = Granted(subject=request.subject, scope=scope_of(item) if item is not None else "")
    return {event.approval: Remembered(grant=grant, always=event.remember == "always")}


def _approval_revoked(session: Session, event: ApprovalRevoked) -> Session:
    return msgspec.structs.replace(session, remembered=_without(session.remembered, event.approval))


def _question_asked(session: Session, event: QuestionAsked) -> Session:
    return msgspec.structs.replace(session, questions={**session.questions, event.question: event})


def _question_answered(session: Session, event: QuestionAnswered) -> Session:
    if event.question not in session.questions:
        raise Unlawful(f"question {event.question} is not open")
    return msgspec.structs.replace(
        session,
        questions=_without(session.questions, event.question),
        settled={
            **session.settled,
            event.question: Settlement(by=event.by, verdict="expired" if event.expired else None),
        },
    )


def runs_input(session: Session) -> bool:
    """Return whether the run waits for a line that Python asked for."""
    return any(asked.run is not None for asked in session.inputs.values())


def _input_requested(session: Session, event: InputRequested) -> Session:
    return msgspec.structs.replace(session, inputs={**session.inputs, event.input: event})


def _input_replied(session: Session, event: InputReplied) -> Session:
    if event.input not in session.inputs:
        raise Unlawful(f"input {event.input} is not open")
    return msgspec.structs.replace(session, inputs=_without(session.inputs, event.input))


def _without(mapping: Mapping[Any, Any], key: str) -> dict[Any, Any]:
    return {kept: value for kept, value in mapping.items() if kept != key}


def _kernel_busy(session: Session, event: KernelBusy) -> Session:
    if event.item is None:
        return session
    return _changed(session, event.run, event.item, busy=True)


def _kernel_moved(session: Session, event: KernelMoved) -> Session:
    return msgspec.structs.replace(session, home=event.home)


def _kernel(session: Session, _: AnyEvent) -> Session:
    return session


FOLDS: Final[dict[type[Any], Any]] = {
    SessionUpdated: _updated,
    SessionArchived: _archived,
    SessionDeleted: _deleted,
    RunQueued: _queued,
    RunStarted: _started,
    RunSteered: _steered,
    RunFinished: _finished,
    RoundStarted: _round_started,
    RoundFinished: _round_finished,
    ModelAsked: _steered,
    UsageCounted: _usage,
    ItemStarted: _item_started,
    ItemCompleted: _item_completed,
    CheckFinished: _checked,
    CodeStarted: _no_change,
    ToolCalled: _tool_called,
    ArtifactCreated: _no_change,
    ApprovalRequested: _approval_requested,
    ApprovalResolved: _approval_resolved,
    ApprovalRevoked: _approval_revoked,
    QuestionAsked: _question_asked,
    QuestionAnswered: _question_answered,
    InputRequested: _input_requested,
    InputReplied: _input_replied,
    KernelStarted: _kernel,
    KernelBusy: _kernel_busy,
    KernelIdle: _kernel,
    KernelDied: _kernel,
    KernelRestarted: _kernel,
    KernelMoved: _kernel_moved,
}
