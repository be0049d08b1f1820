"""Foreign keys that nobody declared: guessed by names, believed when the values agree."""

from collections.abc import Callable, Generator, Iterator, Sequence
from itertools import islice
from typing import Final

import msgspec

from engine.ports import ColumnInfo, ForeignKey, TableInfo

ENDINGS: Final = ("_id", "_key", "_code", "_no", "_nr", "_uuid", "id")
MAX_LINKS: Final = 200
ANYBODYS: Final = ("id", "key", "code", "uuid", "name")
"""Names of keys that say nothing of their table."""

Includes = Callable[["Link"], bool]


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """`column` of `table` may point to `to_column` of `to_table`."""

    table: str
    column: str
    to_table: str
    to_column: str
    schema: str = ""
    """That of both tables."""


def link(tables: Sequence[TableInfo], includes: Includes) -> tuple[TableInfo, ...]:
    """Add inferred foreign keys whose values are all found where they would point."""
    steps = linking(tables)
    try:
        candidate = next(steps)
        while True:
            candidate = steps.send(includes(candidate))
    except StopIteration as end:
        linked: tuple[TableInfo, ...] = end.value
        return linked


def linking(
    tables: Sequence[TableInfo], most: int = MAX_LINKS
) -> Generator[Link, bool, tuple[TableInfo, ...]]:
    """Yield links to be tried, take whether their values agree, return the tables with their keys.

    Links are looked for within each schema; a column gets one at most.
    """
    found: dict[tuple[str, str], list[ForeignKey]] = {}
    taken: set[tuple[str, str, str]] = set()
    for candidate in islice(_in_schemas(tables), most):
        place = (candidate.schema, candidate.table, candidate.column)
        if place in taken or not (yield candidate):
            continue
        taken.add(place)
        key = ForeignKey(
            columns=(candidate.column,),
            to_table=f"{candidate.schema}.{candidate.to_table}".lstrip("."),
            to_columns=(candidate.to_column,),
            inferred=True,
        )
        found.setdefault(place[:2], []).append(key)
    return tuple(
        msgspec.structs.replace(table, foreign_keys=(*table.foreign_keys, *keys))
        if (keys := found.get((table.schema, table.name)))
        else table
        for table in tables
    )


def _in_schemas(tables: Sequence[TableInfo]) -> Iterator[Link]:
    for schema in sorted({table.schema for table in tables}):
        for candidate in candidates([table for table in tables if table.schema == schema]):
            yield msgspec.structs.replace(candidate, schema=schema)


def candidates(tables: Sequence[TableInfo]) -> Iterator[Link]:
    """Name the links that the names of columns and tables suggest, likeliest first."""
    index = _Index(tables)
    for table in tables:
        declared = {key.columns[0] for key in table.foreign_keys if len(key.columns) == 1}
        own_key = index.keys.get(table.name)
        for column in table.columns:
            if column.name in declared or (own_key and own_key.name == column.name):
                continue
            for other, key in index.suggested(column):
                if other != table.name:
                    yield Link(
                        table=table.name, column=column.name, to_table=other, to_column=key.name
                    )


class _Index:
    """Finds the tables that a column's name speaks of, without a look at each of thousands."""

    def __init__(self, tables: Sequence[TableInfo]) -> None:
        self.keys = {table.name: key for table in tables if (key := key_column(table))}
        self._names = [table.name for table in tables]
        self._by_form: dict[str, list[int]] = {}
        self._by_key: dict[str, list[int]] = {}
        for at, table in enumerate(tables):
            key = self.keys.get(table.name)
            if key is None:
                continue
            for form in _forms(table.name):
                self._by_form.setdefault(form, []).append(at)
            if key.name.lower() not in ANYBODYS:
                self._by_key.setdefault(key.name.lower(), []).append(at)

    def suggested(self, column: ColumnInfo) -> Iterator[tuple[str, ColumnInfo]]:
        """Yield tables and their keys, in the order of the tables."""
        name = column.name.lower()
        stem = _stem(name)
        places = set(self._by_key.get(name, ()))
        for form in _tails(stem):
            places.update(self._by_form.get(form, ()))
        for at in sorted(places):
            other = self._names[at]
            key = self.keys[other]
            if key.name.lower() == name and name in ANYBODYS:
                continue
            if column.type == key.type or {column.type, key.type} <= {"integer", "int64"}:
                yield other, key


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


def _tails(stem: str) -> Iterator[str]:
    """Yield a stem, and what is left of it after each of its words: `home_team` gives `team`."""
    yield stem
    at = stem.find("_")
    while at >= 0:
        yield stem[at + 1 :]
        at = stem.find("_", at + 1)


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
