"""Assembly: the draft becomes one typed query."""

from collections.abc import Sequence

import msgspec

from engine.models.builtin import lexicon
from engine.models.builtin.joins import distance
from engine.models.builtin.naming import name_of
from engine.models.builtin.plan import (
    Agg,
    All,
    Bucket,
    Col,
    Cond,
    Expr,
    Growth,
    Key,
    Output,
    Query,
    RateOf,
    Running,
    Share,
)  # fmt: skip
from engine.models.builtin.reading import averages, bests, combining, defined, growing
from engine.models.builtin.reading.asked import asked_for, tables_of
from engine.models.builtin.reading.choosing import dated
from engine.models.builtin.reading.roles import role, whole
from engine.models.builtin.reading.state import Grouping, Head, Rank, State
from engine.models.builtin.reading.telling import identity, labels, row_of, unique
from engine.models.builtin.shaping import aggregates

_LOOSE = 0.75


class Unclear(Exception):
    """Nothing in the question says what is asked for."""


def assemble(state: State) -> Query:
    """Return the plan of a question that was read. Raise `Unclear` if nothing is asked for."""
    heads = asked_for(state)
    root = next((head.table for head in heads if head.table), state.subject)
    if not root:
        root = next((t for h in heads for a in aggregates(h.expr) for t in [a.table] if t), "")
    if not root and (tables := tables_of(heads)):
        root = tables[0]
    if not root:
        raise Unclear("nothing of this schema was asked for")
    heads = averages.settled(state, heads)
    groups = _groups(state, heads, root)
    query = Query(root=root, outputs=(), tables=_extra(state, root), distinct=state.distinct)
    if (best := bests.best_of_each(state, query, heads, groups)) is not None:
        return best
    query = _selected(state, query, heads, groups)
    query = msgspec.structs.replace(query, where=combining.where(state, query))
    query = _ranked(state, query, heads)
    query = combining.havings(state, query, heads)
    query = _ordered(state, query)
    query = combining.absent(state, query)
    query = combining.apart(state, query)
    query = _windowed(state, query)
    query = growing.contrasted(state, query)
    if defined.apart(query):
        if not query.group and not query.where:
            return defined.each_alone(state.schema, query)
        state.doubt("figures of several tables, joined")
    return defined.finished(state, query)


def _extra(state: State, root: str) -> tuple[str, ...]:
    """Return the tables that were only mentioned and yet must be met."""
    absent = {table for table, _ in state.missing}
    return tuple(
        table
        for table in dict.fromkeys(state.tables)
        if table != root
        and table not in absent
        and state.mentioned.get(table, 0.0) >= _LOOSE
        and distance(state.schema, root, table) is not None
    )


# --- Groups and outputs -----------------------------------------------------------------------


def _groups(state: State, heads: list[Head], root: str) -> list[Grouping]:
    found: list[Grouping] = []
    for grouping in state.groupings:
        if grouping.unit is not None and grouping.expr is None:
            col = dated(state)
            if col is None:
                state.doubt("no date to group by")
                continue
            grouping = Grouping(Bucket(grouping.unit, col), col.table, grouping.unit)
        found.append(_by_role(state, heads, grouping))
    return list(dict.fromkeys(found))


def _by_role(state: State, heads: list[Head], grouping: Grouping) -> Grouping:
    """`how many members did each member refer`: each is the one whom the others point to."""
    counted = any(head.kind == "agg" and head.table == grouping.table for head in heads)
    if grouping.expr is not None or not counted:
        return grouping
    edges = [edge for mark in state.marks if (edge := role(state, mark)) is not None]
    own = next((edge for edge in edges if edge.table == grouping.table), None)
    if own is None:
        return grouping
    label = labels(state, grouping.table)[0]
    return Grouping(Col(label.table, label.column, own.column), grouping.table, row=True)


def _selected(state: State, query: Query, heads: list[Head], groups: list[Grouping]) -> Query:
    plain = [head for head in heads if head.kind != "agg"]
    aggs = [head for head in heads if head.kind == "agg"]
    if groups and not aggs and not state.ranks and not state.havings:
        # `the names of every student` lists, it does not group.
        groups = [
            g
            for g in groups
            if g.unit or g.expr is not None or any(head.table != g.table for head in plain)
        ]
    if not groups and not aggs:
        return _listing(state, query, plain)
    rows = bool(plain) and not aggs and all(head.kind == "table" for head in plain)
    if rows and any(g.table != plain[0].table or g.expr is not None for g in groups):
        aggs = [Head("agg", plain[0].table, Agg("count", table=plain[0].table))]
        plain = []
    if groups and plain and not aggs and all(_measurable(state, head, groups) for head in plain):
        aggs, plain = [_aggregated(state, head) for head in plain], []
    keys, shown = _keys(state, plain, groups, aggs)
    outputs = [*shown, *(head.expr for head in aggs if head.expr is not None)]
    if groups and not aggs:
        outputs = list(shown)
    named = tuple(Output(expr, _name(state, expr)) for expr in dict.fromkeys(outputs))
    return msgspec.structs.replace(query, outputs=named, group=tuple(dict.fromkeys(keys)))


def _measurable(state: State, head: Head, groups: list[Grouping]) -> bool:
    """Whether a column that stands beside groups is a number to add up for each of them."""
    col = head.expr
    if not isinstance(col, Col) or not state.numeric(col) or state.info(col).key:
        return False
    return "year" not in state.info(col).words and all(g.expr != col for g in groups)


def _aggregated(state: State, head: Head) -> Head:
    """`total cost per month` is a sum, `rating by category` an average."""
    col = head.expr
    assert isinstance(col, Col)
    mean = bool(set(state.info(col).words) & lexicon.AVERAGED)
    return Head("agg", head.table, Agg("avg" if mean else "sum", col), head.words)


def _listing(state: State, query: Query, plain: list[Head]) -> Query:
    if state.everything or not plain:
        return msgspec.structs.replace(query, star=True)
    shown: list[Expr] = []
    for head in plain:
        shown.extend(
            _named(state, head.table) if head.kind == "table" else [head.expr] if head.expr else []
        )
    outputs = tuple(Output(expr) for expr in dict.fromkeys(shown))
    distinct = query.distinct or (len(shown) == 1 and _kinds(state, shown[0]))
    # A table that cannot name its rows shows what they were chosen by.
    ranked = [r.by for r in state.ranks if isinstance(r.by, Col)]
    nameless = [h for h in plain if h.kind == "table" and not state.schema.tables[h.table].labels]
    outputs += tuple(Output(by) for by in ranked if nameless and by.table == nameless[0].table)
    return msgspec.structs.replace(query, outputs=outputs, distinct=distinct)


def _named(state: State, table: str) -> Sequence[Col]:
    """Return what names a row; where different ones are asked for, that may be a kind of name."""
    info = state.schema.tables[table]
    if not state.distinct or info.labels:
        return labels(state, table)
    own = [(*info.words, word) for word in ("name", "title", "type")]
    kinds = [c.name for c in info.columns if c.kind == "text" and c.words in own]
    return [Col(table, kinds[0])] if kinds else labels(state, table)


def _kinds(state: State, expr: Expr) -> bool:
    """Whether a list of this column alone is a list of the kinds there are: all job titles."""
    if not isinstance(expr, Col) or unique(state, expr) or state.ranks or state.limit:
        return False
    column, rows = state.info(expr), state.schema.tables[expr.table].info.rows
    if column.kind != "text" or column.key or not rows or column.info.distinct is None:
        return False
    said = any(
        mark.thing is not None and state.table_of(mark) == expr.table for mark in state.marks
    )
    which = bool(state.marks) and state.marks[0].kind == "which"
    return column.info.distinct <= rows / 2 and (which or not said)


def _keys(
    state: State, plain: list[Head], groups: list[Grouping], aggs: list[Head]
) -> tuple[list[Expr], list[Expr]]:
    """Return what to group by and which of it to show."""
    keys: list[Expr] = []
    shown: list[Expr] = []
    listed = {head.table for head in plain}
    for group in groups:
        if group.expr is not None:
            told = _whole(state, group)
            keys.extend((*(_row(state, group)), *told))
            shown.extend(told)
            continue
        keys.extend(identity(state, group.table) or labels(state, group.table))
        if group.table not in listed:
            keys.extend(labels(state, group.table))
            shown.extend(labels(state, group.table))
    for head in plain:
        exprs = labels(state, head.table) if head.kind == "table" else (head.expr,)
        for expr in exprs:
            if expr is None:
                continue
            counted = any(
                agg.table == head.table and isinstance(agg.expr, Agg) and agg.expr.fn == "count"
                for agg in aggs
            )
            if isinstance(expr, Col) and unique(state, expr) and not counted and not groups:
                keys.extend(row_of(state, expr))
            keys.append(expr)
            shown.append(expr)
    return keys, shown


def _row(state: State, group: Grouping) -> tuple[Col, ...]:
    """Rows of one name stay apart where a group stands for a row."""
    return row_of(state, group.expr) if group.row and isinstance(group.expr, Col) else ()


def _whole(state: State, group: Grouping) -> tuple[Expr, ...]:
    if group.row and isinstance(group.expr, Col):
        return whole(state, group.expr)
    return (group.expr,) if group.expr is not None else ()


def _name(state: State, expr: Expr) -> str:
    """Return a name for a computed column: what a person called it, if anybody did."""
    return state.names.get(expr) or name_of(state.schema, expr)


# --- Order ------------------------------------------------------------------------------------


def _ranked(state: State, query: Query, heads: list[Head]) -> Query:
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
        outputs = (*outputs, Output(by, _name(state, by)))
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
    if not entity:
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


def _grouped(state: State, query: Query) -> Query:
    """Group a list by what it lists, so that something may be counted for each."""
    keys: list[Expr] = []
    for output in query.outputs:
        if isinstance(output.expr, Col) and unique(state, output.expr):
            keys.extend(row_of(state, output.expr))
        if not aggregates(output.expr):
            keys.append(output.expr)
    if query.star:
        keys.extend(identity(state, query.root))
    return msgspec.structs.replace(query, group=tuple(dict.fromkeys(keys)))


def _ordered(state: State, query: Query) -> Query:
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


def _windowed(state: State, query: Query) -> Query:
    """Put shares, growth and running totals around what was measured."""
    if state.share and not query.group and query.where:
        conds: tuple[Cond, ...] = query.where
        rate = Output(RateOf(conds[0] if len(conds) == 1 else All(conds)), "percentage")
        return msgspec.structs.replace(query, outputs=(rate,), where=())
    found = list(query.outputs)
    for place, output in enumerate(query.outputs):
        if not isinstance(output.expr, Agg):
            continue
        if state.share and query.group:
            found[place] = Output(Share(output.expr), "percentage")
        elif state.window == "running" and query.group:
            found[place] = Output(Running(output.expr), f"running_{output.name}")
        elif state.window == "growth" and query.group:
            found.append(Output(Growth(output.expr), "growth_percent"))
    return msgspec.structs.replace(query, outputs=tuple(found))
