"""Where code in kernels gets what it may have: rows of queries and tables, the model's word."""

import logging
from collections.abc import AsyncIterator
from typing import Final

from engine.agent.cells import CellAtWork
from engine.agent.consulting import consult
from engine.agent.querying import Query
from engine.live_session import LiveSession
from engine.ports import Handed, PortError, Wanted
from engine.results_of import result_in
from engine.rooms import Rooms
from engine.state import Unlawful
from engine.tasks import Tasks
from engine.text import whole
from engine.world import World
from protocol.choices import KernelHome
from protocol.events import KernelDied
from protocol.ids import ResultId, SessionId
from protocol.items import Cell, ErrorInfo, Table

PAGE: Final = 2_000
"""Rows of one line to a kernel."""
_log = logging.getLogger("askwire.desk")


class EngineDesk:
    """See `engine.ports.Desk`. Only the cell that runs may ask, for its own session."""

    def __init__(self, world: World, rooms: Rooms, tasks: Tasks) -> None:
        self._world = world
        self._rooms = rooms
        self._tasks = tasks

    async def hand(self, session: SessionId, wanted: Wanted) -> Handed:
        """Answer code of the session's kernel."""
        live = await self._rooms.open(session)
        if not live.at_work:
            raise PortError("no_cell", "Only the code of a cell that runs can ask the server.")
        cell = live.at_work[0]  # a kernel runs one after the other
        with cell.call():
            match wanted.action:
                case "query":
                    return await self._query(live, cell, wanted)
                case "table":
                    return await self._table(live, wanted)
                case "ask":
                    question = _text(wanted, "question")
                    cell.question()
                    return Handed(value=await consult(self._world, live, cell, question))

    async def _query(self, live: LiveSession, cell: CellAtWork, wanted: Wanted) -> Handed:
        name = _text(wanted, "source") if wanted.arguments.get("source") is not None else None
        anyway = wanted.arguments.get("anyway") is True
        result = await Query(self._world, live, cell).run(_text(wanted, "sql"), name, anyway)
        return await self._rows(result)

    async def _table(self, live: LiveSession, wanted: Wanted) -> Handed:
        if wanted.arguments.get("result") is None:
            return await self._rows(_last_table(live))
        name = _text(wanted, "result")
        return await self._rows(await result_in(self._world, live.session, name))

    async def _rows(self, result: ResultId) -> Handed:
        info = await self._world.results.info(result)
        if info is None:
            raise PortError("unknown_result", f"there is no result {result!r}")
        return Handed(
            columns=info.columns,
            pages=self._pages(result, info.row_count),
            truncated=info.truncated,
        )

    async def _pages(self, result: ResultId, count: int) -> AsyncIterator[list[list[Cell]]]:
        for offset in range(0, count, PAGE):
            yield (await self._world.results.page(result, offset, PAGE)).rows

    async def home(self, session: SessionId) -> KernelHome | None:
        """Say what the session's log says."""
        return (await self._rooms.open(session)).state.home

    def lost(self, session: SessionId, why: ErrorInfo) -> None:
        """Tell the session that its kernel is gone."""
        self._tasks.start(self._tell(session, why), "kernel lost")

    async def _tell(self, session: SessionId, why: ErrorInfo) -> None:
        live = await self._rooms.open(session)
        if live.state.owner is None or live.state.status == "deleted":
            return
        try:
            live.record(KernelDied(reason=why.message, code=why.code))
        except (Unlawful, PortError):
            _log.exception("session %s could not be told of its kernel's end", session)


def _text(wanted: Wanted, name: str) -> str:
    found = wanted.arguments.get(name)
    if not isinstance(found, str):
        raise PortError("bad_call", f"{name!r} is a text.")
    return whole(found)


def _last_table(live: LiveSession) -> ResultId:
    for item in reversed(live.viewer.screen.items.values()):
        if isinstance(item.content, Table) and item.content.result is not None:
            return item.content.result
    raise PortError("unknown_result", "No table was shown in this session yet.")
