"""Coverage: what was said in a question and does not stand in its plan."""

from collections.abc import Iterator

import msgspec

from engine.models.builtin.joins import nodes, places, tree
from engine.models.builtin.marking import Mark
from engine.models.builtin.plan import (
    Agg,
    Between,
    Bucket,
    Col,
    Compare,
    Growth,
    If,
    Like,
    Math,
    Missing,
    Node,
    Not,
    OneOf,
    Period,
    Query,
    RateOf,
    Raw,
    Running,
    Scalar,
    Share,
    Value,
    Weekend,
    Within,
)  # fmt: skip
from engine.models.builtin.reading.state import State
from engine.models.builtin.schema import Edge

_NAMES = frozenset({"name", "names", "title", "titles"})


class Lost(msgspec.Struct, frozen=True):
    """How many things, numbers, times and phrases of a question its plan says nothing of."""

    things: int = 0
    numbers: int = 0
    times: int = 0
    phrases: int = 0
    guessed: int = 0
    """Keys that the plan goes by and nobody declared."""


def lost(state: State, query: Query) -> Lost:
    """Compare a question with the plan that was made of it."""
    told = _Told(state, query)
    marks = list(enumerate(state.marks))
    return Lost(
        sum(1 for _, m in marks if m.thing is not None and m.cue is None and not told.thing(m)),
        sum(1 for n, m in marks if m.number is not None and not told.number(state, n)),
        sum(1 for _, m in marks if m.time is not None and m.cue is None and not told.time(m)),
        sum(1 for _, m in marks if m.cue is not None and not told.phrase(m)),
        sum(1 for edge in told.edges if edge.inferred),
    )


class _Told:
    """What stands in a plan, the queries inside it included."""

    def __init__(self, state: State, query: Query) -> None:
        self.schema = state.schema
        self.queries = list(_queries(query))
        self.nodes = [node for each in self.queries for node in _parts(each)]
        self.columns = {(n.table, n.column) for n in self.nodes if isinstance(n, Col)}
        self.raw = {n.table for n in self.nodes if isinstance(n, Raw)}
        self.edges: set[Edge] = set()
        self.tables = {table for table, _ in self.columns}
        for each in self.queries:
            joins = tree(state.schema, places(each))
            self.edges |= {join.edge for join in joins}
            self.tables |= {each.root, *(join.child.table for join in joins)}
        limits = {str(n) for q in self.queries for n in (q.limit, q.top_per) if n is not None}
        self.constants = {*_constants(self.nodes), *limits}
        self.star = any(each.star for each in self.queries)

    def has(self, *kinds: type[Node]) -> bool:
        """Whether the plan has a part of any of these kinds."""
        return any(isinstance(node, kinds) for node in self.nodes)

    def thing(self, mark: Mark) -> bool:
        """Whether any of what a mark most likely means is in the plan."""
        thing = mark.thing
        assert thing is not None
        if thing.metric or thing.segment or not thing.score:
            return True
        likely = thing.score - 0.25
        if any(hit.value.lower() in self.constants for hit in thing.values if hit.score > likely):
            return True
        if any(link.table in self.tables for link in thing.tables if link.score > likely):
            return True
        if mark.text.lower() in _NAMES and any(
            column in self.schema.tables[table].labels for table, column in self.columns
        ):
            return True  # what names a row is told, whatever its column is called
        columns = [link.column for link in thing.columns if link.score > likely]
        if any((c.table, c.name) in self.columns or c.table in self.raw for c in columns):
            return True
        return any(self._stands_for(c.table, c.name) for c in columns)

    def _stands_for(self, table: str, column: str) -> bool:
        """A key stands for the row it leads to; all columns are shown of a whole row."""
        edge = self.schema.pointing(table, column)
        if edge is not None and edge.to_table in self.tables:
            return True
        own = self.schema.tables[table].primary == (column,)
        return table in self.tables and (own or self.star)

    def number(self, state: State, place: int) -> bool:
        """Whether a number is compared with, be it in another unit."""
        number = state.marks[place].number
        if str(number) in self.constants or number in (0, 1):
            return True
        before = state.marks[place - 1] if place else None
        scaled = before is not None and before.kind in ("op", "comp", "between", "and")
        return scaled and any(c.replace(".", "", 1).isdigit() for c in self.constants)

    def time(self, mark: Mark) -> bool:
        """Whether a period is a condition, and a unit of time a grouping."""
        assert mark.time is not None
        if mark.time.weekend:
            return self.has(Weekend) or self.has(Bucket)
        if mark.time.unit is not None:
            return self.has(Bucket) or bool(mark.thing and self.thing(mark))
        return self.has(Period, Compare, Between, OneOf, Like)

    def phrase(self, mark: Mark) -> bool:
        """Whether what a phrase asks for was done."""
        match mark.kind:
            case "agg":
                return self.has(Agg, Math, Scalar, Running, RateOf)
            case "sup" | "most" | "common":
                ends = any(isinstance(n, Agg) and n.fn in ("min", "max") for n in self.nodes)
                return ends or any(q.order or q.top_per for q in self.queries)
            case "count" | "times":
                return self.has(Agg, RateOf, Share, Math)
            case "not" | "except":
                return self._denies()
            case "op" | "comp":
                return self.has(Compare, Between, Period, Not, OneOf)
            case "between":
                return self.has(Between, Period, Compare, Math)
            case "like":
                return self.has(Like, Compare)
            case "each":
                return any(q.group for q in self.queries) or len(self.queries[0].outputs) > 1
            case "null":
                return self.has(Missing)
            case "share":
                return self.has(Share, RateOf, Math)
            case "growth":
                return self.has(Growth, Math)
            case "running":
                return self.has(Running)
            case "or" | "both":
                return self.has(OneOf, Compare, Within, Period, Like, If)
            case "top":
                return any(q.limit is not None or q.top_per for q in self.queries)
            case "order" | "dir":
                return any(q.order for q in self.queries)
            case _:
                return True

    def _denies(self) -> bool:
        negated = any(isinstance(n, Within) and n.negated for n in self.nodes)
        unequal = any(isinstance(n, Compare) and n.op == "!=" for n in self.nodes)
        flags = any(isinstance(n, Compare) and n.op != "!=" for n in self.nodes)
        return negated or unequal or flags or self.has(Not, Missing)


def _queries(query: Query) -> Iterator[Query]:
    yield query
    for node in _parts(query):
        if isinstance(node, Within | Scalar):
            yield from _queries(node.query)
    if query.combine is not None:
        yield from _queries(query.combine[1])


def _parts(query: Query) -> list[Node]:
    return [*nodes((query.outputs, query.where, query.group, query.having, query.order))]


def _constants(parts: list[Node]) -> Iterator[str]:
    """Return what plans compare with, as it would be said."""
    for node in parts:
        if isinstance(node, Value):
            yield str(node.value).lower()
        elif isinstance(node, OneOf):
            yield from (str(value).lower() for value in node.values)
        elif isinstance(node, Like):
            yield node.text.lower()
        elif isinstance(node, Period):
            yield from (text[:4] for text in (node.start, node.end) if text)
            yield from (str(int(text[:4]) - 1) for text in (node.end,) if text)
