"""Files as a source, by way of DuckDB."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from pathlib import Path

import msgspec

from engine.ports import (
    Abilities,
    Catalogue,
    Checked,
    Estimate,
    PortError,
    QueryLimits,
    Rows,
    RowsEnd,
    SourceFailed,
)
from engine.sources import reading
from engine.sources.catalogue import KeptCatalogue
from engine.sources.children.orders import DuckdbOptions, DuckdbTable
from engine.sources.children.pool import Pool
from engine.sources.files.shelf import Shelf, Shelved, stamp_of
from engine.sources.guard import Policy
from protocol.items import Column

Files = Callable[[], Mapping[str, tuple[Path, ...]]]
LOOK_AGAIN_SECONDS = 1.0


class DuckdbSource:
    """Tables made of files; changes of the files are seen. See `engine.ports.Source`."""

    dialect = "duckdb"
    abilities = Abilities(cancel=True, estimate=True, stream=True)

    def __init__(
        self,
        name: str,
        files: Files,
        shelf: Shelf,
        *,
        policy: Policy | None = None,
        address: str = "",
        readers: int = 3,
        memory_mb: int = 512,
        survey_seconds: float = 1.0,
    ) -> None:
        """`files` names the tables and the files of each; it may block, and runs in a thread.

        `address` says where they are.
        """
        self.name = name
        self._files = files
        self._shelf = shelf
        self._memory_mb = memory_mb
        self._pool = Pool("engine.sources.children.duckdb", self._options({}), size=readers)
        self.known = KeptCatalogue(
            name,
            self.dialect,
            lambda: reading.survey(self._pool, survey_seconds),
            self._stamp,
            policy,
            address=address,
        )
        self._prepared: object = None
        self._looked = 0.0
        self._preparing = asyncio.Lock()
        self.notes: dict[str, tuple[str, ...]] = {}
        """What had to be done to the files of each table, or why a file is no table."""

    @property
    def rules(self) -> str:
        """Name where it points and the policy in force."""
        return self.known.rules

    async def catalogue(self, refresh: bool = False) -> Catalogue:
        """Describe the tables."""
        await self._prepare()
        return await self.known.get(refresh)

    def check(self, sql: str, max_rows: int | None = None) -> Checked:
        """Ask the guard."""
        return self.known.check(sql, max_rows)

    async def run(
        self, sql: str, limits: QueryLimits
    ) -> AsyncGenerator[tuple[Column, ...] | Rows | RowsEnd, None]:
        """Run SQL that `check` allowed."""
        await self._prepare()
        rules = self.rules
        async with aclosing(reading.run(self._pool, sql, limits)) as pieces:
            async for piece in pieces:
                self.known.still(rules)
                yield piece

    async def estimate(self, sql: str) -> Estimate | None:
        """Ask the planner. None if it cannot plan the statement."""
        await self._prepare()
        return await reading.weigh(self._pool, sql)

    async def close(self) -> None:
        """End the children."""
        await self._pool.close()

    async def look_again(self) -> None:
        """Look at the files now, because one was added or taken away."""
        self._looked = 0.0
        await self._prepare()

    async def _prepare(self) -> None:
        """Import what is new or has changed, and let the children know."""
        async with self._preparing:
            if time.monotonic() - self._looked < LOOK_AGAIN_SECONDS:
                return
            try:
                files = await asyncio.to_thread(self._files)
            except OSError as error:
                raise SourceFailed(
                    "source_down", f"The files of {self.name} cannot be listed: {error.strerror}."
                ) from error
            stamp = await asyncio.to_thread(_stamp, files)
            if stamp != self._prepared:
                self._pool.refresh(self._options(await self._shelve(files)))
                self._prepared = stamp
                self.known.forget()
            self._looked = time.monotonic()

    async def _shelve(self, files: Mapping[str, tuple[Path, ...]]) -> dict[str, tuple[str, ...]]:
        tables: dict[str, tuple[str, ...]] = {}
        notes: dict[str, tuple[str, ...]] = {}
        outcomes = await asyncio.gather(*(self._take(paths) for paths in files.values()))
        self._shelf.rest()
        for table, outcome in zip(files, outcomes, strict=True):
            if isinstance(outcome, PortError):
                notes[table] = (outcome.info.message,)
                continue
            tables[table] = tuple(one.parquet for one in outcome)
            notes[table] = tuple(note for one in outcome for note in one.notes)
        if files and not tables:
            raise SourceFailed("source_down", next(iter(notes.values()))[0])
        self.notes = {table: said for table, said in notes.items() if said}
        return tables

    async def _take(self, paths: tuple[Path, ...]) -> list[Shelved] | PortError:
        try:
            return [await self._shelf.take(path) for path in paths]
        except PortError as error:
            return error

    def _options(self, tables: Mapping[str, tuple[str, ...]]) -> bytes:
        return msgspec.msgpack.encode(
            DuckdbOptions(
                tables=tuple(DuckdbTable(name=name, paths=paths) for name, paths in tables.items()),
                memory_mb=self._memory_mb,
            )
        )

    async def _stamp(self) -> object:
        return self._prepared


def _stamp(files: Mapping[str, tuple[Path, ...]]) -> object:
    return tuple((table, stamp_of(paths)) for table, paths in files.items())
