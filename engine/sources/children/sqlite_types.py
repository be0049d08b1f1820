"""What the columns of a SQLite result are: SQLite's values have types, its columns only wishes."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from protocol.items import ColumnType


def column_types(
    width: int, declared: Sequence[str], rows: Sequence[Sequence[Any]]
) -> list[ColumnType]:
    """Name each column's type by what was declared, as far as the first rows bear it out."""
    wishes = list(declared) if len(declared) == width else [""] * width
    return [_type(wish.upper(), [row[at] for row in rows]) for at, wish in enumerate(wishes)]


def declared_type(wish: str) -> ColumnType:
    """Name the type that a declaration alone promises."""
    wish = wish.upper()
    for words, type in _WISHES:
        if any(word in wish for word in words):
            return type
    return "unknown"


def _type(wish: str, values: Sequence[Any]) -> ColumnType:
    kinds = {type(value) for value in values if value is not None}
    wished = declared_type(wish)
    if not kinds:
        return wished
    if kinds == {int}:
        small = wished == "boolean" and all(value in (0, 1, None) for value in values)
        if small or wished in ("float", "decimal"):
            return "boolean" if small else "float"
        return "int64"
    if kinds <= {int, float}:
        return "float"
    if kinds == {bytes}:
        return "bytes"
    if kinds == {str}:
        reads = _READERS.get(wished)
        return wished if reads and all(reads(value) for value in values if value) else "text"
    return "text"


def _is_date(value: str) -> bool:
    return len(value) == 10 and _reads(date.fromisoformat, value)


def _is_time(value: str) -> bool:
    return _reads(time.fromisoformat, value)


def _is_timestamp(value: str) -> bool:
    return _reads(datetime.fromisoformat, value)


def _is_plain(value: str) -> bool:
    return len(value) in (32, 36)


def _reads(read: Any, value: str) -> bool:
    try:
        read(value)
    except ValueError:
        return False
    return True


_READERS: dict[ColumnType, Any] = {
    "date": _is_date,
    "time": _is_time,
    "timestamp": _is_timestamp,
    "uuid": _is_plain,
    "json": lambda value: value[:1] in '{["0123456789-tfn',
}
_WISHES: tuple[tuple[tuple[str, ...], ColumnType], ...] = (
    (("BOOL",), "boolean"),
    (("TIMESTAMP", "DATETIME"), "timestamp"),
    (("DATE",), "date"),
    (("TIME",), "time"),
    (("UUID", "GUID"), "uuid"),
    (("JSON",), "json"),
    (("BLOB", "BINARY"), "bytes"),
    (("INT",), "int64"),
    (("CHAR", "CLOB", "TEXT", "STRING"), "text"),
    (("REAL", "FLOA", "DOUB"), "float"),
    (("DEC", "NUM", "MONEY"), "decimal"),
)
