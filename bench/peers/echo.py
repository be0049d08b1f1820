"""Litestar on Granian with nothing else to do: a socket that says what it heard."""

from typing import Any

from litestar import Litestar, WebSocket, websocket


@websocket("/ws")
async def echo(socket: WebSocket[Any, Any, Any]) -> None:
    """Say what was heard."""
    await socket.accept()
    async for text in socket.iter_data("text"):
        await socket.send_text(text)


app = Litestar([echo], openapi_config=None)
