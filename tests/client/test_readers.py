"""One reader: order, each record once, bounded memory, and catching up by itself."""

import asyncio

import pytest

from client.places import START, Place
from client.readers import ROOM, Reader
from protocol.events import KernelBusy, Record
from protocol.ids import Epoch, SessionId
from protocol.replies import PageMessage, Snapshot

S, E = SessionId("s"), Epoch("e")


def page(after: int, upto: int, epoch: Epoch = E) -> PageMessage:
    records = tuple(
        Record(seq=seq, at="", event=KernelBusy()) for seq in range(after + 1, upto + 1)
    )
    return PageMessage(session=S, epoch=epoch, after=after, upto=upto, records=records)


class Log:
    """A server's log as a reader's hub shows it, and how far the socket has told of it."""

    def __init__(self, upto: int = 0, heard: int = 0) -> None:
        self.upto = upto
        self.heard = heard
        self.fetched: list[int] = []
        self.compared = asyncio.Event()
        """A reader found that it is as far as the socket."""

    def heard_upto(self, session: SessionId) -> Place | None:
        self.compared.set()
        return Place(epoch=E, after=self.heard)

    async def fetch(self, session: SessionId, place: Place) -> PageMessage | Snapshot | None:
        self.fetched.append(place.after)
        if place.epoch not in (None, E):
            return Snapshot(session=S, epoch=E, upto=self.upto, state={})
        if place.after >= self.upto:
            return None
        return page(place.after, min(place.after + 10, self.upto))

    async def fetch_snapshot(self, session: SessionId) -> Snapshot:
        return Snapshot(session=S, epoch=E, upto=self.upto, state={})


async def seqs(reader: Reader, count: int) -> list[int]:
    found: list[int] = []
    for _ in range(count):
        told = await anext(reader)
        assert isinstance(told, Record)
        found.append(told.seq)
    return found


async def test_records_come_in_order_and_once() -> None:
    reader = Reader(Log(), S, START)
    for told in (page(0, 2), page(0, 2), page(1, 4), page(4, 5)):
        reader.offer(told, 10)
    assert await seqs(reader, 5) == [1, 2, 3, 4, 5]


async def test_its_place_is_what_was_taken_from_it() -> None:
    reader = Reader(Log(), S, START)
    reader.offer(page(0, 4), 10)
    await seqs(reader, 2)
    assert reader.place == Place(epoch=E, after=2)


async def test_it_waits_for_what_comes() -> None:
    reader = Reader(Log(), S, START)
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(seqs(reader, 1))
        await asyncio.sleep(0)  # it is waiting now
        reader.offer(page(0, 1), 10)
    assert waiting.result() == [1]


async def test_a_reader_that_does_not_read_keeps_little_and_misses_nothing() -> None:
    log = Log()
    reader = Reader(log, S, START)
    for after in range(0, 1000, 10):
        log.upto = log.heard = after + 10
        reader.offer(page(after, after + 10), ROOM // 4)
    assert len(reader._told) == 4
    assert await seqs(reader, 1000) == list(range(1, 1001))
    assert log.fetched == list(range(40, 1000, 10))


async def test_once_caught_up_it_is_live_again() -> None:
    log = Log(upto=30, heard=30)
    reader = Reader(log, S, Place(epoch=E, after=5))
    reader.fall_behind()
    assert await seqs(reader, 25) == list(range(6, 31))
    log.compared.clear()
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(seqs(reader, 1))
        await log.compared.wait()
        log.upto = log.heard = 31
        reader.offer(page(30, 31), 10)
    assert waiting.result() == [31]
    assert log.fetched == [5, 15, 25]


async def test_a_gap_is_read_over_http() -> None:
    log = Log(upto=9, heard=9)
    reader = Reader(log, S, START)
    reader.offer(page(0, 2), 10)
    reader.offer(page(5, 9), 10)
    assert await seqs(reader, 9) == list(range(1, 10))


async def test_reading_ahead_of_the_socket_makes_its_pages_old() -> None:
    log = Log(upto=20, heard=5)
    reader = Reader(log, S, START)
    reader.fall_behind()
    assert await seqs(reader, 10) == list(range(1, 11))
    log.compared.clear()
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(seqs(reader, 10))
        await log.compared.wait()
        reader.offer(page(5, 9), 10)
        reader.offer(page(9, 20), 10)
    assert waiting.result() == list(range(11, 21))


async def test_lost_history_is_told_by_a_snapshot() -> None:
    log = Log(upto=30, heard=30)
    reader = Reader(log, S, Place(epoch=Epoch("old"), after=90))
    reader.fall_behind()
    told = await anext(reader)
    assert isinstance(told, Snapshot)
    assert reader.place == Place(epoch=E, after=30)


async def test_a_wished_snapshot_comes_first() -> None:
    log = Log(upto=30, heard=30)
    reader = Reader(log, S, "snapshot")
    reader.fall_behind(snapshot=True)
    assert isinstance(await anext(reader), Snapshot)


async def test_tail_begins_where_it_is_put() -> None:
    reader = Reader(Log(), S, "tail")
    reader.offer(page(0, 2), 10)
    reader.stand(Place(epoch=E, after=2))
    reader.offer(page(2, 3), 10)
    assert await seqs(reader, 1) == [3]


async def test_what_had_come_is_given_before_the_failure() -> None:
    reader = Reader(Log(), S, START)
    reader.offer(page(0, 1), 10)
    reader.fail(ConnectionError("gone"))
    assert await seqs(reader, 1) == [1]
    with pytest.raises(ConnectionError, match="gone"):
        await anext(reader)
