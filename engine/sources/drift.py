"""What became different between two looks at the same source."""

from collections.abc import Iterator, Sequence

from engine.ports import CatalogueChange, ColumnInfo, TableInfo


def changes(before: Sequence[TableInfo], after: Sequence[TableInfo]) -> tuple[CatalogueChange, ...]:
    """Name tables, columns, types and keys that came, went or changed. Values do not count."""
    old = {_name(table): table for table in before}
    new = {_name(table): table for table in after}
    found: list[CatalogueChange] = []
    for name in sorted(old.keys() | new.keys()):
        if name not in new:
            found.append(CatalogueChange(what="table_removed", table=name))
        elif name not in old:
            found.append(CatalogueChange(what="table_added", table=name))
        else:
            found += _in_table(name, old[name], new[name])
    return tuple(found)


def _in_table(name: str, before: TableInfo, after: TableInfo) -> Iterator[CatalogueChange]:
    old = {column.name: column for column in before.columns}
    new = {column.name: column for column in after.columns}
    for column in sorted(old.keys() - new.keys()):
        yield CatalogueChange(what="column_removed", table=name, column=column)
    for column in new:
        if column not in old:
            yield CatalogueChange(what="column_added", table=name, column=column)
        elif _words(old[column]) != _words(new[column]):
            yield CatalogueChange(
                what="column_changed",
                table=name,
                column=column,
                was=_words(old[column]),
                now=_words(new[column]),
            )
    if _keys(before) != _keys(after):
        was, now = ", ".join(_keys(before)), ", ".join(_keys(after))
        yield CatalogueChange(what="keys_changed", table=name, was=was, now=now)


def _name(table: TableInfo) -> str:
    return f"{table.schema}.{table.name}".lstrip(".")


def _words(column: ColumnInfo) -> str:
    marks = (
        column.native or column.type,
        "" if column.nullable else "not null",
        "primary key" if column.primary else "",
    )
    return " ".join(filter(None, marks))


def _keys(table: TableInfo) -> list[str]:
    """Write the keys that were declared: those that were inferred depend on the values."""
    return sorted(
        f"{'+'.join(key.columns)} to {key.to_table}"
        for key in table.foreign_keys
        if not key.inferred
    )
