"""A source's catalogue, kept until the data is known to have changed."""

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable, Sequence

import msgspec

from engine.ports import Catalogue, TableInfo
from engine.sources.guard.policy import Columns, Policy, columns_of, private_view

Describe = Callable[[], Awaitable[Sequence[TableInfo]]]
Stamp = Callable[[], Awaitable[object]]

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
        self._kept_stamp: object = None
        self._made = 0.0
        self._lock = asyncio.Lock()

    async def get(self, refresh: bool = False) -> Catalogue:
        """Return the catalogue. Callers at the same time share one making of it."""
        async with self._lock:
            stamp = await self._stamp()
            old = time.monotonic() - self._made > FRESH_SECONDS
            if self._kept is None or refresh or (old and stamp != self._kept_stamp):
                described = await self._describe()
                self.columns = columns_of(described)
                tables = private_view(self._policy, described)
                self._kept = Catalogue(
                    source=self._source,
                    dialect=self._dialect,
                    tables=tables,
                    version=version(tables),
                )
                self._kept_stamp = stamp
                self._made = time.monotonic()
            return self._kept

    def forget(self) -> None:
        """Make it anew when it is next asked for."""
        self._kept = None


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
