"""`Askwire(url)`: one server, one socket, many sessions."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

import msgspec

from client.connection import Connection, State, Token
from client.http import Http, addresses
from client.readers import Reader
from client.sessions import Session, Sessions
from protocol.codec import Encoding
from protocol.ids import SessionId, inbox_of
from protocol.replies import Caller, Welcome


class SourceSeen(msgspec.Struct, frozen=True, kw_only=True):
    """Something that can be asked. `problem` says why it cannot be asked now."""

    name: str
    title: str = ""
    dialect: str = ""
    kind: str = ""
    tables: tuple[str, ...] = ()
    problem: str | None = None


class UploadSeen(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a file: which source has it now, and as which tables."""

    upload: str
    name: str
    size: int
    source: str
    tables: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class _Sources(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[SourceSeen, ...]


class _Uploads(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[UploadSeen, ...]


class Askwire:
    """Use it as `async with Askwire(url) as wire`. Leaving it cancels nothing on the server.

    It comes back by itself when the line or the server breaks, and goes on where it was.
    """

    def __init__(
        self,
        url: str = "http://127.0.0.1:8000",
        token: Token = None,
        *,
        client: str = "python",
        encoding: Encoding = "json",
        patience: float = 15.0,
    ) -> None:
        http, socket = addresses(url)
        self.http = Http(http)
        self.connection = Connection(socket, self.http, token, client=client, encoding=encoding)
        self.sessions = Sessions(self.connection)
        self._patience = patience
        self._group = asyncio.TaskGroup()
        self._running: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Askwire":
        await self._group.__aenter__()
        self._running = self._group.create_task(self.connection.run(), name="askwire client")
        try:
            await self.connection.opened(self._patience)
        except BaseException:
            await self._leave()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._leave()

    async def _leave(self) -> None:
        if self._running is not None:
            self._running.cancel()
        # What failed in the caller's block is theirs: the group need not wrap it in one of its own.
        await self._group.__aexit__(None, None, None)

    # --- Who, and how it stands ---

    @property
    def state(self) -> State:
        """How the connection stands: `connecting`, `live`, `offline` or `closed`."""
        return self.connection.state

    def on_state(self, listener: Callable[[State], None]) -> None:
        """Call `listener` whenever the state changes."""
        self.connection.listeners.append(listener)

    async def until(self, state: State) -> None:
        """Wait for a state. Raise `Closed` if it cannot come any more."""
        while self.connection.state != state:
            await self.connection.change()

    @property
    def welcome(self) -> Welcome:
        """What the server said of itself when it was last heard."""
        assert self.connection.welcome is not None, "it is there once the block is entered"
        return self.connection.welcome

    @property
    def caller(self) -> Caller:
        """Who the server takes this client for."""
        return self.welcome.caller

    # --- What is there ---

    def session(self, session: str) -> Session:
        """Return a session by its id."""
        return Session(self.connection, SessionId(session))

    def inbox(self) -> Reader:
        """Return the caller's inbox: a snapshot first, then what happens in any session."""
        return self.connection.read(inbox_of(self.caller.id), "snapshot")

    async def sources(self) -> tuple[SourceSeen, ...]:
        """Return what can be asked."""
        return (await self.http.get("/api/v1/sources", _Sources)).items

    async def upload(self, file: Path, name: str | None = None) -> UploadSeen:
        """Bring a file, and have tables made of it."""
        answer = await self.http.upload("/api/v1/uploads", file, name)
        return msgspec.json.decode(answer.body, type=_Uploads).items[0]

    async def export(self, result: str, format: str, target: Path) -> None:
        """Save a kept result as `csv`, `xlsx`, `parquet` or `json`."""
        await self.http.save(f"/api/v1/results/{result}.{format}", target)
