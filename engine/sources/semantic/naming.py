"""Finding the tables and columns that an owner names, whether or not they are hidden."""

from collections.abc import Mapping, Sequence

import msgspec

from engine.ports import ColumnInfo, TableInfo
from engine.sources.semantic.reading import near


class Known(msgspec.Struct, frozen=True):
    """The tables of a source by their names in lower case, with and without their schema."""

    tables: Mapping[str, TableInfo]

    def table(self, name: str) -> TableInfo | None:
        """Return the table of that name, written in whatever case."""
        return self.tables.get(name.lower())

    def nearest(self, name: str) -> str:
        """Ask whether another table was meant, or name some."""
        names = list(dict.fromkeys(full_name(table) for table in self.tables.values()))
        return near(name, names) or _some("The tables are", names)


def known(tables: Sequence[TableInfo]) -> Known:
    """Index tables. Without its schema, a name means the table that needs none, or the first."""
    found: dict[str, TableInfo] = {}
    for table in sorted(tables, key=lambda table: bool(table.schema)):
        found.setdefault(table.name.lower(), table)
        found[full_name(table).lower()] = table
    return Known(found)


def full_name(table: TableInfo) -> str:
    """Write a table's name as owners do."""
    return f"{table.schema}.{table.name}".lstrip(".")


def column_of(table: TableInfo, name: str) -> ColumnInfo | None:
    """Return the column of that name, written in whatever case."""
    return next((c for c in table.columns if c.name.lower() == name.lower()), None)


def nearest_column(table: TableInfo, name: str) -> str:
    """Ask whether another column was meant, or name some."""
    names = [column.name for column in table.columns]
    return near(name, names) or _some(f"{table.name} has", names)


def _some(words: str, names: Sequence[str]) -> str:
    shown = ", ".join(names[:8]) + (", …" if len(names) > 8 else "")
    return f"{words} {shown}." if names else ""
