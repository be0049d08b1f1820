"""SQLite files as a source."""

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

import msgspec

from engine.ports import Abilities, Catalogue, Checked, Estimate, QueryLimits, Rows, RowsEnd
from engine.sources import reading
from engine.sources.catalogue import KeptCatalogue
from engine.sources.children.orders import SqliteOptions
from engine.sources.children.pool import Pool
from engine.sources.guard import Policy
from engine.sources.guard.words import sqlite as words
from protocol.items import Column

OPERATORS = frozenset(("->", "->>", "like", "glob", "match"))
"""SQLite asks leave for these under the names of functions."""


class SqliteSource:
    """One SQLite file, read in children that cannot write. See `engine.ports.Source`."""

    dialect = "sqlite"
    abilities = Abilities(cancel=True, estimate=False, stream=True)

    def __init__(
        self,
        name: str,
        path: Path,
        *,
        policy: Policy | None = None,
        readers: int = 4,
        survey_seconds: float = 1.0,
    ) -> None:
        self.name = name
        self._path = path
        options = SqliteOptions(path=str(path.absolute()), functions=words.FUNCTIONS | OPERATORS)
        self._pool = Pool(
            "engine.sources.children.sqlite", msgspec.msgpack.encode(options), size=readers
        )
        self.known = KeptCatalogue(
            name,
            self.dialect,
            lambda: reading.survey(self._pool, survey_seconds),
            self._stamp,
            policy,
            address=str(path.absolute()),
        )

    @property
    def rules(self) -> str:
        """Name where it points and the policy in force."""
        return self.known.rules

    async def catalogue(self, refresh: bool = False) -> Catalogue:
        """Describe the file."""
        return await self.known.get(refresh)

    def check(self, sql: str, max_rows: int | None = None) -> Checked:
        """Ask the guard."""
        return self.known.check(sql, max_rows)

    async def run(
        self, sql: str, limits: QueryLimits
    ) -> AsyncGenerator[tuple[Column, ...] | Rows | RowsEnd, None]:
        """Run SQL that `check` allowed."""
        rules = self.rules
        async with aclosing(reading.run(self._pool, sql, limits)) as pieces:
            async for piece in pieces:
                self.known.still(rules)
                yield piece

    async def estimate(self, sql: str) -> Estimate | None:
        """SQLite has no idea what a query costs."""
        return None

    async def close(self) -> None:
        """End the children."""
        await self._pool.close()

    async def _stamp(self) -> object:
        return await asyncio.to_thread(_stamp, self._path)


def _stamp(path: Path) -> tuple[tuple[int, int], ...]:
    """Tell whether the file or its write-ahead log changed."""
    stamps: list[tuple[int, int]] = []
    for file in (path, path.with_name(path.name + "-wal")):
        try:
            found = os.stat(file)
            stamps.append((found.st_mtime_ns, found.st_size))
        except OSError:
            stamps.append((0, 0))
    return tuple(stamps)
