"""From a source's values to cells, as `protocol/items.py` says they stand on the wire."""

import json
import math
from base64 import b64encode
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from protocol.items import Cell, ColumnType

Write = Callable[[Any], Cell]

SAFE_INTEGER: Final = 2**53 - 1
"""The largest integer that a browser keeps exactly."""


def is_safe(value: int) -> bool:
    """Tell whether a browser keeps this integer exactly."""
    return -SAFE_INTEGER <= value <= SAFE_INTEGER


def settle(type: ColumnType, values: Iterable[Any]) -> ColumnType:
    """Call 64-bit integers `integer` when all values of the result are known and are small enough.

    Only for a result that is whole: a column's type is said before its rows.
    """
    if type not in ("int64", "decimal"):
        return type
    small = all(value is None or (isinstance(value, int) and is_safe(value)) for value in values)
    return "integer" if small else type


def writer(type: ColumnType) -> Write:
    """Return what turns a value of a column of this type into a cell. NULL stays null."""
    write = _WRITERS.get(type, text)
    return lambda value: None if value is None else write(value)


def text(value: Any) -> Cell:
    """Write anything as text."""
    if isinstance(value, str):
        return value
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).decode("utf-8", "replace")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime | date | time | timedelta):
        return moment(value)
    if isinstance(value, list | tuple | dict):
        return json.dumps(plain(value), ensure_ascii=False)
    return str(value)


def number(value: Any) -> Cell:
    """Write a float. JSON has no NaN and no infinity: they are null."""
    if isinstance(value, int | float | Decimal):
        as_float = float(value)
        if not math.isfinite(as_float):
            return None
        return int(value) if isinstance(value, int) and is_safe(value) else as_float
    return text(value)


def integer(value: Any) -> Cell:
    """Write an integer of at most 53 bits."""
    return int(value) if isinstance(value, int) else text(value)


def boolean(value: Any) -> Cell:
    """Write true or false."""
    return bool(value) if isinstance(value, bool | int) else text(value)


def binary(value: Any) -> Cell:
    """Write bytes as base64."""
    if isinstance(value, str):
        value = value.encode()
    if isinstance(value, bytes | bytearray | memoryview):
        return b64encode(value).decode("ascii")
    return text(value)


def moment(value: Any) -> Cell:
    """Write dates, times and intervals as ISO 8601."""
    if isinstance(value, datetime):
        if value.tzinfo is not None:
            value = value.astimezone(UTC)
            return value.replace(tzinfo=None).isoformat() + "Z"
        return value.isoformat()
    if isinstance(value, timedelta):
        return duration(value)
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, str) and value[10:11] == " " and value[11:12].isdigit():
        return f"{value[:10]}T{value[11:]}"
    return text(value)


def duration(value: timedelta) -> str:
    """Write an interval as an ISO 8601 duration, such as `P1DT2H0.5S`."""
    sign = "-" if value < timedelta(0) else ""
    value = abs(value)
    minutes, seconds = divmod(value.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    clock = "".join(f"{amount}{unit}" for amount, unit in ((hours, "H"), (minutes, "M")) if amount)
    if value.microseconds:
        clock += f"{seconds}.{value.microseconds:06d}".rstrip("0") + "S"
    elif seconds:
        clock += f"{seconds}S"
    days = f"{value.days}D" if value.days else ""
    if not days and not clock:
        return "PT0S"
    return f"{sign}P{days}{'T' + clock if clock else ''}"


def document(value: Any) -> Cell:
    """Write JSON: text that holds it is read, anything else is made plain."""
    if isinstance(value, str | bytes):
        try:
            return plain(json.loads(value))
        except ValueError:
            return text(value)
    return plain(value)


def plain(value: Any) -> Cell:
    """Make a nested value fit for JSON; what a browser would round becomes text."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int):
        return value if is_safe(value) else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {text(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [plain(item) for item in value]
    if isinstance(value, bytes | bytearray | memoryview):
        return binary(value)
    if isinstance(value, datetime | date | time | timedelta):
        return moment(value)
    if isinstance(value, Decimal | UUID):
        return str(value)
    return str(value)


_WRITERS: Final[dict[ColumnType, Write]] = {
    "text": text,
    "integer": integer,
    "int64": text,
    "float": number,
    "decimal": text,
    "boolean": boolean,
    "date": moment,
    "time": moment,
    "timestamp": moment,
    "timestamptz": moment,
    "interval": moment,
    "uuid": text,
    "json": document,
    "list": document,
    "bytes": binary,
    "unknown": text,
}
