"""What every `Records` promises, kept by each adapter."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest

from engine.ports import Append, Conflict, Document
from protocol.ids import CallerId
from tests.contracts.stores import STORES, Store, page

ANN = CallerId("ann")
BOB = CallerId("bob")


@pytest.fixture(params=STORES)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    async with STORES[request.param](tmp_path) as opened:
        yield opened


def document(id: str, owner: CallerId = ANN, body: bytes = b"{}", kind: str = "source") -> Document:
    return Document(kind=kind, id=id, owner=owner, body=body)


async def test_a_document_is_read_as_it_was_written(store: Store):
    assert await store.put(document("d_1", body=b'{"name":"shop"}')) == 1
    kept = await store.get("source", "d_1")
    assert kept is not None
    assert (kept.kind, kept.id, kept.owner, kept.version) == ("source", "d_1", ANN, 1)
    assert kept.body == b'{"name":"shop"}'


async def test_the_time_of_writing_has_a_zone(store: Store):
    await store.put(document("d_1"))
    kept = await store.get("source", "d_1")
    assert kept is not None
    assert kept.at.endswith("Z")
    assert datetime.fromisoformat(kept.at).tzinfo is not None


async def test_each_write_counts(store: Store):
    assert [await store.put(document("d_1", body=b"%d" % n)) for n in range(3)] == [1, 2, 3]
    kept = await store.get("source", "d_1")
    assert kept is not None
    assert (kept.version, kept.body) == (3, b"2")


async def test_the_version_a_caller_sends_along_means_nothing(store: Store):
    await store.put(Document(kind="source", id="d_1", owner=ANN, body=b"{}", version=41, at="then"))
    kept = await store.get("source", "d_1")
    assert kept is not None
    assert kept.version == 1
    assert kept.at != "then"


async def test_writing_over_an_unexpected_version_changes_nothing(store: Store):
    await store.put(document("d_1", body=b"first"))
    for wrong in (0, 2):
        with pytest.raises(Conflict):
            await store.put(document("d_1", body=b"second"), expect=wrong)
    with pytest.raises(Conflict):
        await store.put(document("d_2"), expect=1)
    kept = await store.get("source", "d_1")
    assert kept is not None
    assert (kept.version, kept.body) == (1, b"first")
    assert await store.put(document("d_1"), expect=1) == 2
    assert await store.put(document("d_2"), expect=0) == 1


async def test_of_many_who_write_over_one_version_one_does(store: Store):
    tries = [store.put(document("d_1", body=b"%d" % n), expect=0) for n in range(20)]
    told = await asyncio.gather(*tries, return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in told) == ["Conflict"] * 19 + ["int"]


async def test_writes_at_the_same_time_all_count(store: Store):
    told = await asyncio.gather(*(store.put(document("d_1")) for _ in range(20)))
    assert sorted(told) == list(range(1, 21))


async def test_documents_written_with_pages_count_too(store: Store):
    wishes = [Append(page=page(n, n + 1), document=document("d_1")) for n in range(5)]
    await asyncio.gather(*map(store.append, wishes))
    assert await store.put(document("d_1"), expect=5) == 6


async def test_an_owner_can_change(store: Store):
    await store.put(document("d_1", ANN))
    await store.put(document("d_1", BOB))
    assert await store.list("source", ANN) == []
    assert [kept.id for kept in await store.list("source", BOB)] == ["d_1"]


async def test_kinds_do_not_mix(store: Store):
    await store.put(document("d_1", kind="source"))
    await store.put(document("d_1", kind="token", body=b"other"))
    kept = await store.get("source", "d_1")
    assert kept is not None
    assert kept.body == b"{}"
    assert [found.kind for found in await store.list("token")] == ["token"]


async def test_lists_are_in_order_of_id_and_go_on_where_they_ended(store: Store):
    ids = ["b", "a", "ä", "B", "🜁", "a\0", "aa"]
    for id in ids:
        await store.put(document(id))
    assert [kept.id for kept in await store.list("source")] == sorted(ids)
    seen: list[str] = []
    while part := await store.list("source", after=seen[-1] if seen else "", limit=2):
        seen += [kept.id for kept in part]
    assert seen == sorted(ids)


async def test_a_list_can_be_of_one_owner(store: Store):
    for n in range(6):
        await store.put(document(f"d_{n}", ANN if n % 2 else BOB))
    assert [kept.id for kept in await store.list("source", ANN)] == ["d_1", "d_3", "d_5"]
    assert [kept.id for kept in await store.list("source", BOB, "d_0", 1)] == ["d_2"]


@pytest.mark.parametrize("limit", [0, -1])
async def test_a_list_of_no_length_is_empty(store: Store, limit: int):
    await store.put(document("d_1"))
    assert await store.list("source", limit=limit) == []


async def test_a_deleted_document_is_gone_and_begins_anew(store: Store):
    await store.put(document("d_1"))
    await store.delete("source", "d_1")
    await store.delete("source", "d_1")
    assert await store.get("source", "d_1") is None
    assert await store.put(document("d_1"), expect=0) == 1
