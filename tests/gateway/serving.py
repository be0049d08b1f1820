"""A real server in the test's own loop: Granian, real sockets, a real store; and a raw client."""

import asyncio
import json
import sqlite3
import urllib.request
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import websockets
from granian.constants import Interfaces
from granian.server.embed import Server
from litestar import Litestar
from websockets.asyncio.client import ClientConnection

from engine.models.scripted import Round, Scripted
from engine.ports import Model
from gateway.app import create_app
from gateway.building import build
from gateway.daemon import connections, free_port
from gateway.settings import Settings

JSON = "askwire.v1.json"


def make_shop(path: Path, orders: int = 60) -> Path:
    """Write a small SQLite shop."""
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, amount REAL, at TEXT)")
        database.executemany(
            "INSERT INTO orders (amount, at) VALUES (?, ?)",
            [(n * 1.5, f"2025-{n % 12 + 1:02d}-01") for n in range(orders)],
        )
    database.close()
    return path


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer too."""

    def redirect_request(self, *_: Any) -> None:
        """Go nowhere."""


class Served:
    """A server that answers."""

    def __init__(self, app: Litestar, settings: Settings, port: int, model: Scripted) -> None:
        self.app = app
        self.settings = settings
        self.port = port
        self.model = model
        self._opener = urllib.request.build_opener(_NoRedirects)

    @property
    def url(self) -> str:
        """Return its address."""
        return f"http://127.0.0.1:{self.port}"

    @asynccontextmanager
    async def raw(
        self, protocol: str | None = JSON, path: str = "/ws", **options: Any
    ) -> AsyncIterator[ClientConnection]:
        """Open a socket and say nothing."""
        protocols: Any = [protocol] if protocol else None
        async with websockets.connect(
            f"ws://127.0.0.1:{self.port}{path}",
            subprotocols=protocols,
            max_size=None,
            ping_interval=None,
            **options,
        ) as socket:
            yield socket

    @asynccontextmanager
    async def talk(self, **hello: Any) -> AsyncIterator["Talk"]:
        """Open a socket and say hello."""
        async with self.raw() as socket:
            talk = Talk(socket)
            await talk.say({"type": "hello", "id": "hello", **hello})
            assert (await talk.hear("welcome"))["id"] == "hello"
            yield talk

    async def http(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, bytes, Mapping[str, str]]:
        """Send one request; a status is an answer too."""
        return await asyncio.to_thread(self._http, method, path, body, headers or {})

    def _http(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> tuple[int, bytes, Mapping[str, str]]:
        request = urllib.request.Request(self.url + path, body, dict(headers), method=method)
        try:
            with self._opener.open(request, timeout=30) as answer:
                return answer.status, answer.read(), answer.headers
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read(), refused.headers

    async def command(self, **command: Any) -> dict[str, Any]:
        """Send a command over HTTP and return its reply or refusal."""
        body = json.dumps({"id": "1", **command}).encode()
        _, answer, _ = await self.http("POST", "/api/v1/commands", body)
        reply: dict[str, Any] = json.loads(answer)
        return reply


class Talk:
    """One socket: says messages, and hears them by kind without losing the others."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.heard: list[dict[str, Any]] = []
        self.patience = 15.0
        self._ids = 0

    async def say(self, message: Any) -> None:
        """Send one message, or a text as it is."""
        await self.socket.send(message if isinstance(message, str | bytes) else json.dumps(message))

    async def _next(self) -> dict[str, Any]:
        async with asyncio.timeout(self.patience):
            return json.loads(await self.socket.recv())  # type: ignore[no-any-return]  # an object

    async def hear(self, kind: str, match: Callable[[dict[str, Any]], bool] = bool) -> Any:
        """Wait for a message of a kind."""
        for place, message in enumerate(self.heard):
            if message["type"] == kind and match(message):
                return self.heard.pop(place)
        while True:
            message = await self._next()
            if message["type"] == kind and match(message):
                return message
            self.heard.append(message)

    async def ask(self, **command: Any) -> dict[str, Any]:
        """Send a command and return its reply or refusal."""
        self._ids += 1
        id = f"t{self._ids}"
        await self.say({"id": id, **command})
        for place, message in enumerate(self.heard):
            if message.get("id") == id:
                return self.heard.pop(place)
        while True:
            message = await self._next()
            if message.get("id") == id and message["type"] in ("reply", "refusal"):
                return message
            self.heard.append(message)

    async def result(self, **command: Any) -> dict[str, Any]:
        """Send a command that is granted."""
        reply = await self.ask(**command)
        assert reply["type"] == "reply", reply
        result: dict[str, Any] = reply["result"]
        return result

    async def records(self, until: str, count: int = 1) -> list[dict[str, Any]]:
        """Collect records until so many of a type have come."""
        seen: list[dict[str, Any]] = []
        while sum(record["type"] == until for record in seen) < count:
            seen.extend((await self.hear("page"))["records"])
        return seen

    async def closed(self) -> tuple[int | None, str]:
        """Wait until the server closes, and return code and reason."""
        async with asyncio.timeout(45):
            try:
                while True:
                    await self.socket.recv()
            except websockets.ConnectionClosed:
                return self.socket.close_code, self.socket.close_reason or ""


@asynccontextmanager
async def serving(
    folder: Path,
    rounds: Sequence[Round] = (),
    pause: float = 0.0,
    model: Scripted | None = None,
    models: Mapping[str, Model] | None = None,
    **chosen: Any,
) -> AsyncIterator[Served]:
    """Serve a small shop with a scripted model until the block ends."""
    shop = folder / "shop.sqlite"
    if not shop.exists():
        make_shop(shop)
    settings = Settings(
        data=folder / "data", sample=False, sources={"shop": str(shop)}, warm_kernels=0
    )
    settings = msgspec.structs.replace(settings, **chosen)
    model = model or Scripted(rounds, name="builtin", pause=pause)
    app = create_app(settings, build(settings, models or {"builtin": model}))
    port = free_port("127.0.0.1")
    server = Server(
        app, port=port, interface=Interfaces.ASGI, log_enabled=False, **connections(settings)
    )
    started = asyncio.Event()
    app.on_startup.append(lambda: started.set())
    async with asyncio.TaskGroup() as group:
        running = group.create_task(server.serve())
        async with asyncio.timeout(20):
            await _listening(port)
        try:
            yield Served(app, settings, port, model)
        finally:
            server.stop()
            await asyncio.wait({running}, timeout=10)


async def _listening(port: int) -> None:
    """Wait until somebody answers on a port."""
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.01)
            continue
        writer.close()
        return
