"""Citing: what an answer rests on, by a name that a person knows — the tables that were asked."""

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from protocol.items import AnyContent, Chart, Code, Table

_MOST = 3


def cited(content: AnyContent | None) -> str:
    """Return what to call a source of an answer; empty where its kind says it all."""
    match content:
        case Code(language="sql", text=text):
            names = _tables(text)
            more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
            return f"the query on {', '.join(names[:_MOST])}{more}" if names else "the query"
        case Code():
            return "the Python code"
        case Table(title=str(title)) | Chart(title=str(title)):
            return title
        case _:
            return ""


def _tables(sql: str) -> list[str]:
    """Return the tables that a query reads, in its order; a name that it makes itself is none."""
    try:
        tree = sqlglot.parse_one(sql)
    except (SqlglotError, RecursionError):
        return []
    own = {cte.alias for cte in tree.find_all(exp.CTE)}
    names = (table.name for table in tree.find_all(exp.Table))
    return list(dict.fromkeys(name for name in names if name and name not in own))
