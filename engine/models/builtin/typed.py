"""Typed SQL: a question that is a query already."""

import re

import sqlglot
from rapidfuzz import process
from sqlglot import exp
from sqlglot.errors import SqlglotError

from engine.models.builtin.linking import Linker
from engine.models.builtin.words import tokens

_BEGINS = re.compile(r"^\s*(select|with)\b.*\b(from|select)\b", re.IGNORECASE | re.DOTALL)
_ENGLISH = re.compile(
    r"^\s*(select|with)\s+(all|the|every|each|me|only)\s+\w+\s+(of|with|that|who)\b", re.I
)


def query(text: str, dialect: str) -> str | None:
    """Return the SQL that was typed, or None if the text is no query. The guard still decides."""
    if not _BEGINS.match(text) or _ENGLISH.match(text) or len(text) > 20_000:
        return None
    try:
        parsed = sqlglot.parse_one(text.strip().rstrip(";"), dialect=dialect)
    except (SqlglotError, RecursionError):
        return None
    return text.strip().rstrip(";") if isinstance(parsed, exp.Query) else None


def faults(linker: Linker, sql: str) -> str:
    """Say which tables and columns of a query that failed are not there; empty if all are."""
    tree = sqlglot.parse_one(sql, dialect=linker.schema.dialect)
    known = {table.info.name.lower(): table for table in linker.schema.tables.values()}
    own = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    used = {t.name.lower(): t.name for t in tree.find_all(exp.Table) if t.name.lower() not in own}
    said = [
        f"There is no table “{name}”{_instead(linker, name)}"
        for low, name in used.items()
        if low not in known
    ]
    if not said and not own:
        named = {c.alias.lower() for c in tree.find_all(exp.Alias)}
        there = {c.name.lower() for low in used for c in known[low].columns} | named
        strange = {c.name for c in tree.find_all(exp.Column) if c.name.lower() not in there}
        where = " or ".join(f"“{name}”" for name in used.values())
        said = [f"There is no column “{name}” in {where}." for name in sorted(strange) if name]
        said += [f"The columns are {', '.join(c.name for c in known[low].columns[:20])}."
                 for low in (used if said else ())]  # fmt: skip
    elif said:
        names = [table.info.name for table in linker.schema.tables.values()]
        more = ", …" if len(names) > 20 else ""
        said.append(f"The tables are {', '.join(names[:20])}{more}.")
    return f"The SQL could not run. {' '.join(said)}" if said else ""


def _instead(linker: Linker, name: str) -> str:
    """Name the table that was most likely meant."""
    tables = linker.schema.tables
    found = [
        (link.score, link.table) for thing in linker.things(tokens(name)) for link in thing.tables
    ]
    found += [
        (0.9 * link.score, link.column.table)
        for thing in linker.things(tokens(name))
        for link in thing.columns
    ]
    close = process.extract(
        name.lower(), {key: t.info.name.lower() for key, t in tables.items()}, limit=1,
        score_cutoff=80,
    )  # fmt: skip
    found += [(score / 100, key) for _, score, key in close]
    return f"; did you mean “{tables[max(found)[1]].info.name}”?" if found else "."
