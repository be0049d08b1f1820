"""Roles: a key that is named says what its row is — an employee's manager, a port of arrival."""

from engine.models.builtin.marking import Mark
from engine.models.builtin.plan import Col
from engine.models.builtin.reading.state import State
from engine.models.builtin.schema import Edge

_CODES = frozenset({"id", "ids", "code", "codes", "key", "keys", "number", "numbers", "no", "nr"})


def role(state: State, mark: Mark | None) -> Edge | None:
    """Return the key to another row of the same table that a word names: `manager`, `referred`."""
    if mark is None or mark.thing is None or mark.cue is not None:
        return None
    for link in mark.thing.columns:
        edge = state.schema.pointing(link.column.table, link.column.name)
        if edge is not None and edge.table == edge.to_table and link.score > 0.6:
            return edge
    return None


def named(state: State, col: Col, mark: Mark) -> Col:
    """Return the name of the row that a key points to, unless its code was asked for."""
    edge = state.schema.pointing(col.table, col.column)
    if edge is None or set(mark.text.lower().split()) & _CODES:
        return col
    labels = state.schema.tables[edge.to_table].labels
    if len(labels) == 0 or edge.to_column in labels:
        return col
    return Col(edge.to_table, labels[0], via(state, edge))


def end(state: State, edge: Edge, mark: Mark) -> bool:
    """Whether a row at one of two ends is spoken of: `the home team`, not its code."""
    said = mark.text.lower().split()
    words = state.schema.column(edge.table, edge.column).words
    to = state.schema.tables[edge.to_table].words
    return bool(via(state, edge)) and len(said) == 2 and words[:-1] == (said[0], *to)


def via(state: State, edge: Edge) -> str:
    """Return the name of a key where its table could be reached by several, or is its own."""
    ways = [
        each for each in state.schema.around(edge.to_table)
        if each.table == edge.table and each.to_table == edge.to_table
    ]  # fmt: skip
    return edge.column if edge.table == edge.to_table or len(ways) > 1 else ""


def attribute(state: State, mark: Mark | None, after: Mark | None) -> Col | None:
    """`destination city`: a column of the row that a key points to, by the way of that key."""
    if mark is None or after is None or mark.thing is None or after.thing is None:
        return None
    if mark.cue is not None or state.table_of(mark) is not None:
        return None
    for link in mark.thing.columns:
        edge = state.schema.pointing(link.column.table, link.column.name)
        if edge is None or link.score < 0.75:
            continue
        if any(other.column.table == edge.table and other.score > 0.9 for other in
               after.thing.columns if other.column.name != edge.column):  # fmt: skip
            return None
        for other in after.thing.columns:
            if other.column.table == edge.to_table and other.score > 0.75:
                return Col(edge.to_table, other.column.name, via(state, edge))
    return None


def whole(state: State, col: Col) -> tuple[Col, ...]:
    """Return all columns that name a row, where one of them stands for it: first and last name."""
    labels = state.schema.tables[col.table].labels
    if col.column in labels:
        return tuple(Col(col.table, label, col.via) for label in labels)
    return (col,)
