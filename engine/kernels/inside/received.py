"""Tables that the server hands to code, as data frames whose columns keep their types.

The cells come as the wire has them (protocol/items.py): 64-bit numbers and decimals as text, times
in ISO 8601, bytes in base64, NULL as null.
"""

import base64
import datetime
import decimal
import importlib
import re
import uuid
from collections.abc import Callable
from typing import Any

Columns = list[dict[str, Any]]
Rows = list[list[Any]]

_DURATION = re.compile(
    r"(?P<sign>-?)P(?:(?P<years>-?[\d.]+)Y)?(?:(?P<months>-?[\d.]+)M)?(?:(?P<weeks>-?[\d.]+)W)?"
    r"(?:(?P<days>-?[\d.]+)D)?(?:T(?:(?P<hours>-?[\d.]+)H)?(?:(?P<minutes>-?[\d.]+)M)?"
    r"(?:(?P<seconds>-?[\d.]+)S)?)?"
)


def duration(text: str) -> datetime.timedelta:
    """Return an ISO 8601 duration; years and months have no fixed length and are refused."""
    match = _DURATION.fullmatch(text)
    if match is None or match["years"] or match["months"]:
        raise ValueError(f"no fixed duration: {text}")
    parts = {name: float(match[name] or 0) for name in ("weeks", "days", "hours", "minutes")}
    whole = datetime.timedelta(**parts, seconds=float(match["seconds"] or 0))
    return -whole if match["sign"] else whole


_VALUE: dict[str, Callable[[Any], Any]] = {
    "int64": int,
    "decimal": decimal.Decimal,
    "date": datetime.date.fromisoformat,
    "time": datetime.time.fromisoformat,
    "timestamp": datetime.datetime.fromisoformat,
    "timestamptz": datetime.datetime.fromisoformat,
    "interval": duration,
    "uuid": uuid.UUID,
    "bytes": base64.b64decode,
}


def values_of(cells: list[Any], kind: str) -> list[Any]:
    """Return cells as Python's own values, NULL as None; as they came if one does not fit."""
    turn = _VALUE.get(kind)
    if turn is None:
        return cells
    try:
        return [None if cell is None else turn(cell) for cell in cells]
    except (ValueError, TypeError, ArithmeticError):
        return cells  # such as the year 10000, which Python has not


def frame_of(columns: Columns, rows: Rows, truncated: bool, library: str) -> Any:
    """Return a data frame of pandas or polars; without pandas a list of dictionaries."""
    names = [str(column.get("name")) for column in columns]
    kinds = [str(column.get("type")) for column in columns]
    cells = [[row[place] for row in rows] for place in range(len(columns))]
    if library == "polars":
        return _polars(names, kinds, cells)
    try:
        import pandas
    except ImportError:
        values = [values_of(column, kind) for column, kind in zip(cells, kinds, strict=True)]
        return [dict(zip(names, row, strict=True)) for row in zip(*values, strict=True)]
    made = {
        place: _series(pandas, column, kind)
        for place, (column, kind) in enumerate(zip(cells, kinds, strict=True))
    }
    frame = pandas.DataFrame(made)  # by place first: two columns may have one name
    frame.columns = names
    if truncated:
        frame.attrs["truncated"] = True
    return frame


def _series(pandas: Any, cells: list[Any], kind: str) -> Any:
    """Return a column as pandas knows its type; as Python's values if it does not."""
    missing = None in cells
    try:
        match kind:
            case "integer" | "int64":
                whole = [None if cell is None else int(cell) for cell in cells]
                return pandas.Series(whole, dtype="Int64" if missing else "int64")
            case "float":
                return pandas.Series(cells, dtype="float64")
            case "boolean":
                return pandas.Series(cells, dtype="boolean" if missing else "bool")
            case "date" | "timestamp":
                return pandas.to_datetime(pandas.Series(cells, dtype=object), format="ISO8601")
            case "timestamptz":
                return _with_zone(pandas, cells)
            case "interval":
                return pandas.Series(values_of(cells, kind), dtype="timedelta64[us]")
            case "text":
                return pandas.Series(cells, dtype="str")
            case _:
                return pandas.Series(values_of(cells, kind), dtype=object)
    except (ValueError, TypeError, OverflowError):
        return pandas.Series(cells, dtype=object)


def _with_zone(pandas: Any, cells: list[Any]) -> Any:
    """Keep the offset if all have the same one; else the moments are told in UTC."""
    offsets = {value.utcoffset() for value in values_of(cells, "timestamptz") if value is not None}
    values = pandas.Series(cells, dtype=object)
    return pandas.to_datetime(values, format="ISO8601", utc=len(offsets) != 1)


def _polars(names: list[str], kinds: list[str], cells: list[list[Any]]) -> Any:
    polars = importlib.import_module("polars")  # of the environment that runs this, not of ours
    seen: dict[str, int] = {}
    made = []
    for name, kind, column in zip(names, kinds, cells, strict=True):
        seen[name] = seen.get(name, 0) + 1
        single = name if seen[name] == 1 else f"{name}_{seen[name]}"
        made.append(_polars_series(polars, single, column, kind))
    return polars.DataFrame(made)


def _polars_series(polars: Any, name: str, cells: list[Any], kind: str) -> Any:
    types = {
        "text": polars.String,
        "integer": polars.Int64,
        "int64": polars.Int64,
        "float": polars.Float64,
        "boolean": polars.Boolean,
        "date": polars.Date,
        "time": polars.Time,
        "timestamp": polars.Datetime("us"),
        "timestamptz": polars.Datetime("us", "UTC"),
        "interval": polars.Duration("us"),
        "bytes": polars.Binary,
    }
    values = values_of(cells, kind)
    if kind == "timestamptz":
        utc = datetime.UTC
        values = [v.astimezone(utc) if isinstance(v, datetime.datetime) else v for v in values]
    if kind == "uuid":
        values = cells  # polars has no type for it
    try:
        return polars.Series(name, values, dtype=types.get(kind), strict=True)
    except (ValueError, TypeError, OverflowError, polars.exceptions.PolarsError):
        return polars.Series(name, cells, dtype=polars.Object)
