"""One heartbeat for all sockets: it asks, and drops who has been silent too long."""

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

from protocol.closes import Close


class Beating(Protocol):
    """A socket that can be asked whether somebody is there."""

    heard_at: float

    def beat(self) -> None:
        """Send a ping when the socket's writer gets to it."""

    def end(self, close: Close | None) -> None:
        """Close the socket; with None, one that is likely gone."""


class Heart:
    """All open sockets, and their one timer. Granian neither pings nor notices who is gone."""

    SILENCE = 2.25

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.closing: Close | None = None
        self.empty = asyncio.Event()
        """Set while no socket is open."""
        self.empty.set()
        self._sockets: set[Beating] = set()
        self._bells: set[Callable[[], None]] = set()

    def __len__(self) -> int:
        return len(self._sockets)

    def add(self, socket: Beating) -> None:
        """Watch over a socket."""
        self._sockets.add(socket)
        self.empty.clear()

    def remove(self, socket: Beating) -> None:
        """Watch over it no more."""
        self._sockets.discard(socket)
        if not self._sockets:
            self.empty.set()

    def call_at_close(self, bell: Callable[[], None]) -> None:
        """Ring a bell when the server goes away: an open stream would keep it from stopping."""
        self._bells.add(bell)

    def forget(self, bell: Callable[[], None]) -> None:
        """Ring this bell no more."""
        self._bells.discard(bell)

    async def run(self) -> None:
        """Beat until cancelled."""
        while True:
            await asyncio.sleep(self.seconds / 2)
            self.look(time.monotonic())

    def look(self, now: float) -> None:
        """Ask those who were not heard for a beat; drop those silent for two and a quarter."""
        for socket in tuple(self._sockets):
            silent = now - socket.heard_at
            if silent > self.SILENCE * self.seconds:
                socket.end(None)
            elif silent >= self.seconds / 2:
                socket.beat()

    def close_all(self, close: Close) -> None:
        """Close every socket, and those that still come: the server goes away."""
        self.closing = close
        for socket in tuple(self._sockets):
            socket.end(close)
        for bell in tuple(self._bells):
            bell()
