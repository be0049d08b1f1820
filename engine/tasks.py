"""An owner for background tasks: none is lost, and each is ended with its owner."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

_log = logging.getLogger(__name__)


class Tasks:
    """Holds the tasks that it starts until they end; `close` cancels the rest and waits."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closed = False

    def start(
        self, work: Coroutine[Any, Any, Any], name: str | None = None
    ) -> asyncio.Task[Any] | None:
        """Run `work` in the background. A failure is logged; nothing need wait for it.

        After `close` nothing is begun any more, and None is returned.
        """
        if self._closed:
            work.close()
            return None
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("a background task failed: %s", task.get_name(), exc_info=error)

    async def close(self) -> None:
        """Cancel what still runs and wait for it. Safe to call twice, or from one of the tasks."""
        self._closed = True
        mine = asyncio.current_task()
        ending = [task for task in self._tasks if task is not mine]
        for task in ending:
            task.cancel()
        if ending:
            await asyncio.wait(ending)
