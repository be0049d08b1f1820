"""Pivots: the second of two groupings becomes columns, where a cross table is asked for."""

import msgspec

from engine.models.builtin.naming import name_of
from engine.models.builtin.plan import Agg, Col, Compare, Expr, If, Output, Query, Value
from engine.models.builtin.reading.state import State

_MOST = 20
"""Columns a cross table has at most; more of them nobody can read."""


def crossed(state: State, query: Query) -> Query:
    """Return the plan with one column for each value of a grouping, or as it was if none fits."""
    keys = [o.expr for o in query.outputs if o.expr in query.group]
    figures = [o.expr for o in query.outputs if isinstance(o.expr, Agg)]
    if state.chart != "pivot" or len(keys) != 2 or len(figures) != 1:
        return query
    across = next((key for key in reversed(keys) if _few(state, key)), None)
    if not isinstance(across, Col):
        state.doubt("too many columns for a cross table")
        return query
    down = next(key for key in keys if key != across)
    figure = figures[0]
    cells = [
        Output(_only(figure, across, value), value) for value in state.info(across).info.samples
    ]
    total = Output(figure, name_of(state.schema, figure))
    outputs = (*(o for o in query.outputs if o.expr == down), *_sorted(cells), total)
    group = tuple(key for key in query.group if key != across)
    order = tuple(key for key in query.order if key.by != across)
    return msgspec.structs.replace(query, outputs=outputs, group=group, order=order)


def _few(state: State, key: Expr) -> bool:
    if not isinstance(key, Col):
        return False
    info = state.info(key).info
    return info.distinct is not None and 2 <= info.distinct <= min(_MOST, len(info.samples))


def _only(figure: Agg, across: Col, value: str) -> Agg:
    """Return the figure over those rows only that have a value."""
    cond = Compare(across, "=", Value(value))
    inner = If(cond, figure.arg if figure.arg is not None else Value(1))
    return msgspec.structs.replace(figure, arg=inner, table="")


def _sorted(cells: list[Output]) -> list[Output]:
    return sorted(cells, key=lambda output: output.name)
