"""Reading one log from a position on, with bounded memory however slow the reader is.

Pages come from the socket for as long as there is room for them. What did not fit is not kept: the
reader notes that it is behind, and then reads page by page over HTTP, as fast as it likes, until it
has caught up with the socket. It disturbs no other reader of the same log.
"""

import asyncio
from collections import deque
from collections.abc import Iterator
from typing import Final, Protocol

from client.places import START, Place, Wish, end_of, meaning_of
from protocol.events import Record
from protocol.ids import SessionId
from protocol.replies import PageMessage, Snapshot

ROOM: Final = 1024 * 1024
"""Bytes of pages that may wait for a reader."""


class Hub(Protocol):
    """What a reader needs of its connection."""

    def heard_upto(self, session: SessionId) -> Place | None:
        """Return up to where the socket has told of a session."""

    async def fetch(self, session: SessionId, place: Place) -> PageMessage | Snapshot | None:
        """Return what follows a place, over HTTP."""

    async def fetch_snapshot(self, session: SessionId) -> Snapshot:
        """Return the fold of a log, over HTTP."""
        ...


class Reader:
    """Yields the records of one log, in order and each once; or a `Snapshot` where history is lost.

    For one consumer. `place` is what it has taken: whoever follows from there misses nothing.
    """

    def __init__(self, hub: Hub, session: SessionId, start: Place | Wish) -> None:
        self.session = session
        self.place = start if isinstance(start, Place) else None
        self._heard = self.place
        self._hub = hub
        self._told: deque[PageMessage | Snapshot] = deque()
        self._records: Iterator[Record] = iter(())
        self._page: PageMessage | None = None
        self._size = 0
        self._behind = False
        self._wants_snapshot = False
        self._failure: BaseException | None = None
        self._news = asyncio.Event()

    # --- What the connection says ---

    def offer(self, page: PageMessage, size: int) -> None:
        """A page came. It is taken if it fits and follows what was taken before."""
        if self._behind or self._heard is None:
            return
        match meaning_of(page, self._heard):
            case "old":
                return
            case "gap":
                self.fall_behind()
            case "new" if self._told and self._size + size > ROOM:
                self.fall_behind()
            case "new":
                self._size += size
                self._take(page)
                self._news.set()

    def offer_snapshot(self, snapshot: Snapshot) -> None:
        """History before this point is not to be had on the socket."""
        if not self._behind:
            self._take(snapshot)
            self._news.set()

    def stand(self, place: Place) -> None:
        """It is known now where `tail` is."""
        if self._heard is None:
            self.place = self._heard = place

    def fall_behind(self, *, snapshot: bool = False) -> None:
        """Read on over HTTP, after what waits already."""
        self._behind = True
        self._wants_snapshot = snapshot
        self._news.set()

    def fail(self, failure: BaseException) -> None:
        """Nothing more comes; what waits already is still given."""
        self._failure = failure
        self._news.set()

    # --- What the consumer takes ---

    def __aiter__(self) -> "Reader":
        return self

    async def __anext__(self) -> Record | Snapshot:
        while True:
            found = self._next()
            if found is not None:
                return found
            if self._failure is not None:
                raise self._failure
            if self._behind:
                await self._catch_up()
                continue
            self._news.clear()
            await self._news.wait()

    def _next(self) -> Record | Snapshot | None:
        while True:
            for record in self._records:
                if self.place is None or record.seq > self.place.after:
                    epoch = self._page.epoch if self._page is not None else None
                    self.place = Place(epoch=epoch, after=record.seq)
                    return record
            if self._page is not None:
                self.place, self._page = end_of(self._page), None
            if not self._told:
                self._size = 0
                return None
            told = self._told.popleft()
            if isinstance(told, Snapshot):
                self.place = Place(epoch=told.epoch, after=told.upto)
                return told
            self._page, self._records = told, iter(told.records)

    def _take(self, told: PageMessage | Snapshot) -> None:
        self._told.append(told)
        self._heard = Place(epoch=told.epoch, after=told.upto)

    async def _catch_up(self) -> None:
        """Read one page over HTTP, unless the socket is where this reader is."""
        if self._wants_snapshot:
            self._take(await self._hub.fetch_snapshot(self.session))
            self._wants_snapshot = False
            return
        mine = self._heard or START
        heard = self._hub.heard_upto(self.session)
        if heard is None or (heard.epoch in (mine.epoch, None) and heard.after <= mine.after):
            self._behind = False
            return
        told = await self._hub.fetch(self.session, mine)
        if told is not None:
            self._take(told)
