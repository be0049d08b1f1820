"""Sessions to be read: the list, a snapshot, and the pages of a log as they come."""

from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Stream

from engine.engine import Engine
from engine.following import Told
from engine.queries import Listed, list_sessions
from gateway.faces.events import poll, position_of, stream
from gateway.faces.frames import Frames
from gateway.faces.heart import Heart
from protocol.codec import encode
from protocol.ids import SessionId
from protocol.pages import Page
from protocol.replies import Caller
from protocol.results import Followed

LONGEST_WAIT = 60.0
STREAMED = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def polled(found: tuple[Followed, Told | None], frames: Frames) -> Response[Any]:
    """Return what came as an answer: a page, a snapshot in its place, or that nothing came."""
    _, told = found
    if told is None:
        return Response(None, status_code=204)
    status = 200 if isinstance(told, Page) else 409
    return Response(frames.of(told), status_code=status, media_type="application/json")


@get("/sessions", operation_id="native.sessions.list")
async def get_sessions(
    caller: NamedDependency[Caller],
    engine: NamedDependency[Engine],
    after: FromQuery[str | None] = None,
    limit: FromQuery[int] = 50,
    archived: FromQuery[bool] = False,
    search: FromQuery[str | None] = None,
) -> Listed:
    """List the caller's sessions, the last used first; `next` is where to go on."""
    return await list_sessions(engine.rooms, caller.id, after, limit, archived, search)


@get("/sessions/{session_id:str}/snapshot", operation_id="native.sessions.snapshot")
async def get_snapshot(
    session_id: FromPath[str],
    caller: NamedDependency[Caller],
    engine: NamedDependency[Engine],
) -> Response[bytes]:
    """Return the session as it is: the fold of its log, and up to where."""
    snapshot = await engine.snapshot(caller, SessionId(session_id))
    return Response(encode(snapshot), media_type="application/json")


@get("/sessions/{session_id:str}/events", operation_id="native.sessions.events")
async def get_events(
    request: Request[Any, Any, Any],
    session_id: FromPath[str],
    caller: NamedDependency[Caller],
    engine: NamedDependency[Engine],
    frames: NamedDependency[Frames],
    heart: NamedDependency[Heart],
    epoch: FromQuery[str | None] = None,
    after: FromQuery[int | None] = None,
    wait: FromQuery[float] = 0.0,
) -> Response[Any]:
    """Return what happened after a position: a stream of events if asked for, else one page."""
    last = request.headers.get("last-event-id")
    told_epoch, place = position_of(last, epoch, after)
    follower = engine.follower(caller)
    session = SessionId(session_id)
    if "text/event-stream" in request.headers.get("accept", ""):
        await follower.follow(session, told_epoch, place)
        said = stream(follower, frames, heart)
        return Stream(said, media_type="text/event-stream", headers=STREAMED)
    patience = min(max(wait, 0.0), LONGEST_WAIT)
    return polled(await poll(follower, heart, session, told_epoch, place, patience), frames)


ROUTES = (get_sessions, get_snapshot, get_events)
