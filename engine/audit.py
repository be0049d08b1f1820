"""Who decided what, and when: folded from the logs, so that nothing is said that did not happen.

A decision is an answer to an approval (or that nobody gave one), a grant that was taken back, and a
change of what waits for a person at all, for a session or for one run.
"""

from collections.abc import AsyncIterator

from engine.queries import MOST
from engine.rooms import Rooms
from protocol.audit import Audited, Decided
from protocol.events import (
    ApprovalRequested,
    ApprovalResolved,
    ApprovalRevoked,
    ItemStarted,
    Record,
    RunFinished,
    RunStarted,
    SessionCreated,
    SessionUpdated,
)
from protocol.ids import ApprovalId, ItemId, SessionId
from protocol.refusals import Refused
from protocol.replies import Caller


class Auditor:
    """The fold of one session's log into its decisions."""

    def __init__(self, session: SessionId) -> None:
        self._session = session
        self._asked: dict[ApprovalId, tuple[ApprovalRequested, str]] = {}
        self._answered: dict[ApprovalId, ApprovalRequested] = {}
        self._scopes: dict[ItemId, str] = {}

    def see(self, record: Record) -> Decided | None:
        """Take in one record; return the decision, if it is one."""
        match record.event:
            case ItemStarted() as event if event.kind in ("code", "tool"):
                python = "kernel" if event.language == "python" else ""
                self._scopes[event.item] = event.source or event.name or python
            case ApprovalRequested() as event:
                self._asked[event.approval] = (event, record.at)
            case ApprovalResolved() as event:
                return self._verdict(record, event)
            case ApprovalRevoked() as event:
                return self._revoked(record, event)
            case SessionCreated() | SessionUpdated() as event:
                if event.mode is not None or event.gates is not None:
                    return Decided(
                        session=self._session,
                        seq=record.seq,
                        at=record.at,
                        what="mode",
                        by=event.by,
                        mode=event.mode,
                        gates=event.gates,
                    )
            case RunStarted() as event if event.options is not None and event.options.mode:
                return Decided(
                    session=self._session,
                    seq=record.seq,
                    at=record.at,
                    what="mode",
                    by=event.by,
                    run=event.run,
                    mode=event.options.mode,
                )
            case RunFinished():
                self._scopes.clear()
            case _:
                pass
        return None

    def _verdict(self, record: Record, event: ApprovalResolved) -> Decided:
        request, asked_at = self._asked.pop(event.approval, (None, None))
        if request is not None and event.remember is not None:
            self._answered[event.approval] = request
        changed = event.changed
        return Decided(
            session=self._session,
            seq=record.seq,
            at=record.at,
            what="verdict",
            by=event.by,
            run=event.run,
            approval=event.approval,
            item=request.item if request is not None else None,
            subject=request.subject if request is not None else None,
            scope=self._scopes.get(request.item) if request is not None else None,
            verdict=event.verdict,
            asked_at=asked_at,
            expires_at=request.expires_at if request is not None else None,
            digest=event.digest or (request.digest if request is not None else None),
            text=request.text if request is not None else None,
            remark=event.text,
            diff=changed.diff if changed is not None else None,
            remember=event.remember,
        )

    def _revoked(self, record: Record, event: ApprovalRevoked) -> Decided:
        request = self._answered.pop(event.approval, None)
        return Decided(
            session=self._session,
            seq=record.seq,
            at=record.at,
            what="revoked",
            by=event.by,
            approval=event.approval,
            subject=request.subject if request is not None else None,
            text=request.remembers if request is not None else None,
        )


async def audit(
    rooms: Rooms,
    caller: Caller,
    session: SessionId | None = None,
    after: str | None = None,
    limit: int = 100,
) -> Audited:
    """Return decisions of one session, or of all that the caller may look into.

    An admin may look into every session, others into their own. `after` is the `next` of the page
    before. Raise `Refused`.
    """
    limit = min(max(limit, 1), MOST)
    begin, seq = _place(after)
    found: list[Decided] = []
    for each in await _sessions(rooms, caller, session):
        if each < begin:
            continue
        async for decided in decisions(rooms, each, seq if each == begin else 0):
            if len(found) == limit:
                return Audited(items=found, next=f"{found[-1].session}:{found[-1].seq}")
            found.append(decided)
    return Audited(items=found)


async def decisions(rooms: Rooms, session: SessionId, after: int = 0) -> AsyncIterator[Decided]:
    """Yield the decisions of one session that stand after a position of its log."""
    auditor = Auditor(session)
    async for record in rooms.records(session):
        decided = auditor.see(record)
        if decided is not None and decided.seq > after:
            yield decided


async def _sessions(rooms: Rooms, caller: Caller, session: SessionId | None) -> list[SessionId]:
    owner = None if "admin" in caller.roles else caller.id
    if session is None:
        return sorted(card.session for card in await rooms.cards(owner))
    live = await rooms.open(session)
    if live.state.owner is None:
        raise Refused("unknown_session", f"there is no session {session!r}")
    if owner is not None and live.state.owner != owner:
        raise Refused("not_yours", f"session {session!r} is somebody else's")
    return [session]


def _place(after: str | None) -> tuple[SessionId, int]:
    """Read where to go on."""
    if after is None:
        return SessionId(""), 0
    session, _, seq = after.rpartition(":")
    if not session or not seq.isdecimal():
        raise Refused("bad_message", f"{after!r} is not the `next` of a page")
    return SessionId(session), int(seq)
