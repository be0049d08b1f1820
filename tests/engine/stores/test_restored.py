"""A backup that was put back is noticed: its logs begin another history."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from engine.following import Follower
from engine.ports import Head
from engine.stores.sqlite import SqliteStore
from engine.stores.sqlite.identity import beside
from protocol import commands as c
from protocol.ids import Epoch, SessionId
from protocol.replies import Snapshot
from tests.contracts.stores import SESSION, append
from tests.rig import ME, Rig, id_


async def grown(path: Path, after: int, upto: int) -> Head:
    async with SqliteStore(path) as store:
        await store.append(append(after, upto))
        head = await store.head(SESSION)
    assert head is not None
    return head


def left_in(folder: Path) -> dict[Path, bytes]:
    """Return what a process would leave behind if it was killed now."""
    return {file: file.read_bytes() for file in folder.iterdir()}


async def head_of(path: Path) -> Head | None:
    async with SqliteStore(path) as store:
        return await store.head(SESSION)


async def test_a_file_that_is_served_again_keeps_its_epochs(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    first = await grown(path, 0, 3)
    assert await head_of(path) == first
    assert await head_of(path) == first


async def test_after_a_crash_the_epochs_are_the_same(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    first = await grown(path, 0, 3)
    store = SqliteStore(path)
    await store.open()
    left = left_in(tmp_path)
    await store.close()
    for file, data in left.items():
        file.write_bytes(data)
    assert await head_of(path) == first


@pytest.mark.parametrize("how", ["over", "in its place", "the whole folder", "by hand"])
async def test_a_backup_that_was_put_back_has_another_epoch(tmp_path: Path, how: str) -> None:
    data = tmp_path / "data"
    data.mkdir()
    path, backup = data / "log.db", tmp_path / "backup.db"
    first = await grown(path, 0, 3)
    async with SqliteStore(path):
        source, copy = sqlite3.connect(path), sqlite3.connect(backup)
        source.backup(copy)
        source.close()
        copy.close()
        if how == "the whole folder":
            shutil.copytree(data, tmp_path / "copy")
    await grown(path, 3, 5)
    match how:
        case "over":
            path.write_bytes(backup.read_bytes())
        case "in its place":
            path.unlink()
            shutil.copy(backup, path)
        case "the whole folder":
            data.rename(tmp_path / "before")
            shutil.copytree(tmp_path / "copy", data)
        case _:
            beside(path).unlink()
    head = await head_of(path)
    assert head is not None
    assert head.epoch != first.epoch
    assert head.upto == (5 if how == "by hand" else 3)
    assert await head_of(path) == head


async def test_who_stood_further_than_the_backup_takes_a_snapshot(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    async with SqliteStore(path) as store, Rig(store=store).running() as rig:
        session = await rig.session()
    backup = path.read_bytes()
    async with SqliteStore(path) as store, Rig(store=store).running() as rig:
        for number in range(4):
            name = c.SessionUpdate(id=id_(), session=session, name=f"before {number}")
            await rig.send(name)
        live = await rig.engine.session(ME, session)
        epoch, place = live.epoch, live.kept
    path.write_bytes(backup)
    async with SqliteStore(path) as store, Rig(store=store).running() as rig:
        for number in range(8):
            name = c.SessionUpdate(id=id_(), session=session, name=f"after {number}")
            await rig.send(name)
        told = await first_told(rig.engine.follower(ME), session, epoch, place)
        assert isinstance(told, Snapshot)
        assert told.state["name"] == "after 7"


async def first_told(
    follower: Follower, session: SessionId, epoch: Epoch, after: int
) -> object | None:
    followed = await follower.follow(session, epoch, after)
    assert not followed.recovered
    told = await follower.take()
    follower.close()
    return told
