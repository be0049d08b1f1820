"""The only way from a kernel to data: calls over a socket file, answered by the engine's desk.

No credential enters the kernel. What a call may do is decided by the desk, not here. A call is one
line; its answer is one line too, or for a table a first line, a line for each page, and a last one.
"""

import asyncio
import contextlib
import hmac
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import msgspec

from engine.ports import Desk, Handed, PortError, Wanted
from engine.tasks import Tasks
from protocol.ids import SessionId
from protocol.items import Column, ErrorInfo

MOST_BYTES = 1 << 20
"""The longest call."""
MOST_CALLERS = 8


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A call as it stands on the wire. Its token only this kernel was told."""

    action: Literal["query", "table", "ask"]
    arguments: dict[str, Any] = {}
    token: str = ""


class Answer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The first line of an answer; `more` when pages of rows follow, up to `{"end": true}`."""

    columns: tuple[Column, ...] = ()
    truncated: bool = False
    value: Any = None
    more: bool = False
    error: ErrorInfo | None = None


class Broker:
    """Listens for one kernel. `waits` is told when calls begin (True) and when all have ended."""

    def __init__(self, desk: Desk, waits: Callable[[bool], None]) -> None:
        self.session: SessionId | None = None
        self.token = secrets.token_hex(16)
        self._desk = desk
        self._waits = waits
        self._tasks = Tasks()
        self._callers = 0
        self._waiting = 0
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
                await _say(writer, _refused("too_many_calls", "Too many calls at once."))
                return
            line = await reader.readuntil(b"\n")
            work = self._tasks.start(self._answer(line, writer), "broker call")
            gone = self._tasks.start(reader.read(1), "broker caller")
            if work is None or gone is None:
                return
            await asyncio.wait((work, gone), return_when=asyncio.FIRST_COMPLETED)
            gone.cancel()
            work.cancel()  # if it still goes on, who asked was interrupted
            await asyncio.wait((work,))
        except (OSError, EOFError, asyncio.LimitOverrunError):
            return  # the code hung up, or sent what is no call
        finally:
            self._callers -= 1
            writer.close()

    async def _answer(self, line: bytes, writer: asyncio.StreamWriter) -> None:
        """Answer one call to its last line, or until who asked is gone."""
        with contextlib.suppress(ConnectionError):
            request = self._understood(line)
            if isinstance(request, Answer):
                await _say(writer, request)
                return
            assert self.session is not None, "understood means that there is one"
            self._begin()
            try:
                wanted = Wanted(action=request.action, arguments=request.arguments)
                await _tell(writer, await self._desk.hand(self.session, wanted))
            except PortError as failed:
                await _say(writer, Answer(error=failed.info))
            finally:
                self._end()

    def _understood(self, line: bytes) -> Request | Answer:
        try:
            request = msgspec.json.decode(line, type=Request)
        except (ValueError, RecursionError) as error:
            return _refused("bad_call", f"That call is not understood: {error}.")
        if not hmac.compare_digest(request.token.encode(), self.token.encode()):
            return _refused("bad_call", "That call is not from this kernel.")
        if self.session is None:
            return _refused("not_ready", "The kernel does not belong to a session yet.")
        return request

    def _begin(self) -> None:
        self._waiting += 1
        if self._waiting == 1:
            self._waits(True)

    def _end(self) -> None:
        self._waiting -= 1
        if self._waiting == 0:
            self._waits(False)


async def _tell(writer: asyncio.StreamWriter, handed: Handed) -> None:
    first = Answer(
        columns=handed.columns,
        truncated=handed.truncated,
        value=handed.value,
        more=handed.pages is not None,
    )
    await _say(writer, first)
    if handed.pages is None:
        return
    try:
        async for rows in handed.pages:
            await _say(writer, rows)
    except PortError as failed:
        await _say(writer, Answer(error=failed.info))
    else:
        await _say(writer, {"end": True})


def _refused(code: str, message: str) -> Answer:
    return Answer(error=ErrorInfo(code=code, message=message))


async def _say(writer: asyncio.StreamWriter, words: object) -> None:
    writer.write(msgspec.json.encode(words) + b"\n")
    await writer.drain()


def belong_to(path: Path, uid: int | None) -> None:
    """Let only the kernel's user call at a socket file. Blocking."""
    path.chmod(0o600)
    if uid is not None:
        os.chown(path, uid, uid, follow_symlinks=False)
