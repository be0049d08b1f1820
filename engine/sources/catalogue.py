"""A source's catalogue, kept until the data is known to have changed."""

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable, Sequence

import msgspec

from engine.ports import Catalogue, CatalogueChange, TableInfo
from engine.sources.children.profile import SAMPLES
from engine.sources.drift import changes
from engine.sources.guard.policy import Columns, Policy, columns_of, private_view

Describe = Callable[[], Awaitable[Sequence[TableInfo]]]
Stamp = Callable[[], Awaitable[object]]

MOST_SAMPLES = 20_000
FRESH_SECONDS = 5.0
"""A catalogue is not made anew more often than this, however busily the data changes."""


class KeptCatalogue:
    """Makes the catalogue when it is first asked for, and again when `stamp` changes."""

    def __init__(
        self,
        source: str,
        dialect: str,
        describe: Describe,
        stamp: Stamp,
        policy: Policy | None = None,
    ) -> None:
        self._source = source
        self._dialect = dialect
        self._describe = describe
        self._stamp = stamp
        self._policy = policy
        self.columns: Columns = {}
        """What is known of the columns of all tables, the hidden ones too: the guard needs them."""
        self._kept: Catalogue | None = None
        self._last: Catalogue | None = None
        self._kept_stamp: object = None
        self._made = 0.0
        self._lock = asyncio.Lock()

    async def get(self, refresh: bool = False) -> Catalogue:
        """Return the catalogue. Callers at the same time share one making of it."""
        async with self._lock:
            stamp = await self._stamp()
            old = time.monotonic() - self._made > FRESH_SECONDS
            if self._kept is None or refresh or (old and stamp != self._kept_stamp):
                described = within_bounds(await self._describe())
                self.columns = columns_of(described)
                self._kept = self._last = self._made_of(private_view(self._policy, described))
                self._kept_stamp = stamp
                self._made = time.monotonic()
            return self._kept

    def _made_of(self, tables: tuple[TableInfo, ...]) -> Catalogue:
        last = self._last
        different: tuple[CatalogueChange, ...] = ()
        if last is not None:
            different = changes(last.tables, tables) or last.changes
        return Catalogue(
            source=self._source,
            dialect=self._dialect,
            tables=tables,
            version=version(tables),
            changes=different,
        )

    def forget(self) -> None:
        """Make it anew when it is next asked for."""
        self._kept = None


def within_bounds(tables: Sequence[TableInfo], most: int = MOST_SAMPLES) -> tuple[TableInfo, ...]:
    """Keep all values of the columns with the fewest, and a few of the others, `most` in all."""
    counts = sorted(len(column.samples) for table in tables for column in table.columns)
    kept, whole = 0, 0
    for place, count in enumerate(counts):
        if kept + count + SAMPLES * (len(counts) - place - 1) > most:
            break
        kept, whole = kept + count, count
    else:
        return tuple(tables)
    return tuple(
        msgspec.structs.replace(
            table,
            columns=tuple(
                column
                if len(column.samples) <= max(whole, SAMPLES)
                else msgspec.structs.replace(column, samples=column.samples[:SAMPLES])
                for column in table.columns
            ),
        )
        for table in tables
    )


def version(tables: Sequence[TableInfo]) -> str:
    """Name the shape of the tables: it changes when a table, column, type or key does."""
    shape = [
        (
            table.schema,
            table.name,
            [
                (column.name, column.native, column.nullable, column.primary)
                for column in table.columns
            ],
            [(key.columns, key.to_table, key.to_columns) for key in table.foreign_keys],
        )
        for table in tables
    ]
    return hashlib.sha256(msgspec.msgpack.encode(shape)).hexdigest()[:16]
