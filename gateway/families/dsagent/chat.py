"""Chat: a message in; the last round's reply out, or everything as it happens."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any, Final, NamedTuple

import msgspec
from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody
from litestar.response import Stream

from engine.engine import Engine
from gateway.dialects.dsagent.composing import ABORTED
from gateway.dialects.dsagent.moments import Over, RoundOver
from gateway.dialects.dsagent.shapes import ChatResponse
from gateway.dialects.dsagent.streaming import ends, events, frame
from gateway.faces.events import COMMENT, waited
from gateway.faces.heart import Heart
from gateway.faces.leaving import unless_left
from gateway.families.dsagent.asking import asked
from gateway.families.dsagent.finding import found
from gateway.families.dsagent.parameters import SessionName
from gateway.families.dsagent.reading import Heard, Telling, place_of
from gateway.families.dsagent.refusing import Declined
from protocol.replies import Caller

HEADERS: Final = {
    "Cache-Control": "no-cache",
    "Connection": "keep-alive",
    "X-Accel-Buffering": "no",
}
TYPE: Final = "text/event-stream"
GOING_AWAY: Final = "The server restarts. The run goes on afterwards: see /turns."


class Chat(msgspec.Struct, frozen=True, kw_only=True):
    """A message."""

    message: str


class Ending(NamedTuple):
    """How a chat ended: its last round, and its end if it has one and does not wait."""

    last: RoundOver | None
    over: Over | None


# --- Translations ---


def said_of(heard: Heard, *, places: bool) -> bytes:
    """Return the server-sent events of a moment; the last of them carries its place if wanted."""
    told = events(heard.moment)
    last = len(told) - 1
    return b"".join(
        frame(event, str(heard.place) if places and number == last else None)
        for number, event in enumerate(told)
    )


def reply_of(ending: Ending | None) -> ChatResponse:
    """Return the reply of a chat that is over, or waits for the person's answer."""
    if ending is None:
        raise Declined(503, GOING_AWAY, {"Retry-After": "1"})
    last, over = ending
    if over is not None and over.outcome == "failed":
        raise Declined(500, f"Chat error: {over.text}")
    if last is None:
        return ChatResponse(content="", answer=ABORTED, is_complete=True)
    if over is not None and over.outcome == "stopped":
        content = f"{last.response.content}\n\n[{over.text}]"
        return msgspec.structs.replace(last.response, content=content, is_complete=True)
    return last.response


# --- Listening ---


async def streamed(telling: Telling, heart: Heart, *, places: bool = False) -> AsyncIterator[bytes]:
    """Yield what is told of a chat until it is over: all of a page at once, comments in silence."""
    async with aclosing(waited(telling.follower, heart)) as told_or_silence:
        async for told in told_or_silence:
            if told is None:
                yield COMMENT
                continue
            heard = _until_over(await telling.heard(told))
            said = b"".join(said_of(one, places=places) for one in heard)
            if said:
                yield said
            if heard and ends(heard[-1].moment):
                return
    yield b"".join(frame(event) for moment in telling.last_words() for event in events(moment))


def _until_over(heard: list[Heard]) -> list[Heard]:
    """Keep what belongs to runs, up to the end of the chat."""
    kept: list[Heard] = []
    for one in heard:
        if one.moment.run is not None:
            kept.append(one)
            if ends(one.moment):
                break
    return kept


async def heard_out(telling: Telling, heart: Heart) -> Ending | None:
    """Wait until a chat is over, and return its last round; None when the server goes away."""
    last: RoundOver | None = None
    async with aclosing(waited(telling.follower, heart)) as told_or_silence:
        async for told in told_or_silence:
            for one in _until_over(await telling.heard(told)) if told is not None else ():
                match one.moment:
                    case RoundOver() as over:
                        last = over
                        if over.asks:
                            return Ending(last, None)
                    case Over() as over:
                        return Ending(last, over)
                    case _:
                        pass
    return None


async def resumed(engine: Engine, caller: Caller, session_id: str, place: str | None) -> Telling:
    """Return what is told from a place on; without one, of the run that goes on, or the last."""
    live = await found(engine, caller, session_id)
    runs = live.viewer.show().runs
    if not runs:
        raise Declined(404, f"No chat in session {session_id} yet")
    telling = Telling(engine, caller, live.session)
    known = place_of(place)
    if known is None:
        telling.only(live.state.run.run if live.state.run is not None else runs[-1].run)
    await telling.begin(known)
    return telling


# --- Handlers ---


@post("/api/sessions/{session_id:str}/chat", operation_id="dsagent.chat.send", status_code=200)
async def send_chat(
    request: Request[Any, Any, Any],
    session_id: SessionName,
    data: JSONBody[Chat],
    caller: NamedDependency[Caller],
    engine: NamedDependency[Engine],
    heart: NamedDependency[Heart],
) -> ChatResponse:
    """Send a message and wait for the reply; where a gate is shut, that takes a person's answer."""
    telling = await asked(engine, caller, session_id, data.message)
    return reply_of(await unless_left(request, heard_out(telling, heart)))


@post(
    "/api/sessions/{session_id:str}/chat/stream",
    operation_id="dsagent.chat.stream",
    status_code=200,
)
async def stream_chat(
    session_id: SessionName,
    data: JSONBody[Chat],
    caller: NamedDependency[Caller],
    engine: NamedDependency[Engine],
    heart: NamedDependency[Heart],
) -> Stream:
    """Send a message and stream its run as server-sent events. Leaving stops and opens nothing."""
    telling = await asked(engine, caller, session_id, data.message)
    return Stream(streamed(telling, heart), media_type=TYPE, headers=HEADERS)


@get("/api/sessions/{session_id:str}/chat/stream", operation_id="dsagent.chat.resume")
async def resume_chat(
    request: Request[Any, Any, Any],
    session_id: SessionName,
    caller: NamedDependency[Caller],
    engine: NamedDependency[Engine],
    heart: NamedDependency[Heart],
    after: FromQuery[str | None] = None,
) -> Stream:
    """Stream a chat again from its start, or from the id of the last event on."""
    place = request.headers.get("last-event-id") or after
    telling = await resumed(engine, caller, session_id, place)
    return Stream(streamed(telling, heart, places=True), media_type=TYPE, headers=HEADERS)


ROUTES = (send_chat, stream_chat, resume_chat)
