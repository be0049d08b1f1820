"""Join search: the smallest tree of keys that holds every table a query names."""

import heapq
from collections.abc import Iterator

import msgspec

from engine.models.builtin.plan import Agg, Col, Node, Query, Raw, Scalar, Within
from engine.models.builtin.schema import Edge, Schema


class Place(msgspec.Struct, frozen=True, order=True):
    """A table in a query; `via` tells two visits of one table apart."""

    table: str
    via: str = ""


class Join(msgspec.Struct, frozen=True):
    """`child` is reached from `parent` over `edge`. `many` when a parent row may meet several."""

    parent: Place
    child: Place
    edge: Edge

    @property
    def many(self) -> bool:
        """Whether the child's rows multiply the parent's."""
        return not (self.edge.table == self.parent.table and self.edge.to_table == self.child.table)


class Unjoinable(Exception):
    """No keys lead from one table to the other."""

    def __init__(self, one: str, other: str) -> None:
        super().__init__(f"no keys lead from {one} to {other}")
        self.tables = (one, other)


def nodes(part: object) -> Iterator[Node]:
    """Walk over a plan, but not into the queries inside it: those have their own tables."""
    left = [part]
    while left:
        part = left.pop()
        if isinstance(part, tuple):
            left.extend(reversed(part))
        elif isinstance(part, Node):
            yield part
            if isinstance(part, Within):
                left.append(part.left)
            elif not isinstance(part, Scalar):
                left.extend(getattr(part, name) for name in reversed(part.__struct_fields__))


def places(query: Query) -> list[Place]:
    """Return the places a query speaks of, its root first."""
    found = {Place(query.root): None}
    for part in (query.outputs, query.where, query.group, query.having, query.order):
        for node in nodes(part):
            if isinstance(node, Col | Raw) or (isinstance(node, Agg) and node.table):
                found[Place(node.table, node.via)] = None
    for table in query.tables:
        if all(place.table != table for place in found):
            found[Place(table)] = None
    return list(found)


def distance(schema: Schema, one: str, other: str) -> int | None:
    """Return how many keys lie between two tables, None if they cannot be joined."""
    if one == other:
        return 0
    path = _path(schema, [one], other)
    return None if path is None else len(path)


def path(schema: Schema, one: str, other: str) -> list[tuple[str, Edge, str]]:
    """Return the keys that lead from one table to another, each between the tables it joins."""
    return (_path(schema, [one], other) or []) if one != other else []


def fans_out(schema: Schema, one: str, other: str) -> bool:
    """Whether a row of one table may meet several rows of the other."""
    return any(
        not (edge.table == start and edge.to_table == end)
        for start, edge, end in path(schema, one, other)
    )


def _path(schema: Schema, starts: list[str], goal: str) -> list[tuple[str, Edge, str]] | None:
    """Find the cheapest way by Dijkstra; a declared key is cheaper than one that was inferred."""
    heap: list[tuple[float, int, str]] = [(0.0, n, table) for n, table in enumerate(starts)]
    came: dict[str, tuple[str, Edge] | None] = dict.fromkeys(starts)
    cost = dict.fromkeys(starts, 0.0)
    count = len(starts)
    while heap:
        spent, _, table = heapq.heappop(heap)
        if table == goal:
            break
        if spent > cost[table]:
            continue
        for edge in schema.around(table):
            other = edge.to_table if edge.table == table else edge.table
            price = spent + (1.25 if edge.inferred else 1.0)
            if price < cost.get(other, 1e9):
                cost[other], came[other] = price, (table, edge)
                count += 1
                heapq.heappush(heap, (price, count, other))
    if goal not in came:
        return None
    steps: list[tuple[str, Edge, str]] = []
    at = goal
    while (step := came[at]) is not None:
        steps.append((step[0], step[1], at))
        at = step[0]
    return steps[::-1]


def tree(schema: Schema, wanted: list[Place]) -> list[Join]:
    """Return the joins that bring all places together, in an order that can be written down.

    The first place is the root. Raise `Unjoinable` if a table stands alone.
    """
    inside: list[Place] = [wanted[0]]
    joins: list[Join] = []
    for place in sorted(wanted[1:], key=lambda p: _far(schema, wanted[0].table, p)):
        if place in inside:
            continue
        if place.via and (edge := _named(schema, place)) is not None:
            _reach(schema, Place(edge.table), inside, joins)
            parent = next(p for p in inside if p.table == edge.table)
            joins.append(Join(parent, place, edge))
            inside.append(place)
        else:
            _reach(schema, place, inside, joins)
    return joins


def _far(schema: Schema, root: str, place: Place) -> tuple[float, str]:
    steps = distance(schema, root, place.table)
    return (99.0 if steps is None else float(steps) + bool(place.via) * 0.5, place.via)


def _named(schema: Schema, place: Place) -> Edge | None:
    for edge in schema.edges:
        if edge.to_table == place.table and edge.column == place.via:
            return edge
    return None


def _reach(schema: Schema, goal: Place, inside: list[Place], joins: list[Join]) -> None:
    if any(place.table == goal.table and not place.via for place in inside):
        return
    steps = _path(schema, [place.table for place in inside], goal.table)
    if steps is None:
        raise Unjoinable(inside[0].table, goal.table)
    at = next(place for place in inside if place.table == (steps[0][0] if steps else goal.table))
    for _, edge, table in steps:
        child = Place(table)
        known = next((place for place in inside if place == child), None)
        if known is None:
            joins.append(Join(at, child, edge))
            inside.append(child)
        at = known or child
