"""Python in a real ipykernel, in a process of its own, spoken to over socket files."""

import asyncio
import os
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import zmq
import zmq.asyncio

from engine.kernels.process import IsolatedProcess
from engine.kernels.recipes import Home
from engine.kernels.wire import Message, Signer, request
from engine.ports import KernelFailed
from engine.tasks import Tasks
from protocol.items import ErrorInfo

PORTS = {"shell": 1, "iopub": 2, "stdin": 3, "control": 4}
MOST_BYTES = 64 * 1024 * 1024
"""A larger message than this cuts the connection: the kernel bounds what it says far below."""
LAST_BREATH = 2.0
"""Seconds in which a process is gone whose connections were closed because it ended."""
TOO_LARGE = ErrorInfo(
    code="output_limit",
    message="The code said more at once than can be heard, so the kernel was ended.",
    hint="Its variables are gone. Show less at once, or save it as a file.",
)


def connection_file(run: str, key: str) -> bytes:
    """Return the connection file; `run` is the folder as the kernel sees it."""
    return msgspec.json.encode(
        {
            "transport": "ipc",
            "ip": f"{run}/k",
            "key": key,
            "signature_scheme": "hmac-sha256",
            "hb_port": 5,
            **{f"{name}_port": port for name, port in PORTS.items()},
        }
    )


class SocketLink:
    """Sockets to one ipykernel, one reader each; every message goes to `received`."""

    program = "kernel"
    ordered = False

    def __init__(
        self,
        context: zmq.asyncio.Context,
        received: Callable[[str, Message], None],
        died: Callable[[ErrorInfo], None],
        on_close: Callable[[], Awaitable[None]],
    ) -> None:
        self._context = context
        self._process: IsolatedProcess | None = None
        self._run = Path()
        self._received = received
        self._died = died
        self._on_close = on_close
        self._tasks = Tasks()
        self._sockets: dict[str, zmq.asyncio.Socket] = {}
        self._signer = Signer("")
        self._greeted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._hellos: set[str] = set()
        self._closed = False

    async def open(self, home: Home, seen: str) -> None:
        """Write the connection file; `seen` is the run folder as the kernel sees it."""
        key = secrets.token_hex(32)
        self._signer = Signer(key)
        self._run = home.run
        path = home.run / "connection.json"
        await asyncio.to_thread(write_private, path, connection_file(seen, key), home.uid)

    async def connect(self, process: IsolatedProcess, seconds: float) -> None:
        """Return when the kernel has answered; raise `KernelFailed` if it does not."""
        self._process = process
        identity = secrets.token_bytes(8).replace(b"\0", b"\1")
        for channel, port in PORTS.items():
            kind = zmq.SUB if channel == "iopub" else zmq.DEALER
            socket = self._context.socket(kind)
            socket.linger = 0
            socket.maxmsgsize = MOST_BYTES
            # Replies to `input()` are routed by the name that asked on the shell channel.
            socket.identity = identity
            socket.reconnect_ivl = 10
            if kind == zmq.SUB:
                socket.subscribe(b"")
            cut = socket.get_monitor_socket(zmq.EVENT_DISCONNECTED)
            socket.connect(f"ipc://{self._run}/k-{port}")
            self._sockets[channel] = socket
            self._tasks.start(self._end_if_cut(cut, process), f"kernel {channel} cut")
            self._tasks.start(self._read(channel, socket), f"kernel {channel}")
        process.watch(self._lost)
        try:
            async with asyncio.timeout(seconds):
                await self._greet_until_heard()
        except TimeoutError:
            message = f"The kernel did not answer within {seconds:g} seconds."
            raise KernelFailed("kernel_not_started", message) from None

    async def _greet_until_heard(self) -> None:
        while not self._greeted.done():
            # Its echo is lost when it comes before our subscription. A new one each time: the
            # kernel drops what carries a signature that it has seen.
            hello = request("kernel_info_request", {})
            self._hellos.add(hello.header.msg_id)
            await self.send("shell", hello)
            await asyncio.wait([self._greeted], timeout=0.2)
        await self._greeted

    async def _read(self, channel: str, socket: zmq.asyncio.Socket) -> None:
        while True:
            message = self._signer.unpack(await socket.recv_multipart())
            if message is None:
                continue
            if not self._greeted.done():
                self._greet(message)
            self._received(channel, message)

    async def _end_if_cut(self, cut: zmq.asyncio.Socket, process: IsolatedProcess) -> None:
        """End a kernel that lives and is heard no more: such a connection does not come back."""
        await cut.recv_multipart()
        if not await process.ends_within(LAST_BREATH):
            self._lost(TOO_LARGE)
            await process.kill()

    def _greet(self, message: Message) -> None:
        # Both ways work once the answer's echo arrives where output will arrive.
        if message.parent.msg_id in self._hellos:
            kind, content = message.header.msg_type, message.content
            if kind == "status" and content.get("execution_state") == "idle":
                self._greeted.set_result(None)

    def _lost(self, error: ErrorInfo) -> None:
        if not self._greeted.done() and not self._closed:
            self._greeted.set_exception(KernelFailed(error.code, error.message, error.hint))
        self._died(error)

    async def send(self, channel: str, message: Message) -> None:
        """Send on a channel; words to a dead kernel are lost."""
        if not self._closed:
            await self._sockets[channel].send_multipart(self._signer.pack(message))

    async def kill(self) -> None:
        """End the process now."""
        if self._process is not None:
            await self._process.kill()

    async def close(self) -> None:
        """End the process, close the sockets, and give back what was lent. Safe to call twice."""
        if self._closed:
            return
        self._closed = True
        if self._process is not None:
            await self._process.close()
        await self._tasks.close()
        for socket in self._sockets.values():
            socket.disable_monitor()
            socket.close(linger=0)
        await self._on_close()


def write_private(path: Path, content: bytes, uid: int | None) -> None:
    """Write a file that only its user can read. Blocking."""
    place = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(place, content)
        if uid is not None:
            os.fchown(place, uid, uid)
    finally:
        os.close(place)
