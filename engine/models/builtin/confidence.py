"""Confidence: how much of a question was explained, and how much was guessed."""

from engine.models.builtin.plan import Query
from engine.models.builtin.reading.state import State


def confidence(state: State, query: Query) -> float:
    """Return how likely the plan is what was meant, from 0 to 1."""
    points = 0.95
    for word in state.unread:
        points -= 0.08 if word.startswith("~") else 0.15
    points -= 0.15 * len(state.doubts)
    if not state.heads:
        points -= 0.2
    return max(0.05, min(points, 0.99))
