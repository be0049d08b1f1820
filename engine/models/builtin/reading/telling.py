"""Telling: the columns that name a row, and those that tell it apart from the others."""

from engine.models.builtin.plan import Col
from engine.models.builtin.reading.state import State


def labels(state: State, table: str) -> tuple[Col, ...]:
    """Return the columns that name a row: its label, else its key, else its first column."""
    info = state.schema.tables[table]
    names = info.labels or info.primary[:1] or tuple(c.name for c in info.columns[:1])
    return tuple(Col(table, name) for name in names)


def identity(state: State, table: str) -> tuple[Col, ...]:
    """Return the column that tells the rows of a table apart."""
    primary = state.schema.tables[table].primary
    return (Col(table, primary[0]),) if len(primary) == 1 else ()


def unique(state: State, col: Col) -> bool:
    """Whether a column stands for a whole row: a table's label or its key."""
    info = state.schema.tables[col.table]
    return col.column in info.labels or info.primary == (col.column,)
