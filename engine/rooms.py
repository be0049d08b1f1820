"""Which logs this process holds: opened when somebody needs them, let go when nobody does."""

import asyncio
from collections import OrderedDict, defaultdict
from collections.abc import AsyncIterator
from typing import Final

import msgspec

from engine.compacting import compacted
from engine.endings import abandoned
from engine.inboxes import Inboxes, LiveInbox
from engine.live_session import CARD, Arm, LiveSession
from engine.ports import Conflict, StoreFailed
from engine.reconciling import missed
from engine.session import evolve
from engine.state import name_of
from engine.world import World
from protocol.codec import decode_records
from protocol.events import ItemDelta, Record, UnknownEvent
from protocol.ids import CallerId, Epoch, SessionId
from protocol.refusals import Refused
from protocol.screens import Doing

HELD: Final = 512
"""How many idle logs are held before the oldest is let go."""
_doing: Final = msgspec.json.Decoder(Doing)


class Rooms:
    """All logs of one process."""

    def __init__(self, world: World, arm: Arm = lambda *_: None) -> None:
        """`arm` is told of each approval that expires, when it is kept or found in a log."""
        self._world = world
        self._arm = arm
        self._sessions: OrderedDict[SessionId, LiveSession] = OrderedDict()
        self._inboxes = Inboxes(world)
        self._opening: dict[SessionId, asyncio.Lock] = {}

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
                    live = self._hold(live)
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
        return self._hold(live) if live.state.owner is None else live

    def is_held(self, live: LiveSession) -> bool:
        """Return whether this is what everybody gets who opens its session now.

        What was let go while somebody held on to it must not be written any more: those who opened
        the session since then would not hear of it.
        """
        return self._sessions.get(live.session) is live

    def _hold(self, live: LiveSession) -> LiveSession:
        """Hold a session, unless somebody was quicker; return the one that is held."""
        known = self._sessions.get(live.session)
        if known is not None and known.broken is None:
            return known
        self._sessions[live.session] = live
        self._let_go()
        return live

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
        live = LiveSession(session, epoch, upto, store, world.clock, self._inboxes.tell, self._arm)
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
        for asked in state.waiting():
            if asked.expires_at is not None:
                self._arm(session, name_of(asked), asked.expires_at)
        # Whoever ran these queries and cells is gone: no work outlives the log it wrote to.
        left = tuple(abandoned(state, live.given(state.owner or CallerId(""))))
        if left:
            live.record(*left)
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
        return [doing async for _, doing in self._cards(owner)]

    async def _cards(self, owner: CallerId | None) -> AsyncIterator[tuple[CallerId, Doing]]:
        after = ""
        while documents := await self._world.store.list(CARD, owner, after, 500):
            for document in documents:
                yield document.owner, _doing.decode(document.body)
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
                    live.raw_from = after  # More came meanwhile: the rest has its turn later.
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
        return await self._inboxes.open(caller)

    async def reconcile(self) -> None:
        """Tell the inboxes what they missed when the last process ended in between."""
        by_owner: defaultdict[CallerId, list[Doing]] = defaultdict(list)
        async for owner, doing in self._cards(None):
            by_owner[owner].append(doing)
        for owner, doings in by_owner.items():
            inbox = await self.inbox(owner)
            news = await missed(inbox.viewer.inbox, doings, owner, self.open)
            if news:
                inbox.tell(news)

    async def close(self) -> None:
        """Let everything decided be kept."""
        for live in tuple(self._sessions.values()):
            await live.close()
        await self._inboxes.close()


def _can_be_called(session: str) -> bool:
    """Return whether an own id is safe everywhere: in a path, a URL, a file name."""
    plain = session.isascii() and all(letter.isalnum() or letter in "-_." for letter in session)
    return plain and 0 < len(session) <= 100 and session[0].isalnum()
