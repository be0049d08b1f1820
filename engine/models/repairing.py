"""Mending SQL of weak models: joins that are missing, names that are nearly right.

Only what would fail for certain is touched, and everything that was done is said. What comes out
goes through the guard like everything else.
"""

from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from typing import Final

import msgspec
import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.scope import Scope, traverse_scope

from engine.models.builtin.joins import path
from engine.models.builtin.schema import Edge, Schema
from engine.ports import Catalogue

_NEAR: Final = 0.78
"""How alike a name must be to one that exists: `custmer_id` is, `created` for `updated` is not."""


class Repaired(msgspec.Struct, frozen=True, kw_only=True):
    """SQL as it was or as it was mended, and what was done to it, in words."""

    sql: str
    notes: tuple[str, ...] = ()


def repaired(sql: str, catalogue: Catalogue) -> Repaired:
    """Mend a SELECT. What cannot be parsed, or is right, comes back as it was."""
    try:
        trees = sqlglot.parse(sql, read=catalogue.dialect)
        if len(trees) != 1 or not isinstance(tree := trees[0], exp.Query):
            return Repaired(sql=sql)
        mender = _Mender(Schema(catalogue))
        for scope in traverse_scope(tree):
            if isinstance(scope.expression, exp.Select):
                mender.mend(scope)
        if not mender.notes:
            return Repaired(sql=sql)
        mended = tree.sql(catalogue.dialect, pretty=True)
    except (SqlglotError, RecursionError):
        return Repaired(sql=sql)
    return Repaired(sql=mended, notes=tuple(mender.notes))


class _Mender:
    """Mends one scope after another, inner ones first."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._tables = {name.casefold(): name for name in schema.tables}
        self.notes: list[str] = []

    def mend(self, scope: Scope) -> None:
        """Mend one SELECT: its tables first, then its columns, then joins without a condition."""
        select = scope.expression
        assert isinstance(select, exp.Select), "only these are asked for"
        self._mend_tables(scope)
        inside = self._inside(scope)
        if inside is None:
            return
        named = [made for made in select.expressions if isinstance(made, exp.Alias)]
        outputs = {made.alias.casefold() for made in named}
        gone = self._drop_conditions(select, inside)
        homes = self._homes(scope, inside, outputs)
        before = len(inside)
        for column in list(scope.columns):
            if id(column) in gone or isinstance(column.this, exp.Star):
                continue
            if self._is_outer(scope, column):
                continue
            self._mend_column(select, column, inside, outputs)
        self._mend_conditions(select, inside)
        if len(inside) > before:
            # What was clear while there were fewer tables stays as it was meant.
            for column, alias in homes:
                self._set(column, alias, None)

    def _homes(
        self, scope: Scope, inside: dict[str, str], outputs: set[str]
    ) -> list[tuple[exp.Column, str]]:
        """Return the columns that name no table, with the only one that each can be of."""
        found: list[tuple[exp.Column, str]] = []
        for column in scope.columns:
            name = column.name.casefold()
            if column.table or name in outputs or isinstance(column.this, exp.Star):
                continue
            homes = [alias for alias, table in inside.items() if self._has(table, name)]
            if len(homes) == 1:
                found.append((column, homes[0]))
        return found

    # --- Tables ---

    def _mend_tables(self, scope: Scope) -> None:
        for table in scope.tables:
            name = table.name
            if name in scope.cte_sources or self._find(table) is not None:
                continue
            near = _nearest(name, self._schema.tables)
            if near is not None:
                self.notes.append(f"table {name} read as {near}")
                if not table.alias:
                    table.set("alias", exp.TableAlias(this=exp.to_identifier(name)))
                table.set("this", exp.to_identifier(near, quoted=_must_quote(near)))

    def _find(self, table: exp.Table) -> str | None:
        for name in (f"{table.db}.{table.name}", table.name):
            if (found := self._tables.get(name.casefold())) is not None:
                return found
        return None

    def _inside(self, scope: Scope) -> dict[str, str] | None:
        """Return the tables by the names they have here; None where something else is read too."""
        found: dict[str, str] = {}
        for table in scope.tables:
            real = None if table.name in scope.cte_sources else self._find(table)
            if real is None:
                return None
            found[table.alias_or_name.casefold()] = real
        if len(found) != len(scope.tables) or scope.derived_tables:
            return None
        return found

    def _is_outer(self, scope: Scope, column: exp.Column) -> bool:
        """Return whether a query inside another speaks of what the other reads."""
        outer = scope.parent if scope.is_subquery else None
        while outer is not None:
            for table in outer.tables:
                if column.table and column.table.casefold() == table.alias_or_name.casefold():
                    return True
                real = self._find(table)
                if not column.table and (real is None or self._has(real, column.name.casefold())):
                    return True
            outer = outer.parent
        return False

    # --- Columns ---

    def _mend_column(
        self, select: exp.Select, column: exp.Column, inside: dict[str, str], outputs: set[str]
    ) -> None:
        place, name = column.table.casefold(), column.name.casefold()
        if not place:
            if name in outputs or any(self._has(table, name) for table in inside.values()):
                return
            self._place(select, column, inside, None)
            return
        table = inside.get(place)
        if table is None:
            self._unknown_place(select, column, inside)
        elif not self._has(table, name):
            self._place(select, column, inside, place)

    def _unknown_place(
        self, select: exp.Select, column: exp.Column, inside: dict[str, str]
    ) -> None:
        """The column is said to be of a table that is not read: read it, or find another."""
        wanted = self._tables.get(column.table.casefold()) or _nearest(
            column.table, self._schema.tables
        )
        if wanted in inside.values():
            self._set(column, _alias_of(inside, wanted or ""), None)
        elif wanted is not None and self._has(wanted, column.name.casefold()):
            if self._join(select, inside, wanted):
                self._set(column, wanted.casefold(), None)
        else:
            self._place(select, column, inside, None)

    def _place(
        self, select: exp.Select, column: exp.Column, inside: dict[str, str], place: str | None
    ) -> None:
        """Find where a column is that is not where it is said to be."""
        name = column.name.casefold()
        for alias, table in inside.items():
            if self._has(table, name):
                self._set(column, alias, None)
                self.notes.append(f"{column.name} is a column of {table}")
                return
        if (found := self._elsewhere(inside, name)) is not None:
            if self._join(select, inside, found):
                self._set(column, _alias_of(inside, found), None)
            return
        near = self._near_column({place: inside[place]} if place else inside, column.name)
        near = near or self._near_column(inside, column.name)
        if near is not None:
            alias, real = near
            self.notes.append(f"column {column.name} read as {real}")
            self._set(column, alias if place or len(inside) > 1 else None, real)

    def _has(self, table: str, name: str) -> bool:
        return any(column.name.casefold() == name for column in self._schema.tables[table].columns)

    def _elsewhere(self, inside: dict[str, str], name: str) -> str | None:
        """Return the one nearest table that has the column, if one is nearer than all others."""
        far: list[tuple[int, str]] = []
        for table in self._schema.tables:
            if self._has(table, name):
                ways = [path(self._schema, one, table) for one in inside.values()]
                if any(ways):
                    far.append((min(len(way) for way in ways if way), table))
        far.sort()
        if not far or (len(far) > 1 and far[0][0] == far[1][0]):
            return None
        return far[0][1]

    def _near_column(self, inside: dict[str, str], name: str) -> tuple[str, str] | None:
        best: tuple[float, str, str] | None = None
        for alias, table in inside.items():
            for column in self._schema.tables[table].columns:
                spelled = (column.name, f"{table.removesuffix('s')}_{column.name}")
                score = max(_alike(name, each) for each in spelled)
                if score >= _NEAR and (best is None or score > best[0]):
                    best = (score, alias, column.name)
        return best[1:] if best is not None else None

    def _set(self, column: exp.Column, place: str | None, name: str | None) -> None:
        if place is not None:
            column.set("table", exp.to_identifier(place, quoted=_must_quote(place)))
        if name is not None:
            column.set("this", exp.to_identifier(name, quoted=_must_quote(name)))

    # --- Joins ---

    def _drop_conditions(self, select: exp.Select, inside: dict[str, str]) -> set[int]:
        """Drop conditions of joins on columns that are not there, where keys lead another way.

        Return the columns that went with them, by identity.
        """
        gone: set[int] = set()
        known = [source.alias_or_name.casefold() for source in _first(select)]
        for join in select.args.get("joins") or ():
            alias, on = join.alias_or_name.casefold(), join.args.get("on")
            columns = list(on.find_all(exp.Column)) if on is not None else []
            wrong = any(self._is_wrong(column, inside) for column in columns)
            leads = alias in inside and any(
                path(self._schema, inside[other], inside[alias])
                for other in known
                if other in inside
            )
            if wrong and leads and not join.side:
                join.set("on", exp.true())
                gone |= {id(column) for column in columns}
            known.append(alias)
        return gone

    def _is_wrong(self, column: exp.Column, inside: dict[str, str]) -> bool:
        name, table = column.name.casefold(), inside.get(column.table.casefold())
        if table is not None:
            return not self._has(table, name)
        return not column.table and not any(self._has(each, name) for each in inside.values())

    def _join(self, select: exp.Select, inside: dict[str, str], table: str) -> bool:
        """Read one more table, along the keys that lead to it. False if none do."""
        ways = [way for one in inside.values() if (way := path(self._schema, one, table))]
        if not ways:
            return False
        for start, edge, end in min(ways, key=len):
            if end in inside.values():
                continue
            on = self._on(_alias_of(inside, start), start, edge, end, end)
            select.join(_table(end), on=on, copy=False)
            inside[end.casefold()] = end
        return True

    def _mend_conditions(self, select: exp.Select, inside: dict[str, str]) -> None:
        """Give a condition to a join that has none: every row with every row is never meant."""
        known = [source.alias_or_name.casefold() for source in _first(select)]
        for join in list(select.args.get("joins") or ()):
            alias = join.alias_or_name.casefold()
            if _bare(join) and alias in inside:
                self._condition(select, join, known, inside)
            known.append(alias)

    def _condition(
        self, select: exp.Select, join: exp.Join, known: list[str], inside: dict[str, str]
    ) -> None:
        """Join by the shortest way from what is read before, over tables in between if need be."""
        alias = join.alias_or_name.casefold()
        ways = [
            (other, way)
            for other in known
            if other in inside and (way := path(self._schema, inside[other], inside[alias]))
        ]
        if not ways:
            return
        near, way = min(ways, key=lambda found: len(found[1]))
        joins: list[exp.Join] = select.args["joins"]
        for start, edge, end in way:
            place = alias if end == inside[alias] else end.casefold()
            on = self._on(near, start, edge, place, end)
            if place == alias:
                join.set("on", on)
                join.set("kind", None)
            elif place not in inside:
                joins.insert(joins.index(join), exp.Join(this=_table(end), on=on))
                inside[place] = end
            near = place

    def _on(self, near: str, start: str, edge: Edge, place: str, end: str) -> exp.EQ:
        own, other = edge.column, edge.to_column
        if edge.table != start:
            own, other = other, own
        self.notes.append(f"joined {end} on {near}.{own} = {place}.{other}")
        return exp.EQ(this=_column(near, own), expression=_column(place, other))


def _bare(join: exp.Join) -> bool:
    """Whether a join has no condition; the parser writes TRUE where there is none."""
    on = join.args.get("on")
    if join.args.get("using") or join.method or join.side or join.kind == "CROSS":
        return False
    return on is None or (isinstance(on, exp.Boolean) and bool(on.this))


def _first(select: exp.Select) -> Iterator[exp.Expr]:
    source = select.args.get("from_") or select.args.get("from")
    if source is not None:
        yield source.this


def _alias_of(inside: dict[str, str], table: str) -> str:
    return next((alias for alias, real in inside.items() if real == table), table)


def _table(name: str) -> exp.Table:
    schema, _, plain = name.rpartition(".")
    return exp.table_(
        exp.to_identifier(plain, quoted=_must_quote(plain)),
        db=exp.to_identifier(schema) if schema else None,
    )


def _column(table: str, name: str) -> exp.Column:
    return exp.column(
        exp.to_identifier(name, quoted=_must_quote(name)),
        table=exp.to_identifier(table.rpartition(".")[2], quoted=_must_quote(table)),
    )


def _must_quote(name: str) -> bool:
    return not name.replace("_", "a").isalnum() or name[:1].isdigit()


def _nearest(name: str, names: Iterable[str]) -> str | None:
    scored = sorted(((_alike(name, each), each) for each in names), reverse=True)
    return scored[0][1] if scored and scored[0][0] >= _NEAR else None


def _alike(one: str, other: str) -> float:
    return SequenceMatcher(None, one.casefold(), other.casefold()).ratio()
