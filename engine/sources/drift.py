"""What became different between two looks at the same source."""

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

import msgspec

from engine.clock import stamp_of
from engine.ports import CatalogueChange, ColumnInfo, StoreFailed, TableInfo

_log = logging.getLogger("askwire.sources")


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


class Remembered(msgspec.Struct, frozen=True, kw_only=True):
    """The shape of a source at the last look, and what was different from the one before."""

    shape: tuple[TableInfo, ...] = ()
    changes: tuple[CatalogueChange, ...] = ()
    changed_at: str = ""


class Memory:
    """Compares what is seen with what was seen before, also before a restart.

    Shapes are kept without values, of hidden tables too: whoever shows changes leaves those out.
    """

    def __init__(self, read: Callable[[], bytes | None], write: Callable[[bytes], None]) -> None:
        """`read` and `write` may block; they are called in a thread."""
        self._read = read
        self._write = write
        self._last: Remembered | None = None
        self._looked = False

    async def compare(self, tables: Sequence[TableInfo]) -> Remembered:
        """Return what is different by now, and remember these tables."""
        if not self._looked:
            self._last = await asyncio.to_thread(self._recalled)
            self._looked = True
        shape = tuple(_shape(table) for table in tables)
        last = self._last
        if last is not None and last.shape == shape:
            return last
        found = changes(last.shape, shape) if last is not None else ()
        if found or last is None:
            now = stamp_of(datetime.now(UTC)) if found else ""
            last = Remembered(shape=shape, changes=found, changed_at=now)
        else:
            last = msgspec.structs.replace(last, shape=shape)
        self._last = last
        await asyncio.to_thread(self._keep, last)
        return last

    def _recalled(self) -> Remembered | None:
        try:
            kept = self._read()
            return None if kept is None else msgspec.msgpack.decode(kept, type=Remembered)
        except (StoreFailed, msgspec.MsgspecError) as error:
            _log.warning("how a source looked last cannot be read: %s", error)
            return None

    def _keep(self, remembered: Remembered) -> None:
        try:
            self._write(msgspec.msgpack.encode(remembered))
        except StoreFailed as error:  # The source can be asked all the same.
            _log.warning("how a source looks cannot be kept: %s", error)


def forgetful() -> Memory:
    """Return a memory that lasts as long as the process."""
    return Memory(lambda: None, lambda _: None)


def _shape(table: TableInfo) -> TableInfo:
    """Leave out what depends on the rows, keys that were inferred from them too."""
    return TableInfo(
        name=table.name,
        schema=table.schema,
        view=table.view,
        columns=tuple(
            msgspec.structs.replace(column, samples=(), distinct=None, comment="")
            for column in table.columns
        ),
        foreign_keys=tuple(key for key in table.foreign_keys if not key.inferred),
    )


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
