"""The socket: commands up; replies, pages and snapshots down. One socket, many sessions.

One task reads for as long as the socket is open (Granian answers a client's pings, and notices
that it is gone, only then); one writes. What is to be written is a position in each log and a short
queue of replies, so a client that does not read costs no memory and slows nobody else.
"""

import asyncio
import logging
import time
from collections import deque
from contextlib import suppress
from typing import Any, Final, NoReturn

from litestar import WebSocket
from litestar.exceptions import WebSocketDisconnect

from engine.engine import Engine
from engine.following import Follower
from engine.tasks import Tasks
from gateway.faces.buckets import Buckets
from gateway.faces.frames import Frames, size_of
from gateway.faces.heart import Heart
from gateway.identity import Door
from gateway.refusing import refusal_of
from gateway.settings import Settings
from gateway.version import SERVER
from protocol.closes import (
    BAD_FRAME,
    FRAME_TOO_LARGE,
    NO_HELLO,
    NOT_YOURS,
    OUR_FAULT,
    OVERLOADED,
    TOO_MANY,
    WHO_ARE_YOU,
    Close,
)
from protocol.codec import SUBPROTOCOLS, Encoding, decode_client, encode, id_of
from protocol.commands import (
    AnyClientMessage,
    AnyCommand,
    Hello,
    KernelComplete,
    KernelInspect,
    Ping,
    Pong,
    SessionFollow,
    SessionUnfollow,
)
from protocol.ids import CommandId
from protocol.refusals import Refused
from protocol.replies import (
    AnyServerMessage,
    Caller,
    Limits,
    Reply,
    ServerPing,
    ServerPong,
    Welcome,
)
from protocol.results import Followed, Unfollowed

REPLIES: Final = 256
"""How many replies may wait before no more commands are read: back-pressure on the deaf."""
FLOOD: Final = 20
"""How many seconds' worth of refused commands in a row end a socket."""
_log = logging.getLogger("askwire.ws")


class _Over(Exception):
    """The conversation is over; `close` is what to tell the client, None when it is gone."""

    def __init__(self, close: Close | None) -> None:
        super().__init__(close)
        self.close = close


class Conversation:
    """One client on one socket."""

    def __init__(
        self,
        socket: WebSocket[Any, Any, Any],
        engine: Engine,
        door: Door,
        settings: Settings,
        heart: Heart,
        frames: Frames,
        buckets: Buckets,
    ) -> None:
        self.heard_at = time.monotonic()
        self._socket = socket
        self._engine = engine
        self._door = door
        self._settings = settings
        self._heart = heart
        self._frames = frames
        self._encoding: Encoding = "json"
        self._ready = asyncio.Event()
        self._drained = asyncio.Event()
        self._replies: deque[AnyServerMessage] = deque()
        self._urgent = False
        self._follower: Follower | None = None
        self._buckets = buckets
        self._refused_in_row = 0
        self._ending: Close | None = None
        self._ended = False
        self._tasks = Tasks()
        self._reader: asyncio.Task[Any] | None = None

    # --- Its life ---

    async def hold(self) -> None:
        """Talk until one side has had enough."""
        await self._accept()
        self._reader = asyncio.current_task()
        self._heart.add(self)
        try:
            await self._part(await self._converse())
        finally:
            # Not before the goodbye is written: who drains the server waits for this.
            self._heart.remove(self)

    async def _converse(self) -> Close | None:
        """Talk to the end, and return what to tell the client; None when it is gone."""
        try:
            caller = await self._greet()
            self._tasks.start(self._write(), "socket writer")
            await self._listen(caller)
        except _Over as over:
            return over.close
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
            if self._follower is not None:
                self._follower.close()

    async def _accept(self) -> None:
        offered = self._socket.scope.get("subprotocols") or []
        chosen = next((name for name in offered if name in SUBPROTOCOLS), None)
        if chosen is not None:
            self._encoding = SUBPROTOCOLS[chosen]
        await self._socket.accept(subprotocols=chosen)

    async def _part(self, close: Close | None) -> None:
        """Write what is left, say goodbye if anybody listens, and let go.

        A close waits for the send before it; to one who does not read it would wait for ever.
        """
        await self._tasks.close()
        if close is None:
            return
        with suppress(Exception):
            async with asyncio.timeout(1.0):
                await self._flush()
                await self._socket.close(code=close.code, reason=close.reason)

    def end(self, close: Close | None) -> None:
        """End it from outside."""
        if self._ended:
            return
        self._ended, self._ending = True, close
        if self._reader is not None:
            self._reader.cancel()

    def beat(self) -> None:
        """Ask whether somebody is there."""
        self._say(ServerPing())

    # --- Hello ---

    async def _greet(self) -> Caller:
        """Wait for hello, find out who it is, and say welcome."""
        if self._heart.closing is not None:
            raise _Over(self._heart.closing)
        if len(self._heart) > self._settings.sockets:
            raise _Over(OVERLOADED)
        headers = self._socket.headers
        if not self._door.may_come_from(headers.get("origin"), headers.get("host")):
            raise _Over(NOT_YOURS)
        if not self._door.is_called(headers.get("host")):
            raise _Over(NOT_YOURS)
        try:
            async with asyncio.timeout(self._settings.hello_seconds):
                hello = await self._hello()
        except TimeoutError:
            raise _Over(NO_HELLO) from None
        caller = (
            self._door.by_token(hello.token)
            or self._door.by_ticket(hello.ticket)
            or self._door.by_headers(dict(headers), dict(self._socket.cookies))
        )
        if caller is None:
            raise _Over(WHO_ARE_YOU)
        self._follower = self._engine.follower(caller, self._ready)
        await self._send(encode(self._welcome(hello.id, caller), self._encoding))
        for following in hello.follow:
            follow = SessionFollow(
                id=hello.id,
                session=following.session,
                epoch=following.epoch,
                after=following.after,
            )
            try:
                await self._follow(follow)
            except Refused as refused:
                self._say(refusal_of(refused, hello.id))
        return caller

    async def _hello(self) -> Hello:
        while True:
            message = self._read(await self._receive())
            match message:
                case Hello():
                    return message
                case Ping():
                    pong = encode(ServerPong(id=message.id), self._encoding)
                    await self._send(pong)
                case _:
                    id = getattr(message, "id", None)
                    words = "say hello first"
                    await self._refuse_now(Refused("hello_expected", words), id)

    def _welcome(self, id: CommandId, caller: Caller) -> Welcome:
        settings = self._settings
        limits = Limits(
            frame_bytes=settings.frame_bytes,
            commands_per_second=settings.commands_per_second,
            sessions_per_socket=settings.sessions_per_socket,
            text_chars=settings.text_chars,
            upload_bytes=settings.upload_bytes,
        )
        return Welcome(
            id=id, caller=caller, server=SERVER, heartbeat=settings.heartbeat, limits=limits
        )

    # --- Reading ---

    async def _receive(self) -> bytes | str:
        """Return the next frame that is within bounds."""
        message = await self._socket.receive()
        self.heard_at = time.monotonic()
        if message["type"] != "websocket.receive":
            raise _Over(None)
        text, data = message.get("text"), message.get("bytes")
        if (text is None) == (self._encoding == "json"):
            raise _Over(BAD_FRAME)
        frame: bytes | str = text if text is not None else data or b""
        if size_of(frame) > self._settings.frame_bytes:
            words = f"a frame may have at most {self._settings.frame_bytes} bytes"
            self._say(refusal_of(Refused("frame_too_large", words)))
            raise _Over(FRAME_TOO_LARGE)
        return frame

    def _read(self, frame: bytes | str) -> AnyClientMessage | None:
        """Read a frame; what cannot be read is refused, and the socket lives."""
        try:
            return decode_client(frame, self._encoding)
        except Refused as refused:
            self._say(refusal_of(refused, id_of(frame, self._encoding)))
            return None

    async def _listen(self, caller: Caller) -> NoReturn:
        while True:
            frame = await self._receive()
            await self._room()
            message = self._read(frame)
            match message:
                case None | Pong():
                    pass
                case Ping():
                    self._say(ServerPong(id=message.id))
                case Hello():
                    self._say(refusal_of(Refused("bad_message", "hello was said"), message.id))
                case KernelInspect() | KernelComplete():
                    # It asks the kernel, and may take a second: a stop must not wait behind it.
                    self._tasks.start(self._answer(caller, message), "inspect")
                case _:
                    await self._answer(caller, message)

    async def _room(self) -> None:
        """Read no further while the client does not read its replies."""
        while len(self._replies) >= REPLIES:
            self._drained.clear()
            await self._drained.wait()

    async def _answer(self, caller: Caller, command: AnyCommand) -> None:
        try:
            self._count(caller)
            result = await self._grant(caller, command)
        except Refused as refused:
            self._say(refusal_of(refused, command.id))
        except _Over:
            raise
        except Exception:  # noqa: BLE001 - one bad command must not end its socket
            _log.exception("command %s failed", type(command).__name__)
            words = "something broke here; it was noted"
            self._say(refusal_of(Refused("internal", words), command.id))
        else:
            # Where a follower stands must be known before its pages; else what happened goes first.
            follows = isinstance(command, SessionFollow | SessionUnfollow)
            self._say(Reply(id=command.id, result=result), urgent=follows)

    def _count(self, caller: Caller) -> None:
        try:
            self._buckets.count(caller.id)
        except Refused:
            self._refused_in_row += 1
            if self._refused_in_row > FLOOD * self._settings.commands_per_second:
                raise _Over(TOO_MANY) from None
            raise
        self._refused_in_row = 0

    async def _grant(self, caller: Caller, command: AnyCommand) -> Any:
        match command:
            case SessionFollow():
                return await self._follow(command)
            case SessionUnfollow():
                return self._unfollow(command)
            case _:
                return await self._engine.handle(caller, command)

    async def _follow(self, command: SessionFollow) -> Followed:
        follower = self._follower
        assert follower is not None, "there is one since hello"
        most = self._settings.sessions_per_socket
        if len(follower) >= most and follower.position(command.session) is None:
            raise Refused("too_many_sessions", f"one socket follows at most {most} sessions")
        return await follower.follow(command.session, command.epoch, command.after)

    def _unfollow(self, command: SessionUnfollow) -> Unfollowed:
        follower = self._follower
        assert follower is not None, "there is one since hello"
        if follower.position(command.session) is None:
            raise Refused("not_following", f"session {command.session!r} is not followed here")
        follower.unfollow(command.session)
        return Unfollowed()

    # --- Writing ---

    def _say(self, message: AnyServerMessage, *, urgent: bool = True) -> None:
        self._replies.append(message)
        self._urgent = self._urgent or urgent
        self._ready.set()

    async def _refuse_now(self, refused: Refused, id: CommandId | None) -> None:
        await self._flush()
        await self._send(encode(refusal_of(refused, id), self._encoding))

    async def _write(self) -> None:
        """Write replies and pages as they come, in turns, so that neither waits for long."""
        assert self._follower is not None, "there is one since hello"
        try:
            while True:
                self._ready.clear()
                if self._urgent:
                    await self._flush()
                while (told := await self._follower.take()) is not None:
                    await self._send(self._frames.of(told, self._encoding))
                    await self._flush()
                await self._flush()
                await self._ready.wait()
        except TimeoutError:
            # It takes no byte, so no close frame would arrive; it follows again from `after`.
            self.end(None)
        except (RuntimeError, WebSocketDisconnect):
            self.end(None)
        except asyncio.CancelledError:
            raise
        except Exception:  # noqa: BLE001 - the outermost shell of a socket's writer
            _log.exception("writing to a socket failed")
            self.end(OUR_FAULT)

    async def _flush(self) -> None:
        self._urgent = False
        while self._replies:
            await self._send(encode(self._replies.popleft(), self._encoding))
            if len(self._replies) < REPLIES:
                self._drained.set()

    async def _send(self, frame: bytes | str) -> None:
        message: Any = {"type": "websocket.send", "text": None, "bytes": None}
        if self._encoding == "json":
            message["text"] = frame if isinstance(frame, str) else frame.decode()
        else:
            message["bytes"] = frame
        async with asyncio.timeout(self._settings.send_seconds):
            await self._socket.send(message)
