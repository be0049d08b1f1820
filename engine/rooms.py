"""Which logs this process holds: opened when somebody needs them, let go when nobody does."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from typing import Final

import msgspec

from engine.compacting import compacted
from engine.endings import interrupted
from engine.inbox import InboxViewer
from engine.live import LiveLog
from engine.live_session import CARD, LiveSession
from engine.ports import Conflict, StoreFailed
from engine.session import evolve
from engine.world import World
from protocol.codec import decode_records
from protocol.events import (
    AnyEvent,
    ApprovalRequested,
    ApprovalResolved,
    ItemDelta,
    Record,
    SessionCreated,
    SessionUpdated,
    UnknownEvent,
)
from protocol.ids import ApprovalId, CallerId, Epoch, SessionId, inbox_of
from protocol.refusals import Refused
from protocol.screens import Doing

HELD: Final = 512
"""How many idle logs are held before the oldest is let go."""
Arm = Callable[[SessionId, ApprovalId, str], None]
_doing: Final = msgspec.json.Decoder(Doing)


class LiveInbox(LiveLog):
    """A caller's inbox, and the fold of it."""

    viewer: InboxViewer

    def tell(self, news: list[AnyEvent]) -> None:
        """Add what happened to the caller's sessions."""
        at = self._clock.stamp()
        self.put(news, at=at)
        for event in news:
            self.viewer.see(event, at)


class Rooms:
    """All logs of one process."""

    def __init__(self, world: World, arm: Arm = lambda *_: None) -> None:
        """`arm` is told of each approval that expires, when it is kept or found in a log."""
        self._world = world
        self._arm = arm
        self._sessions: OrderedDict[SessionId, LiveSession] = OrderedDict()
        self._inboxes: dict[CallerId, LiveInbox] = {}
        self._opening: dict[SessionId, asyncio.Lock] = {}
        self._pending_news: dict[CallerId, list[AnyEvent]] = {}

    # --- Sessions ---

    async def open(self, session: SessionId) -> LiveSession:
        """Return the session, folded from its log; one that does not exist has no owner."""
        live = self._sessions.get(session)
        if live is not None and live.broken is None:
            self._sessions.move_to_end(session)
            return live
        lock = self._opening.setdefault(session, asyncio.Lock())
        async with lock:
            live = self._sessions.get(session)
            if live is None or live.broken is not None:
                live = await self._fold(session)
                if live.state.owner is not None:
                    self._hold(live)
        self._opening.pop(session, None)
        return live

    async def make(self, session: SessionId) -> LiveSession:
        """Return a session to be created under this id."""
        if not _can_be_called(session):
            raise Refused(
                "bad_message",
                f"a session cannot be called {session[:80]!r}: "
                "take 1 to 100 letters, digits, '-', '_' or '.', beginning with a letter or digit",
            )
        live = await self.open(session)
        if live.state.owner is None:
            self._hold(live)
        return live

    def _hold(self, live: LiveSession) -> None:
        known = self._sessions.get(live.session)
        if known is not None and known.broken is None:
            return
        self._sessions[live.session] = live
        self._let_go()

    def _let_go(self) -> None:
        if len(self._sessions) <= HELD:
            return
        for session, live in tuple(self._sessions.items())[: len(self._sessions) - HELD]:
            if not (live.listened or live.busy or live.state.run or live.state.free):
                del self._sessions[session]

    def forget(self, session: SessionId) -> None:
        """Hold a session no more: its log is gone."""
        self._sessions.pop(session, None)

    async def _fold(self, session: SessionId) -> LiveSession:
        store, world = self._world.store, self._world
        head = await store.head(session)
        epoch = head.epoch if head is not None else Epoch(world.new_id("e"))
        upto = head.upto if head is not None else 0
        live = LiveSession(session, epoch, upto, store, world.clock, self._tell)
        state, after = live.state, 0
        while after < upto:
            page = await store.read(session, after)
            if page is None:
                break
            for record in decode_records(page.records):
                if isinstance(record.event, UnknownEvent):
                    continue
                if isinstance(record.event, ItemDelta):
                    # Left by a process that ended before it could make this page small.
                    live.raw_from = min(live.raw_from, page.after)
                state = evolve(state, record.event)
                live.see(record.event, record.at)
            after = page.upto
        live.state = state
        for asked in state.approvals.values():
            self._arm_one(session, asked)
        if state.free:
            # Whoever ran these queries and cells is gone: no work outlives the log it wrote to.
            given = live.given(state.owner or CallerId(""))
            live.record(*(interrupted(item, None, given) for item in state.free.values()))
        return live

    async def records(self, session: SessionId) -> AsyncIterator[Record]:
        """Yield all that is kept of a session, without holding it."""
        after = 0
        while (page := await self._world.store.read(session, after)) is not None:
            for record in decode_records(page.records):
                yield record
            after = page.upto

    async def unfinished(self) -> list[SessionId]:
        """Return the sessions whose card says that a run goes on or waits."""
        return [doing.session for doing in await self.cards() if doing.activity != "idle"]

    async def cards(self, owner: CallerId | None = None) -> list[Doing]:
        """Return a line about every session, of one owner or of all."""
        found: list[Doing] = []
        after = ""
        while True:
            documents = await self._world.store.list(CARD, owner, after, 500)
            if not documents:
                return found
            found.extend(_doing.decode(document.body) for document in documents)
            after = documents[-1].id

    # --- Compaction ---

    async def compact(self, live: LiveSession) -> None:
        """Drop the deltas of finished items from the pages of runs that are over."""
        if live.state.run is not None or live.busy:
            return
        start, upto = live.raw_from, live.kept
        live.raw_from = upto
        open_items = frozenset(live.state.free)
        after = start
        try:
            while after < upto:
                page = await self._world.store.read(live.session, after)
                if page is None or page.upto > upto:
                    return
                smaller = await asyncio.to_thread(compacted, page, open_items)
                if smaller is not None:
                    await self._world.store.replace(smaller)
                after = page.upto
        except (Conflict, StoreFailed):
            # Space is saved another time; nothing depends on it.
            live.raw_from = start

    # --- Inboxes ---

    async def inbox(self, caller: CallerId) -> LiveInbox:
        """Return a caller's inbox."""
        known = self._inboxes.get(caller)
        if known is not None and known.broken is None:
            return known
        session = inbox_of(caller)
        lock = self._opening.setdefault(session, asyncio.Lock())
        async with lock:
            known = self._inboxes.get(caller)
            if known is None or known.broken is not None:
                known = await self._fold_inbox(caller, session)
                self._inboxes[caller] = known
        news = self._pending_news.pop(caller, [])
        if news:
            known.tell(news)
        return known

    async def _fold_inbox(self, caller: CallerId, session: SessionId) -> LiveInbox:
        store, world = self._world.store, self._world
        head = await store.head(session)
        epoch = head.epoch if head is not None else Epoch(world.new_id("e"))
        upto = head.upto if head is not None else 0
        live = LiveInbox(session, epoch, upto, store, world.clock)
        live.viewer = InboxViewer(session)
        after = 0
        while after < upto:
            page = await store.read(session, after)
            if page is None:
                break
            for record in decode_records(page.records):
                live.viewer.see(record.event, record.at)
            after = page.upto
        return live

    def _tell(self, caller: CallerId, news: list[AnyEvent]) -> None:
        """Put news into an inbox, at once if it is open, else when it is opened."""
        for event in news:
            if isinstance(event, ApprovalRequested) and event.session is not None:
                self._arm_one(event.session, event)
        known = self._inboxes.get(caller)
        if known is not None and known.broken is None:
            known.tell(news)
        else:
            self._pending_news.setdefault(caller, []).extend(news)

    def _arm_one(self, session: SessionId, asked: ApprovalRequested) -> None:
        if asked.expires_at is not None:
            self._arm(session, asked.approval, asked.expires_at)

    async def reconcile(self) -> None:
        """Tell the inboxes what they missed when the last process ended in between."""
        by_owner: dict[CallerId, list[Doing]] = {}
        cards = await self.cards()
        for doing in cards:
            document = await self._world.store.get(CARD, doing.session)
            if document is not None:
                by_owner.setdefault(document.owner, []).append(doing)
        for owner, doings in by_owner.items():
            inbox = await self.inbox(owner)
            news: list[AnyEvent] = []
            for doing in doings:
                news.extend(_missed(inbox, doing, owner))
            for approval in tuple(inbox.viewer.inbox.approvals.values()):
                news.extend(await self._settled(approval.session, approval.approval))
            if news:
                inbox.tell(news)

    async def _settled(self, session: SessionId | None, approval: str) -> list[AnyEvent]:
        if session is None:
            return []
        live = await self.open(session)
        if approval in live.state.approvals:
            return []
        seen = live.viewer.screen.approvals.get(approval)  # type: ignore[call-overload]  # an approval's id
        verdict = seen.verdict if seen is not None and seen.verdict is not None else "cancelled"
        return [ApprovalResolved(approval=approval, verdict=verdict, session=session)]  # type: ignore[arg-type]  # an approval's id

    async def close(self) -> None:
        """Let everything decided be kept."""
        for live in (*self._sessions.values(), *self._inboxes.values()):
            await live.close()


def _can_be_called(session: str) -> bool:
    """Return whether an own id is safe everywhere: in a path, a URL, a file name."""
    plain = session.isascii() and all(letter.isalnum() or letter in "-_." for letter in session)
    return plain and 0 < len(session) <= 100 and session[0].isalnum()


def _missed(inbox: LiveInbox, doing: Doing, owner: CallerId) -> list[AnyEvent]:
    """Return what an inbox does not know of a session."""
    known = inbox.viewer.inbox.sessions.get(doing.session)
    news: list[AnyEvent] = []
    if known is None:
        news.append(
            SessionCreated(
                session=doing.session,
                owner=owner,
                by=owner,
                name=doing.name,
                source=doing.source,
                model=doing.model,
                mode=doing.mode,
                labels=doing.labels,
            )
        )
    same = known is not None and all(
        getattr(known, name) == getattr(doing, name)
        for name in ("name", "source", "model", "mode", "labels", "status", "activity")
    )
    if not same:
        news.append(
            SessionUpdated(
                session=doing.session,
                by=owner,
                name=doing.name,
                source=doing.source,
                model=doing.model,
                mode=doing.mode,
                labels=doing.labels,
                status=doing.status,
                activity=doing.activity,
            )
        )
    return news
