"""Bare numbers: said beside a column, before a table, in a list."""

from engine.models.builtin.marking import Mark
from engine.models.builtin.plan import (
    Agg,
    Col,
    Compare,
    Cond,
    Not,
    OneOf,
    Value,
    Weekend,
)  # fmt: skip
from engine.models.builtin.reading.choosing import dated, yeared
from engine.models.builtin.reading.comparing import numeric
from engine.models.builtin.reading.numbers import compare, having, measured_near, number_at, ranged
from engine.models.builtin.reading.periods import spanned
from engine.models.builtin.reading.state import Grouping, State
from engine.models.builtin.times import year


def period(state: State, mark: Mark) -> int:
    """`last year`, `in March 2024`, `in 2014`."""
    if mark.time is not None and mark.time.weekend:
        col = dated(state)
        if col is None:
            return 0
        kinds = {m.time.workday for m in state.marks if m.time is not None and m.time.weekend}
        if len(kinds) == 2:
            # `weekends and weekdays`: every day is one of both, so they are compared.
            if all(group.unit != "daytype" for group in state.groupings):
                state.groupings.append(Grouping(None, "", "daytype"))
            return 1
        cond: Cond = Weekend(col)
        state.add(Not(cond) if mark.time.workday else cond, col.table, words=mark.text)
        return 1
    if mark.time is not None and mark.time.start:
        return 1 if spanned(state, mark.time.start, mark.time.end, mark.text) else 0
    number = mark.number
    prepared = state.mark(-1)
    hinted = prepared is not None and (
        prepared.kind in ("prep", "stop", "both", "and", "or")
        or prepared.text.lower() in ("year", "calendar")
        or (prepared.time is not None and prepared.time.unit is not None)
        or (bool(state.groupings) and state.mark(1) is None)
    )
    unit = state.mark(-2) if prepared is not None and prepared.kind == "prep" else None
    if unit is not None and unit.time is not None and unit.time.unit is not None:
        state.column = None  # `by quarter of 2023` speaks of a time
    if (
        isinstance(number, int)
        and 1900 <= number <= 2100
        and state.column is None
        and (hinted or not state.heads)
    ):
        col = yeared(state) if state.event is None else None
        if col is not None:
            return _listed(state, col, number, 1)
        return 1 if spanned(state, *year(number), mark.text) else 0
    return 0


_ORDINALS = {
    word: place for place, word in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth".split(), 1)
}  # fmt: skip


def ordinal(state: State, mark: Mark) -> int:
    """`on the third floor`: a column of small numbers."""
    place, after = _ORDINALS.get(mark.text.lower()), state.mark(1)
    if mark.unknown and mark.text.lower() in ("one", "single"):
        place = 1  # `a one star review`
    if place is None or after is None or not state.heads or state.kind(-1) not in ("stop", "prep"):
        return 0
    col = state.column_of(after, state.heads[0].table)
    if col is None or not state.numeric(col) or state.table_of(after) is not None:
        return 0
    compare(state, col, "=", Value(place), f"= {place}")
    return 2


def number(state: State, mark: Mark) -> int:
    """`with 4 cylinders`, `age is 3`, `version 5`, `aged 32 or 33`."""
    trailing = state.mark(1)
    if (
        (
            mark.number is not None
            and trailing is not None
            and trailing.kind == "op"
            and trailing.cue is not None
        )
        and trailing.text.lower().startswith("or ")
        and state.heads
    ):
        return numeric(state, trailing, 1, trailing.cue.arg, mark.number)
    if mark.number is not None and trailing is not None and trailing.text.lower() in ("to", "-"):
        high = number_at(state, 2)
        if high is not None and state.heads:
            return ranged(state, 3, mark.number, high)
    pending = state.info(state.column) if state.column is not None else None
    if (
        mark.number is not None
        and pending is not None
        and pending.kind == "text"
        and (not pending.key or state.table_of(trailing) is not None)
    ):
        state.column = None
    if state.negated and mark.number == 1 and state.table_of(trailing) is not None:
        return 1  # `not a single order`
    if mark.number is None or (
        state.asking and not state.heads and not state.counting and state.column is None
    ):
        return 0
    if state.column is not None and state.info(state.column).kind != "bool":
        col, state.column = state.column, None
        return _listed(state, col, mark.number, 1)
    before = state.mark(-1)
    if (
        before is not None
        and before.thing is not None
        and state.heads
        and state.heads[-1].words == before.text
    ):
        said = state.column_of(before)
        if said is not None and state.numeric(said) and len(state.heads) > 1:
            state.heads.pop()
            return _listed(state, said, mark.number, 1)
    following = state.mark(1)
    table = state.table_of(following)
    if table is not None and state.heads and not state.asking:
        having(
            state,
            Compare(Agg("count", table=table), "=", Value(mark.number)),
            table,
            f"{mark.number} {following.text if following else ''}",
        )
        return 2
    near, took = measured_near(state, 1)
    if near is not None:
        return _listed(state, near, mark.number, 1) and 1 + took
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
        compare(state, col, "=", Value(first), f"= {first}")
    elif every:
        for each in found:
            state.add(Compare(col, "=", Value(each)), col.table, words=f"{name} = {each}")
            state.link = "both"
    else:
        state.add(OneOf(col, tuple(found)), col.table, words=f"{name} {', '.join(map(str, found))}")
    return at
