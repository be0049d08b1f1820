"""Rendering: a plan becomes a sqlglot tree, and that becomes SQL in the source's dialect."""

from collections.abc import Callable
from typing import Any

import msgspec
from sqlglot import exp

from engine.metrics import parsed
from engine.models.builtin import medians, plan
from engine.models.builtin.buckets import bucket, elapsed, number, weekend
from engine.models.builtin.joins import Place, nodes
from engine.models.builtin.moments import moment
from engine.models.builtin.schema import Schema
from engine.models.builtin.shaping import Shaped, shape

_OPS: dict[str, type[exp.Binary]] = {
    "=": exp.EQ, "!=": exp.NEQ, ">": exp.GT, "<": exp.LT, ">=": exp.GTE, "<=": exp.LTE,
}  # fmt: skip
_FNS: dict[str, type[exp.AggFunc]] = {
    "sum": exp.Sum, "avg": exp.Avg, "min": exp.Min, "max": exp.Max, "median": exp.Median,
}  # fmt: skip


def sql(schema: Schema, query: plan.Query, pretty: bool = True) -> str:
    """Return the SQL of a plan. Raise `Unjoinable` if its tables have no keys between them."""
    return tree(schema, query).sql(dialect=schema.dialect, pretty=pretty, copy=False)


def tree(schema: Schema, query: plan.Query) -> exp.Query:
    """Return the sqlglot tree of a plan."""
    shaped = shape(schema, query)
    found: exp.Query = _Writer(schema, shaped).select()
    if query.combine is not None:
        how, other = query.combine
        kind = {"union": exp.Union, "intersect": exp.Intersect, "except": exp.Except}[how]
        found = kind(this=found, expression=tree(schema, other), distinct=True)
    return found


class _Writer:
    """Writes one SELECT."""

    def __init__(self, schema: Schema, shaped: Shaped) -> None:
        self.schema = schema
        self.query = shaped.query
        self.joins = shaped.joins
        self.distinct = shaped.distinct
        first = shaped.joins[0].parent if shaped.joins else Place(shaped.query.root)
        self.places = [first, *(join.child for join in shaped.joins)]
        self.single = len(self.places) == 1

    def select(self) -> exp.Select:
        query = self.query
        found = exp.Select(expressions=self._outputs())
        if not self._rowless():
            found = found.from_(self._table(self.places[0]), copy=False)
        for join in self.joins:
            found.append("joins", self._join(join.parent, join.child, join.edge))
        if query.where:
            found.set("where", exp.Where(this=self._all(query.where)))
        if query.group:
            found.set("group", exp.Group(expressions=[self.expr(e, True) for e in query.group]))
        if query.having:
            found.set("having", exp.Having(this=self._all(query.having)))
        if query.order:
            keys = [self._key(key) for key in query.order]
            found.set("order", exp.Order(expressions=keys))
        if query.limit is not None:
            found.set("limit", exp.Limit(expression=exp.Literal.number(query.limit)))
        if self.distinct and self._may_be_distinct():
            found.set("distinct", exp.Distinct())
        if query.top_per is not None:
            return self._top_per(found, query.top_per)
        return self._with_medians(found)

    def _rowless(self) -> bool:
        """Whether only figures of other queries are shown: they need no rows to stand beside."""
        query = self.query
        shown = [node for output in query.outputs for node in nodes(output.expr)]
        figures = any(isinstance(node, plan.Scalar) for node in shown)
        own = any(isinstance(node, plan.Col | plan.Agg | plan.Raw) for node in shown)
        return figures and not own and not query.where and not query.group and not query.star

    def _with_medians(self, found: exp.Select) -> exp.Select:
        without = self.schema.dialect in medians.WITHOUT
        return medians.by_hand(found) if without else found

    def _may_be_distinct(self) -> bool:
        """Sorting by what is not shown and DISTINCT exclude each other in most dialects."""
        shown = {output.expr for output in self.query.outputs}
        return all(key.by in shown for key in self.query.order)

    def _top_per(self, found: exp.Select, count: int) -> exp.Select:
        """Keep the first rows of each group: number them, then ask for the low numbers."""
        parts = [self.expr(self.query.outputs[0].expr)]
        found.set("order", None)
        keys = [self._sorted(self.expr(key.by), key.descending) for key in self.query.order]
        order = exp.Order(expressions=keys)
        # The best of each are all that are as good; of the best three there are three.
        place = exp.Anonymous(this="RANK") if count == 1 else exp.RowNumber()
        rank = exp.Window(this=place, partition_by=parts, order=order)
        names = [output.name for output in self.query.outputs]
        found.append("expressions", exp.alias_(rank, "place"))
        outer = exp.Select(expressions=[exp.column(name, quoted=_odd(name)) for name in names])
        outer = outer.from_(self._with_medians(found).subquery("ranked"), copy=False)
        limit = exp.LTE(this=exp.column("place"), expression=exp.Literal.number(count))
        outer.set("where", exp.Where(this=limit))
        return outer

    # --- Tables -----------------------------------------------------------------------------

    def _called(self, place: Place) -> str:
        name = self.schema.tables[place.table].info.name
        return f"{name}_{place.via}" if place.via else name

    def _table(self, place: Place) -> exp.Table:
        info = self.schema.tables[place.table].info
        db = info.schema if info.schema and "." in place.table else None
        table = exp.Table(this=_name(info.name), db=_name(db) if db else None)
        if place.via:
            table.set("alias", exp.TableAlias(this=_name(self._called(place))))
        return table

    def _join(self, parent: Place, child: Place, edge: Any) -> exp.Join:
        down = edge.table == parent.table and edge.to_table == child.table
        near, far = (edge.column, edge.to_column) if down else (edge.to_column, edge.column)
        on = exp.EQ(this=self._column(parent, near), expression=self._column(child, far))
        return exp.Join(this=self._table(child), on=on)

    def _column(self, place: Place, name: str) -> exp.Column:
        if self.single:
            return exp.Column(this=_name(name))
        return exp.Column(this=_name(name), table=_name(self._called(place)))

    # --- Expressions ------------------------------------------------------------------------

    def _outputs(self) -> list[exp.Expr]:
        if self.query.star:
            table = None if self.single else _name(self._called(self.places[0]))
            return [exp.Column(this=exp.Star(), table=table) if table else exp.Star()]
        return [self._output(output) for output in self.query.outputs]

    def _output(self, output: plan.Output) -> exp.Expr:
        found = self.expr(output.expr, shown=True)
        return exp.alias_(found, output.name, quoted=_odd(output.name)) if output.name else found

    def expr(self, part: plan.Expr, shown: bool = False) -> exp.Expr:
        """Write an expression; `shown` columns are given as they are stored."""
        match part:
            case plan.Col():
                column = self._column(Place(part.table, part.via), part.column)
                if shown or not self._coded(part):
                    return column
                return number(column, self.schema.dialect)
            case plan.Agg():
                return self._agg(part)
            case plan.Bucket():
                return bucket(self._moment(part.arg), part.unit, self.schema.dialect)
            case plan.Math():
                return self._math(part)
            case plan.Value():
                return _value(part.value)
            case plan.Elapsed():
                return self._elapsed(part)
            case plan.Raw():
                return self._raw(part)
            case plan.Scalar():
                return exp.Subquery(this=tree(self.schema, part.query))
            case plan.If():
                return exp.Case().when(self.cond(part.cond), self.expr(part.then))
            case plan.RateOf():
                case = exp.Case().when(self.cond(part.cond), exp.Literal.number("100.0"))
                return exp.Avg(this=case.else_(exp.Literal.number("0.0")))
            case plan.Share() | plan.Running() | plan.Growth():
                return self._window(part)

    def _coded(self, col: plan.Col) -> bool:
        """Whether text must be read as a number; keys stay what they are."""
        column = self.schema.column(col.table, col.column)
        return (
            column.coded and not column.key and self.schema.pointing(col.table, col.column) is None
        )

    def _agg(self, agg: plan.Agg) -> exp.Expr:
        if agg.fn == "count":
            if agg.arg is None:
                return exp.Count(this=exp.Star())
            arg = self.expr(agg.arg, shown=True)
            return exp.Count(this=exp.Distinct(expressions=[arg]) if agg.distinct else arg)
        arg = self.expr(agg.arg) if agg.arg is not None else exp.Star()
        if agg.fn == "median" and self.schema.dialect == "postgres":
            within = exp.Order(expressions=[exp.Ordered(this=arg)])
            half = exp.PercentileCont(this=exp.Literal.number("0.5"))
            return exp.WithinGroup(this=half, expression=within)
        return _FNS[agg.fn](this=arg)

    def _raw(self, part: plan.Raw) -> exp.Expr:
        """Write what the owner wrote, its columns with their table where there are several."""
        found = parsed(part.sql, self.schema.dialect)
        if not self.single:
            called = _name(self._called(Place(part.table, part.via)))
            for column in found.find_all(exp.Column):
                column.set("table", called.copy())
        return exp.Paren(this=found) if isinstance(found, exp.Binary | exp.Not) else found

    def _elapsed(self, part: plan.Elapsed) -> exp.Expr:
        until = exp.Literal.string(part.until)
        end = self._moment(part.end) if part.end is not None else until
        return elapsed(self._moment(part.start), end, part.unit, self.schema.dialect)

    def _math(self, part: plan.Math) -> exp.Expr:
        left, right = self.expr(part.left), self.expr(part.right)
        if part.op == "/":
            real = exp.Mul(this=exp.Literal.number("1.0"), expression=_paren(left))
            safe = exp.Nullif(this=right, expression=exp.Literal.number(0))
            return exp.Div(this=real, expression=safe, typed=False, safe=False)
        kind = {"+": exp.Add, "-": exp.Sub, "*": exp.Mul}[part.op]
        return kind(this=_paren(left), expression=_paren(right))

    def _window(self, part: plan.Share | plan.Running | plan.Growth) -> exp.Expr:
        of = self.expr(part.of)
        order = exp.Order(
            expressions=[self._sorted(self.expr(e), False) for e in self.query.group[:1]]
        )
        hundred = exp.Literal.number("100.0")
        if isinstance(part, plan.Running):
            return self._running(part, of, order)
        if isinstance(part, plan.Share):
            whole = exp.Window(this=exp.Sum(this=of.copy()))
            return self._rounded(
                exp.Div(this=exp.Mul(this=hundred, expression=of), expression=whole)
            )
        before = exp.Window(this=exp.Lag(this=of.copy()), order=order)
        change = exp.Paren(this=exp.Sub(this=of, expression=before))
        safe = exp.Nullif(this=before.copy(), expression=exp.Literal.number(0))
        return self._rounded(
            exp.Div(this=exp.Mul(this=hundred, expression=change), expression=safe)
        )

    def _rounded(self, value: exp.Expr) -> exp.Expr:
        """Round to two places; PostgreSQL rounds decimals only, so the value is made one."""
        if self.schema.dialect == "postgres":
            value = exp.Cast(this=value, to=exp.DataType.build("DECIMAL"))
        return exp.Round(this=value, decimals=exp.Literal.number(2))

    def _running(self, part: plan.Running, of: exp.Expr, order: exp.Order) -> exp.Expr:
        window = exp.Window(this=exp.Sum(this=of), order=order)
        if part.since is not None:
            window.set("partition_by", [self.expr(part.since)])
        if part.rows is not None:
            back = exp.Literal.number(part.rows - 1)
            spec = exp.WindowSpec(
                kind="ROWS", start=back, start_side="PRECEDING", end="CURRENT ROW"
            )
            window.set("spec", spec)
        return window

    def _key(self, key: plan.Key) -> exp.Ordered:
        for output in self.query.outputs:
            if output.name and output.expr == key.by and not isinstance(key.by, plan.Col):
                name = exp.column(output.name, quoted=_odd(output.name))
                name.meta[medians.OUTPUT] = True
                return self._sorted(name, key.descending)
        return self._sorted(self.expr(key.by), key.descending)

    def _sorted(self, by: exp.Expr, descending: bool) -> exp.Ordered:
        """Sort so that what is missing never comes first in a list of the highest."""
        small = self.schema.dialect in ("sqlite", "mysql")
        return exp.Ordered(this=by, desc=descending, nulls_first=small and not descending)

    # --- Conditions -------------------------------------------------------------------------

    def _all(self, conds: tuple[plan.Cond, ...]) -> exp.Expr:
        return _chain(exp.And, [self.cond(cond, conds) for cond in conds])

    def cond(self, part: plan.Cond, among: tuple[plan.Cond, ...] = ()) -> exp.Expr:
        """Write a condition, in brackets where it stands beside others."""
        match part:
            case plan.Raw():
                return self._raw(part)
            case plan.Compare():
                shown = isinstance(part.right, plan.Value) and isinstance(part.right.value, str)
                return _OPS[part.op](
                    this=self.expr(part.left, shown), expression=self.expr(part.right)
                )
            case plan.Between():
                low, high = self.expr(part.low), self.expr(part.high)
                return exp.Between(this=self.expr(part.left), low=low, high=high)
            case plan.Period():
                return self._period(part)
            case plan.Weekend():
                return weekend(self._moment(part.left), self.schema.dialect)
            case plan.OneOf():
                shown = any(isinstance(value, str) for value in part.values)
                values = [_value(value) for value in part.values]
                return exp.In(this=self.expr(part.left, shown), expressions=values)
            case plan.Like():
                return self._like(part)
            case plan.Missing():
                return exp.Is(this=self.expr(part.left, True), expression=exp.Null())
            case plan.Not(of=plan.Missing()):
                inner = self.cond(part.of)
                return exp.Is(this=inner.this, expression=exp.Not(this=exp.Null()))
            case plan.Not():
                return exp.Not(this=_paren(self.cond(part.of)))
            case plan.All():
                return exp.Paren(this=self._all(part.of)) if among else self._all(part.of)
            case plan.Some():
                either = _chain(exp.Or, [self.cond(cond) for cond in part.of])
                return exp.Paren(this=either) if len(part.of) > 1 else either
            case plan.Within():
                query = tree(self.schema, self._known(part) if part.negated else part.query)
                if part.query.limit is not None and self.schema.dialect == "mysql":
                    # MySQL takes no LIMIT in a subquery of IN, but in one that is a table.
                    query = exp.select("*").from_(query.subquery("first_rows"))
                inner = exp.In(this=self.expr(part.left, True), query=query.subquery())
                return exp.Not(this=inner) if part.negated else inner

    def _known(self, part: plan.Within) -> plan.Query:
        """Leave out what is missing: in SQL nothing is outside of a list that holds a NULL."""
        found = shape(self.schema, part.query).query
        shown = found.outputs[0].expr if found.outputs else None
        if not isinstance(shown, plan.Col) or found.group or found.combine is not None:
            return part.query
        table = self.schema.tables[shown.table]
        info = self.schema.column(shown.table, shown.column).info
        own = table.primary == (shown.column,) and not info.nullable
        if own or not info.nullable or info.primary:
            return part.query
        there = plan.Not(plan.Missing(shown))
        return msgspec.structs.replace(part.query, where=(*part.query.where, there))

    def _moment(self, col: plan.Col) -> exp.Expr:
        """Write a column as a date, however it is stored."""
        how = self.schema.column(col.table, col.column).stored
        return moment(self.expr(col, True), how, self.schema.dialect)

    def _period(self, part: plan.Period) -> exp.Expr:
        left = self._moment(part.left)
        ends = [(exp.GTE, part.start), (exp.LT, part.end)]
        found: list[exp.Expr] = [
            kind(this=left.copy(), expression=exp.Literal.string(at)) for kind, at in ends if at
        ]
        return _chain(exp.And, found)

    def _like(self, part: plan.Like) -> exp.Expr:
        text = part.text
        pattern = {"contains": f"%{text}%", "starts": f"{text}%", "ends": f"%{text}"}[part.how]
        kind = exp.ILike if self.schema.dialect in ("postgres", "duckdb") else exp.Like
        return kind(this=self.expr(part.left, True), expression=exp.Literal.string(pattern))


def _chain(kind: Callable[..., exp.Expr], parts: list[exp.Expr]) -> exp.Expr:
    found = parts[0]
    for part in parts[1:]:
        found = kind(this=found, expression=part)
    return found


def _paren(part: exp.Expr) -> exp.Expr:
    return exp.Paren(this=part) if isinstance(part, exp.Binary) else part


def _odd(name: str) -> bool:
    """Whether a name needs quotes; sqlglot does not know every dialect's reserved words."""
    return not (name.isidentifier() and name.isascii()) or name.lower() in _RESERVED


_RESERVED = frozenset(
    "all and as asc between by case check column create cross current default delete desc "
    "distinct drop "
    "else end except exists false for foreign from full group having if in index inner insert "
    "intersect into is join key left like limit not null offset on or order outer primary "
    "references right select set table then to true union unique update user using values view "
    "when where with rank row rows range groups window transaction match condition change "
    "interval lead lag leading limit lines load lock ".split()
)


def _name(name: str) -> exp.Identifier:
    return exp.Identifier(this=name, quoted=_odd(name) or name != name.lower())


def _value(value: str | float | int | bool | None) -> exp.Expr:
    if value is None:
        return exp.Null()
    if isinstance(value, bool):
        return exp.Boolean(this=value)
    if isinstance(value, str):
        return exp.Literal.string(value)
    return exp.Literal.number(value) if value >= 0 else exp.Neg(this=exp.Literal.number(-value))
