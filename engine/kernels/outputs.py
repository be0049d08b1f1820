"""What a cell has shown and nobody has taken yet: newer things take the place of older ones."""

import asyncio
from collections import deque
from itertools import islice

from engine.ports import Asked, Cleared, KernelOutput, Printed, Shown

LARGEST = 65_536
"""Characters of text that go together."""
LOOK_BACK = 8


class Outputs:
    """A queue that grows no longer than what there is to see, however fast a cell draws."""

    def __init__(self) -> None:
        self._waiting: deque[KernelOutput] = deque()
        self._news = asyncio.Event()

    def put(self, output: KernelOutput) -> None:
        """Add an output, or let it stand for one that waits."""
        match output:
            case Printed() if self._joined(output):
                return
            case Shown(id=str()) if self._redrawn(output):
                return
            case Cleared():
                kept = [waiting for waiting in self._waiting if isinstance(waiting, Asked)]
                self._waiting = deque(kept)
            case _:
                pass
        self._waiting.append(output)
        self._news.set()

    def _joined(self, printed: Printed) -> bool:
        last = self._waiting[-1] if self._waiting else None
        if not isinstance(last, Printed) or last.stream != printed.stream:
            return False
        if len(last.text) + len(printed.text) > LARGEST:
            return False
        self._waiting[-1] = Printed(stream=last.stream, text=last.text + printed.text)
        return True

    def _redrawn(self, shown: Shown) -> bool:
        for back, waiting in enumerate(islice(reversed(self._waiting), LOOK_BACK), 1):
            if isinstance(waiting, Shown) and waiting.id == shown.id:
                self._waiting[-back] = shown
                return True
        return False

    async def get(self) -> KernelOutput:
        """Wait for the next output, and take it."""
        while not self._waiting:
            self._news.clear()
            await self._news.wait()
        return self._waiting.popleft()
