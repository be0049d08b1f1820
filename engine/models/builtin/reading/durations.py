"""Durations: how long something took, from one date of a row to another; and how old it is."""

from collections.abc import Sequence
from typing import Literal

from engine.models.builtin import lexicon
from engine.models.builtin.marking import Mark
from engine.models.builtin.plan import Agg, Col, Elapsed, Fn, Op, Period, Span
from engine.models.builtin.reading.choosing import date_in
from engine.models.builtin.reading.state import Head, State
from engine.models.builtin.schema import Column
from engine.models.builtin.times import moved

_UNITS: dict[str, Span] = {
    "minute": "minute", "hour": "hour", "day": "day", "week": "week", "month": "month",
    "year": "year",
}  # fmt: skip
_LENGTHS = frozenset({"length", "duration", "time"})
_STARTS = frozenset(
    "start begin open order request borrow admit depart departure dep hire create receive check in "
    "from pick pickup book enroll join launch report file submit issue send ship sell rent "
    "acquire raise land log register assign place".split()
)
_ENDS = frozenset(
    "end finish close ship deliver delivery return discharge arrive arrival arr complete "
    "resolve leave terminate out to until drop checkout pay fix answer respond settle "
    "approve release".split()
)
_PASSING = frozenset("it pass passes passed elapse elapses elapsed lie lies".split())
_PLANNED = frozenset(
    "due require deadline expect promise plan schedule estimate target valid expire expiry "
    "birth update modify change delete".split()
)


def unit_of(mark: Mark | None) -> Span | None:
    """Return the unit of time that a word is, if it is one."""
    token = mark.token if mark is not None else None
    return _UNITS.get(token.lemma) if token is not None else None


_SECONDS: dict[str, int] = {
    "second": 1, "sec": 1, "minute": 60, "min": 60, "hour": 3600, "day": 86_400, "week": 604_800,
}  # fmt: skip


def scaled(words: Sequence[str], said: Mark | None, number: float | int) -> float | int:
    """Return a number in the unit of its column: an hour of a column of minutes is sixty."""
    unit = unit_of(said)
    kept = next((_SECONDS[word] for word in words if word in _SECONDS), None)
    if unit is None or kept is None or unit not in _SECONDS:
        return number
    found = number * _SECONDS[unit] / kept
    return int(found) if float(found).is_integer() else found


def span(
    state: State, table: str, unit: Span | Literal[""] = "", named: Col | None = None
) -> Elapsed | None:
    """Return the time that a row of a table takes, where its dates tell a beginning and an end.

    `named` is the end, or the beginning, that was spoken of.
    """
    if table not in state.schema.tables:
        return None
    dates = [
        c for c in state.schema.tables[table].columns
        if c.kind == "date" and not set(c.words) & _PLANNED
    ]  # fmt: skip
    pairs = [
        (_points(one, _STARTS, _ENDS) + _points(other, _ENDS, _STARTS)
         + 0.1 * (one.place < other.place)
         + 2.0 * (named is not None and other.name == named.column)
         + 1.5 * (named is not None and one.name == named.column), one, other)
        for one in dates for other in dates if one is not other
    ]  # fmt: skip
    if not pairs:
        return None
    points, one, other = max(pairs, key=lambda pair: pair[0])
    if points < 1 and len(dates) > 2:
        return None
    return Elapsed(Col(table, one.name), Col(table, other.name), unit or _fitting(one, other))


def _fitting(one: Column, other: Column) -> Span:
    """Moments of a day are hours apart, days are days apart."""
    samples = (*one.info.samples[:20], *other.info.samples[:20])
    timed = [s for s in samples if len(s) > 10 and not s.endswith("00:00:00")]
    precise = one.stored in ("seconds", "millis") or 2 * len(timed) > len(samples)
    return "hour" if precise else "day"


def _points(column: Column, wanted: frozenset[str], unwanted: frozenset[str]) -> float:
    words = set(column.words)
    return 1.0 * bool(words & wanted) - 0.6 * bool(words & unwanted - wanted)


def lasting(state: State, mark: Mark) -> int:
    """`days between order and delivery`, `average length of stay`, `how long does a trip take`."""
    if (took := _between(state, mark)) is not None:
        return took
    lemma = mark.token.lemma if mark.token is not None else ""
    if (took := _kind_of_time(state, mark)) is not None:
        return took
    if mark.kind == "how" and mark.cue is not None and mark.cue.concept == "length":
        return _asked(state, mark, 1)
    if state.aggs and lemma in _LENGTHS and all(head.kind == "table" for head in state.heads):
        state.heads = [] if not (mark.thing is not None and mark.thing.columns) else state.heads
    if not state.asking or state.heads or (mark.thing is not None and mark.thing.columns):
        return 0
    if lemma in _LENGTHS and (state.aggs or state.at == 0 or state.kind(-1) in ("ask", "sup")):
        return _asked(state, mark, 1)
    if lemma == "age" and (born := birth(state, state.subject)) is not None:
        age = Elapsed(born, None, "year", state.today.isoformat())
        return _head(state, mark, age)
    return 0


def _asked(state: State, mark: Mark, took: int) -> int:
    """Ask for how long the rows that are spoken of take; not where a column says so itself."""
    happened = _near(state)
    said = state.concept("length", state.subject) if not happened and mark.kind == "how" else None
    if said is not None and (
        said[0].table == state.subject or span(state, state.subject, "day") is None
    ):
        return 0
    tables = [*happened, state.subject, *state.mentioned, *_pointing(state)]
    named, unit = _event(state), _unit(state)
    found = next((s for t in dict.fromkeys(tables) if (s := span(state, t, unit, named))), None)
    if found is None:
        return 0
    state.subject = found.start.table
    return took if _head(state, mark, found) else 0


def _kind_of_time(state: State, mark: Mark) -> int | None:
    """`delivery time`, `processing time`: until the date that is called so."""
    after = state.mark(1)
    word = after.token.lemma if after is not None and after.token is not None else ""
    if word not in _LENGTHS or mark.thing is None or not state.asking:
        return None
    dates = _dates(state, 0)
    if not dates or not (state.aggs or state.kind(-1) in ("sup", "agg", "ask", "")):
        return None
    found = span(state, dates[0].table, _unit(state), dates[0])
    return 2 if found is not None and _head(state, mark, found) else None


def _event(state: State) -> Col | None:
    """Return the date of what happened, where a word speaks of one: `delivery`."""
    for mark in state.marks:
        for link in mark.thing.columns[:1] if mark.thing is not None else ():
            if link.column.kind == "date" and mark.time is None:
                return Col(link.column.table, link.column.name)
    return None


def _near(state: State) -> list[str]:
    """The table of an event that is spoken of: `how long are books borrowed`."""
    found: list[str] = []
    for mark in state.marks:
        for link in mark.thing.columns[:1] if mark.thing is not None else ():
            if link.column.kind == "date":
                found.append(link.column.table)
    return found


def _pointing(state: State) -> list[str]:
    """The tables of what happens to what is spoken of; all of them where nothing is."""
    if not state.subject:
        return list(state.schema.tables)
    return [e.table for e in state.schema.around(state.subject) if e.to_table == state.subject]


def _unit(state: State) -> Span | Literal[""]:
    """`in days`, `in hours`; empty where nobody says."""
    for before, mark in zip(state.marks, state.marks[1:], strict=False):
        if before.kind == "prep" and before.text.lower() == "in" and (unit := unit_of(mark)):
            return unit
    return ""


def _head(state: State, mark: Mark, expr: Elapsed) -> int:
    if state.aggs:
        aggs = [Head("agg", expr.start.table, Agg(fn, expr), mark.text) for fn in state.aggs]
        state.heads, state.aggs = [*state.heads, *aggs], []
    else:
        state.heads.append(Head("amount", expr.start.table, expr, mark.text))
    state.counting = False
    state.column = None
    return 1


def _between(state: State, mark: Mark) -> int | None:
    """Two dates of one table that are named: between this and that, from this to that."""
    lemma = mark.token.lemma if mark.token is not None else ""
    unit = unit_of(mark)
    if unit is None and lemma not in _LENGTHS and lemma != "difference":
        return None
    start = state.seek(1, lambda m: m.kind in ("stop", "be", "do", "all") or m.text in _PASSING)
    opening = state.mark(start)
    if opening is None or opening.text.lower() not in ("between", "from", "since"):
        return None
    first = state.seek(start + 1, lambda m: m.kind in ("stop", "all"))
    last = state.seek(
        first + 1,
        lambda m: m.kind in ("stop", "and", "prep") or m.text.lower() in ("to", "until", "date"),
    )
    pair = _date(state, first), _date(state, last)
    if pair[0] is None or pair[1] is None:
        return None
    one, other = pair[0], pair[1]
    if one.table != other.table:
        other = next((c for c in _dates(state, last) if c.table == one.table), other)
    fitting = _fitting(state.info(one), state.info(other))
    _head(state, mark, Elapsed(one, other, unit or _unit(state) or fitting))
    return last + 1


def _date(state: State, offset: int) -> Col | None:
    table = state.table_of(state.mark(offset))
    if table is not None:
        return date_in(state, table)  # `between order and delivery`
    return next(iter(_dates(state, offset)), None)


def _dates(state: State, offset: int) -> list[Col]:
    mark = state.mark(offset)
    if mark is None or mark.thing is None:
        return []
    return [
        Col(link.column.table, link.column.name)
        for link in mark.thing.columns
        if link.column.kind == "date"
    ]


def birth(state: State, table: str) -> Col | None:
    """Return the date of birth in a table that has no age, else None."""
    info = state.schema.tables.get(table)
    if info is None or any("age" in c.words for c in info.columns):
        return None
    found = [c for c in info.columns if c.kind == "date" and lexicon.BIRTH & set(c.words)]
    return Col(table, found[0].name) if found else None


def aged(state: State, col: Col, op: Op, years: float | int) -> None:
    """Compare an age with a number of years, where only the date of birth is known."""
    whole = int(years)
    day = moved(state.today, "year", -whole)
    after = moved(moved(state.today, "year", -whole - 1), "day", 1)
    spans: dict[Op, tuple[str, str]] = {
        ">": ("", day.isoformat()), ">=": ("", moved(day, "day", 1).isoformat()),
        "<": (moved(day, "day", 1).isoformat(), ""), "<=": (after.isoformat(), ""),
        "=": (after.isoformat(), moved(day, "day", 1).isoformat()),
    }  # fmt: skip
    if op in spans:
        start, end = spans[op]
        state.add(Period(col, start, end, f"age {op} {whole}"), col.table, words=f"age {whole}")


def ranked(state: State, concept: str, table: str) -> tuple[Elapsed, bool] | None:
    """Return the time by which the longest or the fastest is told, and whether it grows the other
    way.
    """
    if concept not in ("length", "speed"):
        return None
    tables = dict.fromkeys((table, *state.mentioned, *_near(state), *_pointing(state)))
    found = next((s for name in tables if (s := span(state, name, _unit(state)))), None)
    return (found, concept == "speed") if found is not None else None


def fn_of(state: State) -> Fn:
    """Return what is made of many durations where nobody says."""
    return state.aggs[0] if state.aggs else "avg"
