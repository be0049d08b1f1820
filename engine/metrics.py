"""Metrics and segments as SQL: from what was defined to a tree that can stand in a query."""

from collections.abc import Callable, Iterator
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from engine.ports import (
    CumulativeMetric,
    DerivedMetric,
    Meaning,
    Metric,
    RatioMetric,
    Segment,
    SimpleMetric,
)

MOST_DEEP = 12
"""How many metrics may stand on one another."""


class NoFormula(Exception):
    """A metric or segment cannot be written as one expression; the message says why."""


def metric_named(meaning: Meaning, name: str) -> Metric | None:
    """Return the metric of that name, in whatever case it was written."""
    return next((one for one in meaning.metrics if one.name.lower() == name.lower()), None)


def segment_named(meaning: Meaning, name: str) -> Segment | None:
    """Return the segment of that name, in whatever case it was written."""
    return next((one for one in meaning.segments if one.name.lower() == name.lower()), None)


def formula(
    meaning: Meaning,
    name: str,
    dialect: str,
    write: Callable[[SimpleMetric], exp.Expr] | None = None,
) -> exp.Expr:
    """Return a simple, ratio or derived metric as one aggregate expression.

    Columns in it are not qualified; those of one metric may belong to several tables, which
    `simple_parts` tells. Whoever wants its simple parts in another form gives `write`. Raise
    `NoFormula` for a cumulative metric, one that is not defined, one that stands on itself, or one
    whose text cannot be read.
    """
    return _formula(meaning, name, dialect, write or (lambda one: aggregate(one, dialect)), ())


def simple_parts(meaning: Meaning, name: str) -> tuple[SimpleMetric, ...]:
    """Return the simple metrics that a metric is made of, each once. Raise `NoFormula`."""
    return tuple({part.name: part for part in _parts(meaning, name, ())}.values())


def aggregate(metric: SimpleMetric, dialect: str, present: exp.Expr | None = None) -> exp.Expr:
    """Return a simple metric as one aggregate, its condition folded in. Raise `NoFormula`.

    `present` is a further condition: that a row is one of its table, where a join adds others.
    """
    value = parsed(metric.expression, dialect) if metric.expression else None
    condition = parsed(metric.where, dialect) if metric.where else None
    if present is not None:
        condition = present if condition is None else exp.and_(present, condition, copy=False)
    if condition is not None:
        kept = value if value is not None else exp.Literal.number(1)
        value = exp.Case(ifs=[exp.If(this=condition, true=kept)])
    if metric.aggregate == "count":
        return exp.Count(this=value if value is not None else exp.Star(), big_int=True)
    if value is None:
        raise NoFormula(
            f"the metric {metric.name} needs an expression to take the {metric.aggregate} of"
        )
    match metric.aggregate:
        case "sum":
            return exp.Sum(this=value)
        case "avg":
            return exp.Avg(this=value)
        case "min":
            return exp.Min(this=value)
        case "max":
            return exp.Max(this=value)
        case "count_distinct":
            return exp.Count(this=exp.Distinct(expressions=[value]), big_int=True)
        case _:
            return _median(metric.name, value, dialect)


def condition(segment: Segment, dialect: str) -> exp.Expr:
    """Return what a segment's rows meet. Raise `NoFormula`."""
    return exp.Paren(this=parsed(segment.where, dialect))


def parsed(text: str, dialect: str) -> exp.Expr:
    """Read an expression of a definition; the tree is the caller's own. Raise `NoFormula`."""
    return _parsed(text, dialect).copy()


@lru_cache(maxsize=2048)
def _parsed(text: str, dialect: str) -> exp.Expr:
    try:
        trees = sqlglot.parse(text, dialect=dialect)
    except (SqlglotError, ValueError, RecursionError) as error:
        raise NoFormula(f"{text!r} cannot be read as SQL of {dialect}") from error
    if len(trees) != 1 or not isinstance(trees[0], exp.Condition):
        raise NoFormula(f"{text!r} is not one expression")
    return trees[0]


def _formula(
    meaning: Meaning,
    name: str,
    dialect: str,
    write: Callable[[SimpleMetric], exp.Expr],
    under: tuple[str, ...],
) -> exp.Expr:
    metric, under = _found(meaning, name, under)
    match metric:
        case SimpleMetric():
            return write(metric)
        case RatioMetric():
            whole = _formula(meaning, metric.denominator, dialect, write, under)
            part = _formula(meaning, metric.numerator, dialect, write, under)
            # A whole number divided by one is cut in some dialects, and by zero an error in others.
            return exp.Div(
                this=exp.Mul(this=exp.Literal.number("1.0"), expression=_closed(part)),
                expression=exp.func("NULLIF", whole, exp.Literal.number(0)),
            )
        case DerivedMetric():
            tree = exp.Paren(this=parsed(metric.expression, dialect))
            for column in list(tree.find_all(exp.Column)):
                column.replace(_closed(_formula(meaning, column.name, dialect, write, under)))
            return tree
        case CumulativeMetric():
            raise NoFormula(f"the metric {metric.name} runs along time, so it is no single figure")


def _parts(meaning: Meaning, name: str, under: tuple[str, ...]) -> Iterator[SimpleMetric]:
    metric, under = _found(meaning, name, under)
    match metric:
        case SimpleMetric():
            yield metric
        case RatioMetric():
            yield from _parts(meaning, metric.numerator, under)
            yield from _parts(meaning, metric.denominator, under)
        case DerivedMetric():
            # Names and operators are read alike everywhere, so no dialect is needed for the names.
            for column in parsed(metric.expression, "").find_all(exp.Column):
                yield from _parts(meaning, column.name, under)
        case CumulativeMetric():
            yield from _parts(meaning, metric.metric, under)


def _found(meaning: Meaning, name: str, under: tuple[str, ...]) -> tuple[Metric, tuple[str, ...]]:
    metric = metric_named(meaning, name)
    if metric is None:
        raise NoFormula(f"there is no metric {name}")
    if metric.name in under:
        raise NoFormula(f"the metric {metric.name} stands on itself")
    if len(under) >= MOST_DEEP:
        raise NoFormula(f"the metric {under[0]} stands on more than {MOST_DEEP} others")
    return metric, (*under, metric.name)


def _closed(tree: exp.Expr) -> exp.Expr:
    return exp.Paren(this=tree) if isinstance(tree, exp.Binary) else tree


def _median(name: str, value: exp.Expr, dialect: str) -> exp.Expr:
    if dialect in ("sqlite", "mysql"):
        raise NoFormula(f"{dialect} knows no median, so the metric {name} is no single expression")
    return exp.Median(this=value)
