"""Writes metrics and segments out: `METRIC(revenue)` becomes what was defined by that name.

This happens before anything is judged, so that a definition is judged like what anybody writes.
Only definitions that may be known are in sight: those of hidden columns are not.
"""

from collections.abc import Iterator, Sequence

import msgspec
from sqlglot import exp

from engine.metrics import (
    NoFormula,
    aggregate,
    condition,
    formula,
    metric_named,
    segment_named,
    simple_parts,
)
from engine.ports import Meaning, SimpleMetric
from engine.sources.guard.policy import Columns, Keys, names_of
from engine.sources.guard.refusing import Refusal, place, shorten
from engine.sources.guard.rewriting import full_name, real_tables

METRIC, SEGMENT = "METRIC", "SEGMENT"


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What words a statement may use, and what must be known to use them well."""

    meaning: Meaning = Meaning()
    columns: Columns = {}
    keys: Keys = {}


def expand(tree: exp.Expr, terms: Terms, dialect: str) -> None:
    """Write out every metric and segment in a tree. Raise `Refusal` where that makes no sense."""
    if not terms.meaning.metrics and not terms.meaning.segments:
        return  # Without definitions the words are functions like any other that is not known.
    calls = [
        call for call in tree.find_all(exp.Anonymous) if call.name.upper() in (METRIC, SEGMENT)
    ]
    real = {id(table) for table in real_tables(tree, dialect)}
    for call in calls:
        name = _named(call)
        select = call.find_ancestor(exp.Select)
        if select is None:
            raise Refusal("metric", f"{call.name} can only stand in a SELECT{place(call)}.")
        around = _Around(select, real, terms)
        try:
            if call.name.upper() == METRIC:
                call.replace(exp.Paren(this=_metric(call, name, around, terms, dialect)))
            else:
                call.replace(_segment(call, name, around, terms, dialect))
        except NoFormula as error:
            raise Refusal("metric", f"{error}{place(call)}.") from error


def _metric(call: exp.Expr, name: str, around: "_Around", terms: Terms, dialect: str) -> exp.Expr:
    if metric_named(terms.meaning, name) is None:
        raise _unknown("metric", call, name, [one.name for one in terms.meaning.metrics])
    for part in simple_parts(terms.meaning, name):
        around.must_stand_once(name, part.table)

    def written(part: SimpleMetric) -> exp.Expr:
        table = around.place_of(part.table)
        return _qualified(aggregate(part, dialect, around.presence_of(table)), table)

    return formula(terms.meaning, name, dialect, written)


def _segment(call: exp.Expr, name: str, around: "_Around", terms: Terms, dialect: str) -> exp.Expr:
    segment = segment_named(terms.meaning, name)
    if segment is None:
        raise _unknown("segment", call, name, [one.name for one in terms.meaning.segments])
    return _qualified(condition(segment, dialect), around.place_of(segment.table))


class _Around:
    """The SELECT that a word stands in: its tables, and how they are joined."""

    def __init__(self, select: exp.Select, real: set[int], terms: Terms) -> None:
        clause = select.args.get("from_")
        self._joins: Sequence[exp.Join] = select.args.get("joins") or ()
        sides = [clause.this] if clause is not None else []
        self._sides: list[exp.Expr] = [*sides, *(join.this for join in self._joins)]
        self._tables = [
            side for side in self._sides if isinstance(side, exp.Table) and id(side) in real
        ]
        self._select = select
        self._terms = terms

    def place_of(self, table: str) -> exp.Table:
        """Return where a table is read; raise `Refusal` if it is not, or more than once."""
        found = [one for one in self._tables if _same(full_name(one), table)]
        if len(found) == 1:
            return found[0]
        if found:
            raise Refusal("metric", f"{shorten(table)} stands in FROM more than once.")
        raise Refusal(
            "metric", f"This word is about {shorten(table)}, so {shorten(table)} must be in FROM."
        )

    def presence_of(self, table: exp.Table) -> exp.Expr | None:
        """Return what tells rows of a table from those that an outer join adds, if one may."""
        if not any(join.side for join in self._joins):
            return None
        keys = self._keys(table)
        if not keys:
            name = shorten(table.name)
            raise Refusal("metric", f"{name} has no key by which its rows could be told here.")
        key = exp.column(exp.to_identifier(keys[0][0], quoted=True))
        return exp.Not(this=exp.Is(this=key, expression=exp.Null()))

    def must_stand_once(self, metric: str, name: str) -> None:
        """Raise `Refusal` if a join may show a row of the table more than once.

        Every other table must be joined by its key, to the table or to one that is so joined.
        """
        table = self.place_of(name)
        equal = list(self._equal())
        fixed, waiting = {table.alias_or_name.lower()}, [s for s in self._sides if s is not table]
        while ready := [side for side in waiting if self._is_fixed(side, fixed, equal)]:
            fixed |= {side.alias_or_name.lower() for side in ready}
            waiting = [side for side in waiting if side not in ready]
        if waiting:
            other = shorten(waiting[0].alias_or_name or "another query")
            raise Refusal(
                "metric",
                f"{metric} would count rows of {shorten(name)} more than once, because {other} is"
                f" not joined by its key. Work {metric} out in a query of its own first.",
            )

    def _is_fixed(
        self, side: exp.Expr, fixed: set[str], equal: Sequence[tuple[exp.Column, exp.Column]]
    ) -> bool:
        """Tell whether the rows of `fixed` decide which row of a side they meet."""
        name = side.alias_or_name.lower()
        met = {
            one.name.lower()
            for pair in equal
            for one, other in (pair, pair[::-1])
            if self._owner(one) == name and self._owner(other) in fixed
        }
        met |= {column for column, owners in self._using() if name in owners and owners & fixed}
        return any(met >= {column.lower() for column in key} for key in self._keys(side))

    def _keys(self, table: exp.Expr) -> tuple[tuple[str, ...], ...]:
        if not isinstance(table, exp.Table) or table not in self._tables:
            return ()
        names = names_of(full_name(table))
        return next((self._terms.keys[name] for name in names if name in self._terms.keys), ())

    def _equal(self) -> Iterator[tuple[exp.Column, exp.Column]]:
        """Name the pairs of columns that every row of the query has alike."""
        where = self._select.args.get("where")
        said = [join.args.get("on") for join in self._joins]
        said += [where.this] if where is not None else []
        for meets in said:
            parts = meets.flatten() if isinstance(meets, exp.And) else [meets]
            for part in parts:
                part = part.unnest() if isinstance(part, exp.Paren) else part
                if isinstance(part, exp.EQ):
                    left, right = part.this, part.expression
                    if isinstance(left, exp.Column) and isinstance(right, exp.Column):
                        yield left, right

    def _using(self) -> Iterator[tuple[str, set[str]]]:
        for join in self._joins:
            for column in join.args.get("using") or ():
                owners = {
                    side.alias_or_name.lower()
                    for side in self._sides
                    if self._has(side, column.name.lower())
                }
                yield column.name.lower(), owners

    def _owner(self, column: exp.Column) -> str:
        if column.table:
            return column.table.lower()
        owners = [s.alias_or_name.lower() for s in self._sides if self._has(s, column.name.lower())]
        return owners[0] if len(owners) == 1 else ""

    def _has(self, side: exp.Expr, column: str) -> bool:
        if not isinstance(side, exp.Table):
            return False
        columns = self._terms.columns
        known = next((columns[n] for n in names_of(full_name(side)) if n in columns), ())
        return column in (one.lower() for one in known)


def _named(call: exp.Anonymous) -> str:
    said = call.expressions
    if len(said) == 1 and isinstance(said[0], exp.Column) and not said[0].table:
        return said[0].name
    if len(said) == 1 and isinstance(said[0], exp.Literal) and said[0].is_string:
        return said[0].name
    raise Refusal("metric", f"{call.name} takes the name of one definition{place(call)}.")


def _qualified(tree: exp.Expr, table: exp.Table) -> exp.Expr:
    for column in list(tree.find_all(exp.Column)):
        column.set("table", _called(table))
    return tree


def _called(table: exp.Table) -> exp.Identifier:
    alias = table.args.get("alias")
    name = alias.this if isinstance(alias, exp.TableAlias) and alias.this else table.this
    called: exp.Identifier = name.copy()
    return called


def _same(one: str, other: str) -> bool:
    left, right = one.lower().split("."), other.lower().split(".")
    shared = min(len(left), len(right))
    return left[-shared:] == right[-shared:]


def _unknown(kind: str, call: exp.Expr, name: str, known: Sequence[str]) -> Refusal:
    names = f" There are {', '.join(known[:12])}." if known else ""
    return Refusal("metric", f"There is no {kind} {shorten(name)}{place(call)}.{names}")
