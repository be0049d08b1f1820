"""Numbers: between two ends, and the columns they are compared with."""

from engine.models.builtin.marking import Mark
from engine.models.builtin.plan import (
    Agg,
    Between,
    Col,
    Compare,
    Expr,
    Op,
    Value,
)  # fmt: skip
from engine.models.builtin.reading.choosing import focus, measured, yeared
from engine.models.builtin.reading.periods import add_period, spanned
from engine.models.builtin.reading.state import Filter, State
from engine.models.builtin.times import year

_OPPOSITE: dict[str, Op] = {"=": "!=", "!=": "=", ">": "<=", "<": ">=", ">=": "<", "<=": ">"}


def number_at(state: State, offset: int) -> float | int | None:
    mark = state.mark(offset)
    return mark.number if mark is not None else None


def between(state: State, mark: Mark) -> int:
    """`between 5 and 10`, `from 2019 to 2021`, with the column before or after."""
    if mark.kind == "between" or (mark.kind == "prep" and mark.text == "from"):
        start = state.seek(1, lambda m: m.kind in ("prep", "stop"))
        middle = state.mark(start + 1)
        if middle is None or middle.text.lower() not in ("and", "to", "-", "through", "until"):
            return 0
        low, high = state.mark(start), state.mark(start + 2)
        if low is None or high is None:
            return 0
        if low.time is not None and high.time is not None and low.time.start and high.time.start:
            return (
                spanned(state, low.time.start, high.time.end, f"{low.text} to {high.text}")
                and start + 3
            )
        if low.number is None or high.number is None:
            return 0
        if mark.kind == "prep" and not (yearly(low.number) and yearly(high.number)):
            return 0
        return ranged(state, start + 3, low.number, high.number)
    return 0


def yearly(number: float | int) -> bool:
    return isinstance(number, int) and 1000 <= number <= 2100


def ranged(state: State, after: int, low: float | int, high: float | int) -> int:
    words = f"between {low} and {high}"
    if state.column is None and (table := state.table_of(state.mark(after))) is not None:
        count = Agg("count", table=table)
        having(state, Between(count, Value(low), Value(high)), table, words)
        return after + 1
    col, took = measured_near(state, after)
    if col is None and yearly(low):
        if (number := yeared(state)) is not None:
            col = number
        elif spanned(state, year(int(low))[0], year(int(high))[1], words):
            return after
    if col is None:
        return 0
    if state.info(col).kind == "date":
        add_period(state, col, year(int(low))[0], year(int(high))[1], words)
    else:
        state.add(Between(col, Value(low), Value(high)), col.table, words=words)
    return after + took


def measured_near(state: State, after: int) -> tuple[Col | None, int]:
    """Return the column that a number is compared with: said before, said after, or its unit."""
    if state.column is not None and not _better(state, after):
        pending, state.column = state.column, None
        return pending, 0
    offset = state.seek(after, lambda m: m.kind == "stop" or m.text == "of")
    mark = state.mark(offset)
    if mark is not None and mark.thing is not None and state.table_of(mark) is None:
        col = state.column_of(mark, focus(state))
        if col is not None and (state.numeric(col) or state.info(col).kind == "date"):
            return col, offset + 1 - after
    if mark is not None and mark.token is not None:
        col = measured(state, mark.token.lemma)
        if col is not None:
            return col, offset + 1 - after
    last = state.filters[-1].cond if state.filters else None
    if (
        state.kind(-1) in ("and", "or", "not")
        and isinstance(last, Compare)
        and isinstance(last.left, Col)
        and state.numeric(last.left)
    ):
        # `over 3000 and under 4000` speaks of one column.
        return last.left, 0
    return None, 0


def _better(state: State, after: int) -> bool:
    """`a lead time of 7 days`: the number that follows belongs to the rows themselves."""
    mark, main = state.mark(after), focus(state)
    if state.column is None or state.column.table == main or mark is None or mark.thing is None:
        return False
    return any(
        link.column.table == main and link.column.kind == "number" and link.score > 0.7
        for link in mark.thing.columns
    )


def having(state: State, cond: Compare | Between, table: str, words: str) -> None:
    state.havings.append(
        Filter(
            cond,
            frozenset({table} if table else ()),
            state.negated,
            state.clause,
            state.link,
            words,
        )
    )
    state.negated = False
    state.asking = False


def compare(state: State, col: Col, op: Op, value: Expr, words: str) -> None:
    if state.negated:
        op, state.negated = _OPPOSITE[op], False
    text = f"{' '.join(state.info(col).words)} {words}"
    number = value.value if isinstance(value, Value) else None
    if state.info(col).kind == "date" and isinstance(number, int) and yearly(number):
        start, end = year(number)
        spans = {">": (end, ""), "<": ("", start), ">=": (start, ""), "<=": ("", end)}
        add_period(state, col, *spans.get(op, (start, end)), text)
        return
    state.add(Compare(col, op, value), col.table, words=text)
