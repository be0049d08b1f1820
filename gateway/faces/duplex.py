"""One socket, whatever is spoken on it: one task reads, one writes, and both know when it is over.

One task reads for as long as the socket is open (Granian answers a client's pings, and notices
that it is gone, only then); one writes. What is to be written is a position in each log and a short
queue of replies, so a client that does not read costs no memory and slows nobody else.
"""

import asyncio
import logging
import math
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Final, Protocol

from litestar import WebSocket
from litestar.exceptions import WebSocketDisconnect

from engine.following import Follower, Told
from engine.tasks import Tasks
from gateway.faces.frames import size_of
from gateway.faces.heart import Heart
from gateway.settings import Settings
from protocol.closes import BAD_FRAME, FRAME_TOO_LARGE, OUR_FAULT, OVERLOADED, TOO_SLOW, Close

REPLIES: Final = 256
"""How many replies may wait before no more is read: back-pressure on the deaf."""
_log = logging.getLogger("askwire.ws")

Frame = bytes | str
"""Text goes out as text, bytes as binary."""


class Parting(Exception):
    """The conversation is over: `close` is what to tell the client, None when it is gone.

    `words` are said before the close, if there are any.
    """

    def __init__(self, close: Close | None, words: Frame | None = None) -> None:
        super().__init__(close)
        self.close = close
        self.words = words


class Spoken(Protocol):
    """What is said and heard on one socket."""

    @property
    def follower(self) -> Follower | None:
        """Return the reader of what is told here; its bell is the socket's `ready`."""
        ...

    async def greet(self) -> None:
        """Find out who is there and say the first words; or raise `Parting`."""

    async def listen(self) -> None:
        """Act on what is received, for ever; or raise `Parting`."""

    async def tell(self, told: Told) -> Sequence[Frame]:
        """Return what is said of something that happened."""
        ...


class Duplex:
    """One socket. Without a `ping` its clients know none, and silence is no reason to drop."""

    def __init__(
        self,
        socket: WebSocket[Any, Any, Any],
        settings: Settings,
        heart: Heart,
        ping: Callable[[], Frame] | None = None,
    ) -> None:
        self.heard_at = math.inf if ping is None else time.monotonic()
        self.ready = asyncio.Event()
        self.tasks = Tasks()
        self._socket = socket
        self._settings = settings
        self._heart = heart
        self._ping = ping
        self._replies: deque[Frame] = deque()
        self._urgent = False
        self._drained = asyncio.Event()
        self._reader: asyncio.Task[Any] | None = None
        self._ended = False
        self._ending: Close | None = None

    # --- Its life ---

    async def hold(self, spoken: Spoken, subprotocol: str | None = None) -> None:
        """Talk until one side has had enough. A refused client learns why: it is accepted first."""
        await self._socket.accept(subprotocols=subprotocol)
        self._reader = asyncio.current_task()
        self._heart.add(self)
        try:
            await self._part(await self._converse(spoken))
        finally:
            # Not before the goodbye is written: who drains the server waits for this.
            self._heart.remove(self)

    def beat(self) -> None:
        """Ask whether somebody is there."""
        if self._ping is not None:
            self.say(self._ping())

    def end(self, close: Close | None) -> None:
        """End it from outside."""
        if self._ended:
            return
        self._ended, self._ending = True, close
        if self._reader is not None:
            self._reader.cancel()

    async def _converse(self, spoken: Spoken) -> Close | None:
        """Talk to the end, and return what to tell the client; None when it is gone."""
        try:
            self._admit()
            await spoken.greet()
            self.tasks.start(self._write(spoken), "socket writer")
            await spoken.listen()
            raise AssertionError("nobody stops listening without a reason")
        except Parting as parting:
            if parting.words is not None:
                self._replies.append(parting.words)
            return parting.close
        except WebSocketDisconnect:
            return None
        except asyncio.CancelledError:
            if not self._ended:
                raise
            return self._ending
        except Exception:  # noqa: BLE001 - the outermost shell of a socket: close it, keep the rest
            _log.exception("a socket failed")
            return OUR_FAULT
        finally:
            if spoken.follower is not None:
                spoken.follower.close()

    def _admit(self) -> None:
        if self._heart.closing is not None:
            raise Parting(self._heart.closing)
        if len(self._heart) > self._settings.sockets:
            raise Parting(OVERLOADED)

    async def _part(self, close: Close | None) -> None:
        """Write what is left if anybody listens, and let go.

        Without a reason, too: Granian keeps the connection of a handler that merely returns. Who
        does not read takes no close frame either, so it is given up after a second; then the
        connection is dropped.
        """
        await self.tasks.close()
        goodbye = close or TOO_SLOW
        with suppress(Exception):
            async with asyncio.timeout(1.0):
                if close is not None:
                    await self._flush()
                await self._socket.close(code=goodbye.code, reason=goodbye.reason)

    # --- Reading ---

    async def receive(self, *, binary: bool = False) -> Frame:
        """Return the next frame, of the kind that is spoken here and within bounds."""
        message = await self._socket.receive()
        if self._ping is not None:
            self.heard_at = time.monotonic()
        if message["type"] != "websocket.receive":
            raise Parting(None)
        text, data = message.get("text"), message.get("bytes")
        if (text is None) != binary:
            raise Parting(BAD_FRAME)
        frame: Frame = text if text is not None else data or b""
        if size_of(frame) > self._settings.frame_bytes:
            raise Parting(FRAME_TOO_LARGE)
        return frame

    async def room(self) -> None:
        """Read no further while the client does not read its replies."""
        while len(self._replies) >= REPLIES:
            self._drained.clear()
            await self._drained.wait()

    # --- Writing ---

    def say(self, *frames: Frame, urgent: bool = True) -> None:
        """Have something said: what is urgent goes before what the logs tell."""
        self._replies.extend(frames)
        self._urgent = self._urgent or urgent
        self.ready.set()

    async def say_now(self, frame: Frame) -> None:
        """Say something at once: only before anybody else writes, during the greeting."""
        await self._flush()
        await self._send(frame)

    async def _write(self, spoken: Spoken) -> None:
        """Write replies and what is told as they come, in turns, so that neither waits for long."""
        follower = spoken.follower
        assert follower is not None, "there is one since the greeting"
        try:
            while True:
                self.ready.clear()
                if self._urgent:
                    await self._flush()
                while (told := await follower.take()) is not None:
                    for frame in await spoken.tell(told):
                        await self._send(frame)
                    await self._flush()
                await self._flush()
                await self.ready.wait()
        except (TimeoutError, RuntimeError, WebSocketDisconnect):
            # It takes no byte, or is gone; it follows again later.
            self.end(None)
        except asyncio.CancelledError:
            raise
        except Exception:  # noqa: BLE001 - the outermost shell of a socket's writer
            _log.exception("writing to a socket failed")
            self.end(OUR_FAULT)

    async def _flush(self) -> None:
        self._urgent = False
        while self._replies:
            await self._send(self._replies.popleft())
            if len(self._replies) < REPLIES:
                self._drained.set()

    async def _send(self, frame: Frame) -> None:
        message: Any = {"type": "websocket.send", "text": None, "bytes": None}
        message["text" if isinstance(frame, str) else "bytes"] = frame
        async with asyncio.timeout(self._settings.send_seconds):
            await self._socket.send(message)
