"""Results that are gone when the process is: for tests and one-shot questions."""

import json
from collections.abc import AsyncIterator, Sequence
from typing import Any, Literal

from engine.ports import PortError, ResultInfo, ResultPage
from protocol.ids import ResultId
from protocol.items import Cell, Column


class _Kept:
    """One result."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self.columns = tuple(columns)
        self.rows: list[list[Cell]] = []
        self.truncated = False
        self.finished = False


class MemoryResults:
    """`Results` in a dictionary. Exports JSON only."""

    def __init__(self) -> None:
        self._kept: dict[ResultId, _Kept] = {}

    async def create(self, result: ResultId, columns: Sequence[Column]) -> None:
        """Begin an empty result."""
        self._kept[result] = _Kept(columns)

    async def append(self, result: ResultId, rows: Sequence[Sequence[Cell]]) -> None:
        """Add rows at the end."""
        self._kept[result].rows.extend(list(row) for row in rows)

    async def finish(self, result: ResultId, truncated: bool) -> None:
        """Close it."""
        self._kept[result].truncated = truncated
        self._kept[result].finished = True

    async def info(self, result: ResultId) -> ResultInfo | None:
        """Return its columns and size."""
        kept = self._kept.get(result)
        if kept is None or not kept.finished:
            return None
        return ResultInfo(
            result=result,
            columns=kept.columns,
            row_count=len(kept.rows),
            truncated=kept.truncated,
        )

    async def page(
        self,
        result: ResultId,
        offset: int = 0,
        limit: int = 200,
        sort: str | None = None,
        descending: bool = False,
        search: str | None = None,
    ) -> ResultPage:
        """Return rows from `offset` on."""
        kept = self._found(result)
        rows = kept.rows
        if search is not None:
            rows = [row for row in rows if any(search in str(cell) for cell in row)]
        if sort is not None:
            place = [column.name for column in kept.columns].index(sort)
            rows = sorted(rows, key=lambda row: _order(row[place]), reverse=descending)
        return ResultPage(
            columns=kept.columns,
            offset=offset,
            rows=rows[offset : offset + limit],
            row_count=len(kept.rows),
            matching=len(rows),
            truncated=kept.truncated,
        )

    async def export(
        self, result: ResultId, format: Literal["csv", "xlsx", "parquet", "json"]
    ) -> AsyncIterator[bytes]:
        """Stream the rows as a JSON array of objects."""
        kept = self._found(result)
        if format != "json":
            raise PortError("not_offered", f"results in memory are not exported as {format}")
        names = [column.name for column in kept.columns]
        rows = [dict(zip(names, row, strict=True)) for row in kept.rows]
        yield json.dumps(rows).encode()

    async def drop(self, result: ResultId) -> None:
        """Forget it."""
        self._kept.pop(result, None)

    def _found(self, result: ResultId) -> _Kept:
        kept = self._kept.get(result)
        if kept is None or not kept.finished:
            raise PortError("unknown_result", f"there is no result {result!r}")
        return kept


def _order(cell: Cell) -> tuple[bool, Any]:
    """Sort NULL last, numbers as numbers."""
    return (cell is None, cell if isinstance(cell, int | float) else str(cell))
