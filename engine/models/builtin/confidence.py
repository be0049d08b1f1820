"""Confidence: how much of a question was explained, and how much was guessed."""

import math

from engine.models.builtin import lexicon
from engine.models.builtin.coverage import lost
from engine.models.builtin.joins import nodes, places
from engine.models.builtin.plan import Col, Query
from engine.models.builtin.reading.state import State


def features(state: State, query: Query) -> dict[str, float]:
    """Return what speaks against a reading, as numbers."""
    unread = [word.removeprefix("~").lower() for word in state.unread]
    bases = {mark.text.lower(): mark.token.lemma for mark in state.marks if mark.token is not None}
    light = lexicon.LIGHT | lexicon.SURROUNDINGS
    slight = [word for word in unread if {word, bases.get(word, word)} & light]
    names = [word for word in state.unread if not word.startswith("~")]
    missed = lost(state, query)
    coded = any(
        isinstance(node, Col) and state.info(node).coded
        for part in (query.where, query.order, query.outputs)
        for node in nodes(part)
    )
    return {
        "names": len(names),
        "words": len(unread) - len(slight) - len(names),
        "slight": len(slight),
        "things": missed.things,
        "numbers": missed.numbers,
        "times": missed.times,
        "phrases": missed.phrases,
        "guessed": min(missed.guessed, 2),
        "doubts": len(state.doubts),
        "choices": len(state.choices),
        "close": state.close,
        "tables": len({place.table for place in places(query)}) - 1,
        "nothing": not state.heads,
        "outputs": len(query.outputs),
        "coded": coded,
        "pending": state.column is not None,
        "ranks": len(state.ranks),
        "negated": state.negated,
    }


_START = 2.6
_COSTS = {
    "names": 1.8, "phrases": 1.8, "words": 1.1, "doubts": 1.1, "things": 0.9, "numbers": 0.9,
    "ranks": 0.7, "negated": 0.7, "close": 0.6, "choices": 0.5, "pending": 0.5, "tables": 0.45,
    "nothing": 0.4, "slight": 0.3, "times": 0.3, "coded": 0.3, "outputs": 0.25, "guessed": 0.2,
}  # fmt: skip
"""What each sign costs, as logarithms of odds.

Fitted on the questions of twenty-odd databases as they were read when nobody had looked at them
yet, and rounded; never more exact than that.
"""
_MOST = 3
"""More of one sign says no more."""


def confidence(state: State, query: Query) -> float:
    """Return how likely the plan is what was meant, from 0 to 1."""
    signs = features(state, query)
    odds = _START - sum(cost * min(signs[name], _MOST) for name, cost in _COSTS.items())
    return round(max(0.05, min(1 / (1 + math.exp(-odds)), 0.99)), 3)
