"""Combining: conditions joined by and, or, both, not — and those that need a query of their own."""

import msgspec

from engine.models.builtin.joins import nodes, places, tree
from engine.models.builtin.plan import (
    Agg,
    All,
    Col,
    Compare,
    Cond,
    Expr,
    Key,
    Missing,
    Not,
    OneOf,
    Output,
    Query,
    Some,
    Within,
)  # fmt: skip
from engine.models.builtin.reading.alike import barred, contrary, values
from engine.models.builtin.reading.state import Filter, Head, Rank, State


def where(state: State, query: Query) -> tuple[Cond, ...]:
    """Return the conditions of a query, those of what is absent left out."""
    first = min((place for _, place in state.missing), default=len(state.filters))
    filters = [
        f for place, f in enumerate(state.filters) if place < first or not _far(state, query, f)
    ]
    found: list[Cond] = []
    for each in _joined(state, query, filters):
        if each.negated:
            found.append(_denied(state, query, each))
        else:
            found.append(each.cond)
    return tuple(dict.fromkeys(found))


def _far(state: State, query: Query, found: Filter) -> bool:
    return any(state.many(query.root, table) for table in found.tables)


def _joined(state: State, query: Query, filters: list[Filter]) -> list[Filter]:
    """Bring together what `or` joins, and keep apart what must hold of different rows."""
    found: list[Filter] = []
    for each in filters:
        last = found[-1] if found else None
        if last is None:
            found.append(each)
            continue
        alike = _equal(last.cond, each.cond)
        if each.link == "or" and not each.negated and not last.negated:
            found[-1] = _either(last, each)
        elif contrary(last.cond, each.cond) and not each.negated and not last.negated:
            split = [_same_value(state, query, f) for f in (last, each)]
            if _far(state, query, each):
                split = [_within(state, query, last), _within(state, query, each)]
            found[-1:] = [f for f in split if f is not None] or [last, each]
        elif barred(last.cond, each.cond) and (less := _minus(state, query, last, each)):
            found[-1:] = less
        elif alike and not each.negated and not last.negated and each.clause == last.clause:
            found[-1:] = _each_of_both(state, query, last, each)
        else:
            found.append(each)
    return _shared(state, query, found)


def _shared(state: State, query: Query, found: list[Filter]) -> list[Filter]:
    """What else is said of rows elsewhere holds for each of both: `both official languages`."""
    apart = [f for f in found if isinstance(f.cond, Within) and not f.negated]
    if len(apart) < 2:
        return found
    others = [
        f for f in found
        if f not in apart and not f.negated and f.tables <= apart[0].tables
        and _far(state, query, f)
    ]  # fmt: skip
    more = tuple(f.cond for f in others)
    kept: list[Filter] = []
    for each in found:
        if each in apart and isinstance(each.cond, Within):
            inner = each.cond.query
            inner = msgspec.structs.replace(inner, where=(*inner.where, *more))
            each = msgspec.structs.replace(
                each, cond=msgspec.structs.replace(each.cond, query=inner)
            )
        if each not in others:
            kept.append(each)
    return kept


def _equal(one: Cond, other: Cond) -> bool:
    """Whether both say what one column equals."""
    left = one if isinstance(one, Compare | OneOf) else None
    if isinstance(left, Compare) and left.op != "=":
        return False
    return (
        left is not None
        and isinstance(other, Compare)
        and other.op == "="
        and left.left == other.left
    )


def _either(one: Filter, other: Filter) -> Filter:
    both = values(one.cond), values(other.cond)
    if _equal(one.cond, other.cond) and both[0] and both[1]:
        assert isinstance(one.cond, Compare | OneOf)
        cond: Cond = OneOf(one.cond.left, (*both[0], *both[1]))
    elif isinstance(one.cond, Some):
        cond = Some((*one.cond.of, other.cond))
    else:
        cond = Some((one.cond, other.cond))
    return Filter(
        cond,
        one.tables | other.tables,
        False,
        one.clause,
        one.link,
        f"{one.words} or {other.words}",
    )


def _each_of_both(state: State, query: Query, one: Filter, other: Filter) -> list[Filter]:
    """`a dog and a cat`: two rows of another table; in one row a column has only one value."""
    if _far(state, query, one):
        return [_within(state, query, one), _within(state, query, other)]
    both = [_same_value(state, query, each) for each in (one, other)]
    if state.link == "both" or isinstance(one.cond, Compare):
        apart = [each for each in both if each is not None]
        if len(apart) == 2:
            return apart
    return [_either(one, other)]


def _minus(state: State, query: Query, one: Filter, other: Filter) -> list[Filter]:
    """`towns with students in Law but none in Music`: values that have the one, not the other."""
    assert isinstance(other.cond, Compare)
    plain = msgspec.structs.replace(other.cond, op="=")
    has = _same_value(state, query, one)
    lacks = _same_value(state, query, msgspec.structs.replace(other, cond=plain))
    if has is None or lacks is None:
        return []
    assert isinstance(lacks.cond, Within)
    state.distinct = True
    never = msgspec.structs.replace(lacks.cond, negated=True)
    return [has, msgspec.structs.replace(lacks, cond=never)]


def _same_value(state: State, query: Query, found: Filter) -> Filter | None:
    """A list of values: each must have a row of this kind and a row of that."""
    within = _attribute(state, query, (found.cond,), ())
    if within is None or not state.heads or state.heads[0].kind != "column":
        return None
    return msgspec.structs.replace(found, cond=msgspec.structs.replace(within, negated=False))


def _within(state: State, query: Query, found: Filter) -> Filter:
    if isinstance(found.cond, Within):
        return found
    cond = inside(state, query.root, (found.cond,))
    return found if cond is None else msgspec.structs.replace(found, cond=cond)


def inside(
    state: State,
    table: str,
    conds: tuple[Cond, ...],
    tables: tuple[str, ...] = (),
    negated: bool = False,
) -> Within | None:
    """Ask in a subquery which rows of a table meet conditions elsewhere."""
    primary = state.schema.tables[table].primary
    if len(primary) != 1:
        return None
    key = Col(table, primary[0])
    return Within(
        key, Query(root=table, outputs=(Output(key),), where=conds, tables=tables), negated
    )


def _attribute(
    state: State, query: Query, conds: tuple[Cond, ...], tables: tuple[str, ...]
) -> Within | None:
    """A type is used by nothing only if none of its rows are: deny the value, not one row."""
    shown = [output.expr for output in query.outputs]
    if (
        len(shown) != 1
        or not isinstance(shown[0], Col)
        or query.group
        or shown[0].table != query.root
    ):
        return None
    info = state.schema.tables[query.root]
    if tables and state.mentioned.get(query.root, 0.0) > 0.8:
        return None
    if shown[0].column in info.labels or info.primary == (shown[0].column,):
        return None
    inner = Query(root=query.root, outputs=(Output(shown[0]),), where=conds, tables=tables)
    return Within(shown[0], inner, True)


def _denied(state: State, query: Query, found: Filter) -> Cond:
    if _far(state, query, found):
        within = _attribute(state, query, (found.cond,), ())
        within = within or inside(state, query.root, (found.cond,), (), True)
        if within is not None:
            return within
    return Not(found.cond)


def absent(state: State, query: Query) -> Query:
    """`without`, `never`, `do not have`: keep the rows that meet none."""
    found = list(query.where)
    for table, place in dict.fromkeys(state.missing):
        if table == query.root:
            continue
        conds = tuple(f.cond for f in state.filters[place:] if _far(state, query, f))
        if (unset := _unset(state, query.root, table)) is not None:
            found.append(unset)
            continue
        if (shared := _without_value(state, query, table, conds)) is not None:
            found.append(shared)
            query = msgspec.structs.replace(query, distinct=True)
            continue
        cond = _attribute(state, query, conds, (table,))
        cond = cond or inside(state, query.root, conds, (table,), True)
        if cond is not None:
            found.append(cond)
    return msgspec.structs.replace(query, where=tuple(found))


def _unset(state: State, root: str, table: str) -> Missing | None:
    """`players without a team`: the key that would lead there is not set."""
    out = [e for e in state.schema.around(root) if e.table == root and e.to_table == table]
    return Missing(Col(root, out[0].column)) if len(out) == 1 and root != table else None


def _without_value(
    state: State, query: Query, table: str, conds: tuple[Cond, ...]
) -> Within | None:
    """`countries with customers but no suppliers`: no row there has the value that is listed."""
    shown = [output.expr for output in query.outputs]
    if len(shown) != 1 or not isinstance(shown[0], Col) or query.group:
        return None
    col = shown[0]
    info = state.info(col)
    other = next(
        (c for c in state.schema.tables[table].columns if c.words == info.words and not c.key), None
    )
    if other is None or info.key or col.column in state.schema.tables[col.table].labels:
        return None
    listed = Col(table, other.name)
    return Within(col, Query(root=table, outputs=(Output(listed),), where=conds), True)


def apart(state: State, query: Query) -> Query:
    """Where rows elsewhere are asked for by themselves, ask for all of them so: nothing repeats
    then.
    """
    inner = [c for c in query.where if isinstance(c, Within)]
    if not inner or query.group or query.having:
        return query
    shown = {
        node.table for node in nodes((query.outputs, query.order)) if isinstance(node, Col | Agg)
    }
    conds: list[Cond] = []
    for cond in query.where:
        tables = {node.table for node in nodes(cond) if isinstance(node, Col)}
        far = any(state.many(query.root, table) for table in tables)
        if far and not isinstance(cond, Within) and not tables & shown:
            cond = inside(state, query.root, (cond,)) or cond
        conds.append(cond)
    met = {p.child.table for c in inner for p in tree(state.schema, places(c.query))}
    tables_left: list[str] = []
    for table in query.tables:
        if table in shown or not state.many(query.root, table):
            tables_left.append(table)
        elif table not in met and all(table != c.query.root for c in inner):
            exists = inside(state, query.root, (), (table,))
            conds.extend((exists,) if exists is not None else ())
    return msgspec.structs.replace(query, where=tuple(conds), tables=tuple(tables_left))


def havings(state: State, query: Query, heads: list[Head]) -> Query:
    """Conditions on counts and averages: of each group, else of each row asked for."""
    if not state.havings:
        return query
    conds = tuple(_having(f) for f in state.havings)
    if (either := _either_having(state, query, conds)) is not None:
        return either
    if query.group:
        return msgspec.structs.replace(query, having=conds)
    counted = [h for h in heads if h.kind == "agg"]
    if counted and len(counted) == len(heads):
        return _among(state, query, conds)
    keys: list[Expr] = []
    for output in query.outputs:
        if isinstance(output.expr, Col):
            info = state.schema.tables[output.expr.table]
            if output.expr.column in info.labels and len(info.primary) == 1:
                keys.append(Col(info.name, info.primary[0]))
        keys.append(output.expr)
    if query.star:
        keys.extend(Col(query.root, name) for name in state.schema.tables[query.root].primary)
    return msgspec.structs.replace(query, group=tuple(dict.fromkeys(keys)), having=conds)


def _either_having(state: State, query: Query, conds: tuple[Cond, ...]) -> Query | None:
    """`more than 5 orders or from Germany`: the one is asked of groups, the other of rows."""
    joined = bool(state.filters) and (
        state.havings[-1].link == "or" or state.filters[0].link == "or"
    )
    keys = state.schema.tables[query.root].primary
    if not joined or query.group or len(keys) != 1 or not query.where:
        return None
    key = Col(query.root, keys[0])
    counted = Query(
        root=query.root, outputs=(Output(key),), group=(key,), having=conds, tables=query.tables
    )
    rows = [
        inside(state, query.root, (cond,)) or cond if _apart(state, query, cond) else cond
        for cond in query.where
    ]
    other: Cond = rows[0] if len(rows) == 1 else All(tuple(rows))
    return msgspec.structs.replace(query, where=(Some((Within(key, counted), other)),), tables=())


def _apart(state: State, query: Query, cond: Cond) -> bool:
    tables = {node.table for node in nodes(cond) if isinstance(node, Col)}
    return any(state.many(query.root, table) for table in tables)


def _having(found: Filter) -> Cond:
    return Not(found.cond) if found.negated else found.cond


def _among(state: State, query: Query, conds: tuple[Cond, ...]) -> Query:
    """`how many customers have at least two orders`: find them first, then count."""
    primary = state.schema.tables[query.root].primary
    if len(primary) != 1:
        return query
    key = Col(query.root, primary[0])
    inner = Query(
        root=query.root, outputs=(Output(key),), where=query.where, group=(key,), having=conds,
        tables=query.tables,
    )  # fmt: skip
    return msgspec.structs.replace(query, where=(Within(key, inner),), tables=())


def chosen(state: State, query: Query, rank: Rank) -> Query:
    """Keep only the rows that are first by a rank."""
    keys = state.schema.tables[query.root].primary
    if rank.by is None or len(keys) != 1:
        state.doubt("among what the first is meant")
        return query
    key = Col(query.root, keys[0])
    group = () if not any(isinstance(n, Agg) for n in nodes(rank.by)) else (key,)
    inner = Query(
        root=query.root, outputs=(Output(key),), where=query.where, group=group,
        order=(Key(rank.by, rank.descending),), limit=rank.limit,
    )  # fmt: skip
    return msgspec.structs.replace(query, where=(Within(key, inner),))


def narrowed(state: State, query: Query, rank: Rank, by: Expr) -> Query:
    """`how many concerts were in the largest stadium`: find the stadium first."""
    table = rank.table if rank.table in state.schema.tables else ""
    table = by.table if isinstance(by, Col) else table
    if isinstance(by, Agg) and by.table:
        others = [t for t in query.tables if t != by.table]
        table = others[0] if others else ""
    if not table or len(state.schema.tables[table].primary) != 1:
        state.doubt("of what the most is meant")
        return query
    key = Col(table, state.schema.tables[table].primary[0])
    group = () if isinstance(by, Col) else (key,)
    inner = Query(
        root=table, outputs=(Output(key),), group=group, order=(Key(by, rank.descending),),
        limit=rank.limit,
    )  # fmt: skip
    return msgspec.structs.replace(query, where=(*query.where, Within(key, inner)))
