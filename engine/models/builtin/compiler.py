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


def compile_question(linker: Linker, text: str, today: dt.date) -> Reading:
    """Read one question. Never raises, whatever the text."""
    words = tokens(text)
    state = State(linker, marks(words, linker, today), today)
    read(state)
    unread, doubts = tuple(state.unread), tuple(state.doubts)
    try:
        query = assemble(state)
        text = sql(linker.schema, query)
    except Unclear as unclear:
        return Reading(None, "", 0.0, unread, doubts, state.chart, str(unclear))
    except Unjoinable as apart:
        return Reading(None, "", 0.0, unread, doubts, state.chart, str(apart))
    return Reading(query, text, confidence(state, query), unread, tuple(state.doubts), state.chart)
