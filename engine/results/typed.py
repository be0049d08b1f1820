"""Gives the rows of a result real types, as far as every cell agrees."""

from pathlib import Path
from typing import Final

import duckdb
import msgspec

from engine.results.rowfile import Finished
from engine.sources.children.duckdb import text_of
from protocol.items import ColumnType

TYPES: Final[dict[ColumnType, str]] = {
    "integer": "BIGINT",
    "int64": "BIGINT",
    "float": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "time": "TIME",
    "timestamp": "TIMESTAMP",
    "timestamptz": "TIMESTAMP WITH TIME ZONE",
    "uuid": "UUID",
}
MAX_DIGITS: Final = 38


class Typed(msgspec.Struct, frozen=True, kw_only=True):
    """What to select, and from what."""

    sql: str
    source: str


def source_of(rows: Path, finished: Finished) -> str:
    """Write the SQL that reads the rows, every cell as its text."""
    cells = ", ".join(f"'{at}': 'VARCHAR'" for at in range(len(finished.columns)))
    size = max(16 * 1024 * 1024, finished.longest * 2)
    return (
        f"read_json({text_of(str(rows))}, format='newline_delimited', maximum_object_size={size},"
        f" columns={{'n': 'BIGINT'{', ' + cells if cells else ''}}})"
    )


def typed_columns(connection: duckdb.DuckDBPyConnection, rows: Path, finished: Finished) -> Typed:
    """Choose a type for each column that loses none of its cells."""
    source = source_of(rows, finished)
    chosen = [
        _decimal(connection, source, at)
        if column.type == "decimal"
        else _checked(connection, source, at, column.type)
        for at, column in enumerate(finished.columns)
    ]
    return Typed(sql=", ".join(["n", *chosen]), source=source)


def _checked(connection: duckdb.DuckDBPyConnection, source: str, at: int, kind: ColumnType) -> str:
    if kind == "bytes":
        return f'from_base64("{at}") AS "{at}"'
    type = TYPES.get(kind)
    if type is None or not _all_fit(connection, source, at, type):
        return f'"{at}"'
    return f'CAST("{at}" AS {type}) AS "{at}"'


def _all_fit(connection: duckdb.DuckDBPyConnection, source: str, at: int, type: str) -> bool:
    found = connection.execute(
        f'SELECT count("{at}") = count(TRY_CAST("{at}" AS {type})) FROM {source}'
    ).fetchone()
    return bool(found and found[0])


def _decimal(connection: duckdb.DuckDBPyConnection, source: str, at: int) -> str:
    """Find the digits that all values need, before and behind the point."""
    found = connection.execute(
        f"SELECT max(length(ltrim(split_part(\"{at}\", '.', 1), '+-'))),"
        f" max(length(split_part(\"{at}\", '.', 2))) FROM {source}"
    ).fetchone()
    before, behind = (int(number or 0) for number in (found or (0, 0)))
    if before + behind <= MAX_DIGITS:
        type = f"DECIMAL({max(1, before + behind)}, {behind})"
        if _all_fit(connection, source, at, type):
            return f'CAST("{at}" AS {type}) AS "{at}"'
    return f'"{at}"'
