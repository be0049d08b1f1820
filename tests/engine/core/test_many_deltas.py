"""Deltas by the hundred thousand take a shorter way; what is kept and shown is the same."""

import asyncio
from typing import Any

import pytest

from engine.clock import Clock
from engine.live import BEHIND, PAGE_EVENTS, TURN
from engine.live_session import LiveSession
from engine.ports import Append, StoreFailed
from engine.state import Unlawful
from engine.stores.memory import MemoryStore
from protocol.codec import decode_records
from protocol.events import ItemCompleted, ItemDelta, ItemStarted, RoundStarted, RunStarted
from protocol.events import SessionCreated as Created
from protocol.ids import CallerId, Epoch, ItemId, RunId, SessionId
from protocol.items import Answer

SESSION, RUN, ITEM, ME = SessionId("s_1"), RunId("r_1"), ItemId("i_1"), CallerId("me")


class Still(Clock):
    """A clock that stands."""

    def stamp(self) -> str:
        return "2026-11-22T10:00:00.000Z"


class Full(MemoryStore):
    """A store on a disk that is full."""

    async def append(self, append: Append) -> None:
        raise StoreFailed("storage_full", "no space is left")


def a_session(store: MemoryStore) -> LiveSession:
    live = LiveSession(SESSION, Epoch("e_1"), 0, store, Still(), lambda *_: None)
    live.record(Created(session=SESSION, owner=ME, by=ME), RunStarted(run=RUN, text="?", by=ME))
    live.record(RoundStarted(run=RUN, round=1), ItemStarted(run=RUN, item=ITEM, kind="answer"))
    return live


def delta(number: int) -> ItemDelta:
    return ItemDelta(run=RUN, item=ITEM, text=f"{number} ")


async def told(store: MemoryStore) -> list[Any]:
    found: list[Any] = []
    after = 0
    while page := await store.read(SESSION, after):
        found += decode_records(page.records)
        after = page.upto
    return found


@pytest.mark.parametrize("count", [1, TURN, PAGE_EVENTS - 4, PAGE_EVENTS, 3 * PAGE_EVENTS + 7])
async def test_the_shorter_way_leads_to_the_same_log_and_screen(count: int) -> None:
    short, long = MemoryStore(), MemoryStore()
    one, other = a_session(short), a_session(long)
    for number in range(count):
        one.more(delta(number))
        other.record(delta(number))
    await one.until_kept(one.head)
    await other.until_kept(other.head)
    assert await told(short) == await told(long)
    assert [record.seq for record in await told(short)] == list(range(1, count + 5))
    assert one.viewer.show() == other.viewer.show()


async def test_a_delta_of_an_item_that_is_over_is_refused_and_changes_nothing() -> None:
    live = a_session(MemoryStore())
    live.more(delta(1))
    live.record(ItemCompleted(run=RUN, item=ITEM, content=Answer(text="1")))
    head, shown = live.head, live.viewer.show().items[ITEM]
    with pytest.raises(Unlawful):
        live.more(delta(2))
    with pytest.raises(Unlawful):
        live.more(ItemDelta(run=RUN, item=ItemId("i_other"), text="x"))
    assert (live.head, live.viewer.show().items[ITEM]) == (head, shown)


async def test_nothing_more_is_decided_on_a_log_that_broke() -> None:
    live = a_session(Full())
    with pytest.raises(StoreFailed):
        await live.until_kept(live.head)
    with pytest.raises(StoreFailed):
        live.more(delta(1))


async def test_a_producer_that_never_waits_lets_others_have_their_turn() -> None:
    live = a_session(MemoryStore())
    turns = 0

    async def somebody_else() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    async with asyncio.TaskGroup() as group:
        other = group.create_task(somebody_else())
        for number in range(20 * TURN):
            live.more(delta(number))
            if live.crowded:
                await live.room()
        other.cancel()
    assert turns >= 10
    assert live.head - live.kept <= BEHIND
