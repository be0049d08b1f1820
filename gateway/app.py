"""`create_app(settings)`: the only place that knows every part. Called twice, it gives two apps."""

import asyncio
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from litestar import Litestar, Request, WebSocket, websocket
from litestar.di import NamedDependency, Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin

from engine.engine import Engine
from gateway.building import Parts, build
from gateway.faces.buckets import Buckets
from gateway.faces.frames import Frames
from gateway.faces.heart import Heart
from gateway.faces.ws import Conversation
from gateway.families import dsagent, native
from gateway.families.shape import Family, refuse_conflicts
from gateway.identity import Door
from gateway.pages import documents, health, page_routes
from gateway.refusing import by_path
from gateway.screening import Screening, shared
from gateway.settings import Settings, from_environ
from gateway.version import VERSION
from protocol.refusals import Refused
from protocol.replies import Caller

FAMILIES: tuple[Family, ...] = (native.FAMILY, dsagent.FAMILY)
# At CPython's 5 ms a busy event loop starves the threads that write the log and read sources.
SWITCH_SECONDS = 0.0005


@asynccontextmanager
async def _told(app: Litestar) -> AsyncGenerator[None]:
    """Note why the app could not start: what serves it would only say that it could not."""
    try:
        yield
    except Exception as failure:
        app.state.failure = failure
        raise


@websocket("/ws", name="socket")
async def socket(
    socket: WebSocket[Any, Any, Any],
    engine: NamedDependency[Engine],
    door: NamedDependency[Door],
    settings: NamedDependency[Settings],
    heart: NamedDependency[Heart],
    frames: NamedDependency[Frames],
    buckets: NamedDependency[Buckets],
) -> None:
    """Serve one client on one socket until one of them leaves."""
    await Conversation(socket, engine, door, settings, heart, frames, buckets).hold()


def create_app(settings: Settings | None = None, parts: Parts | None = None) -> Litestar:
    """Build the whole server. `parts` replaces what stands behind the ports, as tests do."""
    settings = settings or from_environ()
    settings.require_safe()
    parts = parts or build(settings)
    door, heart, frames = Door(settings), Heart(settings.heartbeat), Frames()
    engine, buckets = Engine(parts.world), Buckets(settings.commands_per_second)

    async def caller_of(request: Request[Any, Any, Any]) -> Caller:
        caller = door.by_headers(dict(request.headers), dict(request.cookies))
        if caller is None:
            raise Refused("unauthenticated", "send a token: 'Authorization: Bearer …', or log in")
        return caller

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncGenerator[None]:
        sys.setswitchinterval(SWITCH_SECONDS)
        async with _told(app), parts.opened():
            await engine.start()
            async with asyncio.TaskGroup() as group:
                beside = [group.create_task(heart.run()), group.create_task(parts.warm_up())]
                yield
                for task in beside:
                    task.cancel()
            await engine.close()

    app = Litestar(
        route_handlers=[
            socket,
            *(router for family in FAMILIES for router in family.routers(settings.frame_bytes)),
            *health.ROUTES,
            *documents.ROUTES,
            *page_routes(settings),
        ],
        dependencies={
            "settings": Provide(lambda: settings, sync_to_thread=False),
            "engine": Provide(lambda: engine, sync_to_thread=False),
            "sources": Provide(lambda: parts.sources, sync_to_thread=False),
            "models": Provide(lambda: parts.models, sync_to_thread=False),
            "parts": Provide(lambda: parts, sync_to_thread=False),
            "door": Provide(lambda: door, sync_to_thread=False),
            "heart": Provide(lambda: heart, sync_to_thread=False),
            "frames": Provide(lambda: frames, sync_to_thread=False),
            "buckets": Provide(lambda: buckets, sync_to_thread=False),
            "caller": Provide(caller_of),
        },
        exception_handlers=by_path(FAMILIES),
        cors_config=shared(settings),
        middleware=[Screening(door, settings.body_seconds)],
        lifespan=[lifespan],
        # Litestar's own pages load scripts and fonts from elsewhere; ours (`/docs`) needs nothing.
        openapi_config=OpenAPIConfig(
            title="Askwire",
            version=VERSION,
            path="/openapi",
            render_plugins=[JsonRenderPlugin()],
            use_handler_docstrings=True,
        ),
        request_max_body_size=settings.upload_bytes,
        signature_types=[Path],
    )
    app.state.heart, app.state.engine, app.state.door = heart, engine, door
    refuse_conflicts(app.routes)
    return app
