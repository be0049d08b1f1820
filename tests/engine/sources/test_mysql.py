"""What is particular to MySQL and MariaDB, against a real server."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import asyncmy
import msgspec
import pytest

from engine.ports import SourceFailed
from engine.sources.mysql import MysqlProfile, MysqlSource
from tests.contracts.servers import Server, free_port, mariadb_program, mariadb_server
from tests.contracts.shop import ask

pytestmark = pytest.mark.skipif(
    mariadb_program() is None, reason="no MariaDB server on this machine (Debian: mariadb-server)"
)
TABLES = (
    "CREATE DATABASE db",
    "USE db",
    "CREATE TABLE regions (id INT PRIMARY KEY, name VARCHAR(20)) COMMENT 'Where'",
    "CREATE TABLE orders (id BIGINT PRIMARY KEY, region_id INT, amount DECIMAL(10, 2),"
    " FOREIGN KEY (region_id) REFERENCES regions (id))",
    "INSERT INTO regions VALUES (1, 'EU'), (2, 'US')",
    "INSERT INTO orders SELECT seq, seq % 2 + 1, seq FROM seq_1_to_100",
    "CREATE USER reader@localhost IDENTIFIED BY 'pw'",
    "GRANT SELECT ON db.* TO reader@localhost",
    "CREATE USER strong@localhost IDENTIFIED BY 'pw'",
    "GRANT FILE ON *.* TO strong@localhost",
)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with mariadb_server() as running:

        async def fill() -> None:
            async with owner(running) as cursor:
                for statement in TABLES:
                    await cursor.execute(statement)

        asyncio.run(fill())
        yield running


@asynccontextmanager
async def owner(server: Server) -> AsyncIterator[Any]:
    connection = await asyncmy.connect(
        host=server.host, port=server.port, user="root", autocommit=True
    )
    async with connection.cursor() as cursor:
        yield cursor
    connection.close()


def profile(server: Server, **changes: Any) -> MysqlProfile:
    base = MysqlProfile(
        host=server.host, port=server.port, database="db", user="reader", password="pw"
    )
    return msgspec.structs.replace(base, **changes)


@pytest.fixture
async def source(server: Server) -> AsyncIterator[MysqlSource]:
    made = MysqlSource("db", profile(server))
    yield made
    await made.close()


@pytest.mark.parametrize(
    ("sql", "type", "cell"),
    [
        ("9007199254740993", "int64", "9007199254740993"),
        ("CAST('1.50' AS DECIMAL(5, 2))", "decimal", "1.50"),
        ("1.5e0", "float", 1.5),
        ("CAST('2024-02-29' AS DATE)", "date", "2024-02-29"),
        ("CAST('2024-02-29 10:00:00' AS DATETIME)", "timestamp", "2024-02-29T10:00:00"),
        ("CAST('26:00:00' AS TIME)", "interval", "P1DT2H"),
        ("CAST('a' AS BINARY)", "bytes", "YQ=="),
        ("'ü😀'", "text", "ü😀"),
        ("NULL", "text", None),
    ],
)
async def test_types_survive(source: MysqlSource, sql: str, type: str, cell: Any) -> None:
    columns, rows, _ = await ask(source, f"SELECT {sql} AS x", checked=False)
    assert (columns[0].type, rows) == (type, [[cell]])


async def test_the_catalogue_has_keys_comments_and_values(source: MysqlSource) -> None:
    catalogue = await source.catalogue()
    orders, regions = catalogue.tables
    assert (orders.rows, regions.comment, regions.columns[1].samples) == (
        100,
        "Where",
        ("EU", "US"),
    )
    (key,) = orders.foreign_keys
    assert (key.to_table, key.to_columns, key.inferred) == ("regions", ("id",), False)


@pytest.mark.parametrize("user", [{"user": "strong"}, {"user": "root", "password": None}])
async def test_a_user_who_may_do_harm_is_not_used(server: Server, user: dict[str, Any]) -> None:
    if user["user"] == "strong":
        user = {**user, "database": "information_schema"}
    source = MysqlSource("db", profile(server, **user))
    with pytest.raises(SourceFailed, match="may do more than read"):
        await ask(source, "SELECT 1")


async def test_cancelling_stops_the_query_on_the_server_within_a_second(
    source: MysqlSource, server: Server
) -> None:
    sql = "SELECT count(*) FROM information_schema.processlist WHERE user = 'reader'"
    async with owner(server) as cursor:

        async def running() -> int:
            await cursor.execute(sql + " AND info LIKE '%sleep%'")
            return int((await cursor.fetchone())[0])

        async with asyncio.TaskGroup() as group:
            query = group.create_task(ask(source, "SELECT sleep(3600)", checked=False))
            async with asyncio.timeout(20):
                while not await running():
                    pass
            start = time.monotonic()
            query.cancel()
        async with asyncio.timeout(10):
            while await running():
                pass
        assert time.monotonic() - start < 2


async def test_the_server_says_how_many_rows_it_will_go_through(source: MysqlSource) -> None:
    one = await source.estimate("SELECT * FROM orders")
    crossed = await source.estimate("SELECT count(*) FROM orders a, orders b")
    assert one is not None
    assert crossed is not None
    assert 50 <= (one.rows or 0) <= 200  # InnoDB guesses.
    assert (crossed.rows or 0) >= 2_500
    assert await source.estimate("SELECT * FROM nowhere") is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"database": "nowhere"}, "user name|no database"),
        ({"password": "wrong"}, "user name or the password"),
        ({"port": 0}, "Nothing answers"),
    ],
)
async def test_a_wrong_profile_is_said_in_words(
    server: Server, changes: dict[str, Any], words: str
) -> None:
    if changes.get("port") == 0:
        changes = {"port": free_port()}
    source = MysqlSource("db", profile(server, **changes))
    with pytest.raises(SourceFailed, match=words) as failed:
        await ask(source, "SELECT 1")
    assert failed.value.info.code == "source_down"


async def test_data_never_stands_in_an_error(source: MysqlSource) -> None:
    with pytest.raises(SourceFailed) as failed:
        await ask(source, "SELECT nme FROM regions")
    assert "nme" in failed.value.info.message
    assert "EU" not in str(failed.value.info)
