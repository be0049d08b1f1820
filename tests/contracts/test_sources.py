"""Every source keeps its port's promises, on real data."""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest

from engine.ports import QueryLimits, RowsEnd, Source, SourceFailed
from protocol.items import Column
from tests.contracts.shop import IN_CHILDREN, ask

ENDLESS = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r"
LONG = {
    # MariaDB ends a recursion by itself.
    "mysql": "SELECT count(*) FROM seq_1_to_10000000 a, seq_1_to_10000000 b",
}
WRITES = (
    "DELETE FROM orders",
    "UPDATE orders SET amount = 0",
    "DROP TABLE orders",
    "CREATE TABLE evil (x INT)",
    "INSERT INTO orders SELECT * FROM orders",
    "ATTACH 'evil.db' AS evil",
    "SELECT 1; DELETE FROM orders",
    "PRAGMA writable_schema = 1",
    "VACUUM INTO 'evil.db'",
    "COPY orders TO 'evil.csv'",
)
NUMBERS = {
    "sqlite": "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < {0})"
    " SELECT n FROM r",
    "duckdb": "SELECT range AS n FROM range({0})",
    "postgres": "SELECT n FROM generate_series(1, {0}) AS n",
    "mysql": "SELECT seq AS n FROM seq_1_to_{0}",
}
BOMB = {
    "sqlite": "SELECT printf('%.*c', 900000000, 'x')",
    "duckdb": "SELECT count(*) FROM range(10000000000) a, range(10000000000) b",
    "postgres": "SELECT pg_sleep(3600)",
    "mysql": "SELECT sleep(3600)",
}


@pytest.fixture(params=IN_CHILDREN)
async def child_shop(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Source]:
    async with IN_CHILDREN[request.param](tmp_path) as source:
        yield source


async def test_rows_come_with_their_columns_and_an_end(shop: Source) -> None:
    columns, rows, end = await ask(shop, "SELECT id, name FROM customers ORDER BY id LIMIT 2")
    assert columns == (Column(name="id", type="integer"), Column(name="name", type="text"))
    assert rows == [[1, "Name 1"], [2, "Name 2"]]
    assert end == RowsEnd(row_count=2, truncated=False)


async def test_a_result_without_rows_still_has_columns(shop: Source) -> None:
    columns, rows, end = await ask(shop, "SELECT id, ts FROM orders WHERE 1 = 0")
    assert [column.name for column in columns] == ["id", "ts"]
    assert (rows, end.row_count) == ([], 0)


async def test_nulls_floats_and_times_arrive_as_the_wire_wants_them(shop: Source) -> None:
    columns, rows, _ = await ask(
        shop, "SELECT amount, ts, note FROM orders WHERE id IN (9, 10) ORDER BY id"
    )
    assert [column.type for column in columns] == ["float", "timestamp", "text"]
    assert rows == [[4.5, "2024-10-15T10:00:00", None], [5, "2024-11-15T10:00:00", "late"]]


async def test_integers_over_53_bits_are_text(shop: Source) -> None:
    columns, rows, _ = await ask(shop, "SELECT 9007199254740993 AS big, 7 AS small")
    assert [column.type for column in columns] == ["int64", "integer"]
    assert rows == [["9007199254740993", 7]]


async def test_more_rows_than_asked_for_are_cut_and_said(shop: Source) -> None:
    _, rows, end = await ask(
        shop, "SELECT id FROM orders ORDER BY id DESC", QueryLimits(max_rows=7)
    )
    assert [int(row[0]) for row in rows] == list(range(1000, 993, -1))
    assert end == RowsEnd(row_count=7, truncated=True)


async def test_exactly_as_many_rows_as_asked_for_are_not_cut(shop: Source) -> None:
    _, rows, end = await ask(shop, "SELECT id FROM customers", QueryLimits(max_rows=50))
    assert (len(rows), end.truncated) == (50, False)


async def test_many_rows_stream_in_order(shop: Source) -> None:
    sql = NUMBERS[shop.dialect].format(30_000)
    _, rows, end = await ask(shop, sql, QueryLimits(max_rows=100_000))
    numbers = [int(row[0]) for row in rows]
    assert (len(numbers), numbers == sorted(numbers), end.truncated) == (30_000, True, False)


async def test_ten_million_rows_are_cut_without_being_read(shop: Source) -> None:
    sql = NUMBERS[shop.dialect].format(10_000_000)
    start = time.monotonic()
    _, rows, end = await ask(shop, sql, QueryLimits(max_rows=1_000), checked=False)
    assert (len(rows), end.truncated) == (1_000, True)
    assert time.monotonic() - start < 5


async def test_a_result_of_too_many_bytes_is_refused(shop: Source) -> None:
    sql = NUMBERS[shop.dialect].format(500_000)
    with pytest.raises(SourceFailed) as failed:
        await ask(shop, sql, QueryLimits(max_rows=500_000, max_bytes=100_000), checked=False)
    assert failed.value.info.code == "query_too_large"


@pytest.mark.parametrize("statement", ["endless", "bomb"])
async def test_what_never_ends_is_stopped_in_time(shop: Source, statement: str) -> None:
    sql = LONG.get(shop.dialect, ENDLESS) if statement == "endless" else BOMB[shop.dialect]
    await ask(shop, "SELECT 1")
    start = time.monotonic()
    with pytest.raises(SourceFailed) as failed:
        await ask(shop, sql, QueryLimits(max_seconds=0.5), checked=False)
    assert failed.value.info.code == "query_timeout"
    assert time.monotonic() - start < 3
    assert (await ask(shop, "SELECT count(*) FROM orders"))[1] == [[1000]]


async def test_cancelling_stops_the_query_and_no_other(child_shop: Source) -> None:
    async def read_on() -> int:
        sql = NUMBERS[child_shop.dialect].format(200_000)
        return len((await ask(child_shop, sql, QueryLimits(max_rows=200_000), checked=False))[1])

    lent = child_shop._pool._lent  # type: ignore[attr-defined]
    async with asyncio.TaskGroup() as group:
        endless = group.create_task(ask(child_shop, ENDLESS, checked=False))
        async with asyncio.timeout(20):
            while not any(child.busy for child in lent):  # noqa: ASYNC110
                await asyncio.sleep(0)
        (child,) = lent
        other = group.create_task(read_on())
        async with asyncio.timeout(20):
            while len(lent) < 2:  # noqa: ASYNC110
                await asyncio.sleep(0)
        endless.cancel()
        async with asyncio.timeout(1):
            assert await child._process.wait() == -9
    assert other.result() == 200_000


async def test_closing_the_iterator_stops_the_query_within_a_second(child_shop: Source) -> None:
    sql = NUMBERS[child_shop.dialect].format(10_000_000)
    async with aclosing(child_shop.run(sql, QueryLimits(max_rows=10_000_000))) as pieces:  # type: ignore[type-var]
        await anext(pieces)
        await anext(pieces)
        (child,) = child_shop._pool._lent  # type: ignore[attr-defined]
    start = time.monotonic()
    await child._process.wait()
    assert time.monotonic() - start < 1


async def test_a_reader_that_pauses_holds_the_source_back(child_shop: Source) -> None:
    sql = NUMBERS[child_shop.dialect].format(3_000_000)
    pieces = child_shop.run(sql, QueryLimits(max_rows=3_000_000))
    await anext(pieces)
    await anext(pieces)
    (child,) = child_shop._pool._lent  # type: ignore[attr-defined]
    buffered = child._process.stdout._buffer
    for _ in range(200):
        await asyncio.sleep(0)  # What comes in may come in.
    assert len(buffered) <= 4 * 1024 * 1024  # of about 30 MB
    await pieces.aclose()  # type: ignore[attr-defined]


async def test_the_source_itself_refuses_what_the_guard_would(shop: Source, tmp_path: Path) -> None:
    await ask(shop, "SELECT 1")
    before = print_of(tmp_path)
    for sql in WRITES:
        assert not shop.check(sql).ok
        with pytest.raises(SourceFailed) as failed:
            await ask(shop, sql, checked=False)
        assert failed.value.info.code == "query_failed"
        assert print_of(tmp_path) == before
    assert (await ask(shop, "SELECT count(*) FROM orders"))[1] == [[1000]]


def print_of(folder: Path) -> dict[str, str]:
    """Tell any change of any file in a folder."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


async def test_other_files_cannot_be_read(shop: Source) -> None:
    for sql in (
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT readfile('/etc/passwd')",
        "SELECT load_extension('x')",
    ):
        with pytest.raises(SourceFailed):
            await ask(shop, sql, checked=False)


async def test_an_error_says_what_is_wrong_without_the_data(shop: Source) -> None:
    with pytest.raises(SourceFailed) as failed:
        await ask(shop, "SELECT nme FROM customers")
    assert "nme" in failed.value.info.message
    assert "Name 1" not in str(failed.value.info)


async def test_the_catalogue_knows_shapes_sizes_values_and_links(shop: Source) -> None:
    catalogue = await shop.catalogue()
    assert (catalogue.source, catalogue.dialect) == ("shop", shop.dialect)
    tables = {table.name: table for table in catalogue.tables}
    assert {name: table.rows for name, table in tables.items()} == {"customers": 50, "orders": 1000}
    region = next(column for column in tables["customers"].columns if column.name == "region")
    assert (region.distinct, sorted(region.samples)) == (3, ["AS", "EU", "US"])
    (key,) = tables["orders"].foreign_keys
    assert (key.columns, key.to_table, key.to_columns) == (("customer_id",), "customers", ("id",))
    assert key.inferred


async def test_the_catalogue_is_kept(shop: Source) -> None:
    first = await shop.catalogue()
    assert await shop.catalogue() is first
    again = await shop.catalogue(refresh=True)
    assert (again is first, again.version) == (False, first.version)


async def test_after_closing_nothing_runs(shop: Source) -> None:
    await ask(shop, "SELECT 1")
    await shop.close()
    with pytest.raises(SourceFailed) as failed:
        await ask(shop, "SELECT 1")
    assert failed.value.info.code == "source_down"


async def test_the_event_loop_stays_free(shop: Source) -> None:
    beats = 0

    async def beat() -> None:
        nonlocal beats
        while True:
            await asyncio.sleep(0.001)
            beats += 1

    async with asyncio.TaskGroup() as group:
        pulse = group.create_task(beat())
        sql = NUMBERS[shop.dialect].format(200_000)
        await ask(shop, sql, QueryLimits(max_rows=200_000), checked=False)
        pulse.cancel()
    assert beats > 20
