"""The reader: goes over the marks once and lets each kind of mark speak for itself."""

from collections.abc import Callable

from engine.models.builtin.marking import Mark
from engine.models.builtin.reading import (
    alike,
    bare,
    comparing,
    conditions,
    counting,
    defined,
    directions,
    durations,
    events,
    grouping,
    growing,
    heads,
    numbers,
    ordering,
    ranking,
    texts,
)
from engine.models.builtin.reading.state import State

Rule = Callable[[State, Mark], int]
"""Reads from a mark on and returns how many marks it took; 0 leaves it to the next rule."""


def read(state: State) -> State:
    """Read all marks."""
    heads.prepare(state)
    while (mark := state.mark()) is not None:
        before = state.at
        for rule in _RULES:
            if took := rule(state, mark):
                state.at += took
                break
        if state.at == before:
            _leave(state, mark)
            state.at += 1
    counting.finish(state)
    return state


def _leave(state: State, mark: Mark) -> None:
    """Note what nobody could use; small words are no loss."""
    if mark.cue is None and any(char.isalnum() for char in mark.text):
        verb = mark.token is not None and mark.unknown and not mark.token.proper
        state.unread.append(("~" if verb else "") + mark.text)
        if mark.unknown and state.heads:
            state.asking = False


def _request(state: State, mark: Mark) -> int:
    """`show`, `what are`: what follows is asked for."""
    if mark.kind == "ask" or (mark.kind == "which" and _opens(state)):
        if state.heads and state.at and state.kind(-1) in ("prep", "rel"):
            return 1
        if state.marks[0].kind == "prep" and all(head.kind == "table" for head in state.heads):
            # `For the countries founded before 1930, what is …` only says where to look.
            state.tables.extend(
                head.table for head in state.heads if head.table not in state.tables
            )
            state.heads.clear()
        state.asking = True
        state.column = None
        return 1
    return 0


def _opens(state: State) -> bool:
    """Whether `which` and `who` begin a question rather than a relative clause."""
    before = state.mark(-1)
    if (
        before is None
        or before.text in (",", ".", ";", "?")
        or before.kind in ("and", "ask", "prep")
    ):
        return True
    return not state.heads


def _relative(state: State, mark: Mark) -> int:
    if mark.kind in ("rel", "where", "when") or (mark.kind == "which" and state.heads):
        if mark.kind == "when" and not state.heads:
            return counting.moment(state)
        if state.heads or state.mentioned or (state.share and state.filters):
            state.asking = state.asking and not state.heads
            state.clause += 1
            after = state.seek(1, lambda m: m.kind in ("be", "stop"))
            if state.kind(after) not in ("op", "comp", "between", "like") and not _written(
                state, after
            ):
                state.column = None
        return 1
    return 0


def _written(state: State, offset: int) -> bool:
    """`a street with "Park" in it`: what is quoted stands in what was just named."""
    mark = state.mark(offset)
    quoted = mark is not None and mark.token is not None and mark.token.kind == "quoted"
    return quoted and state.column is not None and state.info(state.column).kind == "text"


def _linking(state: State, mark: Mark) -> int:
    if mark.kind in ("and", "or") or mark.text in (",", ";", "&"):
        if mark.kind == "or" or mark.text not in (",", ";"):
            state.link = "or" if mark.kind == "or" else "both" if state.link == "both" else "and"
        return 1
    if mark.kind == "both":
        state.link = "both"
        return 1
    if mark.kind in ("not", "except"):
        state.negated = (
            not state.negated if mark.kind == "not" and state.kind(-1) == "not" else True
        )
        if mark.kind == "except" or state.heads:
            state.asking = False
            state.clause += 1
        return 1
    return 0


def _verbs(state: State, mark: Mark) -> int:
    if mark.kind == "like" and state.heads:
        state.asking = False  # `which lists contain a song`
        return 1
    if mark.kind in ("be", "have", "do"):
        if state.heads and not (mark.kind == "do" and state.asking and state.counting):
            state.asking = False
        return 1
    return 0


def _small(state: State, mark: Mark) -> int:
    if mark.kind == "distinct":
        state.distinct = state.distinct or state.asking
        return 1
    if mark.kind == "info":
        state.everything = state.everything or state.asking
        return 1
    if mark.kind == "chart":
        state.chart = mark.cue.arg if mark.cue is not None else "any"
        return 1
    if mark.kind in ("growth", "running"):
        state.window = "growth" if mark.kind == "growth" else "running"
        return 1
    if mark.kind in ("stop", "all", "prep", "than", "any", "same"):
        return 1
    return 0


_RULES: tuple[Rule, ...] = (
    defined.spoken,
    alike.same,
    alike.apart,
    durations.lasting,
    ordering.spread,
    ordering.leading,
    growing.compared,
    ordering.order,
    ranking.top,
    ranking.superlative,
    ranking.earliest,
    ranking.most,
    ranking.common,
    grouping.each,
    grouping.by,
    counting.how,
    directions.between,
    numbers.between,
    comparing.comparison,
    texts.like,
    events.event,
    texts.missing,
    bare.period,
    conditions.still,
    conditions.ongoing,
    conditions.gone,
    conditions.signed,
    conditions.rate,
    conditions.flag,
    bare.ordinal,
    bare.number,
    conditions.value,
    texts.guess,
    counting.count,
    counting.aggregate,
    counting.share,
    _request,
    _relative,
    _linking,
    _verbs,
    counting.money,
    heads.thing,
    _small,
)
