"""Confidence: how much of a question was explained, and how much was guessed."""

from engine.models.builtin.joins import nodes, places
from engine.models.builtin.plan import Col, Query, Within
from engine.models.builtin.reading.state import State
from engine.models.builtin.shaping import aggregates


def features(state: State, query: Query) -> dict[str, float]:
    """Return what speaks against a reading, as numbers."""
    words = [word for word in state.unread if not word.startswith("~")]
    verbs = [word for word in state.unread if word.startswith("~")]
    coded = any(
        isinstance(node, Col) and state.info(node).coded
        for part in (query.where, query.order, query.outputs)
        for node in nodes(part)
    )
    return {
        "words": len(words),
        "verbs": len(verbs),
        "doubts": len(state.doubts),
        "weak": sum(1 for score in state.links if score < 0.8),
        "close": state.close,
        "tables": len({place.table for place in places(query)}) - 1,
        "within": sum(1 for cond in query.where if isinstance(cond, Within)),
        "having": len(query.having),
        "group": bool(query.group),
        "heads": not state.heads,
        "length": len(state.marks),
        "outputs": len(query.outputs),
        "coded": coded,
        "aggs": len(aggregates(query.outputs)),
        "pending": state.column is not None,
        "ranks": len(state.ranks),
        "conds": len(query.where) + len(query.having),
        "negated": state.negated,
    }


_START = 0.96
_COSTS = {
    "words": 0.35, "verbs": 0.03, "doubts": 0.4, "weak": 0.14, "close": 0.3, "tables": 0.045,
    "coded": 0.15, "pending": 0.3, "ranks": 0.07, "outputs": 0.015, "heads": 0.1, "negated": 0.3,
}  # fmt: skip
"""What each sign costs. Measured on public question sets, rounded; never more exact than that."""
_LONG, _EACH_MORE = 11, 0.017


def confidence(state: State, query: Query) -> float:
    """Return how likely the plan is what was meant, from 0 to 1."""
    signs = features(state, query)
    points = _START - sum(cost * min(signs[name], 3) for name, cost in _COSTS.items())
    points -= max(0, len(state.marks) - _LONG) * _EACH_MORE
    return round(max(0.05, min(points, 0.99)), 3)
