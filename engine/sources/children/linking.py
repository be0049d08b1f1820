"""Foreign keys that nobody declared: guessed by names, believed when the values agree."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

import msgspec

from engine.ports import ColumnInfo, ForeignKey, TableInfo

ENDINGS: Final = ("_id", "_key", "_code", "_no", "_nr", "_uuid", "id")
MAX_LINKS: Final = 200

Includes = Callable[["Link"], bool]


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """`column` of `table` may point to `to_column` of `to_table`."""

    table: str
    column: str
    to_table: str
    to_column: str


def link(tables: Sequence[TableInfo], includes: Includes) -> tuple[TableInfo, ...]:
    """Add inferred foreign keys whose values are all found where they would point."""
    found: dict[str, list[ForeignKey]] = {}
    tried = 0
    taken: set[tuple[str, str]] = set()
    for candidate in candidates(tables):
        if (candidate.table, candidate.column) in taken:
            continue
        tried += 1
        if tried > MAX_LINKS:
            break
        if includes(candidate):
            taken.add((candidate.table, candidate.column))
            key = ForeignKey(
                columns=(candidate.column,),
                to_table=candidate.to_table,
                to_columns=(candidate.to_column,),
                inferred=True,
            )
            found.setdefault(candidate.table, []).append(key)
    return tuple(
        msgspec.structs.replace(table, foreign_keys=(*table.foreign_keys, *found[table.name]))
        if table.name in found
        else table
        for table in tables
    )


def candidates(tables: Sequence[TableInfo]) -> Iterator[Link]:
    """Name the links that the names of columns and tables suggest, likeliest first."""
    keys = {table.name: key for table in tables if (key := key_column(table))}
    for table in tables:
        declared = {key.columns[0] for key in table.foreign_keys if len(key.columns) == 1}
        for column in table.columns:
            own_key = keys.get(table.name)
            if column.name in declared or (own_key and own_key.name == column.name):
                continue
            for other in tables:
                key = keys.get(other.name)
                if other.name != table.name and key and _suggests(column, other, key):
                    yield Link(
                        table=table.name,
                        column=column.name,
                        to_table=other.name,
                        to_column=key.name,
                    )


def key_column(table: TableInfo) -> ColumnInfo | None:
    """Return the one column that tells the rows of a table apart, declared or by its values."""
    primary = [column for column in table.columns if column.primary]
    if primary:
        return primary[0] if len(primary) == 1 else None
    if table.view:
        return None
    for column in table.columns:
        name = column.name.lower()
        unique = column.distinct is not None and table.rows and column.distinct >= table.rows * 0.97
        if unique and (name in ("id", "key", "code", "uuid") or _stem(name) in _forms(table.name)):
            return column
    return None


def _suggests(column: ColumnInfo, other: TableInfo, key: ColumnInfo) -> bool:
    name = column.name.lower()
    kinds = {column.type, key.type}
    if not (kinds <= {"integer", "int64"} or column.type == key.type):
        return False
    if name == key.name.lower():
        return name not in ("id", "key", "code", "uuid", "name")
    stem = _stem(name)
    forms = _forms(other.name)
    return stem in forms or any(stem.endswith(f"_{form}") for form in forms)


def _stem(name: str) -> str:
    """Take the ending off: `customer_id` and `customerid` give `customer`."""
    for ending in ENDINGS:
        if name.endswith(ending) and len(name) > len(ending):
            return name[: -len(ending)].rstrip("_")
    return name


def _forms(table: str) -> set[str]:
    """Name a table in the singular and the plural, as far as English spelling goes."""
    name = table.lower()
    forms = {name}
    if name.endswith("ies"):
        forms.add(name[:-3] + "y")
    if name.endswith(("ses", "xes", "ches", "shes")):
        forms.add(name[:-2])
    if name.endswith("s"):
        forms.add(name[:-1])
    return forms
