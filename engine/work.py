"""Work outside of a run: a person's own queries and cells, and the kernel's buttons."""

import asyncio
import logging
from collections.abc import Iterable

import msgspec

from engine.agent.acting import run_python, run_sql
from engine.effects import (
    AnyEffect,
    EndKernel,
    InterruptKernel,
    ResetKernel,
    RunCode,
    RunQuery,
    StopItem,
)
from engine.endings import interrupted, unanswered
from engine.live_session import LiveSession
from engine.ports import Conflict, PortError
from engine.state import Unlawful
from engine.tasks import Tasks
from engine.world import World
from protocol.events import AnyEvent, ItemCompleted
from protocol.ids import CallerId, ItemId, SessionId
from protocol.items import Code, ErrorInfo

_log = logging.getLogger("askwire.work")


class Own:
    """What people run by hand, beside any run."""

    def __init__(self, world: World, tasks: Tasks) -> None:
        self._world = world
        self._tasks = tasks
        self._going: dict[ItemId, asyncio.Task[None]] = {}

    def perform(self, live: LiveSession, effect: AnyEffect) -> None:
        """Begin one piece of work."""
        match effect:
            case RunQuery():
                self._begin(effect.item, self._query(live, effect))
            case RunCode():
                self._begin(effect.item, self._code(live, effect))
            case StopItem():
                task = self._going.get(effect.item)
                if task is not None:
                    task.cancel()
            case InterruptKernel():
                self._tasks.start(self._interrupt(live), "interrupt")
            case ResetKernel():
                self._tasks.start(self._reset(live.session), "reset")
            case EndKernel():
                self._tasks.start(self._world.kernels.release(live.session), "end kernel")
            case _:
                raise AssertionError(f"nobody performs {effect}")

    def _begin(self, item: ItemId, work: object) -> None:
        task = self._tasks.start(work, f"item {item}")  # type: ignore[arg-type]  # a coroutine
        if task is not None:
            self._going[item] = task
            task.add_done_callback(lambda _: self._going.pop(item, None))

    async def _query(self, live: LiveSession, effect: RunQuery) -> None:
        world = self._world
        content = Code(language="sql", text=effect.sql, source=effect.source)
        try:
            source = await world.sources.get(effect.source, live.state.owner or CallerId(""))
            limits = world.bounds.query
            if effect.max_rows is not None:
                own = min(effect.max_rows, limits.max_rows)
                limits = msgspec.structs.replace(limits, max_rows=own)
            checked = source.check(effect.sql, limits.max_rows)
            await run_sql(world, live, None, effect.item, source, checked, content, limits)
        except Conflict:
            # What was not kept has not happened; who folds the log again closes the item.
            _log.warning("item %s broke off: its log was written by somebody else", effect.item)
        except PortError as failure:
            self._close(live, effect.item, content, failure.info)
        except asyncio.CancelledError:
            self._close(live, effect.item, content, None)
            raise

    async def _code(self, live: LiveSession, effect: RunCode) -> None:
        content = Code(language="python", text=effect.code)
        try:
            await run_python(self._world, live, None, effect.item, content)
        except Conflict:
            # What was not kept has not happened; who folds the log again closes the item.
            _log.warning("item %s broke off: its log was written by somebody else", effect.item)
        except PortError as failure:
            self._close(live, effect.item, content, failure.info)
        except asyncio.CancelledError:
            self._close(live, effect.item, content, None)
            raise

    def _close(
        self, live: LiveSession, item: ItemId, content: Code, error: ErrorInfo | None
    ) -> None:
        """Complete what is still open of an item that broke off."""
        try:
            self._close_parts(live, item)
            if item in live.state.free:
                outcome = "interrupted" if error is None else "failed"
                live.record(
                    ItemCompleted(item=item, content=content, outcome=outcome, error=error)  # type: ignore[arg-type]  # one of two literals
                )
        except (Unlawful, PortError, Conflict):
            _log.exception("item %s could not be closed", item)

    def _close_parts(self, live: LiveSession, item: ItemId) -> None:
        """Complete the open items that came out of one, and answer what it asked."""
        given = live.given(live.state.owner or CallerId(""))
        parts = [part for part in live.state.free.values() if part.of == item]
        left = [interrupted(part, None, given) for part in parts]
        over: list[AnyEvent] = [*unanswered(live.state, item), *left]
        if over:
            live.record(*over)

    async def _interrupt(self, live: LiveSession) -> None:
        if not live.at_work:
            # No kernel has them yet: it starts, which may take long.
            for item in live.state.free.values():
                if item.language == "python" and (task := self._going.get(item.item)) is not None:
                    task.cancel()
        kernel = self._world.kernels.current(live.session)
        if kernel is not None:
            await kernel.interrupt()

    async def _reset(self, session: SessionId) -> None:
        kernel = self._world.kernels.current(session)
        if kernel is not None:
            await kernel.reset()

    def going(self, items: Iterable[ItemId] | None = None) -> list[asyncio.Task[None]]:
        """Return what runs now: everything, or what of these items does."""
        wanted = self._going if items is None else items
        tasks = (self._going.get(item) for item in wanted)
        return [task for task in tasks if task is not None and not task.done()]

    async def close(self) -> None:
        """Nothing is held beyond the tasks."""
        self._going.clear()
