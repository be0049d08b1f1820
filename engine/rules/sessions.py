"""Rules for sessions: open, change, put away, delete."""

from collections.abc import Mapping
from typing import Final

from engine.effects import AnyEffect, EndKernel, Halt, RemoveFiles, StopItem
from engine.endings import cancelled, next_run
from engine.given import Given
from engine.rules.decision import Decision
from engine.session import fold
from engine.state import Session
from protocol.commands import SessionArchive, SessionCreate, SessionDelete, SessionUpdate
from protocol.events import (
    AnyEvent,
    SessionArchived,
    SessionCreated,
    SessionDeleted,
    SessionUpdated,
)
from protocol.refusals import Refused

MOST_LABELS: Final = 16
LONGEST_LABEL: Final = 200
LONGEST_NAME: Final = 500


def create_session(session: Session, command: SessionCreate, given: Given) -> Decision:
    """Open a session under its id, unless it is taken."""
    if session.owner is not None:
        raise Refused("session_exists", f"there is a session {session.session!r} already")
    _must_fit(command.name)
    created = SessionCreated(
        session=session.session,
        owner=given.by,
        by=given.by,
        name=command.name,
        source=command.source,
        model=command.model,
        agent=command.agent,
        mode=command.mode,
        gates=command.gates,
        data=command.data,
        labels=relabelled({}, command.labels),
    )
    return Decision(events=(created,))


def update_session(session: Session, command: SessionUpdate, given: Given) -> Decision:
    """Change what is given; a deleted session takes nothing but its waking."""
    if session.status == "deleted" and command.status != "active":
        raise Refused("session_closed", f"session {session.session!r} is deleted")
    _must_fit(command.name)
    updated = SessionUpdated(
        session=session.session,
        by=given.by,
        name=command.name,
        source=command.source,
        model=command.model,
        mode=command.mode,
        gates=command.gates,
        data=command.data,
        labels=None if command.labels is None else relabelled(session.labels, command.labels),
        status=command.status,
    )
    return Decision(events=(updated,))


def _must_fit(name: str | None) -> None:
    """Refuse a name that stands in every list and inbox and fits none."""
    if name is not None and len(name) > LONGEST_NAME:
        raise Refused("bad_message", f"a name has at most {LONGEST_NAME} letters")


def archive_session(session: Session, command: SessionArchive, given: Given) -> Decision:
    """Put it away, stopping what goes on."""
    if session.status == "archived":
        return Decision()
    stopped = _stopped(session, given)
    archived = SessionArchived(session=session.session, by=given.by)
    return Decision(events=(*stopped.events, archived), effects=(*stopped.effects, EndKernel()))


def delete_session(session: Session, command: SessionDelete, given: Given) -> Decision:
    """Delete it, stopping what goes on. It can be woken until the server purges it."""
    if session.status == "deleted":
        return Decision()
    stopped = _stopped(session, given)
    deleted = SessionDeleted(session=session.session, by=given.by, files=command.files)
    end: AnyEffect = RemoveFiles() if command.files else EndKernel()
    return Decision(events=(*stopped.events, deleted), effects=(*stopped.effects, end))


def relabelled(known: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """Return labels with some changed, and those taken away whose text is empty."""
    labels = {name: text for name, text in {**known, **given}.items() if text}
    longest = max(map(len, (*labels, *labels.values())), default=0)
    if len(labels) > MOST_LABELS or longest > LONGEST_LABEL:
        raise Refused(
            "bad_message",
            f"a session has at most {MOST_LABELS} labels, and none is over {LONGEST_LABEL} letters",
        )
    return labels


def _stopped(session: Session, given: Given) -> Decision:
    """End the run that goes on and those that wait."""
    events: list[AnyEvent] = []
    effects: list[AnyEffect] = []
    while session.run is not None:
        over = (*cancelled(session, given), *next_run(session))
        effects.append(Halt(run=session.run.run))
        events.extend(over)
        session = fold(session, over)
    effects.extend(StopItem(item=item) for item in session.free)
    return Decision(events=tuple(events), effects=tuple(effects))
