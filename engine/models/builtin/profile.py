"""Profiles: describe a table, look for gaps, relate two columns, see how values are spread."""

import re
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlglot import exp

from engine.models.builtin.buckets import number
from engine.models.builtin.explaining import plural, spoken
from engine.models.builtin.linking import Linker
from engine.models.builtin.schema import Column, Schema, Table
from engine.models.builtin.words import Token, tokens

_TABLES = re.compile(
    r"\b(what (data|tables)|which (data|tables)|what can i ask|show (me )?(the |all )?tables|"
    r"list (the |all )?tables|describe (the |this |my )?(data|database|schema)|"
    r"what is in (the|this|here)( data(base)?)?\s*\??$|overview of the (data|database))"
)
_DESCRIBE = re.compile(
    r"^\W*(describe|summari[sz]e|profile|tell me about|statistics (of|for|on))\b"
)
_MISSING = re.compile(r"\b(missing|null|empty) (values?|cells?|data)\b|\bhow complete\b")
_CORRELATION = re.compile(r"\b(correlat\w+|related|relationship)\b")
_SPREAD = re.compile(r"\b(distribution|spread|histogram)\b")
_MOST_COLUMNS = 40
_MOST_ROWS = 5_000


class Profile(msgspec.Struct, frozen=True):
    """A question about the data itself: SQL with what to say of it, or only words."""

    text: str = ""
    sql: str = ""
    explanation: str = ""
    spec: dict[str, Any] | None = None


def asks_of_data(text: str) -> bool:
    """Whether a text may ask about the data itself rather than for figures from it."""
    asked = (_TABLES, _DESCRIBE, _MISSING, _CORRELATION, _SPREAD)
    return any(pattern.search(text.lower()) for pattern in asked)


def profile(linker: Linker, text: str) -> Profile | None:
    """Return the profile a text asks for, or None if it asks for something else."""
    plain, schema = text.lower(), linker.schema
    if not asks_of_data(text):
        return None
    if _TABLES.search(plain):
        return Profile(text=_overview(schema))
    words = tokens(text)
    columns = _columns(linker, words)
    table = _table(linker, words, columns)
    if _CORRELATION.search(plain):
        numbers = [c for c in columns if c.kind == "number"]
        numbers = list(dict.fromkeys(numbers))
        pair = _pair(numbers)
        return _correlation(schema, *pair) if pair is not None else None
    spread = next((c for c in columns if c.kind == "number"), None)
    if _SPREAD.search(plain) and spread is not None:
        return _spread(schema, spread)
    if table is not None and _MISSING.search(plain):
        return _each_column(schema, table, missing=True)
    if table is not None and _DESCRIBE.search(plain) and len(words) <= 8:
        return _each_column(schema, table, missing=False)
    return None


# --- What is spoken of ------------------------------------------------------------------------


def _columns(linker: Linker, words: Sequence[Token]) -> list[Column]:
    """Return the columns that are named, the surest first for each word; keys tell nothing."""
    found: dict[int, tuple[float, list[Column]]] = {}
    for thing in linker.things(words):
        for link in thing.columns:
            if link.score <= 0.6 or link.column.key:
                continue
            weight = link.score * thing.size
            best, columns = found.get(thing.last, (0.0, []))
            if weight > best + 0.01:
                found[thing.last] = (weight, [link.column])
            elif weight > best - 0.01:
                columns.append(link.column)
    return [column for _, (_, columns) in sorted(found.items()) for column in columns]


def _table(linker: Linker, words: Sequence[Token], columns: list[Column]) -> Table | None:
    named = [
        (link.score, link.table) for thing in linker.things(words) for link in thing.tables
        if link.score > 0.7
    ]  # fmt: skip
    tables = linker.schema.tables
    if named:
        return tables[max(named)[1]]
    if columns:
        return tables[columns[0].table]
    return max(tables.values(), key=lambda t: t.info.rows or 0, default=None)


def _pair(numbers: list[Column]) -> tuple[Column, Column] | None:
    for one in numbers:
        for other in numbers:
            if one.table == other.table and one.name != other.name and one.words != other.words:
                return one, other
    return None


def _overview(schema: Schema) -> str:
    count = len(schema.tables)
    lines = ["There is one table:" if count == 1 else f"There are {count} tables:"]
    for table in list(schema.tables.values())[:20]:
        names = ", ".join(spoken(column.name) for column in table.columns[:8])
        rows = f" ({table.info.rows:,} rows)" if table.info.rows is not None else ""
        lines.append(
            f"- **{spoken(table.name)}**{rows}: {names}{'…' if len(table.columns) > 8 else ''}"
        )
    if len(schema.tables) > 20:
        lines.append(f"- and {len(schema.tables) - 20} more")
    return "\n".join(lines)


# --- SQL --------------------------------------------------------------------------------------


def _name(name: str) -> exp.Identifier:
    return exp.to_identifier(name, quoted=True)


def _from(select: exp.Select, table: Table) -> exp.Select:
    db = _name(table.schema) if "." in table.name else None
    return select.from_(exp.Table(this=_name(table.info.name), db=db), copy=False)


def _number(schema: Schema, column: Column) -> exp.Expr:
    found: exp.Expr = exp.Column(this=_name(column.name))
    return number(found, schema.dialect) if column.coded else found


def _each_column(schema: Schema, table: Table, missing: bool) -> Profile:
    """One row for each column: how many values, how many different, the lowest and highest."""
    parts = [_row(schema, table, column, missing) for column in table.columns[:_MOST_COLUMNS]]
    found: exp.Query = parts[0]
    for part in parts[1:]:
        found = exp.Union(this=found, expression=part, distinct=False)
    what = "counts what is missing" if missing else "describes each column"
    return Profile(
        sql=found.sql(dialect=schema.dialect, pretty=True),
        explanation=f"For {plural(table.name)}, {what}.",
    )


def _row(schema: Schema, table: Table, column: Column, missing: bool) -> exp.Select:
    cell = exp.Column(this=_name(column.name))
    rows, there = exp.Count(this=exp.Star()), exp.Count(this=cell.copy())
    outputs: list[exp.Expr] = [
        exp.alias_(exp.Literal.string(column.name), "column_name", quoted=False)
    ]
    if missing:
        outputs.append(exp.alias_(rows, "row_count"))
        outputs.append(exp.alias_(exp.Sub(this=rows.copy(), expression=there), "missing"))
    else:
        kinds = exp.Count(this=exp.Distinct(expressions=[cell.copy()]))
        outputs += [exp.alias_(there, "present"), exp.alias_(kinds, "different")]
        text = exp.DataType.build("CHAR" if schema.dialect == "mysql" else "TEXT")
        for kind, name in ((exp.Min, "lowest"), (exp.Max, "highest")):
            outputs.append(exp.alias_(exp.Cast(this=kind(this=cell.copy()), to=text.copy()), name))
        mean = exp.Avg(this=_number(schema, column)) if column.kind == "number" else exp.Null()
        outputs.append(exp.alias_(mean, "average"))
    return _from(exp.Select(expressions=outputs), table)


def _correlation(schema: Schema, one: Column, other: Column) -> Profile:
    """Pearson's coefficient; SQLite and MySQL have none, so it is written out."""
    a, b = _number(schema, one), _number(schema, other)
    if schema.dialect in ("duckdb", "postgres"):
        value: exp.Expr = exp.Corr(this=a, expression=b)
    else:
        value = _pearson(a, b)
    select = exp.Select(expressions=[exp.alias_(value, "correlation")])
    both = exp.and_(*(exp.Not(this=exp.Is(this=c.copy(), expression=exp.Null())) for c in (a, b)))
    select = _from(select, schema.tables[one.table])
    select.set("where", exp.Where(this=both))
    return Profile(
        sql=select.sql(dialect=schema.dialect, pretty=True),
        explanation=f"How {spoken(one.name)} and {spoken(other.name)} of {plural(one.table)} go "
        "together: 1 means in step, -1 opposite, 0 not at all.",
    )


def _pearson(a: exp.Expr, b: exp.Expr) -> exp.Expr:
    def mean(part: exp.Expr) -> exp.Expr:
        return exp.Avg(this=part)

    def times(x: exp.Expr, y: exp.Expr) -> exp.Expr:
        real = exp.Mul(this=exp.Literal.number("1.0"), expression=x.copy())
        return exp.Mul(this=real, expression=y.copy())

    def beyond(x: exp.Expr, y: exp.Expr) -> exp.Expr:
        return exp.Paren(this=exp.Sub(this=mean(times(x, y)), expression=times(mean(x), mean(y))))

    root = exp.Sqrt(this=exp.Mul(this=beyond(a, a), expression=beyond(b, b)))
    return exp.Div(
        this=beyond(a, b), expression=exp.Nullif(this=root, expression=exp.Literal.number(0))
    )


def _spread(schema: Schema, column: Column) -> Profile:
    """The values themselves, for a histogram."""
    value = exp.alias_(_number(schema, column), column.name, quoted=True)
    select = _from(exp.Select(expressions=[value]), schema.tables[column.table])
    cell = exp.Column(this=_name(column.name))
    there = exp.Not(this=exp.Is(this=cell, expression=exp.Null()))
    select.set("where", exp.Where(this=there))
    select.set("limit", exp.Limit(expression=exp.Literal.number(_MOST_ROWS)))
    title = f"Distribution of {spoken(column.name)}"
    field = {"field": column.name, "type": "quantitative", "bin": {"maxbins": 30}}
    return Profile(
        sql=select.sql(dialect=schema.dialect, pretty=True),
        explanation=f"The {plural(column.name)} of up to {_MOST_ROWS:,} {plural(column.table)}.",
        spec={
            "title": title,
            "width": "container",
            "mark": {"type": "bar", "tooltip": True},
            "encoding": {
                "x": {**field, "title": spoken(column.name)},
                "y": {"aggregate": "count", "type": "quantitative", "title": plural(column.table)},
            },
        },
    )
