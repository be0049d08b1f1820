"""Growing: by how much something changed from one time to another."""

from engine.models.builtin.marking import Mark
from engine.models.builtin.naming import name_of
from engine.models.builtin.plan import Agg, Col, Math, Output, Period, Query, Scalar, Value
from engine.models.builtin.reading.choosing import dated
from engine.models.builtin.reading.state import State
from engine.models.builtin.times import year

_OPENING = frozenset({"from", "between", "of"})
_JOINING = frozenset({"to", "and", "vs", "versus", "until", "against"})


def compared(state: State, mark: Mark) -> int:
    """`from 2021 to 2022` beside a word of growth: two figures, and how much more one is."""
    opened = mark.text.lower() in _OPENING
    if not opened and mark.time is None and mark.number is None:
        return 0
    if state.window != "growth" and not any(m.kind == "growth" for m in state.marks):
        return 0
    start = state.seek(1 if opened else 0, lambda m: m.kind == "stop")
    first = _span(state.mark(start))
    middle, second = state.mark(start + 1), _span(state.mark(start + 2))
    if first is None or second is None or middle is None:
        return 0
    if middle.text.lower() not in _JOINING:
        return 0
    state.window = "growth"
    state.contrast = (first, second)
    return start + 3


def _span(mark: Mark | None) -> tuple[str, str] | None:
    if mark is None:
        return None
    if mark.time is not None and mark.time.start:
        return mark.time.start, mark.time.end
    if isinstance(mark.number, int) and 1900 <= mark.number <= 2100:
        return year(mark.number)
    return None


def contrasted(state: State, query: Query) -> Query:
    """Return the plan of a figure at two times and the change between them, in percent."""
    figures = [_figure(state, o) for o in query.outputs if isinstance(o.expr, Agg | Math | Col)]
    col = dated(state)
    if state.contrast is None or len(figures) != 1 or query.group:
        return query
    if col is None:
        state.doubt("no date to compare by")
        return query
    old, new = (_at(query, figures[0], col, *span) for span in state.contrast)
    change = Math("*", Value(100), Math("/", Math("-", new, old), old), "change in percent")
    name = figures[0].name or name_of(state.schema, figures[0].expr)
    outputs = (
        Output(change, "growth_percent"),
        Output(old, f"{name}_before"),
        Output(new, f"{name}_after"),
    )
    return Query(root=query.root, outputs=outputs)


def _figure(state: State, output: Output) -> Output:
    """A column that grows is added up; of rows, how many there are."""
    col = output.expr
    if isinstance(col, Col) and (not state.numeric(col) or state.info(col).key):
        rows = Agg("count", table=col.table)
        return Output(rows, name_of(state.schema, rows))
    if isinstance(col, Col):
        return Output(Agg("sum", col), name_of(state.schema, Agg("sum", col)))
    return output


def _at(query: Query, figure: Output, col: Col, start: str, end: str) -> Scalar:
    where = (*query.where, Period(col, start, end))
    inner = Query(root=query.root, outputs=(figure,), where=where, tables=query.tables)
    return Scalar(inner)
