"""What an inbox missed when the last process ended between a session's log and it."""

from collections.abc import Awaitable, Callable, Iterator, Sequence

import msgspec

from engine.live_session import LiveSession
from protocol.events import (
    AnyEvent,
    ApprovalResolved,
    QuestionAnswered,
    SessionCreated,
    SessionUpdated,
)
from protocol.ids import CallerId, SessionId
from protocol.screens import Doing, Inbox

_SAID = ("name", "source", "model", "mode", "labels")
_DOES = ("status", "activity")
Open = Callable[[SessionId], Awaitable[LiveSession]]


async def missed(
    inbox: Inbox, doings: Sequence[Doing], owner: CallerId, open_: Open
) -> list[AnyEvent]:
    """Return what is to be told to the inbox of `owner`, whose sessions do this."""
    news: list[AnyEvent] = []
    for doing in doings:
        news.extend(_of_card(inbox, doing, owner))
    asking = {asked.session for asked in inbox.approvals.values()}
    asking |= {asked.session for asked in inbox.questions}
    asking |= {doing.session for doing in doings if doing.activity == "waiting"}
    for session in sorted(session for session in asking if session is not None):
        news.extend(_of_questions(inbox, await open_(session)))
    return news


def _of_card(inbox: Inbox, doing: Doing, owner: CallerId) -> Iterator[AnyEvent]:
    """Yield what an inbox does not know of a session."""
    said = {name: getattr(doing, name) for name in _SAID}
    does = {name: getattr(doing, name) for name in _DOES}
    known = inbox.sessions.get(doing.session)
    if known is None:
        yield SessionCreated(session=doing.session, owner=owner, by=owner, **said)
    all_of_it = {**said, **does}
    if known is None or any(getattr(known, name) != all_of_it[name] for name in all_of_it):
        yield SessionUpdated(session=doing.session, by=owner, **all_of_it)


def _of_questions(inbox: Inbox, live: LiveSession) -> Iterator[AnyEvent]:
    """Yield what waits in a session and is not known, and what is known and waits no more."""
    session, state = live.session, live.state
    for approval, asked in state.approvals.items():
        if approval not in inbox.approvals:
            yield msgspec.structs.replace(asked, session=session)
    for approval, asked in inbox.approvals.items():
        if asked.session == session and approval not in state.approvals:
            settled = state.settled.get(approval)
            verdict = settled.verdict if settled is not None else None
            yield ApprovalResolved(
                approval=approval, verdict=verdict or "cancelled", session=session
            )
    known = {asked.question for asked in inbox.questions if asked.session == session}
    for question, waits in state.questions.items():
        if question not in known:
            yield msgspec.structs.replace(waits, session=session)
    for question in sorted(known.difference(state.questions)):
        yield QuestionAnswered(question=question, session=session)
