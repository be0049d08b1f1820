"""What expires while it waits for a person: one clock for all sessions, armed from their logs."""

import asyncio
import heapq
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

from engine.clock import Clock, moment_of
from engine.ports import PortError
from protocol.ids import SessionId
from protocol.refusals import Refused

LONGEST: Final = 60.0
"""Seconds after which the clock is looked at again in any case: it may be set, or have slept."""
AGAIN: Final = timedelta(seconds=5)
"""When what could not be settled is tried again: the disk may be full."""
Expire = Callable[[SessionId, str], Awaitable[None]]
_log = logging.getLogger("askwire.expiring")


class Expiries:
    """What runs out, the next first. Of one that is settled meanwhile nothing comes."""

    def __init__(self, clock: Clock, expire: Expire) -> None:
        self._clock = clock
        self._expire = expire
        self._due: list[tuple[datetime, SessionId, str]] = []
        self._bell = asyncio.Event()

    def arm(self, session: SessionId, waits: str, at: str) -> None:
        """Note that what waits in a session expires at this time (RFC 3339)."""
        heapq.heappush(self._due, (moment_of(at), session, waits))
        self._bell.set()

    def is_due(self, at: str) -> bool:
        """Return whether this time has come."""
        return moment_of(at) <= self._clock.now()

    def look(self) -> None:
        """Look at the clock now."""
        self._bell.set()

    async def settle(self) -> None:
        """Expire whatever is due."""
        while self._due and self._due[0][0] <= self._clock.now():
            _, session, waits = heapq.heappop(self._due)
            try:
                await self._expire(session, waits)
            except (PortError, Refused) as failure:
                _log.warning("%s could not be settled: %s", waits, failure)
                again = self._clock.now() + AGAIN
                heapq.heappush(self._due, (again, session, waits))
            except Exception:  # noqa: BLE001 - one broken session must not stop the clock of all
                _log.exception("%s of %s could not be settled", waits, session)

    async def run(self) -> None:
        """Expire what is due, for as long as the process serves."""
        while True:
            self._bell.clear()
            await self.settle()
            try:
                async with asyncio.timeout(self._seconds()):
                    await self._bell.wait()
            except TimeoutError:
                pass

    def _seconds(self) -> float | None:
        if not self._due:
            return None
        seconds = (self._due[0][0] - self._clock.now()).total_seconds()
        return min(max(seconds, 0.0), LONGEST)
