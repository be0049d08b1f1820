"""Light code in a plain isolated Python process: quick to start, without IPython."""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec

from engine.kernels.broker import belong_to
from engine.kernels.inside.evaluate import SOCKET
from engine.kernels.process import IsolatedProcess
from engine.kernels.recipes import Home
from engine.kernels.wire import Header, Message
from engine.ports import KernelFailed
from engine.tasks import Tasks
from protocol.items import ErrorInfo

MOST_BYTES = 16 * 1024 * 1024


class _Spoken(msgspec.Struct, kw_only=True):
    """A message as it stands on a line."""

    header: Header
    channel: str = ""
    parent: Header = msgspec.field(default=Header(), name="parent_header")
    content: dict[str, object] = {}
    metadata: dict[str, object] = {}


class LineLink:
    """A socket file over which a worker and we exchange one message a line."""

    program = "evaluate"
    ordered = True

    def __init__(
        self,
        received: Callable[[str, Message], None],
        died: Callable[[ErrorInfo], None],
        on_close: Callable[[], Awaitable[None]],
    ) -> None:
        self._received = received
        self._died = died
        self._on_close = on_close
        self._tasks = Tasks()
        self._process: IsolatedProcess | None = None
        self._server: asyncio.Server | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._connected = asyncio.Event()
        self._closed = False

    async def open(self, home: Home, seen: str) -> None:
        """Wait for the worker at a socket file in its run folder."""
        path = home.run / SOCKET
        self._server = await asyncio.start_unix_server(self._serve, path, limit=MOST_BYTES)
        await asyncio.to_thread(belong_to, path, home.uid)

    async def connect(self, process: IsolatedProcess, seconds: float) -> None:
        """Return when the worker has called; raise `KernelFailed` if it does not."""
        self._process = process
        try:
            async with asyncio.timeout(seconds):
                await self._connected.wait()
        except TimeoutError:
            message = f"The worker did not call within {seconds:g} seconds."
            raise KernelFailed("kernel_not_started", message) from None
        process.watch(self._died)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._writer is not None or self._closed:
            writer.close()  # only the first caller is the worker; code of people comes later
            return
        self._writer = writer
        self._connected.set()
        self._tasks.start(self._read(reader), "worker messages")

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while True:
            try:
                line = await reader.readuntil(b"\n")
            except (EOFError, OSError):
                return  # it hung up; its death is told of by its process
            except asyncio.LimitOverrunError as error:
                await reader.readexactly(error.consumed)  # more than anything may say
                continue
            try:
                spoken = msgspec.json.decode(line, type=_Spoken)
            except (ValueError, RecursionError):
                continue
            self._received(
                spoken.channel,
                Message(
                    header=spoken.header,
                    parent=spoken.parent,
                    content=spoken.content,
                    metadata=spoken.metadata,
                    size=len(line),
                ),
            )

    async def send(self, channel: str, message: Message) -> None:
        """Send a message; words to a dead worker are lost."""
        if self._writer is None or self._writer.is_closing():
            return
        spoken = _Spoken(
            channel=channel,
            header=message.header,
            parent=message.parent,
            content=message.content,
            metadata=message.metadata,
        )
        self._writer.write(msgspec.json.encode(spoken) + b"\n")
        try:
            await self._writer.drain()
        except OSError:
            return

    async def kill(self) -> None:
        """End the process now."""
        if self._process is not None:
            await self._process.kill()

    async def close(self) -> None:
        """End the process, hang up, and give back what was lent. Safe to call twice."""
        if self._closed:
            return
        self._closed = True
        if self._process is not None:
            await self._process.close()
        await self._tasks.close()
        if self._writer is not None:
            self._writer.close()
        if self._server is not None:
            self._server.close()
        await self._on_close()
