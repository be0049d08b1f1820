"""A log as this process holds it: what was decided, what is being kept, its tail, who listens.

Events are decided at once and kept in order, one page in flight at a time: whatever was decided
while the last page was being written goes out as the next one. Nobody sees an event before the log
has it.
"""

import asyncio
import logging
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from itertools import islice
from typing import Final

import msgspec

from engine.clock import Clock
from engine.ports import Append, Conflict, Document, EventLog, Receipt, StoreFailed
from engine.tasks import Tasks
from protocol.codec import encode_records
from protocol.events import AnyEvent
from protocol.ids import Epoch, SessionId
from protocol.pages import Page

PAGE_EVENTS: Final = 1024
"""Most events in one page: about 150 KB of deltas."""
TAIL_BYTES: Final = 2 * 1024 * 1024
"""How much of a log's end is held for those who follow closely. Others read the store."""
FRAMES: Final = 8
BEHIND: Final = 8 * PAGE_EVENTS
"""How many events may wait to be kept before their producer has to wait too."""
TURN: Final = 128
"""How many events one producer may decide before the others of this process have their turn."""
UNKEEPABLE: Final = "unkeepable"
"""The code of a failure that trying again cannot mend: what was decided cannot be written."""
_log = logging.getLogger("askwire.log")


class _Batch(msgspec.Struct):
    """Events decided together, and what must be kept with them."""

    events: Sequence[AnyEvent]
    at: str
    decisive: bool = False
    receipt: Receipt | None = None
    document: Document | None = None
    noted: asyncio.Future[None] | None = None
    """Done when the receipt is kept."""


class LiveLog:
    """One log. `head` is the position of the last event decided, `kept` of the last one kept."""

    def __init__(
        self, session: SessionId, epoch: Epoch, head: int, store: EventLog, clock: Clock
    ) -> None:
        self.session = session
        self.epoch = epoch
        self.head = head
        self.kept = head
        self.broken: Exception | None = None
        self._store = store
        self._clock = clock
        self._tasks = Tasks()
        self._batches: deque[_Batch] = deque()
        self._writing = False
        self._turn = head + TURN
        self._noted: asyncio.Future[None] | None = None
        self._noting: asyncio.Future[None] | None = None
        self._waiters: list[tuple[int, asyncio.Future[None]]] = []
        self._listeners: set[Callable[[], None]] = set()
        self._tail: deque[Page] = deque()
        self._tail_bytes = 0
        self._frames: OrderedDict[tuple[int, int], Page] = OrderedDict()

    # --- Writing ---

    def put(
        self,
        events: Sequence[AnyEvent],
        *,
        at: str | None = None,
        decisive: bool = False,
        receipt: Receipt | None = None,
        document: Document | None = None,
    ) -> int:
        """Decide events: they will be kept, in this order. Return the position of the last one.

        Raise what broke the log if it is broken: nothing more is decided on a state that was lost.
        """
        if self.broken is not None:
            raise self.broken
        batch = _Batch(events, at or self._clock.stamp(), decisive, receipt, document)
        if receipt is not None:
            batch.noted = self._noted = asyncio.get_running_loop().create_future()
        self._batches.append(batch)
        self.head += len(events)
        if not self._writing:
            self._writing = True
            if self._tasks.start(self._write(), f"write {self.session}") is None:
                self._writing = False
                failure = StoreFailed("storage_failed", "This server is stopping.")
                self._break(failure)
                raise failure
        return self.head

    def add(self, event: AnyEvent) -> None:
        """Decide one more event that needs nothing kept with it: as `put`, for very many."""
        if self.broken is not None:
            raise self.broken
        at = self._clock.stamp()
        last = self._batches[-1] if self._batches else None
        if last is not None and last.at == at and type(last.events) is list:
            last.events.append(event)
            self.head += 1
        else:
            self.put([event], at=at)

    async def until_kept(self, upto: int) -> None:
        """Return when everything up to this position is kept; raise if it never will be."""
        if self.kept >= upto:
            return
        if self.broken is not None:
            raise self.broken
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append((upto, waiter))
        await waiter

    async def until_noted(self) -> None:
        """Return when the receipt that was put last is kept, also one that came with no event."""
        if self._noted is not None:
            await self._noted

    @property
    def crowded(self) -> bool:
        """Whether a producer should ask for `room` before it decides more."""
        return self.head >= self._turn

    async def room(self) -> None:
        """Wait while too much waits to be kept; and let others have their turn in any case."""
        if self.head - self.kept > BEHIND:
            await self.until_kept(self.head - BEHIND // 2)
        elif self.crowded:
            await asyncio.sleep(0)
        self._turn = self.head + TURN

    async def _write(self) -> None:
        try:
            while self._batches:
                append = self._next_page()
                await self._store.append(append)
                self._is_kept(append.page)
        except (StoreFailed, Conflict) as failure:
            self._break(failure)
        except Exception as failure:  # noqa: BLE001 - whoever waits must be told, whatever it was
            _log.exception("session %s: this cannot be kept", self.session)
            words = f"This cannot be kept: {type(failure).__name__}"
            self._break(StoreFailed(UNKEEPABLE, words))
        finally:
            self._writing = False

    def _next_page(self) -> Append:
        """Take what waits, as one page: up to a size, and to one receipt."""
        parts: list[bytes] = []
        upto, decisive, receipt, document = self.kept, False, None, None
        while self._batches and upto - self.kept < PAGE_EVENTS:
            batch = self._batches[0]
            if batch.receipt is not None and receipt is not None:
                break
            room = PAGE_EVENTS - (upto - self.kept)
            if len(batch.events) > room:
                part = list(islice(batch.events, room))
                parts.append(encode_records(part, upto, batch.at))
                batch.events = batch.events[room:]
                upto += room
                break
            self._batches.popleft()
            if batch.events:
                parts.append(encode_records(batch.events, upto, batch.at))
            upto += len(batch.events)
            decisive = decisive or batch.decisive
            receipt = batch.receipt or receipt
            self._noting = batch.noted or self._noting
            document = batch.document or document
        page = Page(
            session=self.session,
            epoch=self.epoch,
            after=self.kept,
            upto=upto,
            records=b",".join(parts),
        )
        return Append(page=page, decisive=decisive, receipt=receipt, document=document)

    def _is_kept(self, page: Page) -> None:
        self.kept = page.upto
        if self._listeners and page.upto > page.after:
            self._hold(page)
        # Who follows has the page first: what the command does next takes the processor from it.
        self.ring()
        noting, self._noting = self._noting, None
        if noting is not None and not noting.done():
            noting.set_result(None)
        waiting = self._waiters
        self._waiters = [entry for entry in waiting if entry[0] > self.kept]
        for upto, waiter in waiting:
            if upto <= self.kept and not waiter.done():
                waiter.set_result(None)

    def _hold(self, page: Page) -> None:
        """Add a page to the tail, and let go of the oldest where it grows too long."""
        self._tail.append(page)
        self._tail_bytes += len(page.records)
        while self._tail_bytes > TAIL_BYTES and len(self._tail) > 1:
            self._tail_bytes -= len(self._tail.popleft().records)

    def _break(self, failure: Exception) -> None:
        """Give up: what was decided and not kept has not happened. The owner folds anew."""
        self.broken = failure
        for noted in (self._noting, *(batch.noted for batch in self._batches)):
            if noted is not None and not noted.done():
                noted.set_exception(failure)
                noted.exception()  # whoever sent the command may be gone
        self._noting = None
        self._batches.clear()
        for _, waiter in self._waiters:
            if not waiter.done():
                waiter.set_exception(failure)
        self._waiters = []
        self.ring()

    # --- Reading ---

    def listen(self, bell: Callable[[], None]) -> None:
        """Call `bell` whenever more is kept. A bell says that there is news, not what."""
        self._listeners.add(bell)

    def unlisten(self, bell: Callable[[], None]) -> None:
        """Call it no more. A log that nobody follows holds no pages: who comes reads the store."""
        self._listeners.discard(bell)
        if not self._listeners:
            self._tail.clear()
            self._frames.clear()
            self._tail_bytes = 0

    def ring(self) -> None:
        """Tell all who listen."""
        for bell in tuple(self._listeners):
            bell()

    @property
    def listened(self) -> bool:
        """Whether anybody follows."""
        return bool(self._listeners)

    @property
    def busy(self) -> bool:
        """Whether something waits to be kept."""
        return self._writing

    async def read(self, after: int) -> Page | None:
        """Return what is kept after a position, as one page of at most about 256 KiB."""
        if after >= self.kept:
            return None
        if self._tail and self._tail[0].after <= after:
            page = self._from_tail(after)
            if page is not None:
                return page
        return await self._store.read(self.session, after)

    def _from_tail(self, after: int) -> Page | None:
        """Join the pages of the tail from a border on; None if `after` is no border."""
        known = self._frames.get((after, self.kept))
        if known is not None:
            return known
        # From the end, where nearly all who read are: the tail may be long.
        later: deque[Page] = deque()
        for page in reversed(self._tail):
            if page.after < after:
                break
            later.appendleft(page)
        found = _joined(later)
        if found is None or found.after != after:
            return None
        self._frames[after, self.kept] = found
        if len(self._frames) > FRAMES:
            self._frames.popitem(last=False)
        return found

    async def close(self) -> None:
        """Let what waits be kept, then stop."""
        with suppress(TimeoutError, StoreFailed, Conflict):
            async with asyncio.timeout(5):
                await self.until_kept(self.head)
        await self._tasks.close()


def _joined(pages: Iterable[Page], max_bytes: int = 262_144) -> Page | None:
    """Join pages that follow each other, up to a size."""
    first: Page | None = None
    parts: list[bytes] = []
    size, upto = 0, 0
    for page in pages:
        if first is not None and size + len(page.records) > max_bytes:
            break
        first = first or page
        if page.records:
            parts.append(page.records)
        size += len(page.records)
        upto = page.upto
    if first is None:
        return None
    return msgspec.structs.replace(first, upto=upto, records=b",".join(parts))
