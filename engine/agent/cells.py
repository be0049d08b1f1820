"""Python that a kernel has been given, and what its code asks of the server meanwhile."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Final

from engine.ports import PortError
from protocol.ids import ItemId, RunId

MOST_CALLS: Final = 1_000
"""Of one cell. Each may take a while in which the cell's own clock stands still."""


MOST_QUESTIONS: Final = 20
"""To the model, of one cell: each may cost money, and no run's budget bounds those made by hand."""


class CellAtWork:
    """One cell. What it asked for ends with it."""

    def __init__(self, run: RunId | None, item: ItemId) -> None:
        self.run = run
        self.item = item
        self._made = 0
        self._questions = 0
        self._going: set[asyncio.Task[Any]] = set()

    @contextmanager
    def call(self) -> Generator[None]:
        """Count a call that the current task answers. Raise `PortError` if it is one too many."""
        self._made += 1
        if self._made > MOST_CALLS:
            raise PortError(
                "too_many_calls",
                f"This cell has asked the server {MOST_CALLS:,} times.",
                "Ask for more rows at once rather than for one after another.",
            )
        task = asyncio.current_task()
        assert task is not None, "calls are answered in tasks"
        self._going.add(task)
        try:
            yield
        finally:
            self._going.discard(task)

    def question(self) -> None:
        """Count a question to the model. Raise `PortError` if it is one too many."""
        self._questions += 1
        if self._questions > MOST_QUESTIONS:
            raise PortError(
                "too_many_calls",
                f"This cell has asked the model {MOST_QUESTIONS} times.",
                "Ask one question about all rows rather than one about each.",
            )

    async def over(self) -> None:
        """End what is still being answered, and wait until it has cleared up."""
        going = [task for task in self._going if task is not asyncio.current_task()]
        for task in going:
            task.cancel()
        if going:
            await asyncio.wait(going)
