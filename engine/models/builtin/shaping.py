"""Shaping: a plan made safe to join, so that no row counts twice and no table is idle."""

import msgspec

from engine.models.builtin.joins import Join, Place, fans_out, nodes, places, tree
from engine.models.builtin.plan import Agg, Col, Cond, Expr, Node, Output, Query, Raw, Within
from engine.models.builtin.schema import Schema


class Shaped(msgspec.Struct, frozen=True):
    """A query and the joins it takes."""

    query: Query
    joins: tuple[Join, ...]
    distinct: bool = False


def shape(schema: Schema, query: Query) -> Shaped:
    """Choose the joins; move filters that would multiply what is summed into subqueries."""
    query = _guarded(schema, query)
    joins = tree(schema, places(query))
    query, joins = _pruned(schema, query, joins)
    query = _counted(schema, query, joins)
    query, joins = _pruned(schema, query, joins)
    outputs = tuple({output.expr: output for output in reversed(query.outputs)}.values())[::-1]
    query = msgspec.structs.replace(query, outputs=outputs, group=tuple(dict.fromkeys(query.group)))
    return Shaped(
        query, tuple(joins), (query.distinct and not query.group) or _repeats(query, joins)
    )


def aggregates(part: object) -> list[Agg]:
    """Return the aggregates in a part of a plan."""
    return [node for node in nodes(part) if isinstance(node, Agg)]


def _guarded(schema: Schema, query: Query) -> Query:
    """Sums and averages must not be multiplied by a filter's table: ask for it in a subquery."""
    measured = {
        node.table
        for agg in aggregates((query.outputs, query.order, query.having))
        if agg.fn != "count" and agg.arg is not None
        for node in nodes(agg.arg)
        if isinstance(node, Col | Raw)
    }
    if len(measured) != 1:
        return query
    table = measured.pop()
    kept: list[Cond] = []
    for cond in query.where:
        tables = {node.table for node in nodes(cond) if isinstance(node, Col | Raw)}
        if any(fans_out(schema, table, other) for other in tables):
            kept.append(_inside(schema, table, cond) or cond)
        else:
            kept.append(cond)
    return msgspec.structs.replace(query, where=tuple(kept))


def _inside(schema: Schema, table: str, cond: Cond) -> Within | None:
    primary = schema.tables[table].primary
    if len(primary) != 1:
        return None
    key = Col(table, primary[0])
    return Within(key, Query(root=table, outputs=(Output(key),), where=(cond,)))


def _pruned(schema: Schema, query: Query, joins: list[Join]) -> tuple[Query, list[Join]]:
    """Leave out tables of which only the key is read that another table already holds."""
    changed = True
    while changed:
        changed = False
        for join in joins:
            for leaf, other in ((join.child, join.parent), (join.parent, join.child)):
                if not _spare(query, joins, join, leaf):
                    continue
                was = Col(leaf.table, join.edge.to_column, leaf.via)
                query = replaced(query, was, Col(other.table, join.edge.column, other.via))
                root = other.table if query.root == leaf.table and not leaf.via else query.root
                tables = (*(t for t in query.tables if t != leaf.table), other.table)
                query = msgspec.structs.replace(query, root=root, tables=tables)
                joins = tree(schema, places(query))
                changed = True
                break
            if changed:
                break
    return query, joins


def _spare(query: Query, joins: list[Join], join: Join, leaf: Place) -> bool:
    """Whether a table at the end of the tree gives nothing but its key."""
    if sum(leaf in (other.parent, other.child) for other in joins) != 1:
        return False
    # The end of the key; in a table that points to itself only its place tells which it is.
    if leaf != (join.parent if join.many else join.child):
        return False
    if query.star and leaf.table == query.root:
        return False
    for part in (query.outputs, query.where, query.group, query.having, query.order):
        for node in nodes(part):
            if isinstance(node, Agg | Raw) and (node.table, node.via) == (leaf.table, leaf.via):
                return False
            if (
                isinstance(node, Col)
                and (node.table, node.via) == (leaf.table, leaf.via)
                and node.column != join.edge.to_column
            ):
                return False
    return True


def replaced(query: Query, was: Node, now: Node) -> Query:
    """Return the query with one node put in place of another, not inside its subqueries."""

    def change(part: object) -> object:
        if part == was:
            return now
        if isinstance(part, tuple):
            return tuple(change(item) for item in part)
        if isinstance(part, Within):
            return Within(change(part.left), part.query, part.negated)  # type: ignore[arg-type]
        if isinstance(part, Query):
            return part
        if isinstance(part, Node):
            fields = {name: change(getattr(part, name)) for name in part.__struct_fields__}
            return type(part)(**fields)
        return part

    names = ("outputs", "where", "group", "having", "order")
    return msgspec.structs.replace(query, **{name: change(getattr(query, name)) for name in names})


def _counted(schema: Schema, query: Query, joins: list[Join]) -> Query:
    """Count rows as `COUNT(*)` where each stands once, else by their key."""
    for agg in aggregates((query.outputs, query.having, query.order)):
        if agg.fn != "count" or agg.arg is not None or not agg.table:
            continue
        arg: Expr | None = None
        if multiplied(joins, Place(agg.table, agg.via)):
            arg = _identity(schema, agg)
        query = replaced(query, agg, Agg("count", arg, arg is not None, said=agg.said))
    return query


def _identity(schema: Schema, agg: Agg) -> Col | None:
    """Return the column that tells rows of a table apart, read from a neighbour if it has it."""
    primary = schema.tables[agg.table].primary
    return Col(agg.table, primary[0], agg.via) if len(primary) == 1 else None


def multiplied(joins: list[Join], place: Place) -> bool:
    """Whether the joins make several rows of one row at this place."""
    seen, todo = {place}, [place]
    while todo:
        at = todo.pop()
        for join in joins:
            if join.parent == at and join.child not in seen:
                if join.many:
                    return True
                seen.add(join.child)
                todo.append(join.child)
            elif join.child == at and join.parent not in seen:
                if not join.many:
                    return True
                seen.add(join.parent)
                todo.append(join.parent)
    return False


def _repeats(query: Query, joins: list[Join]) -> bool:
    """Whether a list would show one thing several times only because of how it was looked up."""
    if query.group or aggregates((query.outputs, query.having)) or not joins:
        return False
    shown = {
        Place(node.table, node.via) for node in nodes(query.outputs) if isinstance(node, Col | Raw)
    } or {Place(query.root)}
    return all(multiplied(joins, place) for place in shown)
