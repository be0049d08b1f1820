"""Profiles: describe a table, look for gaps, relate two columns, see how values are spread."""

import re
from collections.abc import Sequence
from typing import Any, Literal

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
_MISSING = re.compile(
    r"\b(missing|null|empty) (values?|cells?|data)\b|\bhow complete\b",
    re.IGNORECASE,
)
_CORRELATION = re.compile(r"\b(correlat\w+|related|relationship)\b")
_SPREAD = re.compile(r"\b(distribution|spread|histogram)\b")
_MOST_COLUMNS = 40
_MOST_ROWS = 5_000
_MOST_GAPS = 150
"""Columns looked over at once: a database reads its tables once for each."""
_MOST_KINDS = 30
_FILTERS = re.compile(r"\b(with|without|have|has|having|where|whose|that)\b")
"""What makes `missing values` a condition on rows rather than the question."""


class Profile(msgspec.Struct, frozen=True):
    """A question about the data itself: SQL with what to say of it, or only words."""

    text: str = ""
    sql: str = ""
    explanation: str = ""
    spec: dict[str, Any] | None = None
    kind: Literal["", "missing", "gaps", "described", "spread", "correlated"] = ""
    about: str = ""
    """What `kind` is of: a table, a column, or some of them in words."""
    typed: bool = False
    """Whether a person wrote the SQL."""


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
    # `values` may be called a column, too: what only says what to do is no name here.
    words = tokens(_MISSING.sub(" ", text))
    columns = _columns(linker, words)
    named = _named(linker, words)
    if _CORRELATION.search(plain):
        return _related(schema, columns, plain)
    if _SPREAD.search(plain):
        return _spread_of(linker, words, columns, named)
    if _MISSING.search(plain) and not _FILTERS.search(plain):
        if named is None and not columns:
            return _all_gaps(schema)
        table = named or schema.tables[columns[0].table]
        return _each_column(schema, table, missing=True)
    if _DESCRIBE.search(plain) and len(words) <= 8:
        asked = named or (schema.tables[columns[0].table] if columns else None)
        return _each_column(schema, asked, missing=False) if asked is not None else None
    return None


def _related(schema: Schema, columns: Sequence[Column], plain: str) -> Profile | None:
    numbers = list(dict.fromkeys(c for c in columns if c.kind == "number"))
    pair = _pair(numbers)
    if pair is not None:
        return _correlation(schema, *pair)
    if "correlat" not in plain:
        return None
    known = ", ".join(f"{spoken(c.name)} of {plural(c.table)}" for c in numbers[:4])
    text = "A correlation needs two columns of figures in one table"
    return Profile(text=f"{text}; I found {known or 'none of that name'}.")


def _spread_of(
    linker: Linker, words: Sequence[Token], columns: Sequence[Column], named: Table | None
) -> Profile | None:
    """How the values of a column are spread: figures in steps, other values counted."""
    here = [c for c in columns if named is None or c.table == named.name] or columns
    figures = next((c for c in here if c.kind == "number"), None)
    if figures is not None:
        return _spread(linker.schema, figures)
    kind = next((c for c in here if c.kind in ("text", "bool")), None)
    if kind is not None and not (named is not None and kind.name in named.labels):
        return _kinds(linker.schema, kind)
    if named is None:
        return None
    has = [spoken(c.name) for c in named.columns if c.kind == "number" and not c.key
           and linker.schema.pointing(named.name, c.name) is None]  # fmt: skip
    text = f"I do not know which column of {plural(named.name)} you mean"
    figured = f"its columns of figures are: {', '.join(has)}" if has else "it has no figures"
    return Profile(text=f"{text}; {figured}.")


# --- What is spoken of ------------------------------------------------------------------------


def _columns(linker: Linker, words: Sequence[Token]) -> list[Column]:
    """Return the columns that are named, the surest first for each word; keys tell nothing."""
    found: dict[int, tuple[float, list[Column]]] = {}
    for thing in linker.things(words):
        for link in thing.columns:
            if link.score <= 0.5 or link.column.key:
                continue
            weight = link.score * thing.size
            best, columns = found.get(thing.last, (0.0, []))
            if weight > best + 0.01:
                found[thing.last] = (weight, [link.column])
            elif weight > best - 0.01:
                columns.append(link.column)
    return [column for _, (_, columns) in sorted(found.items()) for column in columns]


def _named(linker: Linker, words: Sequence[Token]) -> Table | None:
    """Return the table that is named best."""
    found = [
        (link.score * thing.size, link.table)
        for thing in linker.things(words)
        for link in thing.tables
        if link.score > 0.7
    ]
    return linker.schema.tables[max(found)[1]] if found else None


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
        size = table.info.rows
        rows = f" ({size:,} {'row' if size == 1 else 'rows'})" if size is not None else ""
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
    what = "Counts what is missing in" if missing else "Describes"
    return Profile(
        sql=found.sql(dialect=schema.dialect, pretty=True),
        explanation=f"{what} each column of {plural(table.name)}.",
        kind="missing" if missing else "described",
        about=table.name,
    )


def _all_gaps(schema: Schema) -> Profile:
    """One row for each column of any table that has gaps."""
    parts: list[exp.Select] = []
    tables: list[Table] = []
    for table in sorted(schema.tables.values(), key=lambda t: (-(t.info.rows or 0), t.name)):
        columns = [c for c in table.columns if c.info.nullable and not c.info.primary]
        if len(parts) + len(columns) > _MOST_GAPS:
            break
        tables.append(table)
        name = exp.alias_(exp.Literal.string(table.info.name), "table_name", quoted=False)
        for column in columns:
            row = _row(schema, table, column, missing=True)
            row.set("expressions", [name.copy(), *row.expressions])
            parts.append(row)
    all_of = "all" if len(tables) == len(schema.tables) else f"the {len(tables)} largest"
    about = f"{all_of} {len(schema.tables)} tables" if all_of == "all" else f"{all_of} tables"
    if len(schema.tables) == 1:
        about = f"the {plural(tables[0].name)}" if tables else "the data"
    if not parts:
        return Profile(text=f"**Nothing can be missing** in {about}: no column may be empty.")
    found: exp.Query = parts[0]
    for part in parts[1:]:
        found = exp.Union(this=found, expression=part, distinct=False)
    gap = exp.Column(this=exp.to_identifier("missing"))
    outer = exp.Select(expressions=[exp.Star()]).from_(found.subquery("gaps"), copy=False)
    outer = outer.where(exp.GT(this=gap, expression=exp.Literal.number(0)), copy=False)
    outer = outer.order_by(exp.Ordered(this=gap.copy(), desc=True), copy=False)
    return Profile(
        sql=outer.sql(dialect=schema.dialect, pretty=True),
        explanation=f"Counts what is missing in each column of {about}.",
        kind="gaps",
        about=about,
    )


def _row(schema: Schema, table: Table, column: Column, missing: bool) -> exp.Select:
    cell = exp.Column(this=_name(column.name))
    rows, there = exp.Count(this=exp.Star()), exp.Count(this=cell.copy())
    outputs: list[exp.Expr] = [
        exp.alias_(exp.Literal.string(column.name), "column_name", quoted=False)
    ]
    outputs.append(exp.alias_(rows, "row_count"))
    if missing:
        outputs.append(exp.alias_(exp.Sub(this=rows.copy(), expression=there), "missing"))
    else:
        kinds = exp.Count(this=exp.Distinct(expressions=[cell.copy()]))
        outputs += [exp.alias_(there, "present"), exp.alias_(kinds, "different")]
        text = exp.DataType.build("CHAR" if schema.dialect == "mysql" else "TEXT")
        for kind, name in ((exp.Min, "lowest"), (exp.Max, "highest")):
            outputs.append(exp.alias_(exp.Cast(this=kind(this=cell.copy()), to=text.copy()), name))
        pointing = schema.pointing(table.name, column.name) is not None
        measured = column.kind == "number" and not column.key and not pointing
        mean = exp.Avg(this=_number(schema, column)) if measured else exp.Null()
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
        explanation=f"Tells how {spoken(one.name)} and {spoken(other.name)} of "
        f"{plural(one.table)} go together.",
        kind="correlated",
        about=f"{spoken(one.name)} and {spoken(other.name)} of {plural(one.table)}",
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
        explanation=f"Takes the {spoken(column.name)} of up to {_MOST_ROWS:,} "
        f"{plural(column.table)}.",
        kind="spread",
        about=column.name,
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


def _kinds(schema: Schema, column: Column) -> Profile:
    """How often each value is there, the most frequent first."""
    cell = exp.Column(this=_name(column.name))
    count = exp.alias_(exp.Count(this=exp.Star()), f"number_of_{column.table}".lower())
    name = str(count.alias)
    select = _from(exp.Select(expressions=[cell, count]), schema.tables[column.table])
    select.set("group", exp.Group(expressions=[cell.copy()]))
    select = select.order_by(exp.Ordered(this=exp.column(name, quoted=True), desc=True), copy=False)
    count.set("alias", _name(name))
    select.set("limit", exp.Limit(expression=exp.Literal.number(_MOST_KINDS)))
    title = f"Distribution of {spoken(column.name)}"
    return Profile(
        sql=select.sql(dialect=schema.dialect, pretty=True),
        explanation=f"Counts {plural(column.table)} for each {spoken(column.name)}.",
        spec={
            "title": title,
            "width": "container",
            "mark": {"type": "bar", "tooltip": True},
            "encoding": {
                "y": {"field": column.name, "type": "nominal", "sort": "-x",
                      "title": spoken(column.name)},
                "x": {"field": name, "type": "quantitative", "title": plural(column.table)},
            },
        },
    )  # fmt: skip
