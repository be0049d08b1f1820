"""Data frames as typed tables: what a frame's columns hold, and its first rows as JSON values.

Column types and cell forms are those of the wire (protocol/items.py): 64-bit numbers and decimals
that a browser would spoil stand as text, times in ISO 8601, bytes in base64.
"""

import base64
import datetime
import decimal
import json
import math
import uuid
from collections.abc import Callable, Iterable
from typing import Any

TABLE = "application/vnd.askwire.table+json"
ROWS = 1_000
MOST_CELLS = 200_000
MOST_TEXT = 10_000
MOST_CHARACTERS = 2_000_000
"""Of one table: half of what a cell may say, where nobody has set it otherwise."""
SAFE_INTEGER = 2**53 - 1

_PANDAS = ("pandas", "pandas.core.frame", "pandas.core.series")
_POLARS = ("polars.dataframe.frame", "polars.series.series", "polars")


def register(formatter: Any) -> None:
    """Make IPython show pandas and polars frames and series as tables."""
    for module in _PANDAS:
        formatter.for_type_by_name(module, "DataFrame", of_pandas)
        formatter.for_type_by_name(module, "Series", of_pandas)
    for module in _POLARS:
        formatter.for_type_by_name(module, "DataFrame", of_polars)
        formatter.for_type_by_name(module, "Series", of_polars)


def of_pandas(value: Any, include: Any = None, exclude: Any = None) -> dict[str, Any]:
    """Return the MIME bundle of a pandas frame or series."""
    frame = value.to_frame() if hasattr(value, "to_frame") else value
    count = len(frame)
    top = frame.head(_row_bound(frame.shape[1]))
    names, columns = _flat_names(top), [top.iloc[:, i] for i in range(top.shape[1])]
    if not _plain_index(frame):
        index = top.index.to_frame(index=False)
        labels = [str(n) if n is not None else "index" for n in top.index.names]
        names = labels + names
        columns = [index.iloc[:, i] for i in range(index.shape[1])] + columns
    values = [column.astype(object).tolist() for column in columns]
    hints = [_pandas_hint(column) for column in columns]
    return _bundle(_unique(names), values, hints, count)


def of_polars(value: Any, include: Any = None, exclude: Any = None) -> dict[str, Any]:
    """Return the MIME bundle of a polars frame or series."""
    frame = value.to_frame() if not hasattr(value, "columns") else value
    top = frame.head(_row_bound(frame.width))
    values = [top[name].to_list() for name in top.columns]
    hints = [_polars_hint(top[name].dtype) for name in top.columns]
    return _bundle(list(top.columns), values, hints, frame.height)


def columns_of(value: Any) -> list[dict[str, str]]:
    """Return names and types of a frame's columns, without looking at many rows."""
    make = of_polars if type(value).__module__.startswith("polars") else of_pandas
    columns: list[dict[str, str]] = make(value.head(20))[TABLE]["columns"]
    return columns


def _row_bound(width: int) -> int:
    return max(1, min(ROWS, MOST_CELLS // max(width, 1)))


def _plain_index(frame: Any) -> bool:
    index = frame.index
    return type(index).__name__ == "RangeIndex" and index.name is None


def _flat_names(frame: Any) -> list[str]:
    return [
        " / ".join(filter(None, map(str, name))) if isinstance(name, tuple) else str(name)
        for name in frame.columns
    ]


def _unique(names: Iterable[str]) -> list[str]:
    seen: dict[str, int] = {}
    result = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        result.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return result


def _pandas_hint(column: Any) -> str | None:
    kind, name = getattr(column.dtype, "kind", "O"), str(column.dtype)
    if name == "category":
        return _pandas_hint(column.cat.categories.to_series())
    if kind in "iu":
        return "integer"
    if kind == "M":
        return "timestamptz" if getattr(column.dtype, "tz", None) is not None else "timestamp"
    return {"f": "float", "b": "boolean", "m": "interval"}.get(kind)


def _polars_hint(dtype: Any) -> str | None:
    name = str(dtype)
    if name.startswith("Datetime"):
        return "timestamptz" if getattr(dtype, "time_zone", None) else "timestamp"
    if name.startswith(("Int", "UInt")):
        return "integer"
    if name.startswith("Decimal"):
        return "decimal"
    if name.startswith(("List", "Array")):
        return "list"
    known = {
        "String": "text", "Float": "float", "Boolean": "boolean", "Date": "date", "Time": "time",
        "Duration": "interval", "Struct": "json", "Binary": "bytes", "Categorical": "text",
    }  # fmt: skip
    return next((type_ for start, type_ in known.items() if name.startswith(start)), None)


_OF_VALUE: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (bool, "boolean"),
    (int, "integer"),
    (float, "float"),
    (str, "text"),
    (decimal.Decimal, "decimal"),
    (datetime.datetime, "timestamp"),
    (datetime.date, "date"),
    (datetime.time, "time"),
    (datetime.timedelta, "interval"),
    (uuid.UUID, "uuid"),
    ((bytes, bytearray), "bytes"),
    (dict, "json"),
    ((list, tuple, set), "list"),
)


def type_of_values(values: Iterable[Any]) -> str:
    """Return the one column type that fits all values; text when they differ."""
    found = set()
    for value in values:
        if _missing(value):
            continue
        of_value = next((name for kind, name in _OF_VALUE if isinstance(value, kind)), "unknown")
        if of_value == "timestamp" and value.tzinfo is not None:
            of_value = "timestamptz"
        found.add(of_value)
    if found == {"integer", "float"}:
        return "float"
    return found.pop() if len(found) == 1 else ("text" if found else "unknown")


def _missing(value: Any) -> bool:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return True
    return type(value).__name__ in ("NaTType", "NAType")


def _text(value: Any) -> str:
    try:
        text = str(value)
    except Exception as error:  # noqa: BLE001 - the code of people stands behind it
        text = f"<{type(value).__name__}: its text raised {type(error).__name__}>"
    return text if len(text) <= MOST_TEXT else text[:MOST_TEXT] + "…"


def _duration(value: Any) -> str:
    seconds = value.total_seconds()
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    days, rest = divmod(seconds, 86_400)
    return f"{sign}P{int(days)}DT{rest:.6f}".rstrip("0").rstrip(".") + "S"


def _json_value(value: Any) -> Any:
    try:
        text = json.dumps(value, default=_text, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return _text(value)
    return json.loads(text) if len(text) <= MOST_TEXT else text[:MOST_TEXT] + "…"


_CELL: dict[str, Callable[[Any], Any]] = {
    "boolean": bool,
    "integer": int,
    "int64": lambda value: str(int(value)),
    "float": float,
    "date": lambda value: value.isoformat(),
    "time": lambda value: value.isoformat(),
    "timestamp": lambda value: value.isoformat(),
    "timestamptz": lambda value: value.isoformat(),
    "interval": _duration,
    "bytes": lambda value: base64.b64encode(value).decode(),
    "json": _json_value,
    "list": lambda value: _json_value(list(value)),
}


def _cells(values: list[Any], hint: str | None) -> tuple[str, list[Any]]:
    kind = hint or type_of_values(values)
    if kind == "integer" and any(not _missing(v) and abs(v) > SAFE_INTEGER for v in values):
        kind = "int64"
    turn: Callable[[Any], Any] = _CELL.get(kind, _text)
    cells = []
    for value in values:
        try:
            cells.append(None if _missing(value) else turn(value))
        except (TypeError, ValueError, AttributeError, OverflowError):
            cells.append(_text(value))
            kind = "text"
    if kind == "text":
        cells = [cell if cell is None or isinstance(cell, str) else _text(cell) for cell in cells]
    return kind, cells


def _bundle(
    names: list[str], values: list[list[Any]], hints: list[str | None], count: int
) -> dict[str, Any]:
    made = [_cells(column, hint) for column, hint in zip(values, hints, strict=True)]
    rows = [list(row) for row in zip(*(cells for _, cells in made), strict=True)]
    return {
        TABLE: {
            "columns": [{"name": n, "type": k} for n, (k, _) in zip(names, made, strict=True)],
            "rows": _first(rows),
            "row_count": count,
        }
    }


def _first(rows: list[list[Any]]) -> list[list[Any]]:
    """Return as many rows as their text allows, at least one."""
    left = MOST_CHARACTERS
    for place, row in enumerate(rows):
        left -= sum(map(_length, row))
        if left < 0:
            return rows[: max(place, 1)]
    return rows


def _length(cell: Any) -> int:
    if isinstance(cell, str):
        return len(cell)
    return len(json.dumps(cell)) if isinstance(cell, list | dict) else 8
