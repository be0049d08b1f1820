"""What every `EventLog` promises, kept by each adapter."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from engine.ports import Append, Conflict, Document, Head, Receipt
from protocol.ids import CallerId, Epoch, Key, SessionId
from protocol.pages import Page
from tests.contracts.stores import EPOCH, OTHER, SESSION, STORES, Store, append, page, seqs_of

CALLER = CallerId("local")
RECEIPT = Receipt(caller=CALLER, key=Key("k_1"), reply=b'{"type":"reply"}')
DOCUMENT = Document(kind="session", id="s_1", owner=CALLER, body=b'{"name":"first"}')


@pytest.fixture(params=STORES)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    async with STORES[request.param](tmp_path) as opened:
        yield opened


async def whole(store: Store, max_bytes: int = 262_144) -> list[Page]:
    """Follow the log from its begin to its head."""
    pages: list[Page] = []
    after = 0
    while shown := await store.read(SESSION, after, max_bytes):
        pages.append(shown)
        after = shown.upto
    return pages


async def test_a_log_that_never_was_has_no_head_and_no_pages(store: Store):
    assert await store.head(SESSION) is None
    assert await store.read(SESSION, 0) is None


async def test_what_was_appended_is_read_as_the_same_bytes(store: Store):
    await store.append(append(0, 3, text="Umsätze in München: 5 €"))
    assert await store.read(SESSION, 0) == page(0, 3, text="Umsätze in München: 5 €")
    assert await store.head(SESSION) == Head(epoch=EPOCH, upto=3)


async def test_pages_that_follow_each_other_are_read_as_one(store: Store):
    await store.append(append(0, 3))
    await store.append(append(3, 4))
    await store.append(append(4, 9))
    assert await store.read(SESSION, 0) == page(0, 9)
    assert await store.read(SESSION, 3) == page(3, 9)


async def test_whole_pages_are_joined_while_they_fit(store: Store):
    for after in range(0, 40, 4):
        await store.append(append(after, after + 4))
    size = len(page(0, 8).records)
    assert await store.read(SESSION, 0, size) == page(0, 8)
    assert await store.read(SESSION, 0, size - 1) == page(0, 4)


async def test_a_page_over_the_limit_is_read_all_the_same(store: Store):
    await store.append(append(0, 50))
    assert await store.read(SESSION, 0, 1) == page(0, 50)


async def test_a_position_inside_a_stored_page_is_served_from_there_on(store: Store):
    await store.append(append(0, 5))
    await store.append(append(5, 8))
    assert await store.read(SESSION, 2) == page(2, 8)
    assert await store.read(SESSION, 7) == page(7, 8)


async def test_there_is_nothing_after_the_head_nor_in_the_future(store: Store):
    await store.append(append(0, 5))
    assert await store.read(SESSION, 5) is None
    assert await store.read(SESSION, 6) is None
    assert await store.read(SESSION, 1 << 70) is None


@pytest.mark.parametrize("wrong", [append(0, 2), append(4, 6), append(6, 7)])
async def test_a_page_that_does_not_begin_at_the_head_changes_nothing(store: Store, wrong: Append):
    await store.append(append(0, 5))
    with pytest.raises(Conflict):
        await store.append(wrong)
    assert await whole(store) == [page(0, 5)]


async def test_a_log_begins_at_zero(store: Store):
    with pytest.raises(Conflict):
        await store.append(append(1, 2))
    assert await store.head(SESSION) is None


async def test_another_epoch_is_a_conflict(store: Store):
    await store.append(append(0, 5))
    with pytest.raises(Conflict):
        await store.append(append(5, 6, epoch=Epoch("e_2")))
    assert await store.head(SESSION) == Head(epoch=EPOCH, upto=5)


async def test_of_many_who_want_one_place_one_gets_it(store: Store):
    tries = [store.append(append(0, 1, text=f"{n}")) for n in range(20)]
    told = await asyncio.gather(*tries, return_exceptions=True)
    assert [type(outcome) for outcome in told if outcome] == [Conflict] * 19
    assert await whole(store) == [page(0, 1, text=f"{told.index(None)}")]


async def test_a_conflict_harms_nobody_who_writes_at_the_same_time(store: Store):
    wishes = [append(0, 2), append(1, 3), append(0, 4, session=OTHER), append(2, 7)]
    told = await asyncio.gather(*map(store.append, wishes), return_exceptions=True)
    assert [type(outcome) for outcome in told] == [type(None), Conflict, type(None), type(None)]
    assert await store.read(SESSION, 0) == page(0, 7)
    assert await store.read(OTHER, 0) == page(0, 4, session=OTHER)


async def test_receipt_and_document_are_kept_with_the_page(store: Store):
    await store.append(Append(page=page(0, 1), receipt=RECEIPT, document=DOCUMENT))
    assert await store.receipt(CALLER, RECEIPT.key) == RECEIPT.reply
    kept = await store.get("session", "s_1")
    assert kept is not None
    assert (kept.body, kept.owner, kept.version) == (DOCUMENT.body, CALLER, 1)


async def test_receipt_and_document_are_not_kept_without_the_page(store: Store):
    await store.append(append(0, 1))
    with pytest.raises(Conflict):
        await store.append(Append(page=page(0, 1), receipt=RECEIPT, document=DOCUMENT))
    assert await store.receipt(CALLER, RECEIPT.key) is None
    assert await store.get("session", "s_1") is None


async def test_a_key_acts_once(store: Store):
    again = Receipt(caller=CALLER, key=RECEIPT.key, reply=b'{"type":"other"}')
    first = store.append(Append(page=page(0, 1), receipt=RECEIPT))
    second = store.append(Append(page=page(0, 1, session=OTHER), receipt=again, document=DOCUMENT))
    told = await asyncio.gather(first, second, return_exceptions=True)
    assert [type(outcome) for outcome in told] == [type(None), Conflict]
    with pytest.raises(Conflict):
        await store.append(Append(page=page(0, 1, session=OTHER), receipt=again))
    assert await store.receipt(CALLER, RECEIPT.key) == RECEIPT.reply
    assert await store.head(OTHER) is None
    assert await store.get("session", "s_1") is None


async def test_a_key_is_its_callers_own(store: Store):
    another = Receipt(caller=CallerId("guest"), key=RECEIPT.key, reply=b"{}")
    await store.append(Append(page=page(0, 1), receipt=RECEIPT))
    await store.append(Append(page=page(1, 2), receipt=another))
    assert await store.receipt(CALLER, RECEIPT.key) == RECEIPT.reply
    assert await store.receipt(CallerId("guest"), RECEIPT.key) == b"{}"
    assert await store.receipt(CallerId("nobody"), RECEIPT.key) is None


async def test_a_page_without_records_moves_nothing_and_keeps_what_comes_with_it(store: Store):
    await store.append(append(0, 2))
    await store.append(Append(page=page(2, 2), receipt=RECEIPT))
    assert await store.receipt(CALLER, RECEIPT.key) == RECEIPT.reply
    with pytest.raises(Conflict):
        await store.append(Append(page=page(1, 1), document=DOCUMENT))
    await store.append(append(2, 3))
    assert await whole(store) == [page(0, 3)]
    assert await store.get("session", "s_1") is None


async def test_a_page_that_runs_backwards_is_our_own_mistake(store: Store):
    with pytest.raises(ValueError, match="cannot end at 2"):
        await store.append(append(3, 2))
    with pytest.raises(ValueError, match="nothing between"):
        await store.replace(page(3, 3))


async def test_compaction_drops_records_and_moves_no_position(store: Store):
    for after in range(0, 12, 3):
        await store.append(append(after, after + 3))
    await store.replace(page(3, 9, only=(5, 9)))
    assert await store.head(SESSION) == Head(epoch=EPOCH, upto=12)
    assert seqs_of(await store.read(SESSION, 0)) == [1, 2, 3, 5, 9, 10, 11, 12]
    assert await store.read(SESSION, 5, 1) == page(5, 9, only=(9,))
    await store.append(append(12, 13))
    assert (await whole(store))[-1].upto == 13


async def test_a_reader_behind_dropped_records_gets_the_next_ones(store: Store):
    for after in range(0, 9, 3):
        await store.append(append(after, after + 3))
    await store.replace(page(0, 3, only=()))
    await store.replace(page(3, 6, only=(4,)))
    assert await store.read(SESSION, 0, 1) == page(0, 6, only=(4,))
    assert await store.read(SESSION, 4, 1) == page(4, 9, only=(7, 8, 9))


async def test_a_reader_behind_whom_all_was_dropped_still_comes_to_the_head(store: Store):
    await store.append(append(0, 3))
    await store.replace(page(0, 3, only=(1,)))
    assert await store.read(SESSION, 2) == page(2, 3, only=())
    await store.replace(page(0, 3, only=()))
    assert await whole(store) == [page(0, 3, only=())]


@pytest.mark.parametrize(
    "wrong",
    [page(1, 6), page(0, 5), page(6, 12), page(3, 9, epoch=Epoch("e_2"))],
    ids=["begins inside", "ends inside", "over the head", "another epoch"],
)
async def test_compaction_off_the_borders_changes_nothing(store: Store, wrong: Page):
    for after in range(0, 9, 3):
        await store.append(append(after, after + 3))
    with pytest.raises(Conflict):
        await store.replace(wrong)
    assert await whole(store) == [page(0, 9)]


async def test_compaction_of_no_log_is_a_conflict(store: Store):
    with pytest.raises(Conflict):
        await store.replace(page(0, 3))


async def test_a_dropped_log_is_gone_and_others_are_not(store: Store):
    await store.append(append(0, 3))
    await store.append(append(0, 3, session=OTHER))
    await store.drop(SESSION)
    assert await store.head(SESSION) is None
    assert await store.read(SESSION, 0) is None
    with pytest.raises(Conflict):
        await store.append(append(3, 4))
    assert await store.read(OTHER, 0) == page(0, 3, session=OTHER)
    await store.drop(SESSION)


async def test_a_log_made_anew_shows_nothing_of_the_old_one(store: Store):
    again = Epoch("e_2")
    await store.append(append(0, 3))
    await asyncio.gather(store.drop(SESSION), store.append(append(0, 1, epoch=again)))
    assert await whole(store) == [page(0, 1, epoch=again)]
    assert await store.head(SESSION) == Head(epoch=again, upto=1)


async def test_a_writer_who_leaves_harms_nobody(store: Store):
    async with asyncio.TaskGroup() as group:
        leaving = group.create_task(store.append(append(0, 2)))
        staying = group.create_task(store.append(append(0, 2, session=OTHER)))
        await asyncio.sleep(0)
        leaving.cancel()
        await staying
    assert await store.read(OTHER, 0) == page(0, 2, session=OTHER)
    head = await store.head(SESSION)
    await store.append(append(head.upto if head else 0, 5))
    assert seqs_of(await store.read(SESSION, 0)) == [1, 2, 3, 4, 5]


async def test_names_with_odd_characters_are_told_apart(store: Store):
    names = ["a", "a\0b", "a'b", 'a"b', "ä", "a%", "A", "🜁", ""]
    for name in map(SessionId, names):
        await store.append(append(0, 1, session=name, text=name))
    for name in map(SessionId, names):
        assert await store.read(name, 0) == page(0, 1, session=name, text=name)
