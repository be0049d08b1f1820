"""Describes what DuckDB sees: one scan per table for the counts, one per column for its values."""

import time
from collections.abc import Sequence
from typing import Any, Final

import duckdb
import msgspec

from engine.ports import ColumnInfo, TableInfo
from engine.sources.children.duckdb_types import column_type
from engine.sources.children.linking import Link, link
from engine.sources.children.profile import CHOICES, SAMPLES, samples

NO_VALUES: Final = ("bytes", "json", "list", "unknown")


def survey(
    connection: duckdb.DuckDBPyConnection, tables: Sequence[str], budget_seconds: float
) -> tuple[TableInfo, ...]:
    """Describe these tables, looking at values for about `budget_seconds`."""
    return _Survey(connection, time.monotonic() + budget_seconds).tables(tables)


class _Survey:
    def __init__(self, connection: duckdb.DuckDBPyConnection, until: float) -> None:
        self._connection = connection
        self._until = until

    def tables(self, names: Sequence[str]) -> tuple[TableInfo, ...]:
        found = [self._table(name) for name in sorted(names)]
        return link(found, self._includes)

    def _table(self, name: str) -> TableInfo:
        shape = self._rows(f"DESCRIBE {_quote(name)}")
        columns = tuple(
            ColumnInfo(name=str(row[0]), native=str(row[1]), type=column_type(str(row[1])))
            for row in shape
        )
        rows = int(self._rows(f"SELECT count(*) FROM {_quote(name)}")[0][0])
        table = TableInfo(name=name, columns=columns, rows=rows)
        return self._with_values(table) if columns and rows else table

    def _with_values(self, table: TableInfo) -> TableInfo:
        if time.monotonic() > self._until:
            return table
        counted = [column for column in table.columns if column.type not in NO_VALUES]
        counts: dict[str, int] = {}
        if counted:
            wanted = ", ".join(f"approx_count_distinct({_quote(c.name)})" for c in counted)
            numbers = self._rows(f"SELECT {wanted} FROM {_quote(table.name)}")[0]
            counts = {c.name: int(number) for c, number in zip(counted, numbers, strict=True)}
        columns = tuple(self._column(table, column, counts) for column in table.columns)
        return msgspec.structs.replace(table, columns=columns)

    def _column(self, table: TableInfo, column: ColumnInfo, counts: dict[str, int]) -> ColumnInfo:
        distinct = counts.get(column.name)
        if distinct is None or time.monotonic() > self._until:
            return column
        few = distinct <= CHOICES * 1.2 and column.type in ("text", "boolean")
        name, place = _quote(column.name), _quote(table.name)
        if few:
            found = self._rows(
                f"SELECT {name}, count(*) AS n FROM {place} WHERE {name} IS NOT NULL"
                f" GROUP BY 1 ORDER BY n DESC, 1 LIMIT {CHOICES + 1}"
            )
            few = len(found) <= CHOICES
            distinct = len(found) if few else distinct
        else:
            found = self._rows(
                f"SELECT DISTINCT {name} FROM (SELECT {name} FROM {place}"
                f" WHERE {name} IS NOT NULL LIMIT 200) LIMIT {SAMPLES}"
            )
            # An estimate near the number of rows means a key; keys are told apart exactly.
            if table.rows and distinct >= table.rows * 0.8 and table.rows <= 2_000_000:
                distinct = int(self._rows(f"SELECT count(DISTINCT {name}) FROM {place}")[0][0])
        kept = CHOICES if few else SAMPLES
        shown = samples(row[0] for row in found[:kept])
        return msgspec.structs.replace(column, distinct=distinct, samples=shown)

    def _includes(self, candidate: Link) -> bool:
        if time.monotonic() > self._until + 1:
            return False
        from_column, to_column = _quote(candidate.column), _quote(candidate.to_column)
        found, missing = self._rows(
            "SELECT count(*), count(*) FILTER (WHERE NOT EXISTS ("
            f"SELECT 1 FROM {_quote(candidate.to_table)} t WHERE t.{to_column} = v.value))"
            f" FROM (SELECT DISTINCT {from_column} AS value FROM {_quote(candidate.table)}"
            f" WHERE {from_column} IS NOT NULL LIMIT 1000) v"
        )[0]
        return bool(found) and not missing

    def _rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self._connection.execute(sql).fetchall()


def _quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
