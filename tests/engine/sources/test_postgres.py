"""What is particular to PostgreSQL, against a real server."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager, suppress
from typing import Any

import asyncpg
import msgspec
import pytest

from engine.ports import QueryLimits, SourceFailed
from engine.sources.postgres import PostgresProfile, PostgresSource
from tests.contracts.servers import Server, free_port, postgres_programs, postgres_server
from tests.contracts.shop import ask

pytestmark = pytest.mark.skipif(
    postgres_programs() is None, reason="no PostgreSQL server on this machine (Debian: postgresql)"
)
TABLES = """
CREATE SCHEMA other;
CREATE TABLE regions (id int PRIMARY KEY, name text UNIQUE NOT NULL);
CREATE TABLE orders (id bigserial PRIMARY KEY, region_id int REFERENCES regions, amount numeric);
COMMENT ON TABLE orders IS 'What was bought';
COMMENT ON COLUMN orders.amount IS 'in euros';
CREATE TABLE other.things ("or der" int, "qu""ote" text, "größe" text);
CREATE VIEW big_orders AS SELECT * FROM orders WHERE amount > 10;
CREATE FUNCTION evil() RETURNS int LANGUAGE plpgsql VOLATILE AS
    $$ BEGIN DELETE FROM orders; RETURN 1; END $$;
INSERT INTO regions VALUES (1, 'EU'), (2, 'US');
INSERT INTO orders (region_id, amount) SELECT n % 2 + 1, n FROM generate_series(1, 100) n;
CREATE ROLE reader LOGIN;
CREATE ROLE strong LOGIN IN ROLE pg_read_server_files;
GRANT USAGE ON SCHEMA other TO reader;
GRANT SELECT ON ALL TABLES IN SCHEMA public, other TO reader;
ANALYZE;
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with postgres_server() as running:
        yield running


@pytest.fixture(scope="module")
def filled(server: Server) -> Server:
    async def fill() -> None:
        async with owner(server) as connection:
            await connection.execute(TABLES)

    asyncio.run(fill())
    return server


@asynccontextmanager
async def owner(server: Server) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(
        host=server.host, port=server.port, user="postgres", database="postgres"
    )
    yield connection
    await connection.close()


def profile(server: Server, user: str = "reader", **changes: Any) -> PostgresProfile:
    base = PostgresProfile(host=server.host, port=server.port, database="postgres", user=user)
    return msgspec.structs.replace(base, **changes)


@pytest.fixture
async def source(filled: Server) -> AsyncIterator[PostgresSource]:
    made = PostgresSource("db", profile(filled))
    yield made
    await made.close()


@pytest.mark.parametrize(
    ("sql", "type", "cell"),
    [
        ("9007199254740993", "int64", "9007199254740993"),
        ("1.50::numeric", "decimal", "1.50"),
        ("'NaN'::numeric", "decimal", "NaN"),
        ("1.5::float4", "float", 1.5),
        ("'infinity'::float8", "float", None),
        ("true", "boolean", True),
        ("'2024-02-29'::date", "date", "2024-02-29"),
        ("'10:00'::time", "time", "10:00:00"),
        ("'2024-01-01 10:00'::timestamp", "timestamp", "2024-01-01T10:00:00"),
        ("'2024-01-01 10:00+02'::timestamptz", "timestamptz", "2024-01-01T08:00:00Z"),
        ("'1 month 2 days'::interval", "interval", "P1M2D"),
        ("'{\"a\": [1]}'::jsonb", "json", {"a": [1]}),
        ("'\\x00ff'::bytea", "bytes", "AP8="),
        ("ARRAY[1, NULL]", "list", [1, None]),
        ("ARRAY[['a'], ['b']]", "list", [["a"], ["b"]]),
        ("ROW(1, 'a')", "json", None),
        ("'10.0.0.1'::inet", "text", "10.0.0.1"),
        ("int4range(1, 5)", "text", None),
        ("NULL", "text", None),
    ],
)
async def test_types_survive(source: PostgresSource, sql: str, type: str, cell: Any) -> None:
    columns, rows, _ = await ask(source, f"SELECT {sql} AS x", checked=False)
    if type != "json" or cell is not None:
        assert columns[0].type == type
    if cell is not None:
        assert rows == [[cell]]


async def test_the_catalogue_has_keys_comments_schemas_and_values(source: PostgresSource) -> None:
    catalogue = await source.catalogue()
    tables = {f"{table.schema}.{table.name}": table for table in catalogue.tables}
    assert list(tables) == [".big_orders", ".orders", ".regions", "other.things"]
    orders = tables[".orders"]
    assert (orders.rows, orders.comment) == (100, "What was bought")
    amount = orders.columns[2]
    assert (amount.native, amount.comment, amount.distinct) == ("numeric", "in euros", 100)
    assert orders.columns[0].primary
    (key,) = orders.foreign_keys
    assert (key.columns, key.to_table, key.inferred) == (("region_id",), "regions", False)
    assert tables[".regions"].columns[1].samples == ("EU", "US")
    assert tables[".big_orders"].view
    assert [c.name for c in tables["other.things"].columns] == ["or der", 'qu"ote', "größe"]


@pytest.mark.parametrize("user", ["postgres", "strong"])
async def test_a_role_that_may_do_harm_is_not_used(filled: Server, user: str) -> None:
    source = PostgresSource("db", profile(filled, user))
    with pytest.raises(SourceFailed, match="may do more than read") as failed:
        await ask(source, "SELECT 1")
    assert "SELECT on what may be read" in (failed.value.info.hint or "")
    await source.close()


@pytest.mark.parametrize(
    "sql",
    [
        "SET TRANSACTION READ WRITE",
        "SELECT set_config('transaction_read_only', 'off', false)",
        "SELECT evil()",
        "WITH gone AS (DELETE FROM orders RETURNING *) SELECT * FROM gone",
        "SELECT nextval('orders_id_seq')",
        "SELECT pg_read_file('PG_VERSION')",
        "COPY orders TO PROGRAM 'true'",
        "SELECT 1; DELETE FROM orders",
        "SELECT * INTO evil FROM orders",
        "CREATE TEMP TABLE t AS SELECT 1",
    ],
)
async def test_what_the_guard_might_miss_stops_at_the_server(
    source: PostgresSource, filled: Server, sql: str
) -> None:
    with pytest.raises(SourceFailed) as failed:
        await ask(source, sql, checked=False)
    assert failed.value.info.code == "query_failed"
    async with owner(filled) as connection:
        assert await connection.fetchval("SELECT count(*) FROM orders") == 100


async def test_what_a_read_only_transaction_lets_through_is_rolled_back(
    source: PostgresSource, filled: Server
) -> None:
    with suppress(SourceFailed):  # Servers before 16 make large objects in such transactions.
        await ask(source, "SELECT lo_create(0)", checked=False)
    async with owner(filled) as connection:
        assert await connection.fetchval("SELECT count(*) FROM pg_largeobject_metadata") == 0


async def test_nothing_of_a_session_is_left_for_the_next(filled: Server) -> None:
    source = PostgresSource("db", profile(filled), connections=1)
    await ask(source, "SELECT set_config('search_path', 'other', false)", checked=False)
    await ask(source, "SELECT pg_advisory_lock(7)", checked=False)
    _, rows, _ = await ask(
        source,
        "SELECT current_setting('search_path'),"
        " (SELECT count(*)::int FROM pg_locks WHERE locktype = 'advisory')",
        checked=False,
    )
    assert rows == [['"$user", public', 0]]
    await source.close()


@pytest.mark.parametrize("leave", ["cancel", "close"])
async def test_leaving_a_query_stops_it_on_the_server_within_a_second(
    source: PostgresSource, filled: Server, leave: str
) -> None:
    busy = (
        "SELECT count(*) FROM pg_stat_activity WHERE usename = 'reader' AND state = 'active'"
        " AND query ILIKE '%generate_series%'"
    )
    async with owner(filled) as watcher:
        if leave == "cancel":
            sql = "SELECT count(*) FROM generate_series(1, 100000000) a"
            async with asyncio.TaskGroup() as group:
                query = group.create_task(ask(source, sql))
                async with asyncio.timeout(10):
                    while not await watcher.fetchval(busy):
                        pass
                start = time.monotonic()
                query.cancel()
        else:
            pieces = source.run(
                "SELECT a FROM generate_series(1, 100000000) a", QueryLimits(max_rows=10**9)
            )
            async with aclosing(pieces):
                await anext(pieces)
                await anext(pieces)
            start = time.monotonic()
        async with asyncio.timeout(5):
            while await watcher.fetchval(busy):
                pass
        assert time.monotonic() - start < 1.5


async def test_the_planner_says_what_a_query_costs(source: PostgresSource) -> None:
    estimate = await source.estimate("SELECT * FROM orders")
    assert estimate is not None
    assert estimate.rows == 100
    assert estimate.bytes
    assert estimate.cost
    assert await source.estimate("SELECT * FROM nowhere") is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"database": "nowhere"}, "no database of this name"),
        ({"user": "nobody_here"}, "user name or the password"),
        ({"tls": "require"}, "TLS"),
        ({"host": "no.such.host.invalid"}, "cannot be reached"),
    ],
)
async def test_a_wrong_profile_is_said_in_words(
    filled: Server, changes: dict[str, Any], words: str
) -> None:
    source = PostgresSource("db", profile(filled, **changes))
    with pytest.raises(SourceFailed, match=words) as failed:
        await ask(source, "SELECT 1")
    assert failed.value.info.code == "source_down"
    await source.close()


async def test_a_server_that_is_not_there_is_said_at_once() -> None:
    profile = PostgresProfile(host="127.0.0.1", port=free_port(), database="x", user="x")
    source = PostgresSource("db", profile)
    with pytest.raises(SourceFailed, match="Nothing answers"):
        await ask(source, "SELECT 1")
    await source.close()


async def test_a_busy_pool_is_said(filled: Server) -> None:
    source = PostgresSource("db", profile(filled), connections=1)
    pieces = source.run("SELECT generate_series(1, 100000)", QueryLimits())
    await anext(pieces)
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(ask(source, "SELECT 1"))
        await asyncio.sleep(0)
        await pieces.aclose()
    assert waiting.result()[1] == [[1]]
    await source.close()


async def test_data_never_stands_in_an_error(source: PostgresSource) -> None:
    with pytest.raises(SourceFailed) as failed:
        await ask(source, "SELECT name::int FROM regions")
    assert "EU" not in str(failed.value.info)


async def test_after_a_restart_the_next_query_works(filled: Server) -> None:
    source = PostgresSource("db", profile(filled))
    async with asyncio.TaskGroup() as group:
        query = group.create_task(_failure_of(source, "SELECT pg_sleep(30)"))
        async with owner(filled) as watcher:
            async with asyncio.timeout(10):
                while not (pids := await _reader_pids(watcher)):
                    pass
            await watcher.execute(f"SELECT pg_terminate_backend({pids[0]})")
    failure = query.result()
    assert failure is not None
    assert failure.info.code == "source_down"
    assert (await ask(source, "SELECT 1"))[1] == [[1]]
    await source.close()


async def test_after_a_crash_in_the_middle_of_a_query_the_source_recovers(filled: Server) -> None:
    source = PostgresSource("db", profile(filled))
    assert (await ask(source, "SELECT 1"))[1] == [[1]]
    async with asyncio.TaskGroup() as group:
        query = group.create_task(_failure_of(source, "SELECT pg_sleep(30)"))
        async with owner(filled) as watcher:
            async with asyncio.timeout(10):
                while not (pids := await _reader_pids(watcher)):
                    pass
        os.kill(pids[0], signal.SIGKILL)  # PostgreSQL then ends all others, and starts anew.
    failure = query.result()
    assert failure is not None
    assert (failure.info.code, failure.info.hint) == ("source_down", "Ask again; it may be back.")
    async with asyncio.timeout(30):
        while (failure := await _failure_of(source, "SELECT 1")) is not None:
            assert failure.info.code == "source_down"
    await source.close()


async def _failure_of(source: PostgresSource, sql: str) -> SourceFailed | None:
    try:
        await ask(source, sql, checked=False)
    except SourceFailed as failure:
        return failure
    return None


async def _reader_pids(watcher: Any) -> list[int]:
    rows = await watcher.fetch(
        "SELECT pid FROM pg_stat_activity WHERE usename = 'reader' AND query LIKE '%pg_sleep%'"
        " AND state = 'active'"
    )
    return [row["pid"] for row in rows]


async def test_a_schema_of_two_thousand_tables_is_described_in_time(filled: Server) -> None:
    async with owner(filled) as connection:
        await connection.execute("CREATE SCHEMA wide; GRANT USAGE ON SCHEMA wide TO reader")
        for start in range(0, 2000, 500):  # In steps, because each table takes a lock.
            await connection.execute(
                f"DO $$ BEGIN FOR n IN {start}..{start + 499} LOOP"
                " EXECUTE format('CREATE TABLE wide.t%s (id int, a text)', n); END LOOP; END $$"
            )
        await connection.execute("GRANT SELECT ON ALL TABLES IN SCHEMA wide TO reader")
    source = PostgresSource("db", profile(filled))
    start = time.monotonic()
    catalogue = await source.catalogue()
    assert len(catalogue.tables) > 2000
    assert time.monotonic() - start < 10
    await source.close()
