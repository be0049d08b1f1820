"""A run's seconds: they count work, not the time in which a person has the word."""

import asyncio
from types import TracebackType

from engine.live_session import LiveSession


class WorkTime:
    """Raises `TimeoutError` out of its block when its seconds of work are over.

    A run can wait for a person in the middle of a step: Python asks for a line, or for a query
    that somebody must approve. Looked at whenever something is kept.
    """

    def __init__(self, live: LiveSession, seconds: float) -> None:
        self._live = live
        self._timeout = asyncio.timeout(seconds)
        self._left: float | None = None

    async def __aenter__(self) -> None:
        await self._timeout.__aenter__()
        self._live.listen(self._look)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.unlisten(self._look)
        await self._timeout.__aexit__(kind, error, trace)

    def _look(self) -> None:
        if self._timeout.expired():
            return
        now, when = asyncio.get_running_loop().time(), self._timeout.when()
        if self._live.state.activity == "waiting":
            if when is not None:
                self._left = when - now
                self._timeout.reschedule(None)
        elif self._left is not None:
            self._timeout.reschedule(now + self._left)
            self._left = None
