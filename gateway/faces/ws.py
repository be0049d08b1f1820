"""The native socket: commands up; replies, pages and snapshots down. One socket, many sessions."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any, Final

from litestar import WebSocket

from engine.engine import Engine
from engine.following import Follower, Told
from gateway.faces.buckets import Buckets
from gateway.faces.duplex import Duplex, Frame, Parting
from gateway.faces.frames import Frames
from gateway.faces.heart import Heart
from gateway.identity import Door
from gateway.refusing import refusal_of
from gateway.settings import Settings
from gateway.version import SERVER
from protocol.closes import (
    FRAME_TOO_LARGE,
    NO_HELLO,
    NOT_YOURS,
    TOO_MANY,
    WHO_ARE_YOU,
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

FLOOD: Final = 20
"""How many seconds' worth of refused commands in a row end a socket."""
_log = logging.getLogger("askwire.ws")


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
        self._socket = socket
        self._engine = engine
        self._door = door
        self._settings = settings
        self._frames = frames
        self._encoding: Encoding = "json"
        self._duplex = Duplex(socket, settings, heart, lambda: self._frame(ServerPing()))
        self._follower: Follower | None = None
        self._caller: Caller | None = None
        self._buckets = buckets
        self._refused_in_row = 0

    @property
    def follower(self) -> Follower | None:
        """Return the reader of all that this client follows."""
        return self._follower

    async def hold(self) -> None:
        """Talk until one side has had enough."""
        offered = self._socket.scope.get("subprotocols") or []
        chosen = next((name for name in offered if name in SUBPROTOCOLS), None)
        if chosen is not None:
            self._encoding = SUBPROTOCOLS[chosen]
        await self._duplex.hold(self, chosen)

    # --- Hello ---

    async def greet(self) -> None:
        """Wait for hello, find out who it is, and say welcome."""
        headers = self._socket.headers
        if not self._door.may_come_from(headers.get("origin"), headers.get("host")):
            raise Parting(NOT_YOURS)
        if not self._door.is_called(headers.get("host")):
            raise Parting(NOT_YOURS)
        try:
            async with asyncio.timeout(self._settings.hello_seconds):
                hello = await self._hello()
        except TimeoutError:
            raise Parting(NO_HELLO) from None
        caller = (
            self._door.by_token(hello.token)
            or self._door.by_ticket(hello.ticket)
            or self._door.by_headers(dict(headers), dict(self._socket.cookies))
        )
        if caller is None:
            raise Parting(WHO_ARE_YOU)
        self._caller = caller
        self._follower = self._engine.follower(caller, self._duplex.ready)
        await self._duplex.say_now(self._frame(self._welcome(hello.id, caller)))
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

    async def _hello(self) -> Hello:
        while True:
            message = self._read(await self._receive())
            match message:
                case Hello():
                    return message
                case Ping():
                    await self._duplex.say_now(self._frame(ServerPong(id=message.id)))
                case _:
                    id = getattr(message, "id", None)
                    first = refusal_of(Refused("hello_expected", "say hello first"), id)
                    await self._duplex.say_now(self._frame(first))

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

    async def _receive(self) -> Frame:
        """Return the next frame; who sends too much is told how much may be sent."""
        try:
            return await self._duplex.receive(binary=self._encoding != "json")
        except Parting as parting:
            if parting.close is FRAME_TOO_LARGE:
                words = f"a frame may have at most {self._settings.frame_bytes} bytes"
                self._say(refusal_of(Refused("frame_too_large", words)))
            raise

    def _read(self, frame: Frame) -> AnyClientMessage | None:
        """Read a frame; what cannot be read is refused, and the socket lives."""
        try:
            return decode_client(frame, self._encoding)
        except Refused as refused:
            self._say(refusal_of(refused, id_of(frame, self._encoding)))
            return None

    async def listen(self) -> None:
        """Read commands and answer them, for ever."""
        caller = self._caller
        assert caller is not None, "known since hello"
        while True:
            frame = await self._receive()
            await self._duplex.room()
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
                    self._duplex.tasks.start(self._answer(caller, message), "inspect")
                case _:
                    await self._answer(caller, message)

    async def _answer(self, caller: Caller, command: AnyCommand) -> None:
        try:
            self._count(caller)
            result = await self._grant(caller, command)
        except Refused as refused:
            self._say(refusal_of(refused, command.id))
        except Parting:
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
                raise Parting(TOO_MANY) from None
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
        self._duplex.say(self._frame(message), urgent=urgent)

    def _frame(self, message: AnyServerMessage) -> Frame:
        frame = encode(message, self._encoding)
        return frame.decode() if self._encoding == "json" else frame

    async def tell(self, told: Told) -> Sequence[Frame]:
        """Return a page or a snapshot as one frame."""
        return (self._frames.of(told, self._encoding),)
