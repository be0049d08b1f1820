"""Charts: the Vega-Lite spec that fits a result, or none."""

from collections.abc import Sequence
from typing import Any

from engine.models.builtin.explaining import phrase, title
from engine.models.builtin.plan import Bucket, Query
from protocol.items import Cell, Column

_NUMBERS = frozenset({"integer", "int64", "float", "decimal"})
_TIMES = frozenset({"date", "timestamp", "timestamptz"})
_MOST_BARS = 60
_MOST_POINTS = 5_000


def chart(
    query: Query, wanted: str, columns: Sequence[Column], rows: Sequence[Sequence[Cell]], count: int
) -> dict[str, Any] | None:
    """Return a spec whose fields are the result's columns, or None where a table says it better."""
    if wanted in ("table", "pivot") or count < 2 or len(columns) < 1:
        return None
    numbers = [c for c in columns if _number(c, columns, rows)]
    others = [c for c in columns if c not in numbers]
    buckets = {o.name for o in query.outputs if isinstance(o.expr, Bucket)}
    times = [c for c in others if c.name in buckets or c.type in _TIMES]
    spec = _spec(query, wanted, numbers, [c for c in others if c not in times], times, count)
    if spec is None:
        return None
    return {"title": title(query), "width": "container", **spec}


def _number(column: Column, columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> bool:
    if column.type in _NUMBERS:
        return True
    if column.type != "unknown":
        return False
    place = list(columns).index(column)
    seen = [row[place] for row in rows[:50] if row[place] is not None]
    return bool(seen) and all(isinstance(cell, int | float) for cell in seen)


def _spec(
    query: Query,
    wanted: str,
    numbers: list[Column],
    names: list[Column],
    times: list[Column],
    count: int,
) -> dict[str, Any] | None:
    grouped = bool(query.group)
    if wanted == "histogram" and numbers:
        return _histogram(numbers[0])
    if wanted == "scatter" and len(numbers) >= 2:
        return _scatter(numbers, names)
    if not numbers:
        return None
    if times and (grouped or wanted or len(numbers) == 1) and count <= _MOST_POINTS:
        return _line(query, wanted, times[0], numbers, names)
    if len(names) == 1 and (grouped or wanted or query.order) and count <= _MOST_BARS:
        if wanted == "pie":
            return _pie(names[0], numbers[0])
        if wanted == "line":
            return _line(query, wanted, names[0], numbers, [])
        return _bars(query, names[0], numbers, count)
    if len(names) == 2 and grouped and count <= 2_000:
        return _heat(names, numbers[0])
    if not names and len(numbers) == 2 and count > 5 and count <= _MOST_POINTS:
        return (
            _line(query, "line", numbers[0], numbers[1:], []) if grouped else _scatter(numbers, [])
        )
    if not names and len(numbers) == 1 and wanted and not grouped:
        return _histogram(numbers[0])
    return None


def _said(query: Query, column: Column) -> str:
    for output in query.outputs:
        if output.name == column.name:
            return phrase(output.expr)
    return column.name.replace("_", " ")


def _field(column: Column, kind: str, name: str = "", **more: Any) -> dict[str, Any]:
    escaped = (
        column.name.replace("\\", "\\\\")
        .replace(".", "\\.")
        .replace("[", "\\[")
        .replace("]", "\\]")
    )
    return {"field": escaped, "type": kind, "title": name or column.name.replace("_", " "), **more}


def _tooltip(*columns: tuple[Column, str]) -> list[dict[str, Any]]:
    return [_field(column, kind) for column, kind in columns]


def _line(
    query: Query, wanted: str, x: Column, numbers: list[Column], names: list[Column]
) -> dict[str, Any]:
    y = numbers[-1] if any(c.name == "growth_percent" for c in numbers) and wanted else numbers[0]
    mark = {"area": "area", "bar": "bar"}.get(wanted, "line")
    kind = "temporal" if x.type in _TIMES else "quantitative" if x.type in _NUMBERS else "ordinal"
    axis = {"axis": {"labelOverlap": True}} if kind != "quantitative" else {"axis": {"format": "d"}}
    encoding: dict[str, Any] = {
        "x": _field(x, kind, _said(query, x), **axis),
        "y": _field(y, "quantitative", _said(query, y)),
    }
    if kind == "quantitative":
        encoding["x"]["scale"] = {"zero": False}
    pairs = [(x, kind), (y, "quantitative")]
    if names:
        encoding["color"] = _field(names[0], "nominal")
        pairs.append((names[0], "nominal"))
    encoding["tooltip"] = _tooltip(*pairs)
    shape: dict[str, Any] = {"type": mark, "tooltip": True}
    return {"mark": shape | ({"point": True} if mark == "line" else {}), "encoding": encoding}


def _bars(query: Query, name: Column, numbers: list[Column], count: int) -> dict[str, Any]:
    value = numbers[0]
    long = _field(value, "quantitative", _said(query, value))
    ordered = None if query.order else "-x" if count > 6 else "-y"
    label = _field(name, "nominal", sort=ordered)
    axes = (
        {"y": label, "x": long}
        if count > 6
        else {"x": label | {"axis": {"labelAngle": -30}}, "y": long}
    )
    tooltip = _tooltip((name, "nominal"), *((n, "quantitative") for n in numbers))
    return {"mark": {"type": "bar", "tooltip": True}, "encoding": {**axes, "tooltip": tooltip}}


def _pie(name: Column, value: Column) -> dict[str, Any]:
    encoding = {
        "theta": _field(value, "quantitative", stack=True),
        "color": _field(name, "nominal"),
        "tooltip": _tooltip((name, "nominal"), (value, "quantitative")),
    }
    return {"mark": {"type": "arc", "tooltip": True}, "encoding": encoding}


def _heat(names: list[Column], value: Column) -> dict[str, Any]:
    encoding = {
        "x": _field(names[0], "nominal"),
        "y": _field(names[1], "nominal"),
        "color": _field(value, "quantitative"),
        "tooltip": _tooltip(*((n, "nominal") for n in names), (value, "quantitative")),
    }
    return {"mark": {"type": "rect", "tooltip": True}, "encoding": encoding}


def _scatter(numbers: list[Column], names: list[Column]) -> dict[str, Any]:
    x, y = numbers[0], numbers[1]
    encoding: dict[str, Any] = {
        "x": _field(x, "quantitative", scale={"zero": False}),
        "y": _field(y, "quantitative", scale={"zero": False}),
        "tooltip": _tooltip(
            *((n, "nominal") for n in names), (x, "quantitative"), (y, "quantitative")
        ),
    }
    return {"mark": {"type": "point", "tooltip": True}, "encoding": encoding}


def _histogram(value: Column) -> dict[str, Any]:
    encoding = {
        "x": _field(value, "quantitative", bin={"maxbins": 30}),
        "y": {"aggregate": "count", "type": "quantitative", "title": "rows"},
    }
    return {"mark": {"type": "bar", "tooltip": True}, "encoding": encoding}
