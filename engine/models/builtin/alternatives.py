"""Alternatives: what a chip of a reading could be instead, nearest first."""

import datetime as dt
from collections.abc import Iterator

from engine.models.builtin.chips import Chip, first, sorted_by
from engine.models.builtin.explaining import condition, phrase
from engine.models.builtin.joins import distance
from engine.models.builtin.linking import Linker
from engine.models.builtin.plan import (
    Agg,
    Bucket,
    Col,
    Compare,
    Cond,
    Expr,
    Fn,
    Growth,
    Key,
    Like,
    Math,
    Missing,
    Not,
    OneOf,
    Output,
    Period,
    Query,
    Running,
    Share,
    Unit,
    Value,
    Weekend,
    Within,
)  # fmt: skip
from engine.models.builtin.schema import Column, Schema
from engine.models.builtin.times import floor, moved

MOST = 8
"""Choices a chip offers at most."""

Piece = Output | Cond | Expr | Key | int

_FNS: tuple[Fn, ...] = ("sum", "avg", "median", "max", "min")
_UNITS: tuple[Unit, ...] = ("day", "week", "month", "quarter", "year")
_LIMITS = (1, 3, 5, 10, 20, 50, 100)
_OTHER_OPS = {">": (">=", "<"), ">=": (">", "<"), "<": ("<=", ">"), "<=": ("<", ">"),
              "=": ("!=",), "!=": ("=",)}  # fmt: skip


def alternatives(
    linker: Linker, query: Query, chip: Chip, today: dt.date
) -> tuple[tuple[str, Piece], ...]:
    """Return what a chip could be instead, as its words and the piece of the plan they mean."""
    found: dict[str, Piece] = {}
    for text, piece in _offers(linker, query, chip, today):
        if text != chip.text:
            found.setdefault(text, piece)
        if len(found) == MOST:
            break
    return tuple(found.items())


def _offers(
    linker: Linker, query: Query, chip: Chip, today: dt.date
) -> Iterator[tuple[str, Piece]]:
    schema = linker.schema
    match chip.piece:
        case Output(expr=expr):
            yield from ((phrase(e), Output(e)) for e in _measures(schema, query, expr))
        case str(table):
            yield from ((phrase(e), Output(e)) for e in _of_rows(schema, table))
        case Period() as period:
            yield from ((condition(c), c) for c in _periods(schema, period, today))
        case Key() as key:
            yield from ((sorted_by(k), k) for k in _keys(query, key))
        case int(limit):
            each = " of each" if chip.part == "top_per" else ""
            yield from ((f"{first(n)}{each}", n) for n in _LIMITS if n != limit)
        case piece if chip.part == "group":
            yield from ((phrase(e), e) for e in _groupings(schema, query, piece))  # type: ignore[arg-type]
        case piece:
            yield from ((condition(c), c) for c in _conditions(linker, query, piece))  # type: ignore[arg-type]


# --- Measures ---------------------------------------------------------------------------------


def _measures(schema: Schema, query: Query, expr: Expr) -> Iterator[Expr]:
    inner = expr.of if isinstance(expr, Share | Running | Growth) else expr
    if inner != expr:
        yield inner
    if isinstance(inner, Agg) and inner.arg is not None and inner.fn != "count":
        yield from (Agg(fn, inner.arg) for fn in _FNS if fn != inner.fn)
    fn: Fn = inner.fn if isinstance(inner, Agg) and inner.fn != "count" else "sum"
    table = _measured(inner) or query.root
    yield Agg("count", table=table)
    if query.group and query.top_per is None and isinstance(inner, Agg):
        yield Share(inner)
        if any(isinstance(key, Bucket) for key in query.group):
            yield from (Running(inner), Growth(inner))
    yield from (Agg(fn, Col(c.table, c.name)) for c in numbers(schema, table))


def _measured(expr: Expr) -> str:
    match expr:
        case Agg(arg=None, table=table):
            return table
        case Agg(arg=arg) if arg is not None:
            return _measured(arg)
        case Math(left=left):
            return _measured(left)
        case Col(table=table):
            return table
        case _:
            return ""


def _of_rows(schema: Schema, table: str) -> Iterator[Expr]:
    """Rows can be counted, and their numbers added up."""
    yield Agg("count", table=table)
    for column in numbers(schema, table)[:3]:
        yield from (Agg("sum", Col(table, column.name)), Agg("avg", Col(table, column.name)))


def numbers(schema: Schema, table: str) -> list[Column]:
    """Return the columns of a table that can be measured."""
    if table not in schema.tables:
        return []
    return [
        c for c in schema.tables[table].columns
        if c.kind == "number" and not c.key and schema.pointing(table, c.name) is None
        and "year" not in c.words
    ]  # fmt: skip


# --- Conditions -------------------------------------------------------------------------------


def _conditions(linker: Linker, query: Query, cond: Cond) -> Iterator[Cond]:
    match cond:
        case Compare(left=Col() as left, op="=" | "!=" as op, right=Value(value=str(value))):
            yield from _elsewhere(linker, query, left, value)
            yield Compare(left, "!=" if op == "=" else "=", Value(value))
            yield from (
                Compare(left, "=", Value(v)) for v in values(linker.schema, left) if v != value
            )
        case Compare(left=left, op=op, right=right):
            yield from (Compare(left, other, right) for other in _OTHER_OPS[op])  # type: ignore[arg-type]
            if isinstance(left, Col) and op not in ("=", "!="):
                others = numbers(linker.schema, left.table)
                yield from (Compare(Col(c.table, c.name), op, right) for c in others)
        case OneOf(left=left, values=each):
            yield from (Compare(left, "=", Value(value)) for value in each)
            yield Not(cond)
        case Like(left=left, how=how, text=text):
            kinds = ("contains", "starts", "ends")
            yield from (Like(left, kind, text) for kind in kinds if kind != how)  # type: ignore[arg-type]
            yield Not(cond)
        case Missing() | Weekend():
            yield Not(cond)
        case Not(of=of):
            yield of
        case Within(left=left, query=inner, negated=negated):
            yield Within(left, inner, not negated)
        case _:
            yield Not(cond)


def _elsewhere(linker: Linker, query: Query, left: Col, value: str) -> Iterator[Cond]:
    """The same value in another column: what else a person may have meant."""
    for hit in linker.values.exact(value):
        other = Col(hit.table, hit.column)
        known = distance(linker.schema, query.root, hit.table)
        if other != Col(left.table, left.column) and known is not None:
            yield Compare(other, "=", Value(hit.value))


def values(schema: Schema, col: Col) -> tuple[str, ...]:
    """Return the values of a column, the most frequent first as far as they are known."""
    return tuple(value for value in schema.column(col.table, col.column).info.samples if value)[:20]


# --- Time, groups, order ----------------------------------------------------------------------


def _periods(schema: Schema, period: Period, today: dt.date) -> Iterator[Cond]:
    yield from (Period(period.left, *span) for span in spans(today))
    for column in schema.tables[period.left.table].columns:
        if column.kind == "date" and column.name != period.left.column:
            yield Period(Col(column.table, column.name), period.start, period.end)


def spans(today: dt.date) -> Iterator[tuple[str, str]]:
    """Return the periods people ask for most, as first day and the day after the last."""
    year, month = floor(today, "year"), floor(today, "month")
    pairs = [
        (year, moved(year, "year", 1)), (moved(year, "year", -1), year),
        (month, moved(month, "month", 1)), (moved(month, "month", -1), month),
        (moved(today, "day", -30), moved(today, "day", 1)),
    ]  # fmt: skip
    yield from ((start.isoformat(), end.isoformat()) for start, end in pairs)


def _groupings(schema: Schema, query: Query, expr: Expr) -> Iterator[Expr]:
    if isinstance(expr, Bucket):
        yield from (Bucket(unit, expr.arg) for unit in _UNITS if unit != expr.unit)
    if isinstance(expr, Col):
        yield from _kinds(schema, expr.table)
    yield from _kinds(schema, query.root)
    for edge in schema.around(query.root):
        if edge.table == query.root and edge.to_table != query.root:
            labels = schema.tables[edge.to_table].labels[:1]
            yield from (Col(edge.to_table, name) for name in labels)
            yield from _kinds(schema, edge.to_table)
    if not isinstance(expr, Bucket):
        dates = [c for c in schema.tables[query.root].columns if c.kind == "date"][:1]
        yield from (Bucket(unit, Col(c.table, c.name)) for c in dates for unit in ("month", "year"))


def _kinds(schema: Schema, table: str) -> Iterator[Col]:
    for column in schema.tables[table].columns:
        distinct = column.info.distinct
        few = column.kind == "bool" or (distinct is not None and 2 <= distinct <= 50)
        if column.kind in ("text", "bool") and not column.key and few:
            yield Col(table, column.name)


def _keys(query: Query, key: Key) -> Iterator[Key]:
    yield Key(key.by, not key.descending)
    for output in query.outputs:
        if output.expr != key.by:
            yield from (Key(output.expr, True), Key(output.expr, False))
