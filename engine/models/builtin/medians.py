"""Medians, where a dialect has no function for them: the middle of numbered rows."""

import msgspec
from sqlglot import exp

from engine.models.builtin import plan
from engine.models.builtin.reading.state import State
from engine.models.builtin.shaping import aggregates, replaced

WITHOUT = frozenset({"sqlite", "mysql"})
"""Dialects that cannot take a median themselves."""


def asked(query: plan.Query, dialect: str) -> plan.Agg | None:
    """Return the median of a query that must be written by hand."""
    if dialect not in WITHOUT or query.having:
        return None
    found = [o.expr for o in query.outputs if isinstance(o.expr, plan.Agg)]
    return found[0] if len(found) == 1 and found[0].fn == "median" else None


def alone(state: State, query: plan.Query) -> plan.Query:
    """Where a median is written by hand it stands alone: leave out what cannot stand beside it."""
    if state.schema.dialect not in WITHOUT:
        return query
    outputs = [o for o in query.outputs if aggregates(o.expr)]
    found = next((o for o in outputs if _median(o.expr)), None)
    plain = not query.having and not any(aggregates(key.by) for key in query.order)
    if found is not None and plain and query.limit is None:
        if len(outputs) > 1:
            state.doubt("the median is given alone")
        shown = tuple(o for o in query.outputs if o is found or o not in outputs)
        return msgspec.structs.replace(query, outputs=shown)
    for agg in aggregates((query.outputs, query.having, query.order)):
        if agg.fn == "median":
            state.doubt("the average stands for the median")
            query = replaced(query, agg, plan.Agg("avg", agg.arg))
    renamed = tuple(
        msgspec.structs.replace(o, name=o.name.replace("median", "avg"))
        if not _median(o.expr)
        else o
        for o in query.outputs
    )
    return msgspec.structs.replace(query, outputs=renamed)


def _median(part: plan.Expr) -> bool:
    return isinstance(part, plan.Agg) and part.fn == "median"


def by_hand(select: exp.Select, number: exp.Expr, groups: list[exp.Expr], name: str) -> exp.Select:
    """Number the rows of each group by their number, then average the one or two in the middle."""
    inner = select.copy()
    for part in ("group", "order", "limit"):
        inner.set(part, None)
    keys = [_called(group, n) for n, group in enumerate(groups, 1)]
    by = [group.copy() for group in groups]
    order = exp.Order(expressions=[exp.Ordered(this=number.copy(), nulls_first=True)])
    place = exp.Window(this=exp.RowNumber(), partition_by=by, order=order)
    size = exp.Window(this=exp.Count(this=exp.Star()), partition_by=[b.copy() for b in by])
    inner.set(
        "expressions",
        [
            *(exp.alias_(group, key, quoted=True) for group, key in zip(groups, keys, strict=True)),
            exp.alias_(number.copy(), "measured"),
            exp.alias_(place, "place"),
            exp.alias_(size, "size"),
        ],
    )
    there = exp.Not(this=exp.Is(this=number.copy(), expression=exp.Null()))
    where = inner.args.get("where")
    inner.set("where", exp.Where(this=exp.and_(where.this, there) if where else there))
    twice = exp.Mul(this=exp.Literal.number(2), expression=exp.column("place"))
    low = exp.column("size")
    high = exp.Add(this=exp.column("size"), expression=exp.Literal.number(2))
    middle = exp.Where(this=exp.Between(this=twice, low=low, high=high))
    outer = exp.Select(
        expressions=[
            *(exp.column(key, quoted=True) for key in keys),
            exp.alias_(exp.Avg(this=exp.column("measured")), name),
        ]
    )
    outer = outer.from_(inner.subquery("numbered"), copy=False)
    outer.set("where", middle)
    if keys:
        outer.set("group", exp.Group(expressions=[exp.column(key, quoted=True) for key in keys]))
    return outer


def _called(group: exp.Expr, place: int) -> str:
    """Return the name of a group's column, kept through the subquery."""
    return group.name if isinstance(group, exp.Column) else f"group_{place}"
