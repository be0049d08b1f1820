"""What a dialect allows: its lists, gathered in one struct."""

from functools import cache

import msgspec

from engine.sources.guard.words import duckdb, mysql, others, postgres, sqlite

ALIASES = {"postgresql": "postgres", "mariadb": "mysql", "sqlite3": "sqlite"}
OURS = ("sqlite", "duckdb", "postgres", "mysql")


class Grammar(msgspec.Struct, frozen=True, kw_only=True):
    """The names that one dialect may use."""

    dialect: str
    functions: frozenset[str]
    table_functions: frozenset[str]
    information: frozenset[str] = frozenset()
    catalogue: frozenset[str] = frozenset()
    system_schemas: frozenset[str] = frozenset()
    internal_prefixes: tuple[str, ...] = ()
    internal: frozenset[str] = frozenset()
    qualified_functions: frozenset[str] = frozenset()
    """Schemas whose functions may be called by their full name."""
    path_marks: str = ""
    """Characters that make a table's name a path, a link or a pattern."""
    file_endings: frozenset[str] = frozenset()
    """Last names that make `orders.csv` a file instead of a table in a schema."""


@cache
def grammar(dialect: str) -> Grammar:
    """Return the lists of a dialect; a dialect without lists of its own gets the common ones."""
    return _OURS[dialect]() if dialect in _OURS else _other(dialect)


def _sqlite() -> Grammar:
    return Grammar(
        dialect="sqlite",
        functions=sqlite.FUNCTIONS,
        table_functions=sqlite.TABLE_FUNCTIONS,
        internal_prefixes=sqlite.INTERNAL_PREFIXES,
        internal=sqlite.INTERNAL,
    )


def _duckdb() -> Grammar:
    return Grammar(
        dialect="duckdb",
        functions=duckdb.FUNCTIONS,
        table_functions=duckdb.TABLE_FUNCTIONS,
        information=duckdb.INFORMATION,
        system_schemas=frozenset(("pg_catalog", "system")),
        internal_prefixes=("duckdb_", "sqlite_", "pragma_", "pg_"),
        path_marks="/\\:*?.",
        file_endings=frozenset(
            "csv tsv txt parquet json jsonl ndjson gz zst arrow xlsx db duckdb sqlite".split()
        ),
    )


def _postgres() -> Grammar:
    return Grammar(
        dialect="postgres",
        functions=postgres.FUNCTIONS,
        table_functions=postgres.FUNCTIONS,
        information=postgres.INFORMATION,
        catalogue=postgres.CATALOGUE,
        system_schemas=frozenset(("pg_catalog", "pg_toast")),
        internal_prefixes=("pg_",),
        qualified_functions=frozenset(("pg_catalog",)),
    )


def _mysql() -> Grammar:
    return Grammar(
        dialect="mysql",
        functions=mysql.FUNCTIONS,
        table_functions=mysql.TABLE_FUNCTIONS,
        information=mysql.INFORMATION,
        system_schemas=mysql.SYSTEM_SCHEMAS,
    )


def _other(dialect: str) -> Grammar:
    return Grammar(
        dialect=dialect,
        functions=others.FUNCTIONS,
        table_functions=others.TABLE_FUNCTIONS,
        system_schemas=others.SYSTEM_SCHEMAS,
        internal_prefixes=others.INTERNAL_PREFIXES if dialect == "oracle" else (),
        internal=others.INTERNAL if dialect == "oracle" else frozenset(),
        qualified_functions=frozenset(("safe",)),
        path_marks="@",
    )


_OURS = {"sqlite": _sqlite, "duckdb": _duckdb, "postgres": _postgres, "mysql": _mysql}
