"""Describes what a SQLite file holds, quickly: shapes exactly, sizes and values from a sample."""

import sqlite3
import time
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from engine.ports import UNKNOWN_TABLE, ColumnInfo, ForeignKey, TableInfo
from engine.sources.children.describing import tables_read
from engine.sources.children.linking import Link, link
from engine.sources.children.profile import CHOICES, FEW, LOOK, Profile, profile, samples
from engine.sources.children.sqlite_types import column_types, declared_type

SAMPLE_ROWS: Final = 2_000
BLOCKS: Final = 40
COUNTED_ROWS: Final = 3_000_000
SMALL_ROWS: Final = 50_000
"""Tables up to this size are counted at once."""
GROUPED_ROWS: Final = 300_000
LATE_SECONDS: Final = 2.0
"""After the time for exact numbers, as much is left for samples of all tables."""


def survey(connection: sqlite3.Connection, budget_seconds: float) -> tuple[TableInfo, ...]:
    """Describe all tables and views, looking at values for about `budget_seconds`."""
    return _Survey(connection, time.monotonic() + budget_seconds).tables()


class _Survey:
    def __init__(self, connection: sqlite3.Connection, until: float) -> None:
        self._connection = connection
        self._until = until
        self._values: dict[tuple[str, str], list[Any]] = {}

    def tables(self) -> tuple[TableInfo, ...]:
        listed = self._rows("PRAGMA table_list")
        shapes = [
            shape
            for row in listed
            if row[0] == "main" and row[2] != "shadow" and not str(row[1]).startswith("sqlite_")
            if (shape := self._shape_if_any(str(row[1]), str(row[2])))
        ]
        # The small ones first: looking at them costs nothing, and the big ones may use up the time.
        shapes.sort(key=lambda table: (table.view, table.rows or 0))
        found = [self._described(table) for table in shapes]
        found.sort(key=lambda table: table.name)
        return link(found, self._includes)

    def _shape_if_any(self, name: str, kind: str) -> TableInfo | None:
        try:
            return self._shape(name, kind)
        except sqlite3.Error:
            return None  # A view of what is gone, or a table of a kind that is not here.

    def _shape(self, name: str, kind: str) -> TableInfo:
        view = kind == "view"
        shape = [row for row in self._rows(f"PRAGMA table_xinfo({_quote(name)})") if row[6] != 1]
        columns = tuple(
            ColumnInfo(
                name=str(row[1]),
                type=declared_type(str(row[2])),
                native=str(row[2]),
                nullable=not row[3] and not row[5],
                primary=bool(row[5]),
            )
            for row in shape
        )
        return TableInfo(
            name=name,
            columns=columns,
            view=view,
            rows=None if view else self._size(name),
            foreign_keys=self._foreign_keys(name),
            reads=self._reads(name, kind),
        )

    def _reads(self, name: str, kind: str) -> tuple[str, ...]:
        if kind == "view":
            return tables_read(self._connection, name)
        # An index for searching in texts may hold those of another table.
        return (UNKNOWN_TABLE,) if kind == "virtual" else ()

    def _described(self, table: TableInfo) -> TableInfo:
        # A sample of a table is quick, also when the machine is busy; that of a view may not be.
        if time.monotonic() > self._until + (0.0 if table.view else LATE_SECONDS):
            return table
        try:
            return self._with_values(table)
        except sqlite3.Error:
            return table  # A view that does not work any more, or a damaged page: the shape stands.

    def _with_values(self, table: TableInfo) -> TableInfo:
        rows = None if table.view else self._row_count(table)
        sample = self._sample(table, rows)
        if table.view and len(sample) < SAMPLE_ROWS:
            rows = len(sample)
        declared = [column.native for column in table.columns]
        types = column_types(len(declared), declared, sample)
        columns: list[ColumnInfo] = []
        for at, (column, type) in enumerate(zip(table.columns, types, strict=True)):
            values = [row[at] for row in sample]
            self._values[table.name, column.name] = values
            seen = profile(values, rows, CHOICES if type == "text" else FEW)
            distinct, shown = seen.distinct, seen.samples
            if seen.choices and rows is not None and self._may_group(seen, rows, len(sample)):
                distinct, shown = self._choices(table.name, column.name) or (distinct, shown)
            columns.append(
                msgspec.structs.replace(column, type=type, distinct=distinct, samples=shown)
            )
        return msgspec.structs.replace(table, rows=rows, columns=tuple(columns))

    def _size(self, name: str) -> int | None:
        """Count a small table; estimate others by their numbers, in no time."""
        try:
            low, high = self._rows(f"SELECT min(rowid), max(rowid) FROM {_quote(name)}")[0]
            span = None if low is None else int(high - low + 1)
        except sqlite3.Error:
            span = None  # A table WITHOUT ROWID: only counting helps.
        if span is not None and time.monotonic() > self._until + LATE_SECONDS:
            return span
        try:
            some = f"SELECT 1 FROM {_quote(name)} LIMIT {SMALL_ROWS + 1}"
            counted = int(self._rows(f"SELECT count(*) FROM ({some})")[0][0])
        except sqlite3.Error:
            return None
        # Numbers may have gaps as wide as they like, but no row shares its number.
        return counted if counted <= SMALL_ROWS or span is None else span

    def _row_count(self, table: TableInfo) -> int | None:
        late = time.monotonic() > self._until
        if late or table.rows is None or not SMALL_ROWS < table.rows <= COUNTED_ROWS:
            return table.rows
        return int(self._rows(f"SELECT count(*) FROM {_quote(table.name)}")[0][0])

    def _sample(self, table: TableInfo, rows: int | None) -> Sequence[Sequence[Any]]:
        wanted = ", ".join(_looked_at(column.name) for column in table.columns)
        name = _quote(table.name)
        if rows is not None and rows > SAMPLE_ROWS:
            try:
                return self._blocks(wanted, name)
            except sqlite3.Error:
                pass  # No rowid: the first rows must do.
        return self._rows(f"SELECT {wanted} FROM {name} LIMIT {SAMPLE_ROWS}")

    def _blocks(self, wanted: str, name: str) -> Sequence[Sequence[Any]]:
        """Take rows from all over the table, because its beginning is rarely like its end."""
        low, high = self._rows(f"SELECT min(rowid), max(rowid) FROM {name}")[0]
        step = max(1, (high - low) // BLOCKS)
        size = SAMPLE_ROWS // BLOCKS
        found: list[Sequence[Any]] = []
        for block in range(BLOCKS):
            start = low + block * step
            found += self._connection.execute(
                f"SELECT {wanted} FROM {name} WHERE rowid >= ? AND rowid < ? LIMIT {size}",
                (start, start + step),
            ).fetchall()
        return found

    def _may_group(self, seen: Profile, rows: int, looked_at: int) -> bool:
        """Tell whether looking at all rows says more than the sample, and is quick."""
        return rows > looked_at and (len(seen.samples) <= FEW or rows <= GROUPED_ROWS)

    def _choices(self, table: str, column: str) -> tuple[int, tuple[str, ...]] | None:
        """Count all values of a column that seems to have few."""
        if time.monotonic() > self._until:
            return None
        counted = self._rows(
            f"SELECT {_quote(column)}, count(*) FROM {_quote(table)}"
            f" WHERE {_quote(column)} IS NOT NULL GROUP BY 1 ORDER BY 2 DESC LIMIT {CHOICES + 1}"
        )
        if len(counted) > CHOICES:
            return None
        return len(counted), samples(row[0] for row in counted)

    def _foreign_keys(self, name: str) -> tuple[ForeignKey, ...]:
        grouped: dict[int, list[Sequence[Any]]] = {}
        for row in self._rows(f"PRAGMA foreign_key_list({_quote(name)})"):
            grouped.setdefault(row[0], []).append(row)
        keys: list[ForeignKey] = []
        for parts in grouped.values():
            parts.sort(key=lambda row: row[1])
            target = str(parts[0][2])
            to = tuple(str(row[4]) for row in parts if row[4]) or self._primary(target)
            keys.append(
                ForeignKey(
                    columns=tuple(str(row[3]) for row in parts), to_table=target, to_columns=to
                )
            )
        return tuple(keys)

    def _primary(self, table: str) -> tuple[str, ...]:
        shape = self._rows(f"PRAGMA table_xinfo({_quote(table)})")
        return tuple(str(row[1]) for row in sorted(shape, key=lambda row: row[5]) if row[5])

    def _includes(self, candidate: Link) -> bool:
        values = {
            value
            for value in self._values.get((candidate.table, candidate.column), ())
            if value is not None
        }
        if not values or time.monotonic() > self._until + 1:
            return False
        some = list(values)[:200]
        marks = ", ".join("?" * len(some))
        column = _quote(candidate.to_column)
        found = self._connection.execute(
            f"SELECT count(DISTINCT {column}) FROM {_quote(candidate.to_table)}"
            f" WHERE {column} IN ({marks})",
            some,
        ).fetchone()
        return int(found[0]) == len(some)

    def _rows(self, sql: str) -> list[Sequence[Any]]:
        return self._connection.execute(sql).fetchall()


def _looked_at(column: str) -> str:
    """Ask for no more of a value than is needed to judge it: a cell may hold megabytes."""
    name = _quote(column)
    return (
        f"CASE typeof({name}) WHEN 'text' THEN substr({name}, 1, {LOOK})"
        f" WHEN 'blob' THEN x'' ELSE {name} END"
    )


def _quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
