"""Serving: Granian inside our own loop, so that we can say goodbye before it stops."""

import asyncio
import logging
import resource
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import uvloop
from granian.constants import HTTPModes, Interfaces
from granian.errors import FatalError
from granian.http import HTTP1Settings
from granian.server.embed import Server
from litestar import Litestar

from engine.ports import PortError
from gateway.app import create_app
from gateway.faces.heart import Heart
from gateway.settings import Settings, SettingsError
from protocol.closes import RESTARTING

BACKLOG: Final = 1024
"""How many connections may wait to be taken."""
SPARE: Final = 2_000
"""How many connections there may be beside sockets: requests, event streams, long polls."""
OWN_FILES: Final = 512
"""How many files the server itself may have open: its log, its sources, its kernels."""
IDLE_SECONDS: Final = 60.0
"""How long a connection may stay that asks for nothing: as long as proxies keep theirs."""
DRAIN_SECONDS = 2.0
STOP_SECONDS = 10.0
_log = logging.getLogger("askwire.daemon")


def serve(settings: Settings, ready: Callable[[str], None] | None = None) -> None:
    """Serve until SIGTERM or SIGINT. `ready` is told the address once requests are answered."""
    uvloop.run(_serve(settings, ready))


async def _serve(settings: Settings, ready: Callable[[str], None] | None) -> None:
    port = settings.port or free_port(settings.host)
    app = create_app(settings)
    # ASGI, not RSGI: it has the back-pressure that a slow reader needs.
    server = Server(
        app,
        address=settings.host,
        port=port,
        interface=Interfaces.ASGI,
        log_enabled=False,
        **connections(settings),
    )
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    async with asyncio.TaskGroup() as group:
        serving = group.create_task(_serving(server, app))
        waiting = group.create_task(_announce(settings.host, port, ready))
        stopping = group.create_task(stop.wait())
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if not serving.done():
            await _drain(app.state.heart)
            server.stop()  # type: ignore[no-untyped-call]  # Granian leaves it so
            await asyncio.wait({serving}, timeout=STOP_SECONDS)
            # Somebody still takes bytes, such as a long download: it has had its time.
            serving.cancel()
        stopping.cancel()


def connections(settings: Settings) -> dict[str, Any]:
    """Return how many connections the server holds, and for how long those that say nothing.

    By itself Granian takes 128 and then answers nobody: as many open event streams, or silent
    strangers, would be enough. Only where it does not look for HTTP/2 first does it end a
    connection that never asks for anything.
    """
    return {
        "http": HTTPModes.http1,
        "http1_settings": HTTP1Settings(header_read_timeout=round(IDLE_SECONDS * 1000)),
        "websockets": True,
        "backlog": BACKLOG,
        "backpressure": room_for(settings.sockets + SPARE),
    }


def room_for(connections: int) -> int:
    """Return for how many connections this process may open files; raise its own limit for them.

    The log, sources and kernels must still find a file to open when strangers hold all the rest.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + OWN_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        with suppress(OSError, ValueError):  # macOS has a bound of its own, and does not tell it
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if soft == resource.RLIM_INFINITY:
        return connections
    return min(connections, soft - min(OWN_FILES, soft // 2))


async def _serving(server: Server, app: Litestar) -> None:
    """Serve; if the app could not start, say why in its own words."""
    try:
        await server.serve()
    except FatalError:
        failure = getattr(app.state, "failure", None)
        if isinstance(failure, SettingsError | PortError):
            raise failure from None
        raise


async def _announce(host: str, port: int, ready: Callable[[str], None] | None) -> None:
    """Tell the address once it is listened on."""
    while ready is not None:
        try:
            _, writer = await asyncio.open_connection(host, port)
        except OSError:
            await asyncio.sleep(0.02)
            continue
        writer.close()
        shown = f"[{host}]" if ":" in host else host
        ready(f"http://{shown}:{port}")
        return


async def _drain(heart: Heart) -> None:
    """Close every socket with a word, so that clients come back instead of giving up."""
    heart.close_all(RESTARTING)
    try:
        async with asyncio.timeout(DRAIN_SECONDS):
            await heart.empty.wait()
    except TimeoutError:
        _log.warning("%d sockets did not take their leave", len(heart))


def free_port(host: str) -> int:
    """Return a port that nobody listens on now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port
