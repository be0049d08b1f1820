"""The shell around `Wire`: sockets that come and go, waits between them, and who waits for what."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from typing import Any, Final, Literal, TypeVar
from weakref import WeakSet

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.typing import Subprotocol

from client.failures import Closed, Unreachable, closed, may_return
from client.http import Answer, Http, granted, in_path, is_loopback
from client.jitter import Jitter
from client.places import Place, Wish
from client.readers import Reader
from client.wire import Denied, Granted, Later, Lost, News, Placed, Told, Wire
from protocol.codec import JSON, MSGPACK, Encoding, decode_server
from protocol.commands import AnyCommand
from protocol.ids import CommandId, Key, SessionId
from protocol.replies import PageMessage, Snapshot, Welcome
from protocol.results import RESULTS

T = TypeVar("T")
State = Literal["connecting", "live", "offline", "closed"]
Token = str | Callable[[], Awaitable[str]] | None

GREETING: Final = 10.0
"""Seconds for the handshake, and again for welcome."""
SILENCE: Final = 2.25
"""Heartbeats without a word, after which a socket is dropped."""
MOST: Final = 256 * 1024 * 1024
"""Bytes of one message: a snapshot of a long session is one."""
_UNAUTHENTICATED: Final = 4401
_LEFT: Final = 1000
_log = logging.getLogger("askwire.client")


class Connection:
    """One server, over as many sockets as it takes. `run` it in a task."""

    def __init__(
        self,
        address: str,
        http: Http,
        token: Token = None,
        *,
        client: str = "python",
        encoding: Encoding = "json",
        jitter: Jitter | None = None,
    ) -> None:
        self.state: State = "connecting"
        self.listeners: list[Callable[[State], None]] = []
        self.http = http
        self.welcome: Welcome | None = None
        self._address = address
        self._token = token
        self._encoding: Encoding = encoding
        self._wire = Wire(client, encoding)
        self._jitter = jitter or Jitter()
        self._waiting: dict[CommandId, asyncio.Future[Any]] = {}
        self._readers: dict[SessionId, WeakSet[Reader]] = {}
        self._to_send = asyncio.Event()
        self._changed = asyncio.Event()
        self._failure: Closed | None = None
        self.trouble = ""
        self._renewed = False

    # --- What callers wish ---

    async def ask(self, make: Callable[[CommandId, Key], AnyCommand]) -> Any:
        """Send a command and return its result, or raise `Refused` or `Closed`.

        It is sent again, with the same key, on every new socket until it is answered. Who is
        cancelled here does not know whether it acted.
        """
        if self._failure is not None:
            raise self._failure
        command = make(self._wire.new_id(), Key(secrets.token_hex(12)))
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[command.id] = answer
        self._wire.ask(command)
        self._to_send.set()
        try:
            result = await answer
        finally:
            self._waiting.pop(command.id, None)
            self._wire.forget(command.id)
        return msgspec.convert(result, RESULTS[type(command)])

    def read(self, session: SessionId, start: Place | Wish) -> Reader:
        """Return a reader of a log, from a place on."""
        reader = Reader(self, session, start)
        if self._failure is not None:
            reader.fail(self._failure)
            return reader
        if not self._wire.follows(session):
            self._wire.follow(session, start)
            self._to_send.set()
        elif start == "snapshot":
            reader.fall_behind(snapshot=True)
        elif isinstance(start, Place):
            reader.fall_behind()
        elif (place := self._wire.place(session)) is not None:
            reader.stand(place)
        self._readers.setdefault(session, WeakSet()).add(reader)
        return reader

    def leave(self, reader: Reader) -> None:
        """Have a reader no more; its log is not followed any longer if nobody else reads it."""
        readers = self._readers.get(reader.session)
        if readers is None:
            return
        readers.discard(reader)
        self._unfollow_if_unread(reader.session)

    async def opened(self, patience: float) -> Welcome:
        """Wait until the server has said welcome. Raise `Closed`, or `Unreachable` in the end."""
        try:
            async with asyncio.timeout(patience):
                while self.welcome is None:
                    await self.change()
        except TimeoutError:
            raise Unreachable(f"{self._address} did not answer: {self.trouble}") from None
        return self.welcome

    async def change(self) -> None:
        """Wait for the state to change. Raise `Closed` if nothing will change any more."""
        if self._failure is not None:
            raise self._failure
        await self._changed.wait()
        if self._failure is not None:
            raise self._failure

    # --- What readers need ---

    def heard_upto(self, session: SessionId) -> Place | None:
        """Return up to where the socket has told of a session."""
        return self._wire.place(session)

    async def fetch(self, session: SessionId, place: Place) -> PageMessage | Snapshot | None:
        """Return what follows a place, over HTTP; None when there is nothing yet."""
        path = f"/api/v1/sessions/{in_path(session)}/events"
        answer = await self._patiently(path, epoch=place.epoch, after=place.after, wait=1)
        if answer.status == 204:
            return None
        told = decode_server(answer.body)
        if isinstance(told, PageMessage | Snapshot):
            return told
        granted(answer)
        return None

    async def fetch_snapshot(self, session: SessionId) -> Snapshot:
        """Return the fold of a log, over HTTP."""
        answer = await self._patiently(f"/api/v1/sessions/{in_path(session)}/snapshot")
        told = decode_server(granted(answer).body)
        assert isinstance(told, Snapshot), "this path gives nothing else"
        return told

    async def _patiently(self, path: str, **query: Any) -> Answer:
        """Ask over HTTP, as often as it takes while the server comes and goes."""
        jitter = Jitter()
        while True:
            try:
                return await self.http.answer(path, **query)
            except Unreachable:
                if self._failure is not None:
                    raise self._failure from None
                await asyncio.sleep(jitter.next())

    # --- Its life ---

    async def run(self) -> None:
        """Keep a socket open until the server closes for good or this is cancelled."""
        try:
            while self._failure is None:
                self._become("connecting")
                code, reason = await self._once()
                self._wire.lose()
                if code is None or may_return(code):
                    self._become("offline")
                    await asyncio.sleep(self._jitter.next())
                elif code != _UNAUTHENTICATED or not await self._renew():
                    self._fail(closed(code, reason))
        finally:
            self._fail(Closed(_LEFT, "the client was left"))

    async def _once(self) -> tuple[int | None, str]:
        """Open one socket and talk until it ends. Return its close code, if it had one."""
        subprotocol = Subprotocol(JSON if self._encoding == "json" else MSGPACK)
        try:
            if self.http.token is None and self._token is not None:
                await self._get_token()
            async with connect(
                self._address,
                subprotocols=[subprotocol],
                max_size=MOST,
                compression=None,
                ping_interval=None,
                open_timeout=GREETING,
                close_timeout=1.0,
                proxy=None if is_loopback(self._address) else True,
            ) as socket:
                return await self._talk(socket)
        except InvalidStatus as said:
            status = said.response.status_code
            self.trouble = f"it answered with HTTP {status}"
            wrong = 400 <= status < 500 and status not in (408, 425, 429)
            return (4000 + status, self.trouble) if wrong else (None, "")
        except (OSError, TimeoutError, InvalidHandshake, ConnectionClosed) as error:
            self.trouble = str(error) or type(error).__name__
            return None, ""

    async def _talk(self, socket: ClientConnection) -> tuple[int | None, str]:
        self._wire.open(self.http.token)
        async with asyncio.TaskGroup() as group:
            writing = group.create_task(self._write(socket))
            try:
                return await self._listen(socket)
            finally:
                writing.cancel()

    async def _write(self, socket: ClientConnection) -> None:
        try:
            while True:
                self._to_send.clear()
                for frame in self._wire.take():
                    await socket.send(frame, text=self._encoding == "json")
                await self._to_send.wait()
        except ConnectionClosed:
            pass  # who listens hears of it too

    async def _listen(self, socket: ClientConnection) -> tuple[int | None, str]:
        self._to_send.set()
        silence, greeted = GREETING, False
        try:
            while True:
                async with asyncio.timeout(silence):
                    data = await socket.recv(decode=False)
                for told in self._wire.hear(data):
                    if isinstance(told, Welcome):
                        silence = SILENCE * told.heartbeat
                        greeted = True
                    self._tell(told)
                if greeted:
                    # Welcome alone is not good yet: what comes after it is.
                    greeted = False
                else:
                    self._jitter.reset()
                self._to_send.set()
        except ConnectionClosed as ended:
            self.trouble = str(ended)
            return (ended.rcvd.code, ended.rcvd.reason) if ended.rcvd else (None, "")
        except (TimeoutError, ValueError) as error:
            self.trouble = str(error) or "it fell silent"
            socket.transport.abort()  # it would not answer a goodbye
            return None, ""

    def _tell(self, told: Told) -> None:
        match told:
            case Welcome():
                self.welcome = told
                self._renewed = False
                self._become("live")
            case Granted():
                self._settle(told.id, lambda answer: answer.set_result(told.result))
            case Denied():
                self._settle(told.id, lambda answer: answer.set_exception(told.refused))
            case News():
                for reader in self._reading(told.page.session):
                    reader.offer(told.page, told.size)
                self._unfollow_if_unread(told.page.session)
            case Snapshot():
                for reader in self._reading(told.session):
                    reader.offer_snapshot(told)
            case Placed():
                for reader in self._reading(told.session):
                    reader.stand(told.place)
            case Lost():
                for reader in self._readers.pop(told.session, ()):
                    reader.fail(told.refused)
            case Later():
                loop = asyncio.get_running_loop()
                loop.call_later(told.seconds, self._follow_again, told.session)

    def _follow_again(self, session: SessionId) -> None:
        self._wire.follow_again(session)
        self._to_send.set()

    def _settle(self, id: CommandId, settle: Callable[[asyncio.Future[Any]], None]) -> None:
        answer = self._waiting.get(id)
        if answer is not None and not answer.done():
            settle(answer)

    def _reading(self, session: SessionId) -> tuple[Reader, ...]:
        return tuple(self._readers.get(session, ()))

    def _unfollow_if_unread(self, session: SessionId) -> None:
        if session in self._readers and not self._readers[session]:
            del self._readers[session]
            self._wire.unfollow(session)
            self._to_send.set()

    async def _renew(self) -> bool:
        """Get a new token, once. Return whether it is worth another try."""
        if self._renewed or not callable(self._token):
            return False
        self._renewed = True
        await self._get_token()
        return True

    async def _get_token(self) -> None:
        token = self._token
        self.http.token = await token() if callable(token) else token

    def _become(self, state: State) -> None:
        if self.state == state or self.state == "closed":
            return
        self.state = state
        self._changed.set()
        self._changed = asyncio.Event()
        for listener in tuple(self.listeners):
            listener(state)

    def _fail(self, failure: Closed) -> None:
        if self._failure is not None:
            return
        self._failure = failure
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(failure)
        for readers in self._readers.values():
            for reader in readers:
                reader.fail(failure)
        self._become("closed")
