"""Dialogue: what is said after an answer changes the plan that was answered."""

import datetime as dt
from collections.abc import Sequence, Set

from engine.models.builtin.changing import Edit, changed, edit
from engine.models.builtin.chips import chips
from engine.models.builtin.compiler import Reading, lost, settle
from engine.models.builtin.freely import Freely
from engine.models.builtin.linking import Linker
from engine.models.builtin.marking import marks
from engine.models.builtin.plan import Agg, Col, Period
from engine.models.builtin.reading.reader import read
from engine.models.builtin.reading.state import Filter, Head, State
from engine.models.builtin.words import tokens
from protocol.changes import asks, change

_OPENINGS = (
    "only", "just", "and", "what about", "how about", "now", "but", "instead", "same", "also",
    "as a", "as an", "sort", "order", "by", "per", "without", "exclude", "excluding", "in", "for",
    "show me the rows", "show the rows", "the rows", "show rows", "make it", "group", "limit",
    "top",
    "plot it", "chart it", "with", "not", "remove", "drop", "since", "before", "after", "last",
    "this",
)  # fmt: skip
_REMEMBERED = 8
"""How many sayings back a plan may reach; changes by click do not count."""


def compile_dialogue(
    linker: Linker, said: Sequence[str], today: dt.date, hints: Set[str] = frozenset()
) -> Reading:
    """Read the last saying in view of those before it. Never raises, whatever the texts.

    `hints` are the choices a person made between readings.
    """
    state: State | None = None
    edits: list[Edit] = []
    for text in _remembered(said):
        if asks(text):
            if state is None:
                continue
            made = _edited(linker, state, edits, text, today)
            if made is None and text is said[-1]:
                return lost("the last reading has no such part", part=text)
            edits += [made] if made is not None else []
            continue
        fresh = _listen(linker, text, today, hints)
        if state is not None and _follows(fresh, text):
            state = _merged(state, _listen(linker, text, today, hints, state))
        else:
            state, edits = fresh, []
    if state is None:
        return lost("nothing was asked")
    reading = settle(linker, state)
    if reading.query is None or not edits:
        return reading
    state.unread, state.doubts, state.choices = [], [], []
    return settle(linker, state, changed(linker.schema, reading.query, edits))


def _remembered(said: Sequence[str]) -> list[str]:
    kept: list[str] = []
    for text in reversed(said):
        kept.append(text)
        if sum(not asks(each) for each in kept) == _REMEMBERED or len(kept) == 5 * _REMEMBERED:
            break
    return kept[::-1]


def _edited(
    linker: Linker, state: State, edits: Sequence[Edit], text: str, today: dt.date
) -> Edit | None:
    """Return what a click changes in the plan as it stands, with the clicks before it."""
    query = settle(linker, state).query
    if query is None:
        return None
    query = changed(linker.schema, query, edits)
    wanted = change(text, (chip.text for chip in chips(query)))
    if wanted is None:
        return None
    return edit(linker, query, wanted, today, Freely(linker, state, today))


def _listen(
    linker: Linker, text: str, today: dt.date, hints: Set[str], before: State | None = None
) -> State:
    words = tokens(text)
    state = State(linker, marks(words, linker, today), today, hints)
    if before is not None:
        state.subject = before.subject
        state.heads = list(before.heads)
        state.mentioned = {**before.mentioned, **state.mentioned}
        state.asking = False
    return read(state)


def _follows(fresh: State, text: str) -> bool:
    """Whether a saying asks nothing by itself, or begins like one that goes on."""
    plain = text.lower().strip(" .?!,")
    if not fresh.heads and not fresh.everything:
        return True
    short = len(fresh.marks) <= 8
    return short and any(plain == word or plain.startswith(f"{word} ") for word in _OPENINGS)


def _merged(old: State, new: State) -> State:
    """Put what is new in place of what it contradicts, and keep the rest."""
    told = {_about(each) for each in new.filters}
    old.filters = [f for f in old.filters if _about(f) not in told] + new.filters
    old.havings = new.havings or old.havings
    old.groupings = new.groupings or old.groupings
    old.orders = new.orders or old.orders
    if new.ranks:
        old.ranks = [] if new.ranks[0].table == "?" else list(new.ranks)
        old.limit = new.ranks[0].limit
    old.limit = new.limit if new.limit is not None else old.limit
    old.chart = new.chart or old.chart
    old.window = new.window or old.window
    old.unread, old.doubts = list(new.unread), list(new.doubts)
    old.choices, old.marks = list(new.choices), [*old.marks, *new.marks]
    old.tables += [t for t in new.tables if t not in old.tables]
    old.missing += [(table, len(old.filters)) for table, _ in new.missing]
    _measured_anew(old, new)
    if any(mark.kind == "info" for mark in new.marks):
        _rows(old)
    return old


def _about(each: Filter) -> object:
    """What a condition is about: a later one about the same replaces it."""
    if isinstance(each.cond, Period):
        return "time"
    left = getattr(each.cond, "left", None)
    return (left.table, left.column) if isinstance(left, Col) else each


def _measured_anew(old: State, new: State) -> None:
    """`the average instead`, `and the total`: another function over the same column."""
    fresh = new.heads[len(old.heads) :]
    if fresh:
        old.heads = [h for h in fresh if h.kind == "agg"] or [*old.heads, *fresh]
    elif new.aggs:
        old.heads = [
            Head("agg", h.table, Agg(new.aggs[0], h.expr.arg), h.words)
            if isinstance(h.expr, Agg) and h.expr.arg is not None
            else h
            for h in old.heads
        ]


def _rows(old: State) -> None:
    """Show what was counted."""
    table = next((h.table for h in old.heads if h.table), old.subject)
    old.heads = [Head("table", table)]
    old.everything = True
    old.groupings, old.havings, old.orders, old.ranks = [], [], [], []
    old.window, old.share, old.chart = "", False, "table"
