"""A source that gives rows it was told to give, for tests and demonstrations: no database."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence

import msgspec

from engine.ports import (
    Abilities,
    Catalogue,
    Checked,
    Estimate,
    QueryLimits,
    Rows,
    RowsEnd,
    Source,
    SourceFailed,
)
from engine.sources.guard import check
from protocol.ids import CallerId
from protocol.items import Cell, Column

Answer = tuple[tuple[Column, ...], Sequence[list[Cell]]]


class ScriptedSource:
    """`Source` that answers each text of `answers` with its rows, and fails for every other.

    The guard is the real one, so a text is first what the guard makes of it. While `held` is not
    set, a query waits after its first row: a test can look, cancel or stop the process there.
    """

    def __init__(
        self, answers: Mapping[str, Answer], name: str = "scripted", dialect: str = "sqlite"
    ) -> None:
        self.name = name
        self.dialect = dialect
        self.abilities = Abilities()
        self.rules = "1"
        """What the guard judges by; a test that changes it points the source elsewhere."""
        self.ran: list[str] = []
        self.cancelled = 0
        self.held = asyncio.Event()
        self.held.set()
        self.estimates: dict[str, Estimate] = {}
        """What texts cost; a test that fills it also sets `abilities`."""
        self._answers = {self.check(sql).sql: answer for sql, answer in answers.items()}

    async def catalogue(self, refresh: bool = False) -> Catalogue:
        """Return an empty catalogue."""
        return Catalogue(source=self.name, dialect=self.dialect, tables=())

    def check(self, sql: str, max_rows: int | None = None) -> Checked:
        """Ask the guard. The limit is left out, so that answers can be found by their text."""
        checked = check(sql, dialect=self.dialect)
        return msgspec.structs.replace(checked, rules=self.rules)

    async def run(
        self, sql: str, limits: QueryLimits
    ) -> AsyncIterator[tuple[Column, ...] | Rows | RowsEnd]:
        """Give the rows that belong to this text, one at a time."""
        self.ran.append(sql)
        if sql not in self._answers:
            raise SourceFailed("query_failed", "no such table")
        columns, rows = self._answers[sql]
        kept = rows[: limits.max_rows]
        try:
            yield columns
            for row in kept:
                yield Rows(rows=[row])
                await self.held.wait()
            yield RowsEnd(row_count=len(kept), truncated=len(rows) > len(kept))
        except (asyncio.CancelledError, GeneratorExit):
            self.cancelled += 1
            raise

    async def estimate(self, sql: str) -> Estimate | None:
        """Return what was said of this text, if anything."""
        return self.estimates.get(sql)

    async def close(self) -> None:
        """Nothing is open."""


class ScriptedSources:
    """The sources of a test, the same for every caller."""

    def __init__(self, *sources: Source) -> None:
        self._sources = {source.name: source for source in sources}

    async def get(self, name: str, caller: CallerId) -> Source:
        """Return the source of this name."""
        if name not in self._sources:
            raise SourceFailed("unknown_source", f"There is no source named {name!r}.")
        return self._sources[name]
