"""Comparing: more than, older than, above the average, larger than any other."""

from engine.models.builtin.marking import Mark
from engine.models.builtin.plan import (
    Agg,
    Col,
    Compare,
    Elapsed,
    Op,
    Output,
    Query,
    Scalar,
    Value,
)  # fmt: skip
from engine.models.builtin.reading import durations, roles
from engine.models.builtin.reading.choosing import focus, measured, only_measure, yeared
from engine.models.builtin.reading.measures import paid, total
from engine.models.builtin.reading.numbers import compare, having, measured_near, number_at, yearly
from engine.models.builtin.reading.periods import spanned
from engine.models.builtin.reading.state import Filter, State
from engine.models.builtin.times import year


def comparison(state: State, mark: Mark) -> int:
    """`more than 5`, `older than 30`, `above the average`, `after 2010`, `at least two pets`."""
    if mark.kind not in ("op", "comp") or mark.cue is None:
        return 0
    op = mark.cue.arg
    offset = state.seek(
        1,
        lambda m: (
            (m.kind in ("than", "prep", "stop", "all") and m.text != "from")
            or m.text in ("'s", "$")
        ),
    )
    following = state.mark(offset)
    if following is None or mark.text.lower().startswith("or "):
        return _trailing(state, mark, op)
    if op in ("!=", "=") and following.thing is not None and following.thing.values:
        state.negated = state.negated != (op == "!=")
        return offset
    if (took := _than_role(state, mark, offset)) is not None:
        return took
    if (than := _column_than(state, offset)) is not None:
        state.column = than[0]
        at = state.seek(than[1], lambda m: m.kind in ("stop", "all"))
        if (took := _than_role(state, mark, at)) is not None:
            return took
        return _nested(state, mark, than[1], op)
    if (
        state.column is not None
        and state.info(state.column).kind in ("text", "bool")
        and (following.number is not None)
    ):
        state.column = None
    if (inner := _column_inside(state, offset)) is not None:
        state.column, offset = inner
        following = state.mark(offset)
        assert following is not None
    if op in ("after", "before", "since", "until") or following.time is not None:
        took = _temporal(state, offset, following, op)
        if took:
            return took
        op = {"after": ">", "before": "<", "since": ">=", "until": "<="}.get(op, op)
    if following.number is not None:
        return numeric(state, mark, offset, op, following.number)
    return _nested(state, mark, 1, op)


def _than_role(state: State, mark: Mark, offset: int) -> int | None:
    """`earn more than their manager`: the same column of the row that a key points to."""
    edge = roles.role(state, state.mark(offset))
    assert mark.cue is not None
    if edge is None or mark.cue.arg not in (">", "<", ">=", "<=", "=", "!="):
        return None
    col, op = state.column, mark.cue.arg
    if mark.kind == "comp" and mark.cue.concept:
        found = state.concept(mark.cue.concept, edge.table)
        if found is not None:
            col = found[0]
            op = {">": "<", "<": ">"}.get(op, op) if found[1] else op
    col = col or _spoken_measure(state, edge.table)
    if col is None or col.table != edge.table:
        return None
    state.column, state.asking = None, False
    other = Col(col.table, col.column, edge.column)
    state.add(Compare(col, op, other), col.table, words=mark.text)  # type: ignore[arg-type]
    return offset + 1


def _spoken_measure(state: State, table: str) -> Col | None:
    """Return the number of a table that was spoken of before: `earn` says salary."""
    for mark in reversed(state.marks[: state.at]):
        for link in mark.thing.columns if mark.thing is not None else ():
            col = Col(link.column.table, link.column.name)
            if link.column.table == table and (state.numeric(col) or link.column.kind == "date"):
                return col
    return None


def _column_inside(state: State, offset: int) -> tuple[Col, int] | None:
    """`under age 30`, `a greater weight than 10`: the column stands inside."""
    mark = state.mark(offset)
    if (
        mark is None
        or mark.thing is None
        or state.table_of(mark) is not None
        or not mark.thing.columns
    ):
        return None
    at = state.seek(offset + 1, lambda m: m.kind in ("than", "stop") or m.text == "of")
    if number_at(state, at) is None:
        return None
    col = state.column_of(mark, focus(state))
    if col is None or not (state.numeric(col) or state.info(col).kind == "date"):
        return None
    return col, at


def _column_than(state: State, offset: int) -> tuple[Col, int] | None:
    """`a greater area than any country in Europe`: the column stands before what it is compared
    with.
    """
    mark = state.mark(offset)
    if (
        mark is None
        or mark.thing is None
        or not mark.thing.columns
        or state.table_of(mark) is not None
    ):
        return None
    if state.kind(offset + 1) != "than" or number_at(state, offset + 2) is not None:
        return None
    col = state.column_of(mark, focus(state))
    return (col, offset + 2) if col is not None and state.numeric(col) else None


def _trailing(state: State, mark: Mark, op: str) -> int:
    """`30 or older` corrects the comparison just read."""
    if not state.filters or op not in (">=", "<=") or not mark.text.lower().startswith("or "):
        return 0
    last = state.filters[-1]
    if isinstance(last.cond, Compare):
        cond = Compare(last.cond.left, op, last.cond.right)  # type: ignore[arg-type]
        state.filters[-1] = Filter(
            cond, last.tables, last.negated, last.clause, last.link, last.words
        )
    return 1


def _temporal(state: State, offset: int, following: Mark, op: str) -> int:
    time = following.time
    number = following.number
    if time is None or not time.start:
        if number is None or not yearly(number):
            return 0
        near = state.column
        if (near is not None and state.info(near).kind == "number") or (
            near is None and yeared(state)
        ):
            return 0
        start, end = year(int(number))
    else:
        start, end = time.start, time.end
    spans = {
        "after": (end, ""), ">": (end, ""), "before": ("", start), "<": ("", start),
        "since": (start, ""), ">=": (start, ""), "until": ("", end), "<=": ("", end),
    }  # fmt: skip
    first, last = spans.get(op, (start, end))
    before = state.mark()
    words = f"{before.text if before else op} {following.text}"
    return offset + 1 if spanned(state, first, last, words) else 0


def numeric(state: State, mark: Mark, offset: int, op: str, number: float | int) -> int:
    """Compare with a number that ends at an offset."""
    words = f"{mark.text} {number}"
    value = Value(number)
    after = state.seek(
        offset + 1,
        lambda m: (
            m.kind in ("stop", "distinct", "same", "%") or m.text in ("%", "$") or m.kind == "count"
        ),
    )
    following = state.mark(after)
    table = state.table_of(following)
    if table is None and (counted := _counted_with(state, following, after)) is not None:
        having(state, Compare(Agg("count", table=counted), op, value), counted, words)  # type: ignore[arg-type]
        return after
    wanted: Op = op  # type: ignore[assignment]
    if state.kind(after) == "times" or (
        following is not None and following.text.lower() in ("times", "time")
    ):
        having(state, Compare(Agg("count"), wanted, value), "", words)
        return after + 1
    if mark.kind == "comp" and mark.cue is not None:
        found = state.concept(mark.cue.concept, focus(state))
        born = durations.birth(state, focus(state)) if mark.cue.concept == "age" else None
        if born is not None and number < 150:
            younger: Op = "<" if wanted == "<" else ">"
            durations.aged(state, born, younger, number)
            return offset + 1
        if found is not None and (state.column is None or not state.numeric(state.column)):
            if found[1]:
                wanted = {">": "<", "<": ">"}.get(wanted, wanted)  # type: ignore[assignment]
            compare(state, found[0], wanted, value, words)
            return offset + 1
    if state.counting or (state.column is None and table is not None):
        state.counting = False
        took = after + 1 if table is not None else offset + 1
        target = table or state.subject
        if state.column is not None and not state.numeric(state.column):
            having(
                state,
                Compare(Agg("count", state.column, True), wanted, value),
                state.column.table,
                words,
            )
            state.column = None
            return offset + 1
        having(state, Compare(Agg("count", table=target), wanted, value), target, words)
        return took
    if state.metric is not None:
        figure, state.metric = state.metric, None
        having(state, Compare(figure, wanted, value), "", words)
        return offset + 1
    if (spent := _lasting(state, offset + 1)) is not None:
        state.add(Compare(spent[0], wanted, value), spent[0].start.table, words=words)
        return offset + 1 + spent[1]
    col, took = measured_near(state, offset + 1)
    if col is None:
        col = _counted_column(state, following, wanted, value, words)
        if col is not None:
            return after + 1
        col = yeared(state) if yearly(number) else None
    if col is None and mark.kind == "op" and mark.cue is not None and mark.cue.concept:
        said = state.concept(mark.cue.concept, focus(state))
        col = said[0] if said is not None else None
    if col is None and state.aggs == ["sum"] and (whole := total(state)) is not None:
        state.aggs = []
        having(state, Compare(whole, wanted, value), "", words)
        return offset + 1
    if col is None and (took := _of_people(state, wanted, number, value, words)):
        return offset + took
    if col is None:
        col = only_measure(state, number)
    if col is None:
        state.doubt(f"what is {words}")
        return 0
    value = Value(durations.scaled(state.info(col).words, state.mark(offset + 1), number))
    if state.aggs and not state.asking:
        having(state, Compare(Agg(state.aggs[-1], col), wanted, value), col.table, words)
        state.aggs = []
    else:
        compare(state, col, wanted, value, words)
    took = took or int(durations.unit_of(state.mark(offset + 1)) is not None)
    return offset + 1 + took


def _counted_with(state: State, following: Mark | None, after: int) -> str | None:
    """`at least two surgery visits`: a value or a flag stands before what is counted."""
    table = state.table_of(state.mark(after + 1))
    main = next((head.table for head in state.heads if head.table), state.subject)
    if following is None or following.thing is None or table is None or state.asking:
        return None
    said = following.thing.values or any(
        link.column.kind == "bool" and link.column.table == table
        for link in following.thing.columns
    )
    return table if said and table != main and state.column is None else None


def _of_people(state: State, op: Op, number: float | int, value: Value, words: str) -> int:
    """`paid more than 350 in total` adds up what they did; `members under 25` are that old."""
    verb = next((m for m in state.marks[: state.at][-2:] if m.token is not None), None)
    spent = paid(state, verb)
    if spent is not None:
        having(state, Compare(spent, op, value), "", words)
        return 1
    born = durations.birth(state, focus(state))
    after = state.mark(state.seek(1, lambda m: m.number is None) + 1)
    alone = after is None or after.thing is None
    if born is not None and 0 < number < 120 and state.column is None and alone:
        durations.aged(state, born, op, number)
        return 1
    return 0


def _lasting(state: State, at: int) -> tuple[Elapsed, int] | None:
    """`longer than 20 days`: of a row with two dates, where no column measures in days."""
    unit = durations.unit_of(state.mark(at))
    if unit is None or state.column is not None or measured(state, unit) is not None:
        return None
    spent = durations.span(state, focus(state), unit)
    return (spent, 1) if spent is not None else None


def _counted_column(
    state: State, mark: Mark | None, op: Op, value: Value, words: str
) -> Col | None:
    """`more than one language`: a column of names is counted."""
    if (
        mark is None
        or mark.thing is None
        or not mark.thing.columns
        or (state.asking and not state.heads)
    ):
        return None
    col = state.column_of(mark, state.subject)
    if col is None or state.numeric(col):
        return None
    having(state, Compare(Agg("count", col, True), op, value), col.table, words)
    return col


def _nested(state: State, mark: Mark, offset: int, op: str) -> int:
    """`older than the average`, `more than the lowest horsepower`, `larger than any in Europe`."""
    if op not in (">", "<", ">=", "<=", "=", "!="):
        return 0
    fn = ""
    at = offset
    while (cue := state.cue(at)) is not None and cue.kind in (
        "agg",
        "sup",
        "stop",
        "all",
        "prep",
        "count",
        "than",
    ):
        if cue.kind == "agg":
            fn = cue.arg
        elif cue.kind == "sup":
            fn = "max" if cue.arg == "desc" else "min"
        elif cue.kind == "all" and not fn:
            fn = "max" if op in (">", ">=") else "min"
        at += 1
    if not fn:
        return 0
    col, end = _compared(state, mark, at)
    if col is None:
        return 0
    inner = Query(root=col.table, outputs=(Output(Agg(fn, col)),))  # type: ignore[arg-type]
    wheres, end = _inner_filter(state, col, end)
    if wheres:
        inner = Query(root=col.table, outputs=inner.outputs, where=wheres)
    words = f"{mark.text} {' '.join(m.text for m in state.marks[state.at + 1 : state.at + end])}"
    compare(state, col, op, Scalar(inner), words)  # type: ignore[arg-type]
    return end


def _compared(state: State, mark: Mark, at: int) -> tuple[Col | None, int]:
    following = state.mark(at)
    if following is not None and following.thing is not None and state.table_of(following) is None:
        col = state.column_of(following, focus(state))
        if col is not None and (state.numeric(col) or state.info(col).kind == "date"):
            state.column = None
            return col, at + 1
    if state.column is not None:
        col, state.column = state.column, None
        return col, at
    if mark.cue is not None and mark.cue.concept:
        found = state.concept(mark.cue.concept, state.subject)
        if found is not None:
            return found[0], at
    return None, at


def _inner_filter(state: State, col: Col, at: int) -> tuple[tuple[Compare, ...], int]:
    """Values said right after belong to what is compared with: `than any country in Europe`."""
    offset = state.seek(
        at,
        lambda m: m.kind in ("stop", "prep", "all", "rel", "be") or state.table_of(m) == col.table,
    )
    mark = state.mark(offset)
    if mark is not None and mark.thing is not None and mark.thing.values:
        for hit in mark.thing.values:
            if hit.table == col.table:
                return (Compare(Col(hit.table, hit.column), "=", Value(hit.value)),), offset + 1
    return (), at
