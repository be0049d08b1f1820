"""Databases to attack: real ones, behind the sources, with a way to tell whether they changed."""

import hashlib
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import msgspec

from engine.ports import Source
from engine.sources.duckdb import DuckdbSource
from engine.sources.files.kinds import tables_in
from engine.sources.files.shelf import Shelf
from engine.sources.postgres import PostgresProfile, PostgresSource
from engine.sources.sqlite import SqliteSource
from tests.contracts.servers import Server
from tests.contracts.shop import write_csv

COLUMNS = ["id", "customer_id", "region", "amount", "ts"]
ORDERS = [(n, n % 9 + 1, ("EU", "US", "AS")[n % 3], n * 0.5, "2024-03-01 10:00") for n in range(60)]
CUSTOMERS = [(n, f"Name {n}") for n in range(1, 10)]
STATE = """
SELECT md5(string_agg(line, '|' ORDER BY line)) FROM (
    SELECT 'o' || orders::text FROM orders UNION ALL SELECT 'c' || customers::text FROM customers
    UNION ALL SELECT 'r' || relname || relkind::text FROM pg_class WHERE relnamespace >= 2200
        AND relnamespace::regnamespace::text !~ '^pg_(temp|toast)'
    UNION ALL SELECT 'f' || proname FROM pg_proc WHERE oid >= 16384
    UNION ALL SELECT 'a' || rolname || coalesce(rolpassword, '') FROM pg_authid
    UNION ALL SELECT 's' || setconfig::text FROM pg_db_role_setting
    UNION ALL SELECT 'd' || datname FROM pg_database
    UNION ALL SELECT 'e' || extname FROM pg_extension
    UNION ALL SELECT 'l' || oid::text FROM pg_largeobject_metadata
    UNION ALL SELECT 'p' || slot_name FROM pg_replication_slots
    UNION ALL SELECT 'q' || last_value::text FROM numbers
) AS all_there_is (line)
"""


class Ground(msgspec.Struct, frozen=True):
    """A source under attack. `state` names all that it holds, and all that lies around it."""

    source: Source
    state: Callable[[], Awaitable[str]]


Grounds = Callable[[Path], AbstractAsyncContextManager[Ground]]


def _files(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        digest.update(str(path).encode() + (path.read_bytes() if path.is_file() else b""))
    return digest.hexdigest()


@asynccontextmanager
async def sqlite_ground(folder: Path) -> AsyncIterator[Ground]:
    path = folder / "shop.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT)")
        connection.execute(f"CREATE TABLE orders ({', '.join(COLUMNS)})")
        connection.executemany("INSERT INTO customers VALUES (?, ?)", CUSTOMERS)
        connection.executemany("INSERT INTO orders VALUES (?, ?, ?, ?, ?)", ORDERS)
    connection.close()
    source = SqliteSource("ground", path, readers=1)

    async def state() -> str:
        return _files(folder)

    yield Ground(source, state)
    await source.close()


@asynccontextmanager
async def duckdb_ground(folder: Path) -> AsyncIterator[Ground]:
    files = folder / "files"
    files.mkdir()
    write_csv(files / "customers.csv", ["id", "name"], CUSTOMERS)
    write_csv(files / "orders.csv", COLUMNS, ORDERS)
    shelf = Shelf(folder / "shelf")
    source = DuckdbSource("ground", lambda: tables_in(files), shelf, readers=1)
    await source.catalogue()

    async def state() -> str:
        return _files(folder)

    yield Ground(source, state)
    await source.close()
    await shelf.close()


@asynccontextmanager
async def postgres_ground(server: Server) -> AsyncIterator[Ground]:
    async with postgres_database(server) as (owner, profile):
        source = PostgresSource("ground", profile, connections=1)

        async def state() -> str:
            found: str = await owner.fetchval(STATE)
            return found

        yield Ground(source, state)
        await source.close()


@asynccontextmanager
async def postgres_database(server: Server) -> AsyncIterator[tuple[Any, PostgresProfile]]:
    """Make a database of its own, a connection of its owner, and a profile that only reads."""
    name = f"ground_{uuid4().hex[:8]}"
    at: dict[str, Any] = {"host": server.host, "port": server.port, "user": "postgres"}
    owner = await asyncpg.connect(**at, database="postgres")
    await owner.execute(f"CREATE DATABASE {name}")
    await owner.close()
    owner = await asyncpg.connect(**at, database=name)
    await owner.execute(
        "CREATE TABLE customers (id int, name text); CREATE SEQUENCE numbers;"
        "CREATE TABLE orders (id int, customer_id int, region text, amount numeric, ts timestamp);"
        "INSERT INTO customers SELECT n, 'Name ' || n FROM generate_series(1, 9) n;"
        "INSERT INTO orders SELECT n, n % 9 + 1, 'EU', n * 0.5, '2024-03-01' FROM"
        f" generate_series(0, 59) n; CREATE ROLE {name} LOGIN;"
        f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {name}"
    )
    profile = PostgresProfile(host=server.host, port=server.port, database=name, user=name)
    yield owner, profile
    await owner.close()
