"""The inboxes of one process: opened when something happens to their callers, let go when idle."""

import asyncio
import logging
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Final

from engine.clock import Clock
from engine.condensing import Later
from engine.inbox import InboxViewer
from engine.live import LiveLog
from engine.ports import Conflict, EventLog, StoreFailed
from engine.tasks import Tasks
from engine.world import World
from protocol.codec import decode_records
from protocol.events import AnyEvent
from protocol.ids import CallerId, Epoch, SessionId, inbox_of
from protocol.pages import Page

HELD: Final = 512
"""How many inboxes are held before the oldest that is idle is let go."""
GROWN: Final = 2_000
"""How many records an inbox may grow by before what is needless is taken out of it."""
Untold = Callable[[CallerId, list[AnyEvent]], None]
_log = logging.getLogger("askwire.inboxes")


class LiveInbox(LiveLog):
    """A caller's inbox, and the fold of it."""

    def __init__(
        self,
        caller: CallerId,
        epoch: Epoch,
        head: int,
        store: EventLog,
        clock: Clock,
        untold: Untold,
    ) -> None:
        super().__init__(inbox_of(caller), epoch, head, store, clock)
        self.caller = caller
        self.viewer = InboxViewer(self.session)
        self.grown = 0
        """How many records came since it was condensed."""
        self._untold = untold
        self._telling: deque[tuple[int, list[AnyEvent]]] = deque()

    def tell(self, news: list[AnyEvent]) -> None:
        """Add what happened to the caller's sessions."""
        at = self._clock.stamp()
        self._telling.append((self.put(news, at=at), news))
        self.grown += len(news)
        for event in news:
            self.viewer.see(event, at)

    def _is_kept(self, page: Page) -> None:
        super()._is_kept(page)
        while self._telling and self._telling[0][0] <= self.kept:
            self._telling.popleft()

    def _break(self, failure: Exception) -> None:
        """What happened did happen: it is told anew when the inbox is opened again."""
        super()._break(failure)
        left = [event for _, news in self._telling for event in news]
        self._telling.clear()
        if left:
            self._untold(self.caller, left)


class Inboxes:
    """All inboxes of one process."""

    def __init__(self, world: World, grown: int = GROWN) -> None:
        self._world = world
        self._grown = grown
        self._held: OrderedDict[CallerId, LiveInbox] = OrderedDict()
        self._opening: dict[CallerId, asyncio.Lock] = {}
        self._untold: dict[CallerId, list[AnyEvent]] = {}
        self._tasks = Tasks()

    async def open(self, caller: CallerId) -> LiveInbox:
        """Return a caller's inbox, with all that happened so far in it."""
        known = self._held.get(caller)
        if known is None or known.broken is not None:
            lock = self._opening.setdefault(caller, asyncio.Lock())
            async with lock:
                known = self._held.get(caller)
                if known is None or known.broken is not None:
                    known = await self._fold(caller)
                    self._held[caller] = known
            self._opening.pop(caller, None)
            self._let_go()
        self._held.move_to_end(caller)
        news = self._untold.pop(caller, None)
        if news:
            known.tell(news)
        return known

    def _let_go(self) -> None:
        for caller, inbox in tuple(self._held.items())[: len(self._held) - HELD]:
            if not (inbox.listened or inbox.busy):
                del self._held[caller]

    async def _fold(self, caller: CallerId) -> LiveInbox:
        store, world = self._world.store, self._world
        session = inbox_of(caller)
        head = await store.head(session)
        epoch = head.epoch if head is not None else Epoch(world.new_id("e"))
        upto = head.upto if head is not None else 0
        live = LiveInbox(caller, epoch, upto, store, world.clock, self._not_kept)
        after = 0
        while after < upto and (page := await store.read(session, after)) is not None:
            for record in decode_records(page.records):
                live.viewer.see(record.event, record.at)
                live.grown += 1
            after = page.upto
        # Of each session there stays its beginning and about one change; the rest could go.
        live.grown = max(0, live.grown - 2 * len(live.viewer.inbox.sessions))
        return live

    # --- Telling ---

    def tell(self, caller: CallerId, news: list[AnyEvent]) -> None:
        """Put news into an inbox: at once if it is open, else it is opened for them."""
        known = self._held.get(caller)
        if known is None or known.broken is not None or caller in self._untold:
            self._deliver([*self._untold.get(caller, ()), *news], caller)
            return
        known.tell(news)
        if known.grown >= self._grown:
            self._tasks.start(self.condense(known), f"condense {known.session}")

    def _not_kept(self, caller: CallerId, news: list[AnyEvent]) -> None:
        self._deliver([*news, *self._untold.get(caller, ())], caller)

    def _deliver(self, news: list[AnyEvent], caller: CallerId) -> None:
        going = caller in self._untold
        self._untold[caller] = news
        if not going:
            self._tasks.start(self._delivered(caller), f"open {inbox_of(caller)}")

    async def _delivered(self, caller: CallerId) -> None:
        """Open the inbox, which puts in what waits for it; again and again while that fails."""
        pause = 0.5
        while caller in self._untold:
            try:
                await self.open(caller)
            except (StoreFailed, Conflict) as failure:
                _log.warning("%s: %s; trying again in %g s", inbox_of(caller), failure, pause)
                await asyncio.sleep(pause)
                pause = min(pause * 2, 30.0)

    # --- What is needless ---

    async def condense(self, inbox: LiveInbox) -> None:
        """Take out of an inbox what its later records have made needless."""
        inbox.grown = 0
        upto = inbox.kept
        later = Later()
        try:
            async for page in self._pages(inbox.session, upto):
                await asyncio.to_thread(later.see, page)
            async for page in self._pages(inbox.session, upto):
                smaller = await asyncio.to_thread(later.condensed, page)
                if smaller is not None:
                    await self._world.store.replace(smaller)
        except (StoreFailed, Conflict) as failure:
            # Space is saved another time; nothing depends on it.
            _log.info("%s was not condensed: %s", inbox.session, failure)

    async def _pages(self, session: SessionId, upto: int) -> AsyncIterator[Page]:
        after = 0
        while after < upto:
            page = await self._world.store.read(session, after)
            if page is None:
                return
            yield page
            after = page.upto

    async def close(self) -> None:
        """Let everything told be kept."""
        for caller in tuple(self._untold):
            with suppress(StoreFailed, Conflict):
                await self.open(caller)
        for inbox in tuple(self._held.values()):
            await inbox.close()
        await self._tasks.close()
