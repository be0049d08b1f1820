"""A catalogue says how large tables are, which values they hold, and what has changed."""

import sqlite3
import time
from pathlib import Path

import msgspec
import pytest

from engine.ports import Catalogue, CatalogueChange, ColumnInfo, TableInfo
from engine.sources.catalogue import within_bounds
from engine.sources.children.linking import candidates
from engine.sources.drift import changes
from engine.sources.sqlite import SqliteSource

NAMES = [(f"Thing {n}",) for n in range(700)]


def write(path: Path, *statements: str) -> None:
    with sqlite3.connect(path) as database:
        for statement in statements:
            database.execute(statement)
    database.close()


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    path = tmp_path / "shop.db"
    write(
        path,
        "CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT, made_on DATE)",
        "CREATE TABLE codes (code TEXT PRIMARY KEY) WITHOUT ROWID",
        "CREATE TABLE gaps (id INTEGER PRIMARY KEY)",
        "CREATE TABLE empty (id INTEGER PRIMARY KEY)",
        "INSERT INTO gaps VALUES (1), (900000000000)",
        "INSERT INTO codes VALUES ('a'), ('b'), ('c')",
    )
    with sqlite3.connect(path) as database:
        database.executemany("INSERT INTO things (name, made_on) VALUES (?, '2024-01-01')", NAMES)
        database.execute(
            "CREATE TABLE sales AS WITH RECURSIVE n(x) AS"
            " (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 60000)"
            " SELECT x AS id, 'Thing ' || (x % 700) AS thing, 'note ' || x AS note FROM n"
        )
    database.close()
    return path


async def described(path: Path, seconds: float) -> Catalogue:
    source = SqliteSource("shop", path, survey_seconds=seconds)
    catalogue = await source.catalogue()
    await source.close()
    return catalogue


@pytest.mark.parametrize("seconds", [0.0, 5.0])
async def test_every_table_has_its_size_however_little_time_there_is(
    shop: Path, seconds: float
) -> None:
    catalogue = await described(shop, seconds)
    rows = {table.name: table.rows for table in catalogue.tables}
    assert rows == {"things": 700, "codes": 3, "gaps": 2, "empty": 0, "sales": 60_000}
    things = next(table for table in catalogue.tables if table.name == "things")
    assert len(things.columns[1].samples) == 700


async def test_texts_of_which_there_are_not_many_are_all_kept(shop: Path) -> None:
    catalogue = await described(shop, 30.0)
    sales = next(table for table in catalogue.tables if table.name == "sales")
    number, thing, note = sales.columns
    assert sorted(thing.samples) == sorted(name for (name,) in NAMES)
    assert thing.distinct == 700
    assert len(number.samples) == len(note.samples) == 8


def table(name: str, *columns: ColumnInfo) -> TableInfo:
    return TableInfo(name=name, columns=columns)


def test_the_values_of_a_wide_source_are_bounded_the_many_first() -> None:
    few = ColumnInfo(name="few", type="text", samples=("a", "b"))
    some = ColumnInfo(name="some", type="text", samples=tuple(map(str, range(100))))
    many = ColumnInfo(name="many", type="text", samples=tuple(map(str, range(1_000))))
    tables = (table("t", many, few, some),)
    assert within_bounds(tables) == tables
    (bounded,) = within_bounds(tables, 200)
    assert [len(column.samples) for column in bounded.columns] == [8, 2, 100]


async def test_what_changed_is_said_and_stays_said(shop: Path) -> None:
    source = SqliteSource("shop", shop)
    first = await source.catalogue()
    assert first.changes == ()
    write(shop, "INSERT INTO codes VALUES ('d')")
    same = await source.catalogue(refresh=True)
    assert (same.version, same.changes) == (first.version, ())
    write(shop, "ALTER TABLE codes ADD COLUMN words TEXT", "DROP TABLE gaps")
    write(shop, "CREATE TABLE more (id INTEGER PRIMARY KEY)")
    changed = await source.catalogue(refresh=True)
    assert changed.version != first.version
    assert changed.changes == (
        CatalogueChange(what="column_added", table="codes", column="words"),
        CatalogueChange(what="table_removed", table="gaps"),
        CatalogueChange(what="table_added", table="more"),
    )
    assert (await source.catalogue(refresh=True)).changes == changed.changes
    await source.close()


def test_a_change_of_a_type_is_said_in_words() -> None:
    before = table("t", ColumnInfo(name="a", type="integer", native="INT", nullable=False))
    after = table("t", ColumnInfo(name="a", type="text", native="TEXT", samples=("x",)))
    (change,) = changes((before,), (after,))
    assert (change.what, change.was, change.now) == ("column_changed", "INT not null", "TEXT")
    shown = msgspec.structs.replace(after.columns[0], samples=("y",), distinct=3)
    assert changes((after,), (table("t", shown),)) == ()


def test_links_among_two_thousand_tables_are_looked_for_in_time() -> None:
    columns = (
        ColumnInfo(name="id", type="integer", primary=True),
        ColumnInfo(name="parent_table_7_id", type="integer"),
        ColumnInfo(name="amount", type="float"),
    )
    tables = [TableInfo(name=f"table_{n}", columns=columns) for n in range(2000)]
    began = time.monotonic()
    found = list(candidates(tables))
    assert time.monotonic() - began < 5  # A look at each pair took half a minute.
    assert len(found) == 1999
    assert {link.to_table for link in found} == {"table_7"}
