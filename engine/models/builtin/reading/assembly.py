"""Assembly: the draft becomes one typed query."""

from collections.abc import Sequence

import msgspec

from engine.models.builtin import lexicon
from engine.models.builtin.joins import distance
from engine.models.builtin.plan import (
    Agg,
    All,
    Bucket,
    Col,
    Cond,
    Expr,
    Growth,
    Output,
    Period,
    Query,
    RateOf,
    Running,
    Share,
)  # fmt: skip
from engine.models.builtin.reading import (
    arranging,
    averages,
    bests,
    combining,
    defined,
    growing,
    pivots,
)
from engine.models.builtin.reading.asked import asked_for, tables_of
from engine.models.builtin.reading.choosing import dated
from engine.models.builtin.reading.roles import role, whole
from engine.models.builtin.reading.state import Grouping, Head, State
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
    averages.each_row(state, heads)
    heads = averages.divided(state, averages.settled(state, heads))
    groups = _groups(state, heads, root)
    query = Query(root=root, outputs=(), tables=_extra(state, root), distinct=state.distinct)
    if (best := bests.best_of_each(state, query, heads, groups)) is not None:
        return best
    query = _selected(state, query, heads, groups)
    conds = combining.where(state, query)
    query = msgspec.structs.replace(query, where=conds, distinct=query.distinct or state.distinct)
    query = arranging.ranked(state, query, heads)
    query = combining.havings(state, query, heads)
    query = arranging.ordered(state, query)
    query = combining.absent(state, query)
    query = combining.apart(state, query)
    query = _windowed(state, query)
    query = growing.contrasted(state, pivots.crossed(state, query))
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
        plain = _beside(state, plain, groups)
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
    named = tuple(Output(expr, arranging.called(state, expr)) for expr in dict.fromkeys(outputs))
    return msgspec.structs.replace(query, outputs=named, group=tuple(dict.fromkeys(keys)))


def _beside(state: State, plain: list[Head], groups: list[Grouping]) -> list[Head]:
    """`the manager of each employee` tells both."""
    roles = [h for h in plain if isinstance(h.expr, Col) and h.expr.via and h.expr.table == h.table]
    own = [g.table for g in groups if g.expr is None and any(h.table == g.table for h in roles)]
    if len(roles) != len(plain) or not own:
        return plain
    return [*(Head("column", t, col) for t in own for col in labels(state, t)), *plain]


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
    kinds = [
        c.name for c in info.columns
        if c.kind == "text" and c.words[-1] in ("name", "title", "type") and not c.key
        and len(c.words) == len(info.words) + 1
    ]  # fmt: skip
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


def _of_which(state: State, query: Query) -> tuple[Cond, ...]:
    """`share of houses with a garage`: what stands before the clause says of which rows."""
    first = min((each.clause for each in state.filters), default=0)
    of = [f.cond for f in state.filters if f.clause == first and f.cond in query.where]
    return tuple(of) if len(of) < len(query.where) else ()


def _windowed(state: State, query: Query) -> Query:
    """Put shares, growth and running totals around what was measured."""
    if state.share and not query.group and not query.where and query.tables:
        # `what percentage of students own a pet`: of all, how many have such a row.
        met = combining.inside(state, query.root, (), query.tables)
        if met is not None:
            having = Output(RateOf(met), "percentage")
            return msgspec.structs.replace(query, outputs=(having,), tables=())
    if state.share and not query.group and query.where:
        of = _of_which(state, query)
        conds: tuple[Cond, ...] = tuple(c for c in query.where if c not in of)
        rate = Output(RateOf(conds[0] if len(conds) == 1 else All(conds)), "percentage")
        return msgspec.structs.replace(query, outputs=(rate,), where=of)
    found = list(query.outputs)
    kept: list[Cond] = [c for c in query.where if isinstance(c, Period)]
    told = tuple(c for c in query.where if c not in kept)
    for place, output in enumerate(query.outputs):
        if not isinstance(output.expr, Agg):
            continue
        if state.share and query.group and told and output.expr.fn == "count":
            # `what share of orders is cancelled, by channel`: how often it is so in each.
            often = RateOf(told[0] if len(told) == 1 else All(told))
            found[place] = Output(often, "percentage")
            query = msgspec.structs.replace(query, where=tuple(kept))
        elif state.share and query.group:
            found[place] = Output(Share(output.expr), "percentage")
        elif state.window == "running" and query.group:
            found[place] = Output(Running(output.expr), f"running_{output.name}")
        elif state.window == "growth" and query.group:
            found.append(Output(Growth(output.expr), "growth_percent"))
    return msgspec.structs.replace(query, outputs=tuple(found))
