"""When an event may happen, and the fold of one event. Pure: no clock, no I/O, no ids minted.

All rules about when something may happen live here. An event without a row is a bug of ours and is
refused before it is kept, also when a model produced it.
"""

from collections.abc import Iterable
from typing import Any, Final, Literal

import msgspec

from engine.folds import FOLDS, created, dequeued, runs_input
from engine.state import Session, Unlawful
from protocol.events import (
    Activity,
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
    ItemDelta,
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
    RunQueued,
    RunStarted,
    RunSteered,
    SessionArchived,
    SessionDeleted,
    SessionUpdated,
    ToolCalled,
    UsageCounted,
)

Row = Literal["idle", "working", "waiting"]

TRANSITIONS: Final[dict[tuple[Row, type[Any]], Row]] = {
    ("idle", RunStarted): "working",
    ("working", RunQueued): "working",
    ("waiting", RunQueued): "waiting",
    ("working", RunSteered): "working",
    ("waiting", RunSteered): "waiting",
    ("working", RoundStarted): "working",
    ("working", RoundFinished): "working",
    ("working", ItemStarted): "working",
    ("waiting", ItemStarted): "waiting",
    ("working", ItemDelta): "working",
    ("waiting", ItemDelta): "waiting",
    ("working", ItemCompleted): "working",
    ("waiting", ItemCompleted): "waiting",
    ("working", CheckFinished): "working",
    ("waiting", CheckFinished): "waiting",
    ("working", CodeStarted): "working",
    ("working", ToolCalled): "working",
    ("working", ArtifactCreated): "working",
    ("waiting", ArtifactCreated): "waiting",
    ("working", ModelAsked): "working",
    ("waiting", ModelAsked): "waiting",
    ("working", UsageCounted): "working",
    ("waiting", UsageCounted): "waiting",
    ("working", ApprovalRequested): "waiting",
    ("waiting", ApprovalRequested): "waiting",
    ("waiting", ApprovalResolved): "working",
    ("working", QuestionAsked): "waiting",
    ("waiting", QuestionAsked): "waiting",
    ("waiting", QuestionAnswered): "working",
    ("working", InputRequested): "waiting",
    ("waiting", InputRequested): "waiting",
    ("waiting", InputReplied): "working",
    ("working", KernelStarted): "working",
    ("waiting", KernelStarted): "waiting",
    ("working", KernelBusy): "working",
    ("working", KernelIdle): "working",
    ("waiting", KernelIdle): "waiting",
    ("working", KernelDied): "working",
    ("waiting", KernelDied): "waiting",
    ("working", RunFinished): "idle",
}
"""What a run may do, by what the session is doing. While a gate, a question or an input is open the
session stays `waiting`, whatever the row says."""

RUNLESS: Final[frozenset[type[Any]]] = frozenset(
    {
        ItemStarted,
        ItemDelta,
        ItemCompleted,
        CheckFinished,
        ArtifactCreated,
        InputRequested,
        InputReplied,
        ModelAsked,
        KernelStarted,
        KernelBusy,
        KernelIdle,
        KernelDied,
        KernelRestarted,
        KernelMoved,
        ApprovalRevoked,
        SessionUpdated,
        SessionArchived,
        SessionDeleted,
    }
)
"""What may happen at any time outside of a run, such as a person's own query."""


def evolve(session: Session, event: AnyEvent) -> Session:
    """Fold one event into the state, or raise `Unlawful`."""
    if type(event) is ItemDelta:
        _lawful_delta(session, event)
        return session
    if session.owner is None:
        return created(session, event)
    if event.run is None:
        if type(event) not in RUNLESS:
            raise Unlawful(f"{type(event).__name__} belongs to no run")
        return _folded(session, event)
    if isinstance(event, RunFinished) and any(run.run == event.run for run in session.queue):
        return dequeued(session, event)
    _lawful_in_run(session, event)
    after = _folded(session, event)
    return _with_activity(after, TRANSITIONS[session.activity, type(event)])


def _folded(session: Session, event: AnyEvent) -> Session:
    after: Session = FOLDS[type(event)](session, event)
    return after


def _lawful_delta(session: Session, event: ItemDelta) -> None:
    run = session.run
    if event.run is None:
        found = session.free.get(event.item)
    else:
        found = run.items.get(event.item) if run is not None and run.run == event.run else None
    if found is None or found.outcome is not None:
        raise Unlawful(f"item {event.item} is not open")


def _lawful_in_run(session: Session, event: AnyEvent) -> None:
    if (session.activity, type(event)) not in TRANSITIONS:
        raise Unlawful(f"{type(event).__name__} may not happen while {session.activity}")
    if isinstance(event, RunStarted | RunQueued):
        return
    if session.run is None or session.run.run != event.run:
        raise Unlawful(f"{type(event).__name__}: run {event.run} is not going on")


def _with_activity(session: Session, row: Row) -> Session:
    open_ = session.approvals or session.questions or runs_input(session)
    activity: Activity = "waiting" if open_ and row != "idle" else row
    if activity == session.activity:
        return session
    return msgspec.structs.replace(session, activity=activity)


def fold(session: Session, events: Iterable[AnyEvent]) -> Session:
    """Fold events, in order, into the state."""
    for event in events:
        session = evolve(session, event)
    return session
