"""Arranging: which rows come first, how many of them, and in what order they stand."""

import msgspec

from engine.models.builtin import lexicon
from engine.models.builtin.naming import name_of
from engine.models.builtin.plan import Agg, Bucket, Col, Expr, Key, Output, Query
from engine.models.builtin.reading import combining
from engine.models.builtin.reading.state import Head, Rank, State
from engine.models.builtin.reading.telling import identity, row_of, unique
from engine.models.builtin.shaping import aggregates


def ranked(state: State, query: Query, heads: list[Head]) -> Query:
    ranks = list(state.ranks)
    if len(ranks) == 2 and ranks[0].limit == 1 and (ranks[1].limit or 0) > 1:
        # `the cheapest among the five longest`: the five are found first.
        query = combining.chosen(state, query, ranks.pop())
    for rank in ranks:
        query = _rank(state, query, heads, rank)
    return query


def _rank(state: State, query: Query, heads: list[Head], rank: Rank) -> Query:
    by = rank.by
    lonely = all(head.kind == "agg" for head in heads) and not query.group
    if by is None:
        by = _most_of(state, query, heads, rank)
        if rank.table != "?" and not query.group:
            query = _met(state, query, heads)
    if lonely and not query.group:
        return combining.narrowed(state, query, rank, by)
    if not query.group and isinstance(by, Col) and _judged(state, query, by):
        by = Agg("avg", by)
    elif (
        not query.group
        and isinstance(by, Col)
        and rank.limit != 1
        and (not query.star and state.many(query.root, by.table))
    ):
        by = Agg("max" if rank.descending else "min", by)
    if aggregates(by) and not query.group:
        query = _grouped(state, query)
        if isinstance(by, Agg) and rank.table == query.root != by.table and by.table:
            keys = (*identity(state, query.root), *query.group)
            query = msgspec.structs.replace(query, group=tuple(dict.fromkeys(keys)))
    elif query.group and isinstance(by, Col) and by not in query.group and not aggregates(by):
        if not any(
            isinstance(k, Col) and unique(state, k) and k.table == by.table for k in query.group
        ):
            by = Agg(
                "sum" if rank.limit and rank.limit > 1 else "max" if rank.descending else "min", by
            )
        else:
            query = msgspec.structs.replace(query, group=(*query.group, by))
    key = Key(by, rank.descending)
    outputs = query.outputs
    if rank.limit and rank.limit > 1 and aggregates(by) and all(o.expr != by for o in outputs):
        outputs = (*outputs, Output(by, called(state, by)))
    return msgspec.structs.replace(
        query, outputs=outputs, order=(*query.order, key), limit=rank.limit or query.limit
    )


def _judged(state: State, query: Query, by: Col) -> bool:
    """The best rated is the one with the best average, where it is rated many times."""
    words = {word for word, _ in lexicon.CONCEPTS["quality"]}
    return state.many(query.root, by.table) and bool(words & set(state.info(by).words))


def _most_of(state: State, query: Query, heads: list[Head], rank: Rank) -> Expr:
    if rank.table == "?":
        for head in heads:
            if head.kind == "agg" and head.expr is not None:
                return head.expr
        found = state.concept("size", query.root) or state.concept("quality", query.root)
        if found is not None and not query.group:
            return found[0]
    return Agg("count")


def _met(state: State, query: Query, heads: list[Head]) -> Query:
    """What is the most common of a table's rows is told by the rows that point to it."""
    head = next((h for h in heads if h.kind != "agg"), None)
    if head is None or query.tables or len({h.table for h in heads}) > 1:
        return query
    entity = head.kind == "table" or (isinstance(head.expr, Col) and unique(state, head.expr))
    if not entity or (isinstance(head.expr, Col) and _repeats(state, head.expr)):
        return query
    into = [
        e.table
        for e in state.schema.around(head.table)
        if e.to_table == head.table and e.table != head.table
    ]
    where = {t for f in state.filters for t in f.tables}
    if into and not where - {head.table}:
        return msgspec.structs.replace(query, tables=(*query.tables, into[0]))
    return query


def _repeats(state: State, col: Col) -> bool:
    """Whether a column was asked for that could name rows, but has one name for many of them."""
    if all(head.kind != "column" or head.expr != col for head in state.heads):
        return False
    distinct, rows = state.info(col).info.distinct, state.schema.tables[col.table].info.rows
    return bool(distinct and rows and distinct < 0.5 * rows)


def _grouped(state: State, query: Query) -> Query:
    """Group a list by what it lists, so that something may be counted for each."""
    keys: list[Expr] = []
    for output in query.outputs:
        col = output.expr
        if isinstance(col, Col) and unique(state, col) and not _repeats(state, col):
            keys.extend(row_of(state, col))
        if not aggregates(output.expr):
            keys.append(output.expr)
    if query.star:
        keys.extend(identity(state, query.root))
    return msgspec.structs.replace(query, group=tuple(dict.fromkeys(keys)))


def ordered(state: State, query: Query) -> Query:
    keys: list[Key] = list(query.order)
    for expr, descending in state.orders:
        by = expr
        if by is None:
            if not query.outputs:
                continue
            if any(rank.table == "?" for rank in state.ranks):
                continue
            by = _told_by(state, query)
        if aggregates(by) and not query.group:
            query = _grouped(state, query)
        elif query.group and isinstance(by, Col) and by not in query.group:
            query = msgspec.structs.replace(query, group=(*query.group, by))
        keys.append(Key(by, descending))
    timed = next((g for g in query.group if isinstance(g, Bucket)), None)
    if timed is not None and not keys:
        keys.append(Key(timed))
    limit = query.limit if query.limit is not None else state.limit
    return msgspec.structs.replace(query, order=tuple(dict.fromkeys(keys)), limit=limit)


def _told_by(state: State, query: Query) -> Expr:
    """Return what is sorted where nobody says: figures before names, unless by the alphabet."""
    spelled = any(m.kind == "dir" and "ph" in m.text.lower() for m in state.marks)
    figures = [output.expr for output in query.outputs if aggregates(output.expr)]
    return query.outputs[0].expr if spelled or not figures else figures[0]


def called(state: State, expr: Expr) -> str:
    """Return a name for a computed column: what a person called it, if anybody did."""
    return state.names.get(expr) or name_of(state.schema, expr)
