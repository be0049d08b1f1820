"""Whether the server lives, and whether it can work."""

import asyncio
from typing import Literal

import msgspec
from litestar import Response
from litestar.di import NamedDependency

from engine.engine import Engine
from engine.ports import PortError
from gateway.building import Parts
from gateway.faces.heart import Heart
from gateway.kernels import told
from gateway.pages.looking import look
from gateway.version import VERSION
from protocol.ids import SessionId


class Live(msgspec.Struct, frozen=True, kw_only=True):
    """It lives; `timestamp` is now."""

    status: Literal["ok"] = "ok"
    version: str = VERSION
    timestamp: str


class Checks(msgspec.Struct, frozen=True, kw_only=True):
    """What `ready` rests on: the log can be read, and sockets are taken."""

    session_manager: bool
    connection_manager: bool


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """Whether it can work: the log, the isolation of kernels, what goes on.

    `ready` and `checks` say the same to clients of DSAgent.
    """

    ready: bool
    checks: Checks
    status: Literal["ok", "degraded", "closing"]
    log: str
    isolation: str
    environment: str
    sockets: int
    runs: int


@look("/health", "health.health")
async def health(engine: NamedDependency[Engine]) -> Live:
    """Answer as long as the process serves."""
    return Live(timestamp=engine.world.clock.stamp())


@look("/health/live", "health.live")
async def live(engine: NamedDependency[Engine]) -> Live:
    """Answer as long as the process serves."""
    return Live(timestamp=engine.world.clock.stamp())


@look("/health/ready", "health.ready")
async def ready(
    engine: NamedDependency[Engine], parts: NamedDependency[Parts], heart: NamedDependency[Heart]
) -> Response[Ready]:
    """Say whether the log can be read, and how kernels are isolated."""
    log = "ok"
    try:
        async with asyncio.timeout(2.0):
            await engine.world.store.head(SessionId("inbox:local"))
    except (PortError, TimeoutError) as failure:
        log = str(failure) or "no answer"
    isolation, environment = told(parts.kernels)
    status: Literal["ok", "degraded", "closing"] = "ok" if log == "ok" else "degraded"
    if heart.closing is not None:
        status = "closing"
    checks = Checks(session_manager=log == "ok", connection_manager=status != "closing")
    words = Ready(
        ready=status == "ok",
        checks=checks,
        status=status,
        log=log,
        isolation=isolation,
        environment=environment,
        sockets=len(heart),
        runs=len(engine.working()),
    )
    return Response(words, status_code=200 if status == "ok" else 503)


ROUTES = (health, live, ready)
