"""Bests: the first few of each — the three best products of every category."""

import msgspec

from engine.models.builtin.plan import Col, Expr, Key, Output, Query
from engine.models.builtin.reading import combining
from engine.models.builtin.reading.state import Grouping, Head, Rank, State
from engine.models.builtin.reading.telling import identity, labels, unique
from engine.models.builtin.shaping import aggregates


def best_of_each(
    state: State, query: Query, heads: list[Head], groups: list[Grouping]
) -> Query | None:
    """Return the plan of `the dearest product in each category`, if that is what is asked."""
    if len(groups) != 1 or len(state.ranks) != 1 or groups[0].unit is not None or not heads:
        return None
    rank, group = state.ranks[0], groups[0]
    heads = _of_rows(state, heads, rank, group)
    listed = all(head.kind == "table" for head in heads)
    itself = group.expr is None and group.table in {head.table for head in heads}
    if rank.by is None or not listed or itself:
        return None
    of = group.expr if isinstance(group.expr, Col) else labels(state, group.table)[0]
    shown = [col for head in heads for col in labels(state, head.table)]
    keys: list[Expr] = []
    if aggregates(rank.by):
        keys = [of, *(col for head in heads for col in identity(state, head.table)), *shown]
    outputs = (
        Output(of, of.column.lower() if isinstance(group.expr, Col) else _called(group.table)),
        *(Output(col, f"{_called(col.table)}_{col.column.lower()}") for col in shown),
        Output(rank.by, _measured(state, rank.by)),
    )
    found = msgspec.structs.replace(
        query,
        outputs=outputs,
        group=tuple(dict.fromkeys(keys)),
        order=(Key(rank.by, rank.descending),),
        top_per=rank.limit or 1,
    )
    return msgspec.structs.replace(found, where=combining.where(state, found))


def _of_rows(state: State, heads: list[Head], rank: Rank, group: Grouping) -> list[Head]:
    """`the name of the dearest product of each category`: what names a row stands for it."""
    names = [h for h in heads if isinstance(h.expr, Col) and unique(state, h.expr)]
    table = rank.by.table if isinstance(rank.by, Col) else ""
    if len(names) != len(heads) or group.expr is not None:
        return heads
    own = [h for h in names if h.table == table]
    if len(own) != 1 or any(h.table not in (table, group.table) for h in names):
        return heads
    return [Head("table", table, None, own[0].words)]


def _measured(state: State, by: Expr) -> str:
    if isinstance(by, Col):
        return by.column.lower()
    return state.names.get(by, "measure")


def _called(table: str) -> str:
    return table.split(".")[-1].lower()
