"""Telling: the columns that name a row, and those that tell it apart from the others."""

from engine.models.builtin import lexicon
from engine.models.builtin.marking import Mark
from engine.models.builtin.plan import Col
from engine.models.builtin.reading.state import State
from engine.models.builtin.schema import Schema


def labels(state: State, table: str) -> tuple[Col, ...]:
    """Return the columns that name a row: its label, else its key, else its first column."""
    return tuple(Col(table, name) for name in labels_of(state.schema, table))


def labels_of(schema: Schema, table: str) -> tuple[str, ...]:
    """Return the names of the columns that name a row."""
    info = schema.tables[table]
    return info.labels or info.primary[:1] or tuple(c.name for c in info.columns[:1])


def key_of(schema: Schema, table: str) -> tuple[str, ...]:
    """Return the name of the one column that tells rows apart, if there is one."""
    primary = schema.tables[table].primary
    return primary if len(primary) == 1 else ()


def identity(state: State, table: str) -> tuple[Col, ...]:
    """Return the column that tells the rows of a table apart."""
    return tuple(Col(table, name) for name in key_of(state.schema, table))


def row_of(state: State, col: Col) -> tuple[Col, ...]:
    """Return the column that tells the row of a column apart, reached the same way."""
    return tuple(Col(col.table, name, col.via) for name in key_of(state.schema, col.table))


def unique(state: State, col: Col) -> bool:
    """Whether a column stands for a whole row: a table's label or its key."""
    info = state.schema.tables[col.table]
    return col.column in info.labels or info.primary == (col.column,)


def distinct_said(state: State) -> bool:
    """Whether different values are counted, not rows."""
    return any(mark.kind == "distinct" or "different" in mark.text.lower() for mark in state.marks)


def kind_of(state: State, col: Col, mark: Mark) -> bool:
    """`how many properties`, where rows have a property type: each of them is a property."""
    words, token = state.info(col).words, mark.token
    if token is None or token.lower == token.lemma or distinct_said(state):
        return False
    return words[-1] in lexicon.SORTS and words[:-1] == (token.lemma,)
