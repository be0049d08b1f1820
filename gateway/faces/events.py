"""The same pages over plain HTTP: as server-sent events (HTML Standard, 9.2), or by long poll."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress
from typing import Final

from engine.following import Follower, Told
from gateway.faces.frames import Frames
from gateway.faces.heart import Heart
from protocol.ids import Epoch, SessionId
from protocol.pages import Page
from protocol.results import Followed

COMMENT_SECONDS: Final = 15.0
"""How often a silent stream says that it lives: proxies close what says nothing."""
RETRY: Final = b"retry: 1000\n\n"
COMMENT: Final = b": still here\n\n"


def position_of(
    last_event_id: str | None, epoch: str | None, after: int | None
) -> tuple[Epoch | None, int]:
    """Return where to go on: by the header that EventSource sends, else by the query.

    An id that is not ours is no position: the stream then begins at the start.
    """
    if last_event_id:
        told, _, place = last_event_id.rpartition(":")
        if told and place.isascii() and place.isdigit():
            return Epoch(told), int(place)
    return (Epoch(epoch) if epoch else None), after or 0


def event_of(told: Told, frames: Frames) -> bytes:
    """Return one page or snapshot as one server-sent event. Its id is where to go on from."""
    kind = "page" if isinstance(told, Page) else "snapshot"
    data = frames.of(told)
    assert isinstance(data, str), "JSON frames are text"
    return f"id: {told.epoch}:{told.upto}\nevent: {kind}\ndata: {data}\n\n".encode()


async def stream(
    follower: Follower, frames: Frames, heart: Heart, seconds: float = COMMENT_SECONDS
) -> AsyncIterator[bytes]:
    """Yield everything there is and will be, and a comment whenever it was silent for a while."""
    yield RETRY
    async with aclosing(waited(follower, heart, seconds)) as told_or_silence:
        async for told in told_or_silence:
            yield COMMENT if told is None else event_of(told, frames)


async def waited(
    follower: Follower, heart: Heart, seconds: float = COMMENT_SECONDS
) -> AsyncGenerator[Told | None]:
    """Yield everything there is and will be, and None whenever it was silent for a while.

    Every stream of server-sent events is made of this, whatever it says it in. It ends when the
    server goes away, which else would wait for its clients to leave.
    """
    heart.call_at_close(follower.ready.set)
    try:
        while heart.closing is None:
            follower.ready.clear()
            while (told := await follower.take()) is not None:
                yield told
            try:
                async with asyncio.timeout(seconds):
                    await follower.ready.wait()
            except TimeoutError:
                yield None
    finally:
        heart.forget(follower.ready.set)
        follower.close()


async def poll(
    follower: Follower,
    heart: Heart,
    session: SessionId,
    epoch: Epoch | None,
    after: int,
    wait: float,
) -> tuple[Followed, Told | None]:
    """Return the next page after a position, waiting a while for it; None when nothing came."""
    try:
        followed = await follower.follow(session, epoch, after)
        # What is kept already is read whatever it takes: only for news the patience is limited.
        told = await follower.take()
        if told is None and wait > 0:
            with suppress(TimeoutError, StopAsyncIteration):
                async with asyncio.timeout(wait), aclosing(waited(follower, heart, wait)) as news:
                    told = await anext(news)
        return followed, told
    finally:
        follower.close()
