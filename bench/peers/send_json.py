"""FastAPI on uvicorn as most people would write it: one `send_json` for each event."""

from typing import Any

from fastapi import FastAPI, WebSocket

app = FastAPI()


def event(seq: int) -> dict[str, Any]:
    """Return the same record that Askwire would send."""
    return {
        "seq": seq,
        "at": "2026-11-22T10:00:00.120Z",
        "type": "item.delta",
        "run": "r_0123456789abcdef",
        "item": "i_0123456789abcdef",
        "text": "word ",
    }


@app.websocket("/ws")
async def stream(socket: WebSocket) -> None:
    """Send as many events as are asked for."""
    await socket.accept()
    await socket.send_text("welcome")
    count = int(await socket.receive_text())
    for seq in range(1, count + 1):
        await socket.send_json(event(seq))
    await socket.receive_text()
