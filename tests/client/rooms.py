"""A server that says what a test tells it to: one socket after another, frame by frame."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.server import ServerConnection, serve

JSON: Any = "askwire.v1.json"
Play = Callable[["Room"], Awaitable[None]]
LIMITS = {
    "frame_bytes": 1,
    "commands_per_second": 1,
    "sessions_per_socket": 1,
    "text_chars": 1,
    "upload_bytes": 1,
}


class Room:
    """One socket, seen from the server."""

    def __init__(self, socket: ServerConnection) -> None:
        self.socket = socket

    async def hears(self, kind: str) -> Any:
        """Wait for a message of a kind."""
        while True:
            message = json.loads(await self.socket.recv())
            if message["type"] == kind:
                return message

    async def hears_any(self) -> Any:
        """Wait for any message."""
        return json.loads(await self.socket.recv())

    async def says(self, **message: Any) -> None:
        """Send one message."""
        await self.socket.send(json.dumps(message))

    async def greets(self, heartbeat: float = 20.0) -> Any:
        """Hear hello and say welcome."""
        hello = await self.hears("hello")
        caller = {"id": "me", "name": "me"}
        await self.says(
            type="welcome",
            id=hello["id"],
            caller=caller,
            server="askwire/test",
            heartbeat=heartbeat,
            limits=LIMITS,
        )
        return hello

    async def closes(self, code: int, reason: str = "") -> None:
        """Close with a code."""
        await self.socket.close(code, reason)


@asynccontextmanager
async def playing(*plays: Play) -> AsyncIterator[str]:
    """Play one part for each socket that is opened, in order; further ones are left waiting."""
    left = list(plays)

    async def handle(socket: ServerConnection) -> None:
        if left:
            await left.pop(0)(Room(socket))
        else:
            await socket.wait_closed()

    async with serve(handle, "127.0.0.1", 0, subprotocols=[JSON]) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        async with asyncio.timeout(20):
            yield f"http://127.0.0.1:{port}"
