"""The only way from a kernel to data: calls over a socket file, answered by the engine.

No credential enters the kernel. What a call may do is decided by the handler, not here.
"""

import asyncio
import contextlib
import hmac
import os
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Literal

import msgspec

from engine.ports import PortError
from engine.tasks import Tasks
from protocol.ids import SessionId
from protocol.items import Cell, Column, ErrorInfo

MOST_BYTES = 1 << 20
MOST_CALLERS = 8


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A call of code in a kernel: `query {sql, source}`, `table {result}`, `ask {question}`."""

    action: Literal["query", "table", "ask"]
    arguments: dict[str, Any] = {}
    token: str = ""
    """What only this kernel was told: a neighbour under the same user may find the socket."""


class Answer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the call gives: a table, a value, or an error."""

    columns: tuple[Column, ...] = ()
    rows: list[list[Cell]] = []
    truncated: bool = False
    value: Any = None
    error: ErrorInfo | None = None


Handler = Callable[[SessionId, Request], Awaitable[Answer]]
"""Answers a call for a session. Cancelled when the code stops waiting. May raise `PortError`."""


class Broker:
    """Listens for one kernel. `waits` is told when a call begins (True) and ends (False)."""

    def __init__(self, handler: Handler, waits: Callable[[bool], None]) -> None:
        self.session: SessionId | None = None
        self.token = secrets.token_hex(16)
        self._handler = handler
        self._waits = waits
        self._tasks = Tasks()
        self._callers = 0
        self._server: asyncio.Server | None = None

    async def listen(self, path: Path, uid: int | None) -> None:
        """Begin to listen at `path`, for the user of the kernel only."""
        self._server = await asyncio.start_unix_server(self._serve, path, limit=MOST_BYTES)
        await asyncio.to_thread(belong_to, path, uid)

    async def close(self) -> None:
        """Stop listening and drop all calls."""
        if self._server is not None:
            self._server.close()
        await self._tasks.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._callers += 1
        try:
            if self._callers > MOST_CALLERS:
                await _send(writer, _refused("too_many_calls", "Too many calls at once."))
                return
            line = await reader.readuntil(b"\n")
            work = self._tasks.start(self._answer(line), "broker call")
            gone = self._tasks.start(reader.read(1), "broker caller")
            if work is None or gone is None:
                return
            await asyncio.wait((work, gone), return_when=asyncio.FIRST_COMPLETED)
            gone.cancel()
            if work.done() and not work.cancelled():
                await _send(writer, work.result())
            else:
                work.cancel()  # who asked was interrupted
        except (OSError, EOFError, asyncio.LimitOverrunError):
            return  # the code hung up, or sent what is no call
        finally:
            self._callers -= 1
            writer.close()

    async def _answer(self, line: bytes) -> Answer:
        try:
            request = msgspec.json.decode(line, type=Request)
        except msgspec.DecodeError as error:
            return _refused("bad_call", f"That call is not understood: {error}.")
        if not hmac.compare_digest(request.token.encode(), self.token.encode()):
            return _refused("bad_call", "That call is not from this kernel.")
        request = msgspec.structs.replace(request, token="")
        if self.session is None:
            return _refused("not_ready", "The kernel does not belong to a session yet.")
        self._waits(True)
        try:
            return await self._handler(self.session, request)
        except PortError as failed:
            return Answer(error=failed.info)
        finally:
            self._waits(False)


def _refused(code: str, message: str) -> Answer:
    return Answer(error=ErrorInfo(code=code, message=message))


async def _send(writer: asyncio.StreamWriter, answer: Answer) -> None:
    with contextlib.suppress(ConnectionError):
        writer.write(msgspec.json.encode(answer) + b"\n")
        await writer.drain()


def belong_to(path: Path, uid: int | None) -> None:
    """Let only the kernel's user call at a socket file. Blocking."""
    path.chmod(0o600)
    if uid is not None:
        os.chown(path, uid, uid, follow_symlinks=False)
