"""What the owner of a source hides: tables, columns, values, rows."""

from collections.abc import Mapping, Sequence

import msgspec

from engine.ports import ColumnInfo, TableInfo

Columns = Mapping[str, tuple[str, ...]]
"""The columns of tables, by the table's name in lower case, with its schema if it has one."""


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """Rules on tables, named `table` or `schema.table` in lower case; columns are `table.column`.

    A rule on a table says nothing about views of it: name the views too.
    """

    hidden_tables: frozenset[str] = frozenset()
    only_tables: frozenset[str] | None = None
    """If given, no other table can be read."""
    hidden_columns: frozenset[str] = frozenset()
    masks: Mapping[str, str] = {}
    """What stands in a column's place: SQL in which the columns of the table can be used."""
    row_filters: Mapping[str, str] = {}
    """The condition that a table's rows must meet to be seen."""
    samples: bool = True
    """Whether the catalogue may show values at all."""
    sensitive: tuple[str, ...] = ("password", "passwd", "secret", "token", "ssn", "iban", "salary")
    """Parts of names of columns whose values the catalogue never shows."""

    def hides(self, table: str) -> bool:
        """Tell whether a table cannot be read at all."""
        allowed = self.only_tables is None or _named(table, self.only_tables)
        return not allowed or _named(table, self.hidden_tables)

    def row_filter(self, table: str) -> str | None:
        """Return the condition on a table's rows, if there is one."""
        return next((self.row_filters[n] for n in names_of(table) if n in self.row_filters), None)

    def mask(self, table: str, column: str) -> str | None:
        """Return what stands in a column's place, if anything does."""
        keys = (f"{name}.{column.lower()}" for name in names_of(table))
        return next((self.masks[key] for key in keys if key in self.masks), None)

    def drops(self, table: str, column: str) -> bool:
        """Tell whether a column is hidden."""
        return any(f"{name}.{column.lower()}" in self.hidden_columns for name in names_of(table))

    def touches(self, table: str) -> bool:
        """Tell whether reading a table must be rewritten."""
        columns = (*self.masks, *self.hidden_columns)
        owners = {column.rpartition(".")[0] for column in columns}
        return self.row_filter(table) is not None or _named(table, owners)


def names_of(table: str) -> tuple[str, ...]:
    """Name a table as rules may: in full, and without what stands before its name."""
    full = table.lower()
    parts = full.split(".")
    return tuple(dict.fromkeys((full, ".".join(parts[-2:]), parts[-1])))


def columns_of(tables: Sequence[TableInfo]) -> dict[str, tuple[str, ...]]:
    """Tell the guard the columns of tables."""
    known: dict[str, tuple[str, ...]] = {}
    for table in tables:
        names = tuple(column.name for column in table.columns)
        known[table.name.lower()] = names
        if table.schema:
            known[f"{table.schema}.{table.name}".lower()] = names
    return known


def private_view(policy: Policy | None, tables: Sequence[TableInfo]) -> tuple[TableInfo, ...]:
    """Leave out of a catalogue what the policy hides."""
    if policy is None:
        return tuple(tables)
    return tuple(
        msgspec.structs.replace(
            table,
            columns=tuple(
                _private(policy, name, column)
                for column in table.columns
                if not policy.drops(name, column.name)
            ),
        )
        for table in tables
        if not policy.hides(name := f"{table.schema}.{table.name}".lstrip("."))
    )


def _private(policy: Policy, table: str, column: ColumnInfo) -> ColumnInfo:
    sensitive = any(part in column.name.lower() for part in policy.sensitive)
    shown = policy.samples and not sensitive and policy.row_filter(table) is None
    if shown and policy.mask(table, column.name) is None:
        return column
    return msgspec.structs.replace(column, samples=(), distinct=None)


def _named(table: str, names: "frozenset[str] | set[str]") -> bool:
    return any(name in names for name in names_of(table))
