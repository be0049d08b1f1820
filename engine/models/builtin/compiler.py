"""The compiler: a question goes in, a plan comes out, with how sure it is and what it did not
read.
"""

import datetime as dt

import msgspec

from engine.models.builtin.confidence import confidence
from engine.models.builtin.joins import Unjoinable
from engine.models.builtin.linking import Linker
from engine.models.builtin.marking import marks
from engine.models.builtin.plan import Query
from engine.models.builtin.reading.assembly import Unclear, assemble
from engine.models.builtin.reading.reader import read
from engine.models.builtin.reading.state import State
from engine.models.builtin.render import sql
from engine.models.builtin.words import tokens


class Reading(msgspec.Struct, frozen=True):
    """What was made of a question. Without a query it was not understood, and `why` says so."""

    query: Query | None
    sql: str = ""
    confidence: float = 0.0
    unread: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    chart: str = ""
    why: str = ""
    choices: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Words that may mean several things, each with the readings there are."""
    part: str = ""
    """The change that was asked for and cannot be made: a click, or what was said to go on."""
    strange: tuple[str, ...] = ()
    """Words that nobody knows, and without which nothing was asked."""
    missed: tuple[str, ...] = ()
    """Words that were left out, though they may matter."""
    kept: bool = False
    """Whether the reading before still stands: the last saying changed nothing."""
    alone: str = ""
    """How to ask for the same as a part of the question before, if that may have been meant."""


def compile_question(linker: Linker, text: str, today: dt.date) -> Reading:
    """Read one question. Never raises, whatever the text."""
    words = tokens(text)
    state = State(linker, marks(words, linker, today), today)
    return settle(linker, read(state))


def settle(linker: Linker, state: State, query: Query | None = None) -> Reading:
    """Make the plan and SQL of what was read; a `query` stands for the plan if it is given."""
    if _guessing(state):
        return lost("too few of the words mean anything here", state)
    try:
        if query is None:
            query = assemble(state)
        text = sql(linker.schema, query)
    except (Unclear, Unjoinable) as why:
        return lost(str(why), state)
    return Reading(
        query,
        text,
        confidence(state, query),
        tuple(state.unread),
        tuple(state.doubts),
        state.chart,
        choices=tuple(state.choices),
    )


def lost(why: str, state: State | None = None, part: str = "") -> Reading:
    """Return the reading of what was not understood; `part` is what a click asked to change."""
    if state is None:
        return Reading(None, why=why, part=part)
    return Reading(
        None, unread=tuple(state.unread), doubts=tuple(state.doubts), chart=state.chart, why=why
    )


def _guessing(state: State) -> bool:
    """Whether more was left unread than was understood: then any plan would be a bluff."""
    understood = sum(1 for mark in state.marks if mark.thing is not None or mark.time is not None)
    strange = sum(1 for mark in state.marks if mark.unknown and mark.text[:1].isalpha())
    if not understood and not state.heads:
        return True
    return strange > 2 and strange > 2 * understood
