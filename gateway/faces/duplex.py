"""A socket in another system's words: one task reads, one writes, whatever the dialect.

As on the native socket, what is to be written is a position in a log and a short queue of replies,
so a client that does not read costs no memory and slows nobody else.
"""

import asyncio
import logging
import math
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final, Protocol

from litestar import WebSocket
from litestar.exceptions import WebSocketDisconnect

from engine.following import Follower, Told
from engine.tasks import Tasks
from gateway.faces.frames import size_of
from gateway.faces.heart import Heart
from gateway.settings import Settings
from protocol.closes import BAD_FRAME, FRAME_TOO_LARGE, OUR_FAULT, OVERLOADED, Close

REPLIES: Final = 256
"""How many replies may wait before no more is read: back-pressure on the deaf."""
_log = logging.getLogger("askwire.ws")


class Parting(Exception):
    """The conversation is over; `words` are said before the close, if there are any."""

    def __init__(self, close: Close | None, words: str | None = None) -> None:
        super().__init__(close)
        self.close = close
        self.words = words


class Spoken(Protocol):
    """What is said and heard on one socket."""

    @property
    def follower(self) -> Follower | None:
        """Return the reader of what is told here; its bell is the socket's `ready`."""
        ...

    async def greet(self) -> Sequence[str]:
        """Return the first words, once it is known who is there; or raise `Parting`."""
        ...

    async def hear(self, text: str) -> Sequence[str]:
        """Act on a message, and return what is said to this client alone."""
        ...

    async def tell(self, told: Told) -> Sequence[str]:
        """Return what is said of something that happened."""
        ...


class Duplex:
    """One socket. Other systems' clients know no ping of ours, so silence is no reason to drop."""

    def __init__(self, socket: WebSocket[Any, Any, Any], settings: Settings, heart: Heart) -> None:
        self.heard_at = math.inf
        self.ready = asyncio.Event()
        self._socket = socket
        self._settings = settings
        self._heart = heart
        self._replies: deque[str] = deque()
        self._drained = asyncio.Event()
        self._tasks = Tasks()
        self._reader: asyncio.Task[Any] | None = None
        self._ended = False
        self._ending: Close | None = None

    async def hold(self, spoken: Spoken) -> None:
        """Talk until one side has had enough. A refused client learns why: it is accepted first."""
        await self._socket.accept()
        self._reader = asyncio.current_task()
        self._heart.add(self)
        try:
            await self._part(await self._converse(spoken))
        finally:
            self._heart.remove(self)

    def beat(self) -> None:
        """Nothing: see the class."""

    def end(self, close: Close | None) -> None:
        """End it from outside."""
        if not self._ended:
            self._ended, self._ending = True, close
            if self._reader is not None:
                self._reader.cancel()

    async def _converse(self, spoken: Spoken) -> Close | None:
        """Talk to the end, and return what to tell the client; None when it is gone."""
        try:
            self._admit()
            self._replies.extend(await spoken.greet())
            self._tasks.start(self._write(spoken), "socket writer")
            while True:
                text = await self._receive()
                await self._room()
                self._replies.extend(await spoken.hear(text))
                self.ready.set()
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

    async def _receive(self) -> str:
        """Return the next text that is within bounds."""
        message = await self._socket.receive()
        if message["type"] != "websocket.receive":
            raise Parting(None)
        text: str | None = message.get("text")
        if text is None:
            raise Parting(BAD_FRAME)
        if size_of(text) > self._settings.frame_bytes:
            raise Parting(FRAME_TOO_LARGE)
        return text

    async def _room(self) -> None:
        """Read no further while the client does not read its replies."""
        while len(self._replies) >= REPLIES:
            self._drained.clear()
            await self._drained.wait()

    async def _write(self, spoken: Spoken) -> None:
        """Write replies and what is told as they come, in turns, so that neither waits for long."""
        follower = spoken.follower
        assert follower is not None, "there is one since the greeting"
        try:
            while True:
                self.ready.clear()
                await self._flush()
                while (told := await follower.take()) is not None:
                    for text in await spoken.tell(told):
                        await self._send(text)
                    await self._flush()
                await self._flush()
                await self.ready.wait()
        except (TimeoutError, RuntimeError, WebSocketDisconnect):
            # It takes no byte or is gone, so no close frame would arrive.
            self.end(None)
        except asyncio.CancelledError:
            raise
        except Exception:  # noqa: BLE001 - the outermost shell of a socket's writer
            _log.exception("writing to a socket failed")
            self.end(OUR_FAULT)

    async def _flush(self) -> None:
        while self._replies:
            await self._send(self._replies.popleft())
            if len(self._replies) < REPLIES:
                self._drained.set()

    async def _send(self, text: str) -> None:
        message: Any = {"type": "websocket.send", "text": text, "bytes": None}
        async with asyncio.timeout(self._settings.send_seconds):
            await self._socket.send(message)

    async def _part(self, close: Close | None) -> None:
        """Write what is left, say goodbye if anybody listens, and let go."""
        await self._tasks.close()
        if close is None:
            return
        with suppress(Exception):
            async with asyncio.timeout(1.0):
                await self._flush()
                await self._socket.close(code=close.code, reason=close.reason)
