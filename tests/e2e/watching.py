"""What a client got of a session, and what its log says, to be laid side by side."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from client import Askwire, Session
from client.places import Place
from protocol.events import ApprovalRequested, ItemDelta, Record, RunFinished
from protocol.replies import PageMessage


class Watch:
    """Collects the records of a session from its start on."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self._came = asyncio.Event()

    async def follow(self, session: Session) -> None:
        async for told in session.follow():
            assert isinstance(told, Record), "history was lost"
            self.records.append(told)
            self._came.set()

    async def until(self, there: Callable[[Record], bool]) -> Record:
        """Wait for a record, also one that came before."""
        place = 0
        while True:
            self._came.clear()
            while place < len(self.records):
                place += 1
                if there(self.records[place - 1]):
                    return self.records[place - 1]
            await self._came.wait()

    async def event(self, kind: type[Any]) -> Any:
        """Wait for an event of a kind."""
        return (await self.until(lambda record: isinstance(record.event, kind))).event

    async def upto(self, seq: int) -> None:
        """Wait until everything up to a position has come."""
        await self.until(lambda record: record.seq >= seq)


@asynccontextmanager
async def watching(session: Session) -> AsyncIterator[Watch]:
    """Watch a session for as long as the block lasts; bounded, for a busy machine."""
    watch = Watch()
    async with asyncio.timeout(100), asyncio.TaskGroup() as group:
        task = group.create_task(watch.follow(session))
        try:
            yield watch
        finally:
            task.cancel()


async def log_of(wire: Askwire, session: Session) -> list[Record]:
    """Return the whole log, read over REST from the start."""
    records: list[Record] = []
    place = Place()
    while (told := await _next(wire, session, place)) is not None:
        assert told.after == place.after
        records += told.records
        place = Place(epoch=told.epoch, after=told.upto)
    return records


async def _next(wire: Askwire, session: Session, place: Place) -> PageMessage | None:
    told = await wire.connection.fetch(session.id, place)
    assert told is None or isinstance(told, PageMessage)
    return told


def same(seen: list[Record], log: list[Record]) -> None:
    """Nothing twice, nothing out of order, nothing lost.

    Deltas of finished items may have left the log since they were shown.
    """
    seqs = [record.seq for record in seen]
    assert seqs == sorted(set(seqs)), "twice, or out of order"
    kept = {record.seq for record in log}
    stayed = [r for r in seen if r.seq in kept or not isinstance(r.event, ItemDelta)]
    end = stayed[-1].seq
    assert stayed == [record for record in log if record.seq <= end]


async def approve_all(watch: Watch, run: Any) -> RunFinished:
    """Approve what waits until the run is over."""
    asked: set[str] = set()

    def next_one(record: Record) -> bool:
        event = record.event
        if isinstance(event, RunFinished):
            return event.run == run.id
        return isinstance(event, ApprovalRequested) and event.approval not in asked

    settled = {r.event.approval for r in watch.records if hasattr(r.event, "verdict")}
    asked |= settled
    while True:
        event = (await watch.until(next_one)).event
        if isinstance(event, RunFinished):
            return event
        assert isinstance(event, ApprovalRequested)
        asked.add(event.approval)
        await run.approve(event)
