"""A session's log, told in this family's moments: from the start, from now, or from a place on."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Final

import msgspec

from engine.engine import Engine
from engine.following import Follower, Told
from engine.ports import PortError
from gateway.dialects.dsagent.composing import ROWS
from gateway.dialects.dsagent.moments import AnyMoment
from gateway.dialects.dsagent.state import State
from gateway.dialects.dsagent.telling import last_words, say, shown, wanted
from protocol.codec import decode_records
from protocol.events import ItemCompleted, Record
from protocol.ids import Epoch, RunId, SessionId
from protocol.items import Cell
from protocol.pages import Page
from protocol.replies import Caller

START: Final = 0


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where somebody stands: after so many of the things that are told of record `seq`."""

    epoch: Epoch
    seq: int
    number: int

    def __str__(self) -> str:
        return f"{self.epoch}:{self.seq}.{self.number}"


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """A moment, its place, and when it was."""

    place: Place
    moment: AnyMoment
    at: str


def place_of(text: str | None) -> Place | None:
    """Read a place as we told it; what is not ours is no place."""
    epoch, _, rest = (text or "").rpartition(":")
    seq, _, number = rest.partition(".")
    if not (epoch and seq.isascii() and seq.isdigit() and number.isascii() and number.isdigit()):
        return None
    return Place(epoch=Epoch(epoch), seq=int(seq), number=int(number))


class Telling:
    """Reads one log for one listener. What it has heard before is folded in silence."""

    def __init__(
        self,
        engine: Engine,
        caller: Caller,
        session: SessionId,
        note: str = "",
        ready: asyncio.Event | None = None,
    ) -> None:
        self.follower: Follower = engine.follower(caller, ready)
        self._engine = engine
        self._session = session
        self._state = State(note=note)
        self._known = Place(epoch=Epoch(""), seq=0, number=0)

    async def begin(self, known: Place | None = None) -> None:
        """Read from the start of the log, telling only what comes after what is known."""
        followed = await self.follower.follow(self._session, None, START)
        if known is not None and known.epoch == followed.epoch:
            self._known = known

    async def begin_now(self) -> None:
        """Tell what happens from now on. A run that goes on already is folded in silence."""
        followed = await self.follower.follow(self._session, None, "tail")
        live = await self._engine.rooms.open(self._session)
        if live.state.run is not None or live.state.free:
            await self.follower.follow(self._session, None, START)
        self._known = Place(epoch=followed.epoch, seq=followed.upto, number=0)

    def only(self, run: RunId) -> None:
        """Tell of this run alone. To be called before anything is heard."""
        self._state = msgspec.structs.replace(self._state, only=run)

    def last_words(self) -> Sequence[AnyMoment]:
        """Return what is to be said where the telling breaks off."""
        return last_words(self._state)

    async def heard(self, told: Told) -> list[Heard]:
        """Fold what a follower took, and return what is to be told of it."""
        if not isinstance(told, Page):
            return []
        heard: list[Heard] = []
        for record in decode_records(told.records):
            await self._look_up(record)
            self._state, moments = say(self._state, record)
            heard += self._fresh(told.epoch, record, moments)
        return heard

    def _fresh(self, epoch: Epoch, record: Record, moments: Sequence[AnyMoment]) -> list[Heard]:
        if record.seq < self._known.seq:
            return []
        skipped = self._known.number if record.seq == self._known.seq else 0
        if record.seq == self._known.seq and self._known.number == 0:
            return []
        return [
            Heard(
                place=Place(epoch=epoch, seq=record.seq, number=number),
                moment=moment,
                at=record.at,
            )
            for number, moment in enumerate(moments, 1)
            if number > skipped
        ]

    async def _look_up(self, record: Record) -> None:
        """Fetch the first rows of a table: the log may have dropped them."""
        result, event = wanted(record), record.event
        if result is None or not isinstance(event, ItemCompleted):
            return
        if self._state.only is not None and event.run != self._state.only:
            return
        rows: Sequence[Sequence[Cell]] = ()
        try:
            rows = (await self._engine.world.results.page(result, 0, ROWS)).rows
        except PortError:
            pass  # They are gone; how many there were is in the log.
        self._state = shown(self._state, event.item, rows)


async def moments(engine: Engine, caller: Caller, session: SessionId) -> AsyncIterator[AnyMoment]:
    """Yield everything that was told of a session until now."""
    telling = Telling(engine, caller, session)
    await telling.begin()
    try:
        while (told := await telling.follower.take()) is not None:
            for heard in await telling.heard(told):
                yield heard.moment
    finally:
        telling.follower.close()
