"""`askwire import`: sessions of another system, taken into this one's log."""

import argparse
import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import msgspec

from engine.importing import is_here, take_in
from engine.ports import PortError
from engine.state import Unlawful
from engine.workspace.files import CHUNK
from engine.world import World
from gateway.building import build
from gateway.cli.leaving import FAILED, Usage
from gateway.families.dsagent.importing.becoming import past_of
from gateway.families.dsagent.importing.left import (
    FileLeft,
    Left,
    NothingHere,
    files_of,
    opened,
    sessions_in,
)
from gateway.families.dsagent.importing.past import told_in
from gateway.settings import SettingsError, from_environ
from protocol.ids import CallerId, SessionId

_WIDTH: Final = 26


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one session. `records` is 0 for one that is here already."""

    records: int = 0
    files: int = 0
    notes: tuple[str, ...] = ()
    problem: str | None = None


def run(chosen: argparse.Namespace) -> int:
    """Import what is in a folder, and say what became of each session."""
    try:
        return asyncio.run(_import(chosen))
    except (NothingHere, SettingsError, PortError) as failure:
        raise Usage(str(failure)) from failure


async def _import(chosen: argparse.Namespace) -> int:
    folder: Path = chosen.folder
    every = await asyncio.to_thread(lambda: list(sessions_in(folder)))
    settings = from_environ(data=chosen.data, sample=False, warm_kernels=0)
    parts = build(settings)
    failed = 0
    async with parts.opened():
        for number, left in enumerate(every, 1):
            done = await _take(parts.world, folder, left, chosen)
            failed += done.problem is not None
            _say(f"{number}/{len(every)} {left.name:{_WIDTH}} {words_of(done, chosen.dry_run)}")
    _say(f"{len(every) - failed} of {len(every)} sessions; {failed} could not be read")
    return FAILED if failed else 0


async def _take(world: World, folder: Path, left: Left, chosen: argparse.Namespace) -> Done:
    """Take in one session; a broken one is said to be, and the others come all the same."""
    if left.stored is None:
        return Done(problem=left.problem)
    session = SessionId(left.name)
    if await is_here(world, session):
        return Done()
    told = await asyncio.to_thread(told_in, folder, left.stored)
    notes = [f"{told.unread} lines could not be read"] if told.unread else []
    try:
        past = past_of(CallerId(chosen.owner), left.stored, told.said)
        files, out = await asyncio.to_thread(files_of, folder, left.name)
        notes += [f"{out} folders or links left out"] if out else []
        if chosen.dry_run:
            records = sum(len(some.events) for some in past)
            return Done(records=records, files=len(files), notes=tuple(notes))
        # Files first: the session is there, for us and for the next try, when its log is whole.
        kept = [await _copied(world, session, file) for file in files]
        notes += filter(None, kept)
        records = await take_in(world, CallerId(chosen.owner), session, past)
    except (Unlawful, PortError) as failure:
        return Done(problem=str(failure))
    return Done(records=records, files=kept.count(None), notes=tuple(notes))


async def _copied(world: World, session: SessionId, file: FileLeft) -> str | None:
    """Copy a file; return what is wrong with it, if anything is."""
    try:
        descriptor = await asyncio.to_thread(opened, file.path)
        chunks = _chunks(descriptor)
        await world.files.store(session, file.path.name, chunks, file.category)
    except (OSError, PortError) as failure:
        return f"{file.category}/{file.path.name}: {failure}"
    return None


async def _chunks(descriptor: int) -> AsyncIterator[bytes]:
    try:
        while chunk := await asyncio.to_thread(os.read, descriptor, CHUNK):
            yield chunk
    finally:
        os.close(descriptor)


def words_of(done: Done, dry: bool) -> str:
    """Say in one line what became of a session."""
    if done.problem is not None:
        return f"left out: {done.problem}"
    if not done.records:
        return "is here already"
    would = "would take in" if dry else "took in"
    words = f"{would} {done.records} records and {done.files} files"
    return "; ".join((words, *done.notes))


def _say(text: str) -> None:
    # An id or a file name of somebody else may hold what a terminal obeys.
    plain = "".join(letter if letter.isprintable() else "?" for letter in text)
    sys.stderr.write(f"{plain}\n")
