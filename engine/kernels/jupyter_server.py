"""Kernels in another home: a Jupyter Server or Enterprise Gateway, by its REST and WebSocket API.

Isolation and limits are that server's business; the workspace of a session is not seen there.
"""

import asyncio
import contextlib
import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from engine.kernels.conversation import Conversation
from engine.kernels.recipes import INSIDE
from engine.kernels.wire import Header, Message
from engine.ports import Desk, Inspection, Kernel, KernelFailed
from engine.tasks import Tasks
from protocol.ids import SessionId
from protocol.items import ErrorInfo

MOST_BYTES = 32 * 1024 * 1024
CALL_SECONDS = 30.0
GONE = ("restarting", "autorestarting", "dead", "terminating")


class Remote(msgspec.Struct, frozen=True, kw_only=True):
    """Where the server is. The token never stands in a message, a log or a repr."""

    url: str
    token: str = ""
    kernel: str = "python3"

    def __repr__(self) -> str:
        return f"Remote(url={self.shown!r}, kernel={self.kernel!r})"

    @property
    def shown(self) -> str:
        """The address without anything secret."""
        parts = urllib.parse.urlsplit(self.url)
        port = f":{parts.port}" if parts.port else ""
        return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}".rstrip("/")


class _Spoken(msgspec.Struct, kw_only=True):
    header: Header
    channel: str = ""
    parent: Header = msgspec.field(default=Header(), name="parent_header")
    content: dict[str, Any] = {}
    metadata: dict[str, Any] = {}
    buffers: list[str] = []


class RestApi:
    """The few calls that are needed. Each raises `KernelFailed` in words."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote
        # Without proxies: the address is taken as it was given.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    async def start_kernel(self) -> str:
        """Start a kernel and return its id."""
        said = await self._call("POST", "/api/kernels", {"name": self._remote.kernel})
        kernel = said.get("id") if isinstance(said, dict) else None
        if not isinstance(kernel, str) or not kernel.replace("-", "").isalnum():
            raise KernelFailed("kernel_server_failed", "The kernel server gave no kernel.")
        return kernel

    async def interrupt(self, kernel: str) -> None:
        """Interrupt a kernel."""
        await self._call("POST", f"/api/kernels/{kernel}/interrupt")

    async def end(self, kernel: str) -> None:
        """End a kernel."""
        await self._call("DELETE", f"/api/kernels/{kernel}")

    async def _call(self, method: str, path: str, body: Any = None) -> Any:
        return await asyncio.to_thread(self._blocking, method, path, body)

    def _blocking(self, method: str, path: str, body: Any) -> Any:
        headers = {"Content-Type": "application/json"}
        if self._remote.token:
            headers["Authorization"] = f"token {self._remote.token}"
        data = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(self._remote.shown + path, data, headers, method=method)
        try:
            with self._opener.open(asked, timeout=CALL_SECONDS) as answer:
                content = answer.read(MOST_BYTES)
                return json.loads(content) if content else None
        except urllib.error.HTTPError as error:
            hint = "Check its token." if error.code in (401, 403) else None
            message = f"The kernel server at {self._remote.shown} answered {error.code}."
            raise KernelFailed("kernel_server_refused", message, hint) from None
        except (OSError, ValueError) as error:
            message = f"The kernel server at {self._remote.shown} cannot be reached."
            hint = f"Is it running? ({type(error).__name__})"
            raise KernelFailed("kernel_server_down", message, hint) from None


class WebSocketLink:
    """One kernel's channels on one WebSocket."""

    ordered = False

    def __init__(
        self,
        remote: Remote,
        api: RestApi,
        received: Callable[[str, Message], None],
        died: Callable[[ErrorInfo], None],
    ) -> None:
        self._remote = remote
        self._api = api
        self._received = received
        self._died = died
        self._tasks = Tasks()
        self._kernel: str | None = None
        self._socket: ClientConnection | None = None
        self._closed = False

    async def connect(self) -> None:
        """Start the kernel and open its channels. Raise `KernelFailed`."""
        self._kernel = await self._api.start_kernel()
        url = f"ws{self._remote.shown.removeprefix('http')}/api/kernels/{self._kernel}/channels"
        headers = {"Authorization": f"token {self._remote.token}"} if self._remote.token else {}
        try:
            self._socket = await connect(
                url, additional_headers=headers, max_size=MOST_BYTES, proxy=None
            )
        except (OSError, TimeoutError, WebSocketException):
            message = f"The kernel server at {self._remote.shown} did not open its channels."
            raise KernelFailed("kernel_server_down", message) from None
        self._tasks.start(self._read(self._socket), "remote kernel")

    async def _read(self, socket: ClientConnection) -> None:
        with contextlib.suppress(WebSocketException):
            async for frame in socket:
                try:
                    spoken = msgspec.json.decode(frame, type=_Spoken)
                except (ValueError, RecursionError):
                    continue
                self._hear(spoken, len(frame))
        self._lose("The connection to the kernel server was lost.")

    def _hear(self, spoken: _Spoken, size: int) -> None:
        if spoken.content.get("execution_state") in GONE:
            self._lose("The kernel ended.")
            return
        message = Message(
            header=spoken.header, parent=spoken.parent, content=spoken.content, size=size
        )
        self._received(spoken.channel, message)

    def _lose(self, message: str) -> None:
        if not self._closed:
            hint = "Its variables are gone; run the cells again."
            self._died(ErrorInfo(code="kernel_died", message=message, hint=hint))

    async def send(self, channel: str, message: Message) -> None:
        """Send a message; an interrupt goes by REST, where it works for every kind of kernel."""
        if self._socket is None or self._kernel is None or self._closed:
            return
        with contextlib.suppress(WebSocketException, KernelFailed, OSError):
            if message.header.msg_type == "interrupt_request":
                await self._api.interrupt(self._kernel)
                return
            spoken = _Spoken(
                channel=channel,
                header=message.header,
                parent=message.parent,
                content=message.content,
                metadata=message.metadata,
            )
            await self._socket.send(msgspec.json.encode(spoken).decode())

    async def kill(self) -> None:
        """End the kernel."""
        if self._kernel is not None:
            kernel, self._kernel = self._kernel, None
            with contextlib.suppress(KernelFailed):
                await self._api.end(kernel)
            self._lose("The kernel was ended.")

    async def close(self) -> None:
        """End the kernel and hang up. Safe to call twice."""
        self._closed = True
        await self.kill()
        await self._tasks.close()
        if self._socket is not None:
            await self._socket.close()


class RemoteKernels:
    """Keeps the promises of the `Kernels` port with kernels of a Jupyter Server."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote
        self._api = RestApi(remote)
        self._kernels: dict[SessionId, Conversation] = {}
        self._locks: dict[SessionId, asyncio.Lock] = {}
        self._desk: Desk | None = None

    def serve(self, desk: Desk) -> None:
        """Tell this desk of deaths; code in a kernel elsewhere cannot reach it."""
        self._desk = desk

    async def get(self, session: SessionId, workspace: Path) -> Kernel:
        """Return the session's kernel, starting one if it has none or the last one died."""
        async with self._locks.setdefault(session, asyncio.Lock()):
            kernel = self._kernels.get(session)
            if kernel is not None and kernel.alive:
                return kernel
            if kernel is not None:
                await kernel.close()
            kernel = self._kernels[session] = await self._start()
            kernel.when_lost = lambda why: self._lost(session, why)
            return kernel

    def _lost(self, session: SessionId, why: ErrorInfo) -> None:
        if self._desk is not None:
            self._desk.lost(session, why)

    async def _start(self) -> Conversation:
        shown = self._remote.shown
        kernel = Conversation(
            f"remote: as {shown} isolates its kernels", environment=f"that of {shown}"
        )
        link = WebSocketLink(self._remote, self._api, kernel.received, kernel.died)
        try:
            await link.connect()
        except BaseException:
            await link.close()
            raise
        kernel.start(link)
        await kernel.prepare(await asyncio.to_thread(_equipment))
        if not kernel.alive:
            error = kernel.died_of
            await kernel.close()
            raise KernelFailed("kernel_not_started", error.message if error else "It ended.")
        return kernel

    def current(self, session: SessionId) -> Kernel | None:
        """Return the session's living kernel, never starting one."""
        kernel = self._kernels.get(session)
        return kernel if kernel is not None and kernel.alive else None

    def held(self, session: SessionId) -> Inspection | None:
        """None is ended here for idleness: that is the server's business."""
        return None

    async def release(self, session: SessionId) -> None:
        """End the session's kernel, if it has one."""
        kernel = self._kernels.pop(session, None)
        self._locks.pop(session, None)
        if kernel is not None:
            await kernel.close()

    async def close(self) -> None:
        """End all kernels."""
        for session in list(self._kernels):
            await self.release(session)


_NOT_HERE = """
class Refused(Exception):
    pass

def __getattr__(name):
    if name.startswith("_"):
        raise AttributeError(name)
    raise Refused("A kernel on another server cannot ask for the session's data. "
                  "Upload it there, or give the session a kernel of this server.")
"""


def _equipment() -> str:
    """Return code that gives a foreign kernel our tables and our inspection."""
    package = "engine.kernels.inside"
    names = [package.rsplit(".", count)[0] for count in (2, 1)] + [package]
    lines = [
        "def _askwire_equip():",
        "    import sys, types",
        f"    for name in {names!r}:",
        "        sys.modules.setdefault(name, types.ModuleType(name))",
    ]
    for name in ("frames", "inspecting"):
        source = (INSIDE / f"{name}.py").read_text()
        lines += [
            f"    made = types.ModuleType('{package}.{name}')",
            f"    sys.modules['{package}.{name}'] = made",
            f"    setattr(sys.modules['{package}'], '{name}', made)",
            f"    exec({source!r}, made.__dict__)",
        ]
    lines += [
        f"    frames = sys.modules['{package}.frames']",
        "    frames.register(get_ipython().display_formatter.mimebundle_formatter)",
        "    made = sys.modules['askwire'] = types.ModuleType('askwire')",
        f"    exec({_NOT_HERE!r}, made.__dict__)",
        "    get_ipython().user_ns['askwire'] = made",
        # Its other way of completing reads whole libraries first.
        "    get_ipython().Completer.use_jedi = False",
        "_askwire_equip()",
        "del _askwire_equip",
    ]
    return "\n".join(lines)
