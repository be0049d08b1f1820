"""Conditions: comparisons, values, periods, patterns, flags and what is missing."""

from engine.models.builtin import values as truths
from engine.models.builtin.marking import Mark
from engine.models.builtin.plan import (
    Agg, All, Between, Col, Compare, Expr, Like, Missing, OneOf, Op, Output, Period, Query, Scalar,
    Value, Weekend,
)  # fmt: skip
from engine.models.builtin.reading.choosing import choose, dated, focus, measured, only_measure, yeared
from engine.models.builtin.reading.state import Filter, State
from engine.models.builtin.times import year

_SMALL = ("stop", "all", "be", "than", "any")
_OPPOSITE: dict[str, Op] = {"=": "!=", "!=": "=", ">": "<=", "<": ">=", ">=": "<", "<=": ">"}


def _number_at(state: State, offset: int) -> float | int | None:
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
            return _period(state, low.time.start, high.time.end, f"{low.text} to {high.text}") and start + 3
        if low.number is None or high.number is None:
            return 0
        if mark.kind == "prep" and not (_yearly(low.number) and _yearly(high.number)):
            return 0
        return _between(state, start + 3, low.number, high.number)
    return 0


def _yearly(number: float | int) -> bool:
    return isinstance(number, int) and 1000 <= number <= 2100


def _between(state: State, after: int, low: float | int, high: float | int) -> int:
    words = f"between {low} and {high}"
    if state.column is None and (table := state.table_of(state.mark(after))) is not None:
        count = Agg("count", table=table)
        _having(state, Between(count, Value(low), Value(high)), table, words)
        return after + 1
    col, took = _measured_near(state, after)
    if col is None and _yearly(low):
        if (number := yeared(state)) is not None:
            col = number
        elif _period(state, year(int(low))[0], year(int(high))[1], words):
            return after
    if col is None:
        return 0
    if state.info(col).kind == "date":
        _add_period(state, col, year(int(low))[0], year(int(high))[1], words)
    else:
        state.add(Between(col, Value(low), Value(high)), col.table, words=words)
    return after + took


def _measured_near(state: State, after: int) -> tuple[Col | None, int]:
    """Return the column that a number is compared with: said before, said after, or its unit."""
    if state.column is not None:
        col, state.column = state.column, None
        return col, 0
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
    if state.kind(-1) in ("and", "or", "not") and isinstance(last, Compare) and isinstance(last.left, Col):
        # `over 3000 and under 4000` speaks of one column.
        if state.numeric(last.left):
            return last.left, 0
    return None, 0


def comparison(state: State, mark: Mark) -> int:
    """`more than 5`, `older than 30`, `above the average`, `after 2010`, `at least two pets`."""
    if mark.kind not in ("op", "comp") or mark.cue is None:
        return 0
    op = mark.cue.arg
    offset = state.seek(1, lambda m: m.kind in ("than", "prep", "stop", "all") and m.text != "from" or m.text in ("'s", "$"))
    following = state.mark(offset)
    if following is None or mark.text.lower().startswith("or "):
        return _trailing(state, mark, op)
    if op in ("!=", "=") and following.thing is not None and following.thing.values:
        state.negated = state.negated != (op == "!=")
        return offset
    if (than := _column_than(state, offset)) is not None:
        state.column = than[0]
        return _nested(state, mark, than[1], op)
    if state.column is not None and state.info(state.column).kind in ("text", "bool") and (following.number is not None):
        state.column = None
    if (inner := _column_between(state, offset)) is not None:
        state.column, offset = inner
        following = state.mark(offset)
        assert following is not None
    if op in ("after", "before", "since", "until") or following.time is not None:
        took = _temporal(state, offset, following, op)
        if took:
            return took
        op = {"after": ">", "before": "<", "since": ">=", "until": "<="}.get(op, op)
    if following.number is not None:
        return _numeric(state, mark, offset, op, following.number)
    return _nested(state, mark, 1, op)


def _column_between(state: State, offset: int) -> tuple[Col, int] | None:
    """`under age 30`, `a greater weight than 10`: the column stands inside."""
    mark = state.mark(offset)
    if mark is None or mark.thing is None or state.table_of(mark) is not None or not mark.thing.columns:
        return None
    at = state.seek(offset + 1, lambda m: m.kind in ("than", "stop") or m.text == "of")
    if _number_at(state, at) is None:
        return None
    col = state.column_of(mark, focus(state))
    if col is None or not (state.numeric(col) or state.info(col).kind == "date"):
        return None
    return col, at


def _column_than(state: State, offset: int) -> tuple[Col, int] | None:
    """`a greater area than any country in Europe`: the column stands before what it is compared with."""
    mark = state.mark(offset)
    if mark is None or mark.thing is None or not mark.thing.columns or state.table_of(mark) is not None:
        return None
    if state.kind(offset + 1) != "than" or _number_at(state, offset + 2) is not None:
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
        state.filters[-1] = Filter(cond, last.tables, last.negated, last.clause, last.link, last.words)
    return 1


def _temporal(state: State, offset: int, following: Mark, op: str) -> int:
    time = following.time
    number = following.number
    if time is None or not time.start:
        if number is None or not _yearly(number):
            return 0
        near = state.column
        if (near is not None and state.info(near).kind == "number") or (near is None and yeared(state)):
            return 0
        start, end = year(int(number))
    else:
        start, end = time.start, time.end
    spans = {"after": (end, ""), ">": (end, ""), "before": ("", start), "<": ("", start),
             "since": (start, ""), ">=": (start, ""), "until": ("", end), "<=": ("", end)}  # fmt: skip
    first, last = spans.get(op, (start, end))
    before = state.mark()
    words = f"{before.text if before else op} {following.text}"
    return offset + 1 if _period(state, first, last, words) else 0


def _numeric(state: State, mark: Mark, offset: int, op: str, number: float | int) -> int:
    """Compare with a number that ends at an offset."""
    words = f"{mark.text} {number}"
    value = Value(number)
    after = state.seek(offset + 1, lambda m: m.kind in ("stop", "distinct", "same", "%") or m.text in ("%", "$") or m.kind == "count")
    following = state.mark(after)
    table = state.table_of(following)
    wanted: Op = op  # type: ignore[assignment]
    if state.kind(after) == "times" or (following is not None and following.text.lower() in ("times", "time")):
        _having(state, Compare(Agg("count"), wanted, value), "", words)
        return after + 1
    if mark.kind == "comp" and mark.cue is not None:
        found = state.concept(mark.cue.concept, focus(state))
        if found is not None and (state.column is None or not state.numeric(state.column)):
            col, reverse = found
            if reverse:
                wanted = {">": "<", "<": ">"}.get(wanted, wanted)  # type: ignore[assignment]
            _compare(state, col, wanted, value, words)
            return offset + 1
    if state.counting or (state.column is None and table is not None):
        state.counting = False
        took = after + 1 if table is not None else offset + 1
        target = table or state.subject
        if state.column is not None and not state.numeric(state.column):
            _having(state, Compare(Agg("count", state.column, True), wanted, value), state.column.table, words)
            state.column = None
            return offset + 1
        _having(state, Compare(Agg("count", table=target), wanted, value), target, words)
        return took
    col, took = _measured_near(state, offset + 1)
    if col is None:
        col = _counted_column(state, following, wanted, value, words)
        if col is not None:
            return after + 1
        col = yeared(state) if _yearly(number) else None
    if col is None:
        col = only_measure(state)
    if col is None:
        state.doubt(f"what is {words}")
        return 0
    if state.aggs and not state.asking:
        _having(state, Compare(Agg(state.aggs[-1], col), wanted, value), col.table, words)
        state.aggs = []
    else:
        _compare(state, col, wanted, value, words)
    return offset + 1 + took


def _counted_column(state: State, mark: Mark | None, op: Op, value: Value, words: str) -> Col | None:
    """`more than one language`: a column of names is counted."""
    if mark is None or mark.thing is None or not mark.thing.columns or state.asking and not state.heads:
        return None
    col = state.column_of(mark, state.subject)
    if col is None or state.numeric(col):
        return None
    _having(state, Compare(Agg("count", col, True), op, value), col.table, words)
    return col


def _having(state: State, cond: Compare | Between, table: str, words: str) -> None:
    state.havings.append(Filter(cond, frozenset({table} if table else ()), state.negated, state.clause, state.link, words))
    state.negated = False
    state.asking = False


def _compare(state: State, col: Col, op: Op, value: Expr, words: str) -> None:
    if state.negated:
        op, state.negated = _OPPOSITE[op], False
    text = f"{' '.join(state.info(col).words)} {words}"
    if state.info(col).kind == "date" and isinstance(value, Value) and isinstance(value.value, int):
        if _yearly(value.value):
            start, end = year(value.value)
            spans = {">": (end, ""), "<": ("", start), ">=": (start, ""), "<=": ("", end)}
            _add_period(state, col, *spans.get(op, (start, end)), text)
            return
    state.add(Compare(col, op, value), col.table, words=text)


def _nested(state: State, mark: Mark, offset: int, op: str) -> int:
    """`older than the average`, `more than the lowest horsepower`, `larger than any in Europe`."""
    if op not in (">", "<", ">=", "<=", "=", "!="):
        return 0
    fn = ""
    at = offset
    while (cue := state.cue(at)) is not None and cue.kind in ("agg", "sup", "stop", "all", "prep", "count", "than"):
        if cue.kind == "agg":
            fn = cue.arg
        elif cue.kind == "sup":
            fn = "max" if cue.arg == "desc" else "min"
        elif cue.kind == "all" and not fn:
            fn = "" if cue.arg else {"any": "max" if op in (">", ">=") else "min"}.get(
                (state.mark(at) or mark).text.lower(), "max" if op in (">", ">=") else "min")  # fmt: skip
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
    _compare(state, col, op, Scalar(inner), words)  # type: ignore[arg-type]
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
    if mark.kind == "comp" and mark.cue is not None:
        found = state.concept(mark.cue.concept, state.subject)
        if found is not None:
            return found[0], at
    return None, at


def _inner_filter(state: State, col: Col, at: int) -> tuple[tuple[Compare, ...], int]:
    """Values said right after belong to what is compared with: `than any country in Europe`."""
    offset = state.seek(at, lambda m: m.kind in ("stop", "prep", "all", "rel", "be") or state.table_of(m) == col.table)
    mark = state.mark(offset)
    if mark is not None and mark.thing is not None and mark.thing.values:
        for hit in mark.thing.values:
            if hit.table == col.table:
                return (Compare(Col(hit.table, hit.column), "=", Value(hit.value)),), offset + 1
    return (), at


def like(state: State, mark: Mark) -> int:
    """`contains 'East'`, `starting with the letter B`."""
    if mark.kind != "like" or mark.cue is None:
        return 0
    offset = state.seek(1, lambda m: m.kind in ("stop", "like") or m.text.lower() in ("letter", "word", "phrase", "string", "substring", "text", "letters"))
    following = state.mark(offset)
    if following is None or following.token is None or following.kind not in ("", "stop"):
        if following is None or following.thing is None or following.kind:
            return 0
    quoted = following.token is not None and following.token.kind == "quoted"
    said = quoted or following.unknown or following.text[:1].isupper() or following.number is not None
    if not said or state.table_of(following) is not None and not quoted:
        return 0
    col, took = _inside_of(state, offset + 1)
    col = col or state.column or _text_column(state)
    if col is None:
        return 0
    state.column = None
    offset += took
    cond = Like(col, mark.cue.arg, following.text)  # type: ignore[arg-type]
    state.add(cond, col.table, words=f"{' '.join(state.info(col).words)} {mark.text} {following.text}")
    return offset + 1


def _inside_of(state: State, start: int) -> tuple[Col | None, int]:
    """`'Hey' in its title`: the column comes after the text."""
    if state.kind(start) != "prep" or (state.mark(start) or state.marks[0]).text.lower() not in ("in", "within", "inside", "on"):
        return None, 0
    offset = state.seek(start + 1, lambda m: m.kind == "stop")
    mark = state.mark(offset)
    if mark is None or mark.thing is None or not mark.thing.columns:
        return (state.column, offset - start) if offset > start + 1 else (None, 0)
    texts = [c for c in mark.thing.columns if c.column.kind == "text"]
    said = state.info(state.column).words if state.column is not None else ()
    near = [c for c in texts if set(said) & set(c.column.words)] or texts
    if not near:
        return None, 0
    link = state.pick(near, state.column.table if state.column is not None else state.subject)
    return Col(link.column.table, link.column.name), offset + 1 - start


def _text_column(state: State) -> Col | None:
    for head in reversed(state.heads):
        if isinstance(head.expr, Col) and state.info(head.expr).kind == "text":
            return head.expr
    table = state.schema.tables.get(state.subject)
    return Col(table.name, table.labels[0]) if table is not None and table.labels else None


def missing(state: State, mark: Mark) -> int:
    """`without a nickname`, `where the price is missing`."""
    if mark.kind == "null":
        col = state.column
        following = state.mark(state.seek(1, lambda m: m.kind == "stop"))
        took = 1
        if col is None and following is not None and following.thing is not None:
            col, took = state.column_of(following), 2
        if col is None:
            return 0
        state.column = None
        state.add(Missing(col), col.table, words=f"{' '.join(state.info(col).words)} missing")
        return took
    if state.negated and not state.asking and mark.thing is not None and state.table_of(mark) is None:
        after = state.mark(1)
        alone = after is None or after.kind in ("and", "or") or after.text in (".", "?", ",")
        col = state.column_of(mark)
        if alone and col is not None and not mark.thing.values and state.info(col).kind != "bool":
            state.add(Missing(col), col.table, words=f"no {' '.join(state.info(col).words)}")
            state.filters[-1] = _positive(state.filters[-1])
            return 1
    return 0


def _positive(found: Filter) -> Filter:
    return Filter(found.cond, found.tables, False, found.clause, found.link, found.words)


def period(state: State, mark: Mark) -> int:
    """`last year`, `in March 2024`, `in 2014`."""
    if mark.time is not None and mark.time.weekend:
        col = dated(state)
        if col is None:
            return 0
        state.add(Weekend(col), col.table, words=mark.text)
        return 1
    if mark.time is not None and mark.time.start:
        return 1 if _period(state, mark.time.start, mark.time.end, mark.text) else 0
    number = mark.number
    prepared = state.mark(-1)
    hinted = prepared is not None and (prepared.kind in ("prep", "stop", "both", "and", "or") or prepared.text.lower() in ("year", "calendar"))
    if isinstance(number, int) and 1900 <= number <= 2100 and state.column is None and (hinted or not state.heads):
        col = yeared(state)
        if col is not None:
            return _listed(state, col, number, 1)
        return 1 if _period(state, *year(number), mark.text) else 0
    return 0


def _period(state: State, start: str, end: str, words: str) -> bool:
    col = state.column if state.column is not None and state.info(state.column).kind == "date" else None
    if col is not None:
        state.column = None
    col = col or dated(state)
    if col is None:
        return False
    _add_period(state, col, start, end, words)
    return True


def _add_period(state: State, col: Col, start: str, end: str, words: str) -> None:
    state.add(Period(col, start, end, words), col.table, words=words)


def flag(state: State, mark: Mark) -> int:
    """`official languages`, `is full time`: a yes-or-no column is a condition."""
    if mark.thing is None or not mark.thing.columns or state.table_of(mark) is not None:
        return 0
    col = state.column_of(mark)
    if col is None or state.info(col).kind != "bool" or state.kind(-1) == "each" or mark.thing.columns[0].score < 0.6:
        return 0
    if mark.thing.values and mark.thing.values[0].score > mark.thing.columns[0].score:
        return 0
    after = state.mark(1)
    if state.asking and state.kind(-1) in ("ask", "and") and (after is None or after.kind in ("prep", "and")):
        return 0
    if state.negated and _merged_flag(state, col):
        return 1
    wanted = not state.negated
    state.negated = False
    value = truths.truth(state.info(col), wanted)
    state.add(Compare(col, "=", Value(value)), col.table, words=("" if wanted else "not ") + mark.text)
    return 1


def _merged_flag(state: State, col: Col) -> bool:
    """`where English is not official` denies that one row says both."""
    last = state.filters[-1] if state.filters else None
    if last is None or last.tables != {col.table} or last.negated or not state.many(_main(state), col.table):
        return False
    if state.kind(-1) not in ("stop", "not", "be"):
        return False
    both = All((last.cond, Compare(col, "=", Value(truths.truth(state.info(col), True)))))
    state.filters[-1] = Filter(both, last.tables, True, last.clause, last.link, last.words)
    state.negated = False
    return True


def number(state: State, mark: Mark) -> int:
    """`with 4 cylinders`, `age is 3`, `version 5`, `aged 32 or 33`."""
    trailing = state.mark(1)
    if mark.number is not None and trailing is not None and trailing.kind == "op" and trailing.cue is not None:
        if trailing.text.lower().startswith("or ") and state.heads:
            return _numeric(state, trailing, 1, trailing.cue.arg, mark.number)
    if mark.number is not None and trailing is not None and trailing.text.lower() in ("to", "-"):
        high = _number_at(state, 2)
        if high is not None and state.heads:
            return _between(state, 3, mark.number, high)
    if state.column is not None and state.info(state.column).kind == "text":
        if state.table_of(trailing) is not None or not state.info(state.column).key:
            state.column = None
    if state.negated and mark.number == 1 and state.table_of(trailing) is not None:
        return 1  # `not a single order`
    if mark.number is None or (state.asking and not state.heads and not state.counting and state.column is None):
        return 0
    if state.column is not None and state.info(state.column).kind != "bool":
        col, state.column = state.column, None
        return _listed(state, col, mark.number, 1)
    before = state.mark(-1)
    if before is not None and before.thing is not None and state.heads and state.heads[-1].words == before.text:
        col = state.column_of(before)
        if col is not None and state.numeric(col) and len(state.heads) > 1:
            state.heads.pop()
            return _listed(state, col, mark.number, 1)
    following = state.mark(1)
    table = state.table_of(following)
    if table is not None and state.heads and not state.asking:
        _having(state, Compare(Agg("count", table=table), "=", Value(mark.number)), table, f"{mark.number} {following.text if following else ''}")
        return 2
    col, took = _measured_near(state, 1)
    if col is not None:
        return _listed(state, col, mark.number, 1) and 1 + took
    return 0


def _listed(state: State, col: Col, first: float | int, at: int) -> int:
    """Read `32 or 33`, `1, 2 or 3` after a first number."""
    found: list[float | int] = [first]
    every = state.link == "both" or state.kind(at) == "and"
    while True:
        mark, after = state.mark(at), state.mark(at + 1)
        if mark is None or after is None or after.number is None:
            break
        if mark.kind not in ("or", "and") and mark.text != ",":
            break
        found.append(after.number)
        at += 2
    name = " ".join(state.info(col).words)
    if len(found) == 1:
        _compare(state, col, "=", Value(first), f"= {first}")
    elif every:
        for each in found:
            state.add(Compare(col, "=", Value(each)), col.table, words=f"{name} = {each}")
            state.link = "both"
    else:
        state.add(OneOf(col, tuple(found)), col.table, words=f"{name} {', '.join(map(str, found))}")
    return at


def value(state: State, mark: Mark) -> int:
    """A value that stands in the data is a condition on its column."""
    if mark.thing is None or not mark.thing.values:
        return 0
    best = mark.thing.values[0]
    table = state.table_of(mark)
    if table is not None and best.score <= mark.thing.tables[0].score + 0.1 and not best.score > 0.99:
        return 0
    if mark.thing.columns and mark.thing.columns[0].score >= best.score - 0.05 and state.column is None:
        if not (mark.text[:1].isupper() and mark.first):
            return 0
    hit = choose(state, mark)
    if hit is None:
        return 0
    col, text = hit
    op: Op = "!=" if state.negated and not state.many(_main(state), col.table) else "="
    if op == "!=":
        state.negated = False
    cond = Compare(col, op, Value(text))
    state.add(cond, col.table, words=f"{' '.join(state.info(col).words)} {op} {text}")
    state.column = None
    return 1


def _main(state: State) -> str:
    tables = [head.table for head in state.heads if head.table]
    return tables[0] if tables else state.subject


def guess(state: State, mark: Mark) -> int:
    """A quoted text or a name nobody knows is compared with what it stands beside."""
    token = mark.token
    if token is None or mark.cue is not None or (mark.thing is not None and mark.thing.score):
        return 0
    quoted = token.kind == "quoted"
    if quoted:
        inner, took = _inside_of(state, 1)
        if inner is not None and took:
            state.column = None
            state.add(Like(inner, "contains", token.text), inner.table, words=f"{inner.column} contains {token.text}")
            return 1 + took
    if not quoted and not (token.proper and mark.first > 0 and token.kind == "word"):
        return 0
    before = state.mark(-1)
    col = state.column
    if col is None and before is not None and before.thing is not None:
        col = state.column_of(before)
    if col is None and quoted:
        col = _text_column(state)
    if col is None or state.info(col).kind not in ("text", "date", "bool"):
        return 0
    if not quoted and state.column is None:
        return 0
    state.column = None
    if state.heads and isinstance(state.heads[-1].expr, Col) and state.heads[-1].expr == col and len(state.heads) > 1:
        state.heads.pop()
    text, took = token.text, 1
    while not quoted and (after := state.mark(took)) is not None and after.token is not None and after.unknown and after.token.proper:
        text, took = f"{text} {after.text}", took + 1
    negated = state.negated
    state.negated = False
    state.doubt(f"{text} was not seen in the data")
    state.add(Compare(col, "!=" if negated else "=", Value(text)), col.table, words=f"{' '.join(state.info(col).words)} = {text}")
    return took


