"""A database that nobody would design and many people have, in every kind of source."""

import sqlite3
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncmy
import asyncpg
import duckdb

from engine.ports import Source
from engine.sources.duckdb import DuckdbSource
from engine.sources.files.kinds import tables_in
from engine.sources.files.shelf import Shelf
from engine.sources.mysql import MysqlProfile, MysqlSource
from engine.sources.postgres import PostgresProfile, PostgresSource
from engine.sources.sqlite import SqliteSource
from tests.contracts.shop import SERVERS

ODD_TABLE = 'My "odd" täble'
COLUMNS = ("select", "Group", "with space", 'a "quoted" name', "back`tick", "ünïcode 表", "a.b")
EMPTY = "nothing_yet"
LETTERS = "letters"
LETTER_CHARS = 50_000_000


def quoted(name: str, mark: str = '"') -> str:
    """Quote a name as the source wants it."""
    return mark + name.replace(mark, mark * 2) + mark


def statements(mark: str = '"') -> tuple[str, ...]:
    """Return what makes the tables: one empty, one with awkward names and a row, one huge."""
    columns = ", ".join(f"{quoted(name, mark)} INTEGER" for name in COLUMNS)
    values = ", ".join(str(n) for n in range(1, len(COLUMNS) + 1))
    return (
        f"CREATE TABLE {EMPTY} (id INTEGER, name VARCHAR(20), made TIMESTAMP NULL)",
        f"CREATE TABLE {quoted(ODD_TABLE, mark)} ({columns})",
        f"INSERT INTO {quoted(ODD_TABLE, mark)} VALUES ({values})",
        f"CREATE TABLE {LETTERS} (body {'LONGTEXT' if mark == '`' else 'TEXT'})",
    )


@asynccontextmanager
async def odd_sqlite(folder: Path) -> Any:
    path = folder / "odd.db"
    with sqlite3.connect(path) as connection:
        for statement in statements():
            connection.execute(statement)
        connection.execute(f"INSERT INTO {LETTERS} VALUES (?)", ("x" * LETTER_CHARS,))
    connection.close()
    source = SqliteSource("odd", path)
    yield source
    await source.close()


@asynccontextmanager
async def odd_duckdb(folder: Path) -> Any:
    files = folder / "files"
    files.mkdir()
    with duckdb.connect(files / "odd.duckdb") as connection:
        for statement in statements():
            connection.execute(statement)
        connection.execute(f"INSERT INTO {LETTERS} SELECT repeat('x', {LETTER_CHARS})")
        for table in (EMPTY, ODD_TABLE, LETTERS):
            target = str(files / f"{table}.parquet").replace("'", "''")
            connection.execute(f"COPY {quoted(table)} TO '{target}' (FORMAT parquet)")
    (files / "odd.duckdb").unlink()
    shelf = Shelf(folder / "shelf")
    source = DuckdbSource("odd", lambda: tables_in(files), shelf)
    yield source
    await source.close()
    await shelf.close()


@asynccontextmanager
async def odd_postgres(folder: Path) -> Any:
    """A database that takes any bytes for text, as old ones do."""
    server, name = SERVERS["postgres"], f"odd_{uuid4().hex[:8]}"
    at = {"host": server.host, "port": server.port, "user": "postgres"}
    owner = await asyncpg.connect(**at, database="postgres")
    await owner.execute(
        f"CREATE DATABASE {name} ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0"
    )
    await owner.execute(
        "DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'reader')"
        " THEN CREATE ROLE reader LOGIN; END IF; END $$"
    )
    await owner.close()
    owner = await asyncpg.connect(**at, database=name)
    for statement in statements():
        await owner.execute(statement)
    await owner.execute(f"INSERT INTO {LETTERS} SELECT repeat('x', {LETTER_CHARS})")
    await owner.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader")
    await owner.close()
    profile = PostgresProfile(host=server.host, port=server.port, database=name, user="reader")
    source = PostgresSource("odd", profile)
    yield source
    await source.close()


@asynccontextmanager
async def odd_mysql(folder: Path) -> Any:
    server, name = SERVERS["mysql"], f"odd_{uuid4().hex[:8]}"
    owner = await asyncmy.connect(
        host=server.host, port=server.port, user="root", autocommit=True, charset="utf8mb4"
    )
    async with owner.cursor() as cursor:
        await cursor.execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
        await cursor.execute(f"USE {name}")
        for statement in statements("`"):
            await cursor.execute(statement)
        await cursor.execute(f"INSERT INTO {LETTERS} VALUES (repeat('x', {LETTER_CHARS}))")
        await cursor.execute("CREATE USER IF NOT EXISTS reader@localhost IDENTIFIED BY 'pw'")
        await cursor.execute(f"GRANT SELECT ON {name}.* TO reader@localhost")
    owner.close()
    profile = MysqlProfile(
        host=server.host, port=server.port, database=name, user="reader", password="pw"
    )
    source = MysqlSource("odd", profile)
    yield source
    await source.close()


Opening = Callable[[Path], AbstractAsyncContextManager[Source]]
ODD: dict[str, Opening] = {
    "sqlite": odd_sqlite,
    "duckdb": odd_duckdb,
    "postgres": odd_postgres,
    "mysql": odd_mysql,
}
