"""Forgetting deleted sessions for good, once nobody will want them back."""

import asyncio
import shutil
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import msgspec

from engine.clock import moment_of, stamp_of
from engine.live_session import CARD
from engine.ports import Document
from engine.results_of import KIND as RESULT
from engine.world import World
from protocol.ids import ResultId, SessionId
from protocol.screens import Doing

KEPT: Final = timedelta(days=30)
"""How long a deleted session can be brought back."""
_doing: Final = msgspec.json.Decoder(Doing)


async def purge(world: World, kept: timedelta = KEPT) -> list[SessionId]:
    """Forget every session deleted longer ago than `kept`: log, rows, files. Return which."""
    before = stamp_of(world.clock.now() - kept)
    gone: list[SessionId] = []
    after = ""
    while documents := await world.store.list(CARD, None, after, 500):
        after = documents[-1].id
        gone += [
            doing.session
            for doing in map(_read, documents)
            if doing.status == "deleted" and moment_of(doing.updated_at) < moment_of(before)
        ]
    if gone:
        await _forget_rows(world, frozenset(gone))
    for session in gone:
        await world.store.drop(session)
        await asyncio.to_thread(shutil.rmtree, world.files.folder(session), ignore_errors=True)
        await world.store.delete(CARD, session)
    return gone


async def remove_files(
    world: World, session: SessionId, working: Sequence[asyncio.Task[None] | None]
) -> None:
    """Remove a session's files, once its kernel has ended and nothing can make new ones."""
    going = [task for task in working if task is not None and not task.done()]
    if going:
        await asyncio.wait(going)
    await world.kernels.release(session)
    await asyncio.to_thread(shutil.rmtree, world.files.folder(session), ignore_errors=True)


def _read(document: Document) -> Doing:
    return _doing.decode(document.body)


async def _forget_rows(world: World, gone: frozenset[SessionId]) -> None:
    """Drop the kept rows of these sessions."""
    after = ""
    while documents := await world.store.list(RESULT, None, after, 500):
        after = documents[-1].id
        for document in documents:
            if msgspec.json.decode(document.body).get("session") in gone:
                await world.results.drop(ResultId(document.id))
                await world.store.delete(RESULT, document.id)
