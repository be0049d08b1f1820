"""What tells of tables without reading them: refused where some of a source is kept back."""

from collections.abc import Container
from typing import Final

from sqlglot import exp

from engine.sources.guard.refusing import Refusal, place, shorten

TELLING: Final = frozenset(
    """
    pragma_table_info pragma_table_xinfo pragma_table_list pragma_index_list pragma_index_info
    pragma_index_xinfo pragma_foreign_key_list col_description obj_description to_regclass
    pg_relation_size pg_table_size pg_total_relation_size pg_indexes_size pg_database_size
    to_regtype format_type pg_get_constraintdef pg_get_indexdef pg_get_expr pg_table_is_visible
    shobj_description
    """.split()
)
"""Functions that take the name of a table, or tell of all of them. The rest of what may be called
computes from its arguments alone."""


DESCRIBING: Final = ("information_schema", "pg_catalog")
PREFIXES: Final = ("pg_", "sqlite_", "pragma_", "duckdb_")


def refuse_telling(tree: exp.Expr, tables: Container[str]) -> None:
    """Raise `Refusal` for what would show names, columns or sizes of tables that are hidden.

    `tables` are the names of all, in lower case.
    """
    if (shown := tree.find(exp.Show)) is not None:
        raise _refused("SHOW", shown)
    for table in tree.find_all(exp.Table):
        schema, name = table.text("db").lower(), table.name.lower()
        if schema in DESCRIBING or (not schema and name.startswith(PREFIXES)):
            raise _refused(shorten(f"{schema}.{name}".lstrip(".")), table)
    for call in tree.find_all(exp.Func):
        name = call.name.lower() if isinstance(call, exp.Anonymous) else call.sql_name().lower()
        if name in TELLING:
            raise _refused(name, call)
    for kind in tree.find_all(exp.DataType):
        if kind.this is exp.DType.USERDEFINED and _may_be_a_table(kind, tables):
            raise _refused(f"the type {shorten(str(kind.args.get('kind')))}", kind)


def _may_be_a_table(kind: exp.DataType, tables: Container[str]) -> bool:
    """Tell whether a type may be one that PostgreSQL makes of each table, or a look-up by name."""
    name = str(kind.args.get("kind")).lower()
    plain = name.replace("_", "").isalnum() and not name.startswith("reg")
    return not plain or name in tables or name.lstrip("_") in tables


def _refused(what: str, node: exp.Expr) -> Refusal:
    return Refusal("policy", f"This source has rules that {what} would go round{place(node)}.")
