"""Periods: spans of time as conditions."""

from engine.models.builtin.plan import (
    Col,
    Period,
)  # fmt: skip
from engine.models.builtin.reading.choosing import dated
from engine.models.builtin.reading.state import State


def spanned(state: State, start: str, end: str, words: str) -> bool:
    col = (
        state.column
        if state.column is not None and state.info(state.column).kind == "date"
        else None
    )
    if col is not None:
        state.column = None
    col = col or dated(state)
    if col is None:
        return False
    add_period(state, col, start, end, words)
    return True


def add_period(state: State, col: Col, start: str, end: str, words: str) -> None:
    state.add(Period(col, start, end, words), col.table, words=words)
