"""Typed SQL: a question that is a query already."""

import re

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

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
