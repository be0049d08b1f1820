"""What a run or a piece of one's own work left behind: the answer, tables, charts, output."""

from collections.abc import AsyncIterator
from typing import Any, Final

import msgspec

from client.http import Http, in_path
from protocol.events import ItemCompleted, ItemOutcome, RunFinished, RunOutcome, Usage
from protocol.ids import ItemId, ResultId
from protocol.items import AnyContent, Cell, Chart, Column, ErrorInfo, Output, Table

BATCH: Final = 5000
"""Rows that are fetched at once."""


class Rows(msgspec.Struct, frozen=True, kw_only=True):
    """Some rows of a table. `matching` counts those that the search let through."""

    columns: tuple[Column, ...]
    rows: list[list[Cell]]
    offset: int = 0
    row_count: int = 0
    matching: int = 0
    truncated: bool = False


class TableSeen:
    """A table whose rows stay on the server until they are asked for."""

    def __init__(self, http: Http, item: ItemId, table: Table) -> None:
        self.item = item
        self.title = table.title
        self.columns = table.columns
        self.row_count = table.row_count
        self.truncated = table.truncated
        self.result = table.result
        self._http = http

    async def page(
        self,
        offset: int = 0,
        limit: int = 200,
        *,
        sort: str | None = None,
        descending: bool = False,
        search: str | None = None,
    ) -> Rows:
        """Return some of its rows, sorted and searched on the server."""
        if self.result is None:
            return Rows(columns=self.columns, rows=[])
        return await page_of(
            self._http,
            self.result,
            offset=offset,
            limit=limit,
            sort=sort,
            descending=descending or None,
            search=search,
        )

    async def rows(self) -> list[list[Cell]]:
        """Return all of its rows."""
        return [row async for row in self]

    async def __aiter__(self) -> AsyncIterator[list[Cell]]:
        offset = 0
        while True:
            found = (await self.page(offset, BATCH)).rows
            for row in found:
                yield row
            offset += len(found)
            if not found or offset >= self.row_count:
                return


async def page_of(http: Http, result: ResultId, **query: Any) -> Rows:
    """Return some rows of a kept result."""
    return await http.get(f"/api/v1/results/{in_path(result)}", Rows, **query)


class Gathered:
    """What completed items leave, in order."""

    def __init__(self, http: Http) -> None:
        self.tables: list[TableSeen] = []
        self.charts: list[Chart] = []
        self.outputs: list[Output] = []
        self._http = http

    def see(self, event: ItemCompleted) -> None:
        """Take in a completed item."""
        content: AnyContent = event.content
        match content:
            case Table():
                self.tables.append(TableSeen(self._http, event.item, content))
            case Chart():
                self.charts.append(content)
            case Output():
                self.outputs.append(content)
            case _:
                pass


class Result:
    """How a run ended and what it leaves."""

    def __init__(self, finished: RunFinished, gathered: Gathered) -> None:
        self.outcome: RunOutcome = finished.outcome
        self.answer = finished.answer
        self.error = finished.error
        self.usage: Usage = finished.usage
        self.elapsed_ms = finished.elapsed_ms
        self.tables = tuple(gathered.tables)
        self.charts = tuple(gathered.charts)
        self.outputs = tuple(gathered.outputs)

    def __str__(self) -> str:
        return self.answer or (self.error.message if self.error is not None else self.outcome)


class Done:
    """How a person's own query or cell ended and what it leaves."""

    def __init__(self, item: ItemId, completed: ItemCompleted, gathered: Gathered) -> None:
        self.item = item
        self.content = completed.content
        self.outcome: ItemOutcome = completed.outcome
        self.error: ErrorInfo | None = completed.error
        self.tables = tuple(gathered.tables)
        self.charts = tuple(gathered.charts)
        self.outputs = tuple(gathered.outputs)
