"""What a source's owner hides: tables, columns, rows."""

from collections.abc import Mapping

import msgspec


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """Names are matched without regard to case, tables as `name` or `schema.name`."""

    hidden_tables: frozenset[str] = frozenset()
    only_tables: frozenset[str] | None = None
    masks: Mapping[str, str] = {}
    """`table.column` to the SQL expression that stands in its place, such as `NULL`."""
    row_filters: Mapping[str, str] = {}
    """Table to the SQL condition that every row of it must meet."""
