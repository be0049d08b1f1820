"""Describes a MySQL database from its information schema and some of its rows."""

import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

import sqlglot
from asyncmy.errors import MySQLError
from sqlglot import exp
from sqlglot.errors import SqlglotError

from engine.ports import UNKNOWN_TABLE, ColumnInfo, ForeignKey, TableInfo
from engine.sources.children.linking import Link, linking
from engine.sources.children.profile import LOOK, UNSEEN, profiled
from engine.sources.mysql_types import declared_type

SAMPLE_ROWS: Final = 500
LINKS: Final = 40

TABLES: Final = """
SELECT table_name, table_type, table_rows, table_comment FROM information_schema.tables
WHERE table_schema = DATABASE() ORDER BY table_name
"""
COLUMNS: Final = """
SELECT table_name, column_name, data_type, column_type, is_nullable, column_key, column_comment
FROM information_schema.columns WHERE table_schema = DATABASE()
ORDER BY table_name, ordinal_position
"""
KEYS: Final = """
SELECT constraint_name, table_name, column_name, referenced_table_name, referenced_column_name
FROM information_schema.key_column_usage
WHERE table_schema = DATABASE() AND referenced_table_schema = DATABASE()
ORDER BY table_name, constraint_name, ordinal_position
"""
VIEWS: Final = """
SELECT table_name, view_definition, DATABASE() FROM information_schema.views
WHERE table_schema = DATABASE()
"""


async def survey(connection: Any, budget_seconds: float) -> tuple[TableInfo, ...]:
    """Describe all tables that may be read, looking at values for about `budget_seconds`."""
    columns: dict[str, list[ColumnInfo]] = defaultdict(list)
    for table, name, type, native, nullable, key, comment in await _rows(connection, COLUMNS):
        columns[table].append(
            ColumnInfo(
                name=name,
                type=declared_type(type),
                native=_text(native),
                nullable=nullable == "YES",
                primary=key == "PRI",
                comment=_text(comment),
            )
        )
    keys: dict[str, dict[str, list[Sequence[Any]]]] = defaultdict(lambda: defaultdict(list))
    for row in await _rows(connection, KEYS):
        keys[row[1]][row[0]].append(row)
    reads = {
        name: tables_of(_text(definition), _text(database))
        for name, definition, database in await _rows(connection, VIEWS)
    }
    found = [
        TableInfo(
            name=name,
            columns=tuple(columns[name]),
            view="VIEW" in kind,
            rows=None if rows is None else int(rows),
            comment="" if "VIEW" in kind else _text(comment),
            foreign_keys=tuple(_key(parts) for parts in keys[name].values()),
            reads=reads.get(name, (UNKNOWN_TABLE,) if "VIEW" in kind else ()),
        )
        for name, kind, rows, comment in await _rows(connection, TABLES)
    ]
    return await _Values(connection, time.monotonic() + budget_seconds).add(found)


def tables_of(definition: str, database: str) -> tuple[str, ...]:
    """Name the tables that a view's text reads; `?` for those of other databases.

    The text is only shown to who may see it (SHOW VIEW): without it nothing is known.
    """
    try:
        tree = sqlglot.parse_one(definition, dialect="mysql")
    except SqlglotError:
        return (UNKNOWN_TABLE,)
    found = {
        table.name if table.db in ("", database) else UNKNOWN_TABLE
        for table in tree.find_all(exp.Table)
    }
    if any(isinstance(dot.expression, exp.Func) for dot in tree.find_all(exp.Dot)):
        found.add(UNKNOWN_TABLE)  # A stored function may read anything.
    return tuple(sorted(found))


def _key(parts: Sequence[Sequence[Any]]) -> ForeignKey:
    return ForeignKey(
        columns=tuple(part[2] for part in parts),
        to_table=parts[0][3],
        to_columns=tuple(part[4] for part in parts),
    )


class _Values:
    """Looks at some rows of each table, as long as there is time."""

    def __init__(self, connection: Any, until: float) -> None:
        self._connection = connection
        self._until = until

    async def add(self, tables: Sequence[TableInfo]) -> tuple[TableInfo, ...]:
        found = [await self._with_values(table) for table in tables]
        steps = linking(found, LINKS)
        try:
            candidate = next(steps)
            while True:
                late = time.monotonic() > self._until
                candidate = steps.send(not late and await self._includes(candidate))
        except StopIteration as end:
            linked: tuple[TableInfo, ...] = end.value
            return linked

    async def _with_values(self, table: TableInfo) -> TableInfo:
        if time.monotonic() > self._until or table.view or not table.columns:
            return table
        looked = [column for column in table.columns if column.type not in UNSEEN]
        name = _quote(table.name)
        try:
            wanted = ", ".join(map(_looked_at, looked)) or "1"
            rows = await _rows(self._connection, f"SELECT {wanted} FROM {name} LIMIT {SAMPLE_ROWS}")
            count = table.rows
            if count is None or count < 200_000:  # InnoDB only guesses; a small table is counted.
                count = int((await _rows(self._connection, f"SELECT count(*) FROM {name}"))[0][0])
        except MySQLError:
            return table  # A table that cannot be read just now: its shape stands.
        return profiled(table, looked, rows, count)

    async def _includes(self, link: Link) -> bool:
        column, to = _quote(link.column), _quote(link.to_column)
        sql = (
            f"SELECT count(*), count(CASE WHEN NOT EXISTS (SELECT 1 FROM {_quote(link.to_table)} t"
            f" WHERE t.{to} = v.value) THEN 1 END) FROM (SELECT DISTINCT value FROM (SELECT"
            f" {column} AS value FROM {_quote(link.table)} WHERE {column} IS NOT NULL LIMIT 1000)"
            " s) v"
        )
        try:
            found, missing = (await _rows(self._connection, sql))[0]
        except MySQLError:
            return False
        return bool(found) and not missing


def _looked_at(column: ColumnInfo) -> str:
    """Ask for no more of a value than is needed to judge it: a cell may hold megabytes."""
    if column.type in ("text", "json"):
        return f"left({_quote(column.name)}, {LOOK})"
    return _quote(column.name)


async def _rows(connection: Any, sql: str) -> list[Sequence[Any]]:
    async with connection.cursor() as cursor:
        await cursor.execute(sql)
        return list(await cursor.fetchall())


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value or "")


def _quote(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
