"""People who chat with DSAgent's API: over its streams, its socket, and with a model that waits."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import websockets
from websockets.asyncio.client import ClientConnection

from engine.models.scripted import Round, call
from engine.ports import ModelEvent, Prompt
from gateway.identity import LOCAL
from protocol.codec import decode_records
from protocol.events import AnyEvent, UnknownEvent
from protocol.ids import SessionId
from tests.gateway.families.playing import COUNT, ByQuestion
from tests.gateway.serving import Served
from tests.golden.dsagent.extension import Extension

SHOWN = f"-- SQL on shop\n{COUNT}"
PLAN = call("make_plan", "p", steps=["Count the orders", "Say how many"])
SQL = call("run_sql", "c", sql=COUNT)
SAY = call("answer", "a", text="There are 60.")
PLANNED = ((*PLAN, *SQL), SAY)
BAD = call("run_sql", "c", sql="SELECT amount / nothing FROM orders")


def python(code: str) -> tuple[ModelEvent, ...]:
    """One call that runs Python."""
    return call("run_python", "c", code=code)


class Held(ByQuestion):
    """A model that says nothing while it is held, and tells when it was asked."""

    def __init__(self, scripts: Mapping[str, Sequence[Round]]) -> None:
        super().__init__(scripts)
        self.free = asyncio.Event()
        self.free.set()
        self.asked = asyncio.Event()

    async def think(self, prompt: Prompt) -> AsyncIterator[ModelEvent]:
        """Wait, then play."""
        self.asked.set()
        await self.free.wait()
        async for event in super().think(prompt):
            yield event


@asynccontextmanager
async def person(
    served: Served, key: str | None = None, prefix: str = ""
) -> AsyncIterator[Extension]:
    """Somebody with the extension, its server's address below a prefix."""
    async with Extension(served.url + prefix, key).connected() as extension:
        yield extension


class Chatting:
    """One client of the socket, with everything that it heard."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.heard: list[dict[str, Any]] = []

    async def say(self, **message: Any) -> None:
        """Send a message."""
        await self.socket.send(json.dumps(message))

    async def next(self) -> dict[str, Any]:
        """Hear one message."""
        async with asyncio.timeout(30):
            message: dict[str, Any] = json.loads(await self.socket.recv())
        self.heard.append(message)
        return message

    async def until(self, kind: str) -> dict[str, Any]:
        """Hear messages until one of a kind comes."""
        while (message := await self.next())["type"] != kind:
            pass
        return message

    def kinds(self) -> list[str]:
        """What was heard, by kind."""
        return [message["type"] for message in self.heard]


@asynccontextmanager
async def chatting(
    served: Served, session: str, query: str = "", **options: Any
) -> AsyncIterator[Chatting]:
    """Open the socket of a session, and hear that it is connected."""
    async with opened(served, session, query, **options) as socket:
        chat = Chatting(socket)
        assert (await chat.next())["type"] == "connected"
        yield chat


@asynccontextmanager
async def opened(
    served: Served, session: str, query: str = "", **options: Any
) -> AsyncIterator[ClientConnection]:
    """Open the socket of a session."""
    url = f"ws://127.0.0.1:{served.port}/ws/chat/{session}{query}"
    settings: dict[str, Any] = {"ping_interval": None, "max_size": None, **options}
    async with websockets.connect(url, proxy=None, **settings) as socket:
        yield socket


async def refused(served: Served, session: str, query: str = "", **options: Any) -> tuple[str, int]:
    """Open the socket of a session that is refused: why, and with which code."""
    async with opened(served, session, query, **options) as socket:
        said = json.loads(await socket.recv())
        assert said["type"] == "error"
        await socket.wait_closed()
        return said["data"]["error"], socket.close_code or 0


class Streamed:
    """One client of a stream, with everything that it heard."""

    def __init__(self, events: AsyncIterator[tuple[str, Any]]) -> None:
        self.heard: list[tuple[str, Any]] = []
        self._events = events

    async def until(self, name: str) -> Any:
        """Hear events until one of a name comes, and return its data."""
        async for event in self._events:
            self.heard.append(event)
            if event[0] == name:
                return event[1]
        raise AssertionError(f"the stream ended without {name}: {self.names()}")

    async def rest(self) -> list[tuple[str, Any]]:
        """Hear the rest, and return everything."""
        self.heard += [event async for event in self._events]
        return self.heard

    async def leave(self) -> None:
        """Close the connection."""
        close: Any = self._events
        await close.aclose()

    def names(self) -> list[str]:
        """What was heard, by name."""
        return [name for name, _ in self.heard]


async def log_of(served: Served, session: str) -> list[AnyEvent | UnknownEvent]:
    """The events that are kept of a session."""
    events: list[AnyEvent | UnknownEvent] = []
    after = 0
    store = served.app.state.engine.world.store
    while (page := await store.read(SessionId(session), after)) is not None:
        events += [record.event for record in decode_records(page.records)]
        after = page.upto
    return events


async def kept(served: Served, session: str, kind: type[AnyEvent]) -> None:
    """Return when an event of a kind is kept."""
    follower = served.app.state.engine.follower(LOCAL)
    await follower.follow(SessionId(session))
    try:
        async with asyncio.timeout(30):
            async for page in follower.stream():
                if any(isinstance(it.event, kind) for it in decode_records(page.records)):
                    return
    finally:
        follower.close()


async def whole(events: AsyncIterator[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """A stream to its end."""
    return [event async for event in events]
