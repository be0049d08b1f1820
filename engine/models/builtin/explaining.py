"""Explaining: what was understood, as chips to check, steps to follow and a sentence to read."""

import datetime as dt
import math
import re

from engine.models.builtin.joins import places
from engine.models.builtin.lexicon import FALSE, FN_WORDS, TRUE
from engine.models.builtin.plan import (
    Agg,
    All,
    Between,
    Bucket,
    Col,
    Compare,
    Cond,
    Elapsed,
    Expr,
    Growth,
    If,
    Like,
    Math,
    Missing,
    Not,
    OneOf,
    Period,
    Query,
    RateOf,
    Raw,
    Running,
    Scalar,
    Share,
    Some,
    Value,
    Weekend,
    Within,
)  # fmt: skip
from engine.models.builtin.words import lemma

_OPS = {"=": "is", "!=": "is not", ">": "over", "<": "under", ">=": "at least", "<=": "at most"}


_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_PREFIX = re.compile(r"^(?:tbl|dim|fct|vw)[ _]", re.IGNORECASE)
_NUMBERED = frozenset({"year", "id", "code", "zip", "postcode", "no", "key", "phone"})
_UNITS = frozenset(
    "second minute hour day week seconds minutes hours days weeks months years sec min hrs ms kg g "
    "mg km cm mm m kwh kw mw usd eur gbp chf percent pct celsius liters litres bytes kb mb gb "
    "miles meters metres".split()
)
_BARE = frozenset({"name", "title", "id", "code", "type", "label", "key", "description"})


def spoken(name: str) -> str:
    """Return the name of a table or column as a person would say it."""
    bare = _PREFIX.sub("", _CAMEL.sub(" ", name.split(".")[-1]))
    return bare.replace("_", " ").strip().lower() or name


def single(name: str) -> str:
    """Return a table's name for one of its rows."""
    *first, last = spoken(name).split()
    if len(last) == 1 and not first:
        return f"row of {last}"
    return " ".join((*first, lemma(last)))


def plural(name: str) -> str:
    """Return a table's name for many of its rows."""
    said = spoken(name)
    if len(said) == 1:
        return f"rows of {said}"
    if said.endswith("ss"):
        return f"{said}es"
    if said.endswith(("s", "data", "information", "people", "staff", "aircraft", "equipment")):
        return said
    if said.endswith("y") and said[-2:-1] not in "aeiou":
        return said[:-1] + "ies"
    return said + ("es" if said.endswith(("x", "ch", "sh")) else "s")


def phrase(part: Expr) -> str:
    """Return an expression in words."""
    match part:
        case Col(table=table, column=column, via=via):
            said = spoken(column)
            said = f"{single(table)} {said}" if said in _BARE else said
            way = spoken(via).removesuffix(" id").removesuffix(" code")
            return said if not via or way in said else f"{way} {said}"
        case Agg(said=said) | Math(said=said) | Running(said=said) if said:
            return said
        case Raw(said=said, sql=sql):
            return said or sql
        case Agg(fn="count", arg=None, table=table):
            return f"number of {plural(table)}" if table else "number of rows"
        case Agg(fn="count", arg=If(cond=cond)):
            return f"number where {condition(cond)}"
        case If(cond=cond, then=then):
            return f"{phrase(then)} where {condition(cond)}"
        case Agg(fn="count", arg=Col(column=column)):
            return f"number of different {plural(column)}"
        case Agg(fn=fn, arg=arg):
            return f"{FN_WORDS[fn]} {phrase(arg) if arg is not None else ''}".strip()
        case Bucket(unit=unit):
            words = {"weekday": "day of the week", "daytype": "weekend or weekday"}
            return words.get(unit, unit)
        case Math(op=op, left=left, right=right):
            return f"{phrase(left)} {'×' if op == '*' else op} {phrase(right)}"
        case Value(value=value, said=said):
            return said or figure(value)
        case Share(of=of):
            return f"share of the {phrase(of)}"
        case Running(of=of):
            return f"running {phrase(of)}"
        case Growth(of=of):
            return f"change of the {phrase(of)}"
        case RateOf(cond=cond):
            return f"percentage where {condition(cond)}"
        case Elapsed(start=start, end=end, unit=unit):
            until = phrase(end) if end is not None else "today"
            return f"{unit}s from {phrase(start)} to {until}"
        case Scalar(query=query):
            inner = phrase(query.outputs[0].expr)
            where = f" where {' and '.join(map(condition, query.where))}" if query.where else ""
            return f"the {inner}{where}"


def unit(part: Expr) -> str:
    """Return the unit that a column's name ends with, empty if it names none or is all of it."""
    match part:
        case Agg(fn=fn, arg=arg) if arg is not None and fn != "count":
            return unit(arg)
        case Col(column=column):
            *first, last = spoken(column).split() or [""]
            return last if first and last in _UNITS else ""
        case _:
            return ""


def scope(query: Query) -> str:
    """Return which rows a query is about, in words to put after their name; empty for all."""
    times = [c for c in query.where if isinstance(c, Period)]
    asides = [c for c in query.where if isinstance(c, Within)]
    figures = [*(output.expr for output in query.outputs), *(key.by for key in query.order)]
    own = {query.root, *(figure.table for figure in figures if isinstance(figure, Agg))}
    told = "".join(f" {_when(c, c.left.table in own)}" for c in times)
    told += "".join(f" {condition(c)}" for c in asides if _bare(c))
    rest = [c for c in query.where if c not in times and not (c in asides and _bare(c))]
    if rest:
        told += f" where {' and '.join(map(condition, rest))}"
    if query.having:
        told += f" with {' and '.join(map(condition, query.having))}"
    return told


def _when(cond: Period, own: bool) -> str:
    """A span of the rows' own time tells enough; of another, or an open one, the date is named."""
    said = period(cond.start, cond.end)
    if cond.start and said.startswith("from "):
        said = f"from {cond.start} to {_last_day(cond.end)}"
    return said if own and cond.start and cond.end else f"with {phrase(cond.left)} {said}"


def _last_day(end: str) -> str:
    """Return the last day before a day that is out; other times stay as they are."""
    try:
        return (dt.date.fromisoformat(end) - dt.timedelta(days=1)).isoformat()
    except (ValueError, OverflowError):
        return end


def _bare(cond: Cond) -> bool:
    """Whether a condition on other rows begins with `with` or `without`."""
    return condition(cond).startswith("with")


def _said(left: Expr, right: Expr) -> str:
    if isinstance(left, Col) and isinstance(right, Value) and not right.said:
        return figure(right.value, left.column)
    return phrase(right)


def condition(part: Cond) -> str:
    """Return a condition in words."""
    match part:
        case Raw(said=said, sql=sql):
            return said or sql
        case Compare(left=Col(column=name), op="=", right=Value(value=value)) if _flag(name, value):
            return spoken(name) if str(value).lower() in TRUE else _denied(name)
        case Compare():
            return f"{phrase(part.left)} {_OPS[part.op]} {_said(part.left, part.right)}"
        case Not(of=Compare(op="=") as of):
            return f"{phrase(of.left)} is not {_said(of.left, of.right)}"
        case Between():
            return f"{phrase(part.left)} between {phrase(part.low)} and {phrase(part.high)}"
        case Period(left=left, start=start, end=end):
            return f"{phrase(left)} {period(start, end)}"
        case Weekend(left=left):
            return f"{phrase(left)} on a weekend"
        case OneOf(left=left, values=values):
            return f"{phrase(left)} is {' or '.join(figure(value) for value in values)}"
        case Like(left=left, how=how, text=text):
            return f"{phrase(left)} {'contains' if how == 'contains' else how + ' with'} “{text}”"
        case Missing(left=left):
            return f"{phrase(left)} is missing"
        case Not(of=Weekend(left=left)):
            return f"{phrase(left)} on a weekday"
        case Not(of=Missing(left=left)):
            return f"{phrase(left)} is there"
        case Not(of=of):
            return f"not ({condition(of)})"
        case All(of=of):
            return " and ".join(map(condition, of))
        case Some(of=of):
            return " or ".join(map(condition, of))
        case Within():
            return _within(part)


def _flag(name: str, value: object) -> bool:
    """Whether a column is called like a statement, and holds whether it is true."""
    said = spoken(name).split()
    return len(said) > 1 and said[0] in ("is", "has", "was") and str(value).lower() in TRUE | FALSE


def _denied(name: str) -> str:
    first, rest = spoken(name).split(maxsplit=1)
    return f"{first} no {rest}" if first == "has" else f"{first} not {rest}"


def period(start: str | None, end: str | None) -> str:
    """Return a time from `start` up to `end`, which is out, in words; years and months by name."""
    if start and end:
        first, after = start[:10], end[:10]
        if first.endswith("-01-01") and after == f"{int(first[:4]) + 1}-01-01":
            return f"in {first[:4]}"
        if first.endswith("-01") and after == _next_month(first):
            return f"in {first[:7]}"
        return f"from {start} up to {end}"
    return f"since {start}" if start else f"before {end}"


def _next_month(first: str) -> str:
    year, month = int(first[:4]), int(first[5:7])
    return f"{year + 1}-01-01" if month == 12 else f"{year}-{month + 1:02d}-01"


def _within(part: Within) -> str:
    inner = part.query
    where = " and ".join(map(condition, inner.where))
    having = " and ".join(map(condition, inner.having))
    met = ", ".join(plural(table) for table in inner.tables)
    if inner.order and inner.limit is not None:
        return f"the {plural(inner.root)} with the {_direction(inner)} {phrase(inner.order[0].by)}"
    what = " with ".join(text for text in (met, having) if text)
    if where:
        what = f"{what or plural(inner.root)} where {where}"
    return f"{'without' if part.negated else 'with'} {what or plural(inner.root)}"


def _direction(query: Query) -> str:
    return "highest" if query.order[0].descending else "lowest"


def figure(value: object, name: str = "") -> str:
    """Return a value as a person would write it; years and numbers that are names have no commas.

    `name` is that of the column it stands in, if there is one.
    """
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "nothing"}[value]
    named = bool(set(spoken(name).split()) & _NUMBERED)
    if named and isinstance(value, int | float) and float(value).is_integer():
        return str(int(value))
    if isinstance(value, float):
        if not math.isfinite(value):
            return "nothing"
        if value.is_integer() and abs(value) < 1e15:
            return f"{int(value):,}"
        return f"{value:,.2f}" if abs(value) >= 0.01 else f"{value:.4g}"
    if isinstance(value, int):
        return f"{value:,}"
    return str(value)


def groupings(query: Query) -> list[Expr]:
    """Return the groupings a person can see in the result."""
    shown = {output.expr for output in query.outputs}
    return [expr for expr in query.group if expr in shown] or list(query.group[:1])


def sentence(query: Query) -> str:
    """Return in one sentence what a query does."""
    told = groupings(query) if query.group else []
    shown = [output.expr for output in query.outputs]
    measures = [expr for expr in shown if expr not in told] or shown
    what = ", ".join(dict.fromkeys(phrase(expr) for expr in measures))
    text = f"Gives {what or 'all columns'}"
    if not what or not any(isinstance(expr, Agg) for expr in shown):
        text += f" of {plural(query.root)}"
    if told:
        text += f" for each {' and '.join(dict.fromkeys(map(phrase, told)))}"
    if query.where:
        text += f", where {' and '.join(map(condition, query.where))}"
    if query.having:
        text += f", with {' and '.join(map(condition, query.having))}"
    if query.order:
        keys = (f"{phrase(k.by)}{' (highest first)' if k.descending else ''}" for k in query.order)
        text += f", sorted by {', '.join(keys)}"
    if query.limit is not None:
        text += f", the first {query.limit}" if query.limit > 1 else ", only the first"
    return text + "."


def steps(query: Query, chart: bool) -> list[str]:
    """Return the plan in a few lines."""
    others = sorted({spoken(table) for table in _tables(query) if table != query.root})
    asked = plural(query.root) + (f" with {', '.join(others)}" if others else "")
    what = sentence(query).removesuffix(".").removeprefix("Gives ")
    found = [f"Ask {asked} for the {what}"]
    if chart:
        found.append("Draw a chart of the result")
    return [*found, "Answer with the figures"]


def _tables(query: Query) -> set[str]:
    return {place.table for place in places(query)}


def title(query: Query) -> str:
    """Return a heading for a table or chart."""
    measures = [o.expr for o in query.outputs if not isinstance(o.expr, Col | Bucket)]
    what = " and ".join(phrase(expr) for expr in measures) or plural(query.root)
    groups = [phrase(expr) for expr in groupings(query)] if query.group else []
    by = f" by {' and '.join(dict.fromkeys(groups))}" if groups else ""
    text = f"{what}{by}"
    return text[:1].upper() + text[1:]
