"""One small shop in every kind of source, so that all are held to the same promises."""

import csv
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncmy
import asyncpg

from engine.ports import QueryLimits, Rows, RowsEnd, Source
from engine.sources.duckdb import DuckdbSource
from engine.sources.files.kinds import tables_in
from engine.sources.files.shelf import Shelf
from engine.sources.mysql import MysqlProfile, MysqlSource
from engine.sources.postgres import PostgresProfile, PostgresSource
from engine.sources.sqlite import SqliteSource
from protocol.items import Cell, Column
from tests.contracts.servers import Server

CUSTOMERS = [(n, f"Name {n}", ("EU", "US", "AS")[n % 3]) for n in range(1, 51)]
ORDERS = [
    (n, n % 50 + 1, n * 0.5, f"2024-{n % 12 + 1:02}-15 10:00:00", None if n % 10 else "late")
    for n in range(1, 1001)
]
SCHEMA = """
CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, region TEXT);
CREATE TABLE orders (
    id INTEGER PRIMARY KEY, customer_id INTEGER, amount REAL, ts TIMESTAMP, note TEXT
);
"""

Opening = Callable[[Path], AbstractAsyncContextManager[Source]]


@asynccontextmanager
async def sqlite_shop(folder: Path, more: Sequence[str] = ()) -> Any:
    """`more` is made beside the tables; so in the other shops that have an owner."""
    path = folder / "shop.db"
    with sqlite3.connect(path) as connection:
        connection.executescript(SCHEMA + ";".join(more))
        connection.executemany("INSERT INTO customers VALUES (?, ?, ?)", CUSTOMERS)
        connection.executemany("INSERT INTO orders VALUES (?, ?, ?, ?, ?)", ORDERS)
    connection.close()
    source = SqliteSource("shop", path)
    yield source
    await source.close()


@asynccontextmanager
async def duckdb_shop(folder: Path) -> Any:
    files = folder / "files"
    files.mkdir()
    write_csv(files / "customers.csv", ["id", "name", "region"], CUSTOMERS)
    write_csv(files / "orders.csv", ["id", "customer_id", "amount", "ts", "note"], ORDERS)
    shelf = Shelf(folder / "shelf")
    source = DuckdbSource("shop", lambda: tables_in(files), shelf)
    yield source
    await source.close()
    await shelf.close()


@asynccontextmanager
async def postgres_shop(folder: Path, more: Sequence[str] = ()) -> Any:
    """A database of its own on the server, and a role that may read it."""
    server, name = SERVERS["postgres"], f"shop_{uuid4().hex[:8]}"
    at = {"host": server.host, "port": server.port, "user": "postgres"}
    owner = await asyncpg.connect(**at, database="postgres")
    await owner.execute(f"CREATE DATABASE {name}")
    await owner.execute(
        "DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'reader')"
        " THEN CREATE ROLE reader LOGIN; END IF; END $$"
    )
    await owner.close()
    owner = await asyncpg.connect(**at, database=name)
    await owner.execute(SCHEMA.replace("REAL", "FLOAT8") + ";".join(more))
    await owner.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader")
    await owner.copy_records_to_table("customers", records=CUSTOMERS)
    await owner.copy_records_to_table(
        "orders", records=[(*row[:3], datetime.fromisoformat(row[3]), row[4]) for row in ORDERS]
    )
    profile = PostgresProfile(host=server.host, port=server.port, database=name, user="reader")
    source = PostgresSource("shop", profile)
    yield source
    await source.close()
    await owner.close()


@asynccontextmanager
async def mysql_shop(folder: Path, more: Sequence[str] = ()) -> Any:
    """A database of its own on the server, and a user who may read it."""
    server, name = SERVERS["mysql"], f"shop_{uuid4().hex[:8]}"
    owner = await asyncmy.connect(host=server.host, port=server.port, user="root", autocommit=True)
    async with owner.cursor() as cursor:
        await cursor.execute(f"CREATE DATABASE {name}")
        await cursor.execute(f"USE {name}")
        for statement in (*SCHEMA.replace("REAL", "DOUBLE").strip().split(";\n"), *more):
            await cursor.execute(statement.rstrip(";"))
        await cursor.executemany("INSERT INTO customers VALUES (%s, %s, %s)", CUSTOMERS)
        await cursor.executemany("INSERT INTO orders VALUES (%s, %s, %s, %s, %s)", ORDERS)
        await cursor.execute("CREATE USER IF NOT EXISTS reader@localhost IDENTIFIED BY 'pw'")
        await cursor.execute(f"GRANT SELECT ON {name}.* TO reader@localhost")
    owner.close()
    profile = MysqlProfile(
        host=server.host, port=server.port, database=name, user="reader", password="pw"
    )
    source = MysqlSource("shop", profile)
    yield source
    await source.close()


SERVERS: dict[str, Server] = {}
"""The servers that run for this session of tests."""

IN_CHILDREN: dict[str, Opening] = {"sqlite": sqlite_shop, "duckdb": duckdb_shop}
SHOPS: dict[str, Opening] = {**IN_CHILDREN, "postgres": postgres_shop, "mysql": mysql_shop}


def write_csv(path: Path, header: list[str], rows: list[tuple[Any, ...]]) -> None:
    """Write a CSV file as people have them."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


async def ask(
    source: Source, sql: str, limits: QueryLimits | None = None, checked: bool = True
) -> tuple[tuple[Column, ...], list[list[Cell]], RowsEnd]:
    """Run a query to its end. With `checked` false, the guard is passed by."""
    limits = limits or QueryLimits()
    if checked:
        answer = source.check(sql, limits.max_rows)
        assert answer.ok, answer.findings
        sql = answer.sql
    columns: tuple[Column, ...] = ()
    rows: list[list[Cell]] = []
    async for piece in source.run(sql, limits):
        if isinstance(piece, Rows):
            rows += piece.rows
        elif isinstance(piece, RowsEnd):
            return columns, rows, piece
        else:
            columns = piece
    raise AssertionError("the result has no end")
