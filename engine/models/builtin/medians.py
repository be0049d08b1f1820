"""Medians, where a dialect has no function for them: the middle of numbered rows."""

from collections.abc import Iterator
from typing import TypeVar

from sqlglot import exp

N = TypeVar("N", bound=exp.Expr)

WITHOUT = frozenset({"sqlite", "mysql"})
"""Dialects that cannot take a median themselves."""

OUTPUT = "output"
"""Marks a column that names an output of the query itself, not a column of its tables."""


def by_hand(select: exp.Select) -> exp.Select:
    """Return the query with its medians written out.

    The rows are numbered inside, for each median in its own order; outside, the median is the
    average of the one or two in the middle, so that it may stand beside other aggregates.
    """
    inner = _Inner(select)
    if not inner.medians:
        return select
    return inner.outside(select)


class _Inner:
    """The rows of a query with their numbers, and what its columns are called out of them."""

    def __init__(self, select: exp.Select) -> None:
        self.medians: dict[str, int] = {}
        self._names: dict[str, str] = {}
        self._columns: list[exp.Expr] = []
        parts = [*select.expressions, *_kept(select)]
        self._groups = select.args["group"].expressions if select.args.get("group") else []
        for median in (m for part in parts for m in _own(part, exp.Median)):
            self._number(median.this)
        if self.medians:
            for column in (c for part in parts for c in _own(part, exp.Column)):
                self._name(column)

    def _number(self, value: exp.Expr) -> None:
        if value.sql() in self.medians:
            return
        n = self.medians[value.sql()] = len(self.medians) + 1
        nothing = exp.Is(this=value.copy(), expression=exp.Null())
        keys = [exp.Ordered(this=by, nulls_first=True) for by in (nothing, value.copy())]
        order = exp.Order(expressions=keys)
        place = exp.Window(this=exp.RowNumber(), partition_by=self._by(), order=order)
        size = exp.Window(this=exp.Count(this=value.copy()), partition_by=self._by())
        self._columns += [
            exp.alias_(value.copy(), f"value_{n}"),
            exp.alias_(place, f"place_{n}"),
            exp.alias_(size, f"size_{n}"),
        ]

    def _by(self) -> list[exp.Expr]:
        return [group.copy() for group in self._groups]

    def _name(self, column: exp.Column) -> None:
        if column.sql() not in self._names and not column.meta.get(OUTPUT):
            self._names[column.sql()] = name = f"column_{len(self._names) + 1}"
            self._columns.append(exp.alias_(column.copy(), name))

    def outside(self, select: exp.Select) -> exp.Select:
        inner = select.copy()
        for part in ("group", "having", "order", "limit", "distinct"):
            inner.set(part, None)
        inner.set("expressions", self._columns)
        found = exp.Select(expressions=[self._shown(each) for each in select.expressions])
        found = found.from_(inner.subquery("numbered"), copy=False)
        for part in ("group", "having", "order", "limit", "distinct"):
            if (old := select.args.get(part)) is not None:
                found.set(part, self._outer(old))
        return found

    def _shown(self, output: exp.Expr) -> exp.Expr:
        mapped = self._outer(output)
        if isinstance(output, exp.Column):
            return exp.alias_(mapped, output.name, quoted=output.this.quoted)
        return mapped

    def _outer(self, part: exp.Expr) -> exp.Expr:
        return part.copy().transform(self._replaced, copy=False)

    def _replaced(self, node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Median):
            return self._middle(self.medians[node.this.sql()])
        if isinstance(node, exp.Column) and node.sql() in self._names:
            return node if node.meta.get(OUTPUT) else exp.column(self._names[node.sql()])
        return node

    def _middle(self, n: int) -> exp.Expr:
        twice = exp.Mul(this=exp.Literal.number(2), expression=exp.column(f"place_{n}"))
        high = exp.Add(this=exp.column(f"size_{n}"), expression=exp.Literal.number(2))
        within = exp.Between(this=twice, low=exp.column(f"size_{n}"), high=high)
        return exp.Avg(this=exp.Case().when(within, exp.column(f"value_{n}")))


def _kept(select: exp.Select) -> list[exp.Expr]:
    found = (select.args.get(part) for part in ("group", "having", "order"))
    return [part for part in found if part is not None]


def _own(part: exp.Expr, kind: type[N]) -> Iterator[N]:
    """Walk over a part, but not into the queries inside it: those have their own rows."""
    for node in part.walk(prune=lambda n: isinstance(n, exp.Query)):
        if isinstance(node, kind):
            yield node
