"""What the owner of a source hides: tables, columns, values, rows."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TypeVar

import msgspec

from engine.ports import ColumnInfo, ForeignKey, Join, TableInfo

Columns = Mapping[str, tuple[str, ...]]
"""The columns of tables, by the table's name in lower case, with its schema if it has one."""
Keys = Mapping[str, tuple[tuple[str, ...], ...]]
"""By the same names: the sets of columns each of which tells the rows of a table apart."""
T = TypeVar("T")

SENSITIVE = ("password", "passwd", "secret", "token", "ssn", "iban", "salary")


class Policy(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """Rules on tables, named `table` or `schema.table` in lower case; columns are `table.column`.

    A rule on a table says nothing about views of it: name the views too.
    """

    unnamed_views: frozenset[str] = frozenset()
    """Views of tables with rules that were not named: hidden, and the finding says why."""

    known: frozenset[str] = frozenset()
    """Full names of all tables: one of them means that table, and none of the same last name."""

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
    sensitive: tuple[str, ...] = SENSITIVE
    """Parts of names of columns whose values the catalogue never shows."""

    def hides(self, table: str) -> bool:
        """Tell whether a table cannot be read at all."""
        names = self._names(table)
        allowed = self.only_tables is None or not self.only_tables.isdisjoint(names)
        return not allowed or not self.hidden_tables.isdisjoint(names)

    def is_unnamed_view(self, table: str) -> bool:
        """Tell whether it is hidden only because it shows a table with rules."""
        return not self.unnamed_views.isdisjoint(self._names(table))

    def row_filter(self, table: str) -> str | None:
        """Return the condition on a table's rows, if there is one."""
        names = self._names(table)
        return next((self.row_filters[name] for name in names if name in self.row_filters), None)

    def mask(self, table: str, column: str) -> str | None:
        """Return what stands in a column's place, if anything does."""
        keys = (f"{name}.{column.lower()}" for name in self._names(table))
        return next((self.masks[key] for key in keys if key in self.masks), None)

    def drops(self, table: str, column: str) -> bool:
        """Tell whether a column is hidden."""
        keys = (f"{name}.{column.lower()}" for name in self._names(table))
        return any(key in self.hidden_columns for key in keys)

    def touches(self, table: str) -> bool:
        """Tell whether reading a table must be rewritten."""
        return self.row_filter(table) is not None or not self._owners.isdisjoint(self._names(table))

    def narrows(self, table: str) -> bool:
        """Tell whether some of a table's columns are not shown."""
        owners = {column.rpartition(".")[0] for column in self.hidden_columns}
        return not owners.isdisjoint(self._names(table))

    def is_sensitive(self, column: str) -> bool:
        """Tell whether a column's values are never shown in the catalogue."""
        name = column.lower()
        return any(part in name for part in self.sensitive)

    @property
    def restricts(self) -> bool:
        """Whether anything is kept back from those who ask, beside samples."""
        rules = (self.hidden_tables, self.hidden_columns, self.masks, self.row_filters)
        return self.only_tables is not None or any(rules)

    @cached_property
    def _owners(self) -> frozenset[str]:
        """Tables of which a column is masked or hidden."""
        columns = (*self.masks, *self.hidden_columns)
        return frozenset(column.rpartition(".")[0] for column in columns)

    def _names(self, table: str) -> tuple[str, ...]:
        full = table.lower()
        return (full,) if full in self.known else names_of(table)


def names_of(table: str) -> tuple[str, ...]:
    """Name a table as rules may: in full, and without what stands before its name."""
    full = table.lower()
    parts = full.split(".")
    return tuple(dict.fromkeys((full, ".".join(parts[-2:]), parts[-1])))


def columns_of(tables: Sequence[TableInfo]) -> dict[str, tuple[str, ...]]:
    """Tell the guard the columns of tables."""
    return _named(tables, lambda table: tuple(column.name for column in table.columns))


def keys_of(policy: Policy, tables: Sequence[TableInfo], joins: Sequence[Join] = ()) -> Keys:
    """Tell the guard which columns tell the rows of tables apart, as far as they are seen.

    Primary keys do, and what declared keys and the joins of an owner point to. What was inferred
    from values only seems to; and what a mask shows may be the same everywhere.
    """
    aims: dict[str, list[tuple[str, ...]]] = {_full_name(table).lower(): [] for table in tables}

    def add(table: str, columns: tuple[str, ...]) -> None:
        plain = not any(policy.drops(table, c) or policy.mask(table, c) for c in columns)
        if columns and plain:
            aims.setdefault(table.lower(), []).append(columns)

    for table in tables:
        add(_full_name(table), tuple(c.name for c in table.columns if c.primary))
        for key in table.foreign_keys:
            if not key.inferred:
                add(key.to_table, key.to_columns)
    for join in joins:
        add(join.to_table, join.to_columns)
    return _named(tables, lambda table: tuple(aims[_full_name(table).lower()]))


def _named(tables: Sequence[TableInfo], part: Callable[[TableInfo], T]) -> dict[str, T]:
    """Index a part of tables by their names; one alone means the table that needs no schema."""
    found: dict[str, T] = {}
    for table in sorted(tables, key=lambda table: bool(table.schema)):
        found.setdefault(table.name.lower(), part(table))
        if table.schema:
            found[_full_name(table).lower()] = part(table)
    return found


def private_view(policy: Policy | None, tables: Sequence[TableInfo]) -> tuple[TableInfo, ...]:
    """Leave out of a catalogue what the policy hides."""
    if policy is None:
        return tuple(tables)
    if not policy.restricts:  # Thousands of tables are looked at in no time.
        return tuple(
            msgspec.structs.replace(table, columns=_without_samples(policy, table.columns))
            for table in tables
        )
    return tuple(_seen(policy, table) for table in tables if not policy.hides(_full_name(table)))


def _seen(policy: Policy, table: TableInfo) -> TableInfo:
    name = _full_name(table)
    keys = tuple(key for key in table.foreign_keys if _may_be_told(policy, table, key))
    if not policy.touches(name):
        columns = _without_samples(policy, table.columns)
        return msgspec.structs.replace(table, columns=columns, foreign_keys=keys, reads=())
    filtered = policy.row_filter(name) is not None
    columns = tuple(
        _unsampled(column) if filtered or policy.mask(name, column.name) is not None else column
        for column in table.columns
        if not policy.drops(name, column.name)
    )
    return msgspec.structs.replace(
        table,
        columns=_without_samples(policy, columns),
        foreign_keys=keys,
        reads=(),
        # How many rows there are would tell how many are not seen.
        rows=None if filtered else table.rows,
    )


def _without_samples(policy: Policy, columns: Sequence[ColumnInfo]) -> tuple[ColumnInfo, ...]:
    return tuple(
        column if policy.samples and not policy.is_sensitive(column.name) else _unsampled(column)
        for column in columns
    )


def _unsampled(column: ColumnInfo) -> ColumnInfo:
    return msgspec.structs.replace(column, samples=(), distinct=None)


def _may_be_told(policy: Policy, table: TableInfo, key: ForeignKey) -> bool:
    """Tell whether both ends of a key are seen; one that was inferred tells of values, too."""
    ends = [(_full_name(table), column) for column in key.columns]
    ends += [(key.to_table, column) for column in key.to_columns]
    if policy.hides(key.to_table) or any(policy.drops(*end) for end in ends):
        return False
    return not (key.inferred and any(policy.mask(*end) is not None for end in ends))


def _full_name(table: TableInfo) -> str:
    return f"{table.schema}.{table.name}".lstrip(".")
