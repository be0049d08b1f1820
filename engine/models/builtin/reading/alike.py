"""Alike: what has the same as something that is named, and how far two extremes are apart."""

from engine.models.builtin.marking import Mark
from engine.models.builtin.plan import (
    Agg,
    Col,
    Compare,
    Cond,
    Math,
    OneOf,
    Output,
    Query,
    Value,
    Within,
)  # fmt: skip
from engine.models.builtin.reading.owning import owner
from engine.models.builtin.reading.state import Head, State

_APART = frozenset({"difference", "gap", "range", "spread"})


def same(state: State, mark: Mark) -> int:
    """`in the same department as Smith`: what Smith has there, and not Smith."""
    if mark.kind != "same" or not state.heads:
        return 0
    of, joining = state.mark(1), state.mark(2)
    main = next((head.table for head in state.heads if head.table), state.subject)
    at = state.seek(3, lambda m: m.kind == "stop" or m.unknown or state.table_of(m) == main)
    whose = state.mark(at)
    if of is None or joining is None or joining.text.lower() not in ("as", "like"):
        return 0
    if whose is None or whose.thing is None or not whose.thing.values:
        return 0
    hit = next((hit for hit in whose.thing.values if hit.table == main), None)
    col = _shared(state, of, main)
    if hit is None or col is None:
        return 0
    named = Col(hit.table, hit.column)
    other = Query(root=main, outputs=(Output(col),), where=(Compare(named, "=", Value(hit.value)),))
    state.add(Within(col, other), main, words=f"the same {col.column} as {hit.value}")
    state.add(Compare(named, "!=", Value(hit.value)), main, words=f"not {hit.value}")
    return at + 1


def _shared(state: State, of: Mark, table: str) -> Col | None:
    """Return the column of a table that is called so, be it a key to what is called so."""
    to = state.table_of(of)
    keys = [e.column for e in state.schema.around(table) if e.table == table and e.to_table == to]
    if keys:
        return Col(table, keys[0])
    links = of.thing.columns if of.thing is not None else ()
    return next((Col(table, k.column.name) for k in links if k.column.table == table), None)


def apart(state: State, mark: Mark) -> int:
    """`the difference between the highest and the lowest price`."""
    if mark.text.lower() not in _APART or not state.asking:
        return 0
    start = state.seek(1, _small)
    middle = state.seek(start + 1, lambda m: m.kind == "stop")
    second = state.seek(middle + 1, lambda m: m.kind == "stop")
    kinds = {state.kind(start), state.kind(second)}
    if state.kind(middle) != "and" or not kinds <= {"sup", "agg"}:
        return 0
    at = state.seek(second + 1, lambda m: m.kind == "stop" or m.text == "of")
    while state.table_of(state.mark(at)) is not None:
        at += 1
    here, state.at = state.at, state.at + at
    col = state.column_of(state.mark(), owner(state))
    state.at = here
    if col is None or not state.numeric(col):
        return 0
    expr = Math("-", Agg("max", col), Agg("min", col), f"range of {col.column}")
    state.heads.append(Head("agg", col.table, expr, mark.text))
    return at + 1


def _small(mark: Mark) -> bool:
    return mark.kind in ("stop", "between") or mark.text == "of"


# --- Two conditions of one column -----------------------------------------------------------------


def values(cond: Cond) -> tuple[str | float | int | bool, ...]:
    """Return the constants that a condition says a column is one of, or compared with."""
    if isinstance(cond, OneOf):
        return cond.values
    if isinstance(cond, Compare) and isinstance(cond.right, Value) and cond.right.value is not None:
        return (cond.right.value,)
    return ()


def contrary(one: Cond, other: Cond) -> bool:
    """Whether no single row can meet both: over 40 and under 30."""
    if not (isinstance(one, Compare) and isinstance(other, Compare) and one.left == other.left):
        return False
    low, high = (one, other) if one.op in (">", ">=") else (other, one)
    if low.op not in (">", ">=") or high.op not in ("<", "<="):
        return False
    floor, ceiling = values(low), values(high)
    return (
        bool(floor and ceiling)
        and not isinstance(floor[0], str)
        and not isinstance(ceiling[0], str)
        and (floor[0] >= ceiling[0])
    )


def barred(one: Cond, other: Cond) -> bool:
    """Whether the second says nothing new of the same row: it is this, and so not that."""
    if not (isinstance(one, Compare) and isinstance(other, Compare) and one.left == other.left):
        return False
    return one.op == "=" and other.op == "!=" and values(one) != values(other)
