"""A caller's inbox: a log of what happens to their sessions, and its fold. No I/O, no clock."""

import msgspec

from engine.state import Session
from protocol.events import (
    AnyEvent,
    ApprovalRequested,
    ApprovalResolved,
    QuestionAnswered,
    QuestionAsked,
    SessionArchived,
    SessionCreated,
    SessionDeleted,
    SessionUpdated,
    UnknownEvent,
)
from protocol.ids import CallerId, SessionId
from protocol.screens import Doing, Inbox

_SESSION_EVENTS = SessionCreated | SessionUpdated | SessionArchived | SessionDeleted
_PERSON_EVENTS = ApprovalRequested | ApprovalResolved | QuestionAsked | QuestionAnswered


def news_of(before: Session, after: Session, event: AnyEvent, by: CallerId) -> list[AnyEvent]:
    """Return what an inbox should say of one event of a session, and of what it changed."""
    news: list[AnyEvent] = []
    if isinstance(event, _SESSION_EVENTS):
        news.append(event)
    elif isinstance(event, _PERSON_EVENTS):
        news.append(msgspec.structs.replace(event, session=after.session))
    if before.activity != after.activity:
        news.append(SessionUpdated(session=after.session, by=by, activity=after.activity))
    return news


class InboxViewer:
    """The fold of one caller's inbox."""

    def __init__(self, session: SessionId) -> None:
        self.inbox = Inbox(session=session)

    def show(self) -> Inbox:
        """Return the inbox. It goes on changing as more is seen."""
        return self.inbox

    def see(self, event: AnyEvent | UnknownEvent, at: str) -> None:
        """Take in one event."""
        inbox = self.inbox
        match event:
            case SessionCreated():
                inbox.sessions[event.session] = Doing(
                    session=event.session,
                    name=event.name,
                    source=event.source,
                    mode=event.mode,
                    model=event.model,
                    labels=event.labels,
                    created_at=at,
                    updated_at=at,
                )
            case SessionUpdated() | SessionArchived() | SessionDeleted():
                doing = inbox.sessions.get(event.session)
                if doing is not None:
                    update_doing(doing, event, at)
            case ApprovalRequested():
                inbox.approvals[event.approval] = event
            case ApprovalResolved():
                inbox.approvals.pop(event.approval, None)
            case QuestionAsked():
                inbox.questions.append(event)
            case QuestionAnswered():
                left = [asked for asked in inbox.questions if asked.question != event.question]
                inbox.questions = left
            case _:
                pass


def update_doing(doing: Doing, event: AnyEvent, at: str) -> None:
    """Change a session's line by one of its events."""
    doing.updated_at = at
    match event:
        case SessionUpdated():
            for name in ("name", "source", "model", "mode", "labels", "status", "activity"):
                value = getattr(event, name)
                if value is not None:
                    setattr(doing, name, value)
        case SessionArchived():
            doing.status = "archived"
        case SessionDeleted():
            doing.status = "deleted"
        case _:
            pass
