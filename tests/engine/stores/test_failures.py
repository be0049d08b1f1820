"""A full disk, a damaged file, a file that is gone: said in words, and over with its cause."""

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from engine.ports import Append, StoreFailed
from engine.stores.sqlite import SqliteStore
from engine.stores.sqlite.connecting import connect
from engine.stores.sqlite.failing import store_failed
from tests.contracts.stores import OTHER, SESSION, append, page, seqs_of

ROOT = Path(__file__).parents[3]
TEXT = "x" * 20_000


async def fill(store: SqliteStore, after: int = 0) -> int:
    """Append until there is no space left; return the last place it kept."""
    failed: StoreFailed | None = None
    while failed is None:
        try:
            await store.append(append(after, after + 1, text=TEXT))
            after += 1
        except StoreFailed as error:
            failed = error
    assert failed.info.code == "storage_full"
    assert failed.info.hint
    return after


async def places_kept(store: SqliteStore) -> list[int]:
    seqs: list[int] = []
    while shown := await store.read(SESSION, seqs[-1] if seqs else 0):
        seqs += seqs_of(shown)
    return seqs


async def test_a_full_store_says_so_reads_on_and_writes_again_when_there_is_space(tmp_path: Path):
    async with SqliteStore(tmp_path / "log.db", max_bytes=1 << 20) as store:
        await store.append(append(0, 1, session=OTHER, text=TEXT * 10))
        upto = await fill(store)
        assert upto > 10
        assert await places_kept(store) == list(range(1, upto + 1))
        await store.drop(OTHER)
        await store.append(append(upto, upto + 1, text=TEXT))
        assert await places_kept(store) == list(range(1, upto + 2))
    async with SqliteStore(tmp_path / "log.db") as store:
        assert await places_kept(store) == list(range(1, upto + 2))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a folder on a file system of three megabytes, where mounting is allowed."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


async def test_a_full_disk_is_survived_without_a_restart(small_disk: Path):
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(1 << 20))
    async with SqliteStore(small_disk / "log.db") as store:
        upto = await fill(store)
        assert await places_kept(store) == list(range(1, upto + 1))
        ballast.unlink()
        await store.append(Append(page=page(upto, upto + 1, text=TEXT), decisive=True))
        assert await places_kept(store) == list(range(1, upto + 2))


LIMITED = """
import asyncio, resource, sys
from pathlib import Path
from engine.ports import StoreFailed
from engine.stores.sqlite import SqliteStore
from tests.contracts.stores import append

async def main():
    async with SqliteStore(Path(sys.argv[1])) as store:
        hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, hard))
        upto = 0
        try:
            while True:
                await store.append(append(upto, upto + 1, text="x" * 20_000))
                upto += 1
        except StoreFailed as failed:
            assert upto > 2 and await store.read("s_1", 0)
            print(failed.info.code, failed.info.hint is not None)
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        await store.append(append(upto, upto + 1))
        print(upto + 1)

asyncio.run(main())
"""


async def test_a_write_that_the_system_refuses_is_survived_without_a_restart(tmp_path: Path):
    path = tmp_path / "log.db"
    command = [sys.executable, "-c", LIMITED, str(path)]
    run = partial(subprocess.run, cwd=ROOT, capture_output=True, text=True, check=True)
    told, upto = (await asyncio.to_thread(run, command)).stdout.splitlines()
    assert told == "storage_failed True"
    async with SqliteStore(path) as store:
        assert await places_kept(store) == list(range(1, int(upto) + 1))


async def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path):
    path = tmp_path / "log.db"
    path.write_bytes(b"Dear diary, " * 1000)
    with pytest.raises(StoreFailed) as failed:
        await SqliteStore(path).open()
    assert failed.value.info.code == "storage_failed"
    assert "backup" in (failed.value.info.hint or "")
    assert path.read_bytes() == b"Dear diary, " * 1000


async def test_a_damaged_file_is_called_damaged(tmp_path: Path):
    path = tmp_path / "log.db"
    async with SqliteStore(path) as store:
        await store.append(append(0, 1, text=TEXT))
    content = bytearray(path.read_bytes())
    for begin in range(4096, len(content), 4096):
        content[begin : begin + 16] = b"\xff" * 16
    path.write_bytes(content)
    async with SqliteStore(path) as store:
        for ask in (store.read(SESSION, 0), store.append(append(1, 2))):
            with pytest.raises(StoreFailed) as failed:
                await ask
            assert failed.value.info.code == "storage_failed"
            assert "damaged" in (failed.value.info.hint or "")


async def test_a_folder_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(StoreFailed) as failed:
        await SqliteStore(tmp_path / "nowhere" / "log.db").open()
    assert failed.value.info.code == "storage_failed"
    assert "nowhere" in failed.value.info.message


async def test_a_file_that_is_gone_takes_no_more_decisions(tmp_path: Path):
    path = tmp_path / "log.db"
    async with SqliteStore(path) as store:
        await store.append(Append(page=page(0, 1), decisive=True))
        away = path.rename(tmp_path / "away.db")
        for _ in range(2):
            with pytest.raises(StoreFailed) as failed:
                await store.append(Append(page=page(1, 2), decisive=True))
            assert failed.value.info.code == "storage_failed"
        away.rename(path)
        await store.append(Append(page=page(1, 2), decisive=True))
    assert not [name for name in os.listdir(tmp_path) if name.startswith("away")]


def test_a_file_that_cannot_be_written_is_told_from_a_damaged_one(tmp_path: Path):
    path = tmp_path / "log.db"
    connect(path, "rwc").execute("CREATE TABLE t (x)").connection.close()
    connection = connect(path, "ro")
    with pytest.raises(sqlite3.OperationalError) as raised:
        connection.execute("INSERT INTO t VALUES (1)")
    connection.close()
    info = store_failed(raised.value, path).info
    assert info.code == "storage_failed"
    assert "read and write" in (info.hint or "")


def test_another_program_in_the_file_is_told_as_such(tmp_path: Path):
    path = tmp_path / "log.db"
    first, second = connect(path, "rwc"), connect(path, "rw")
    second.execute("PRAGMA busy_timeout = 0")
    first.execute("BEGIN EXCLUSIVE")
    with pytest.raises(sqlite3.OperationalError) as raised:
        second.execute("BEGIN IMMEDIATE")
    first.close()
    second.close()
    assert "Another program" in (store_failed(raised.value, path).info.hint or "")


async def test_what_cannot_be_kept_harms_nobody_who_writes_at_the_same_time(tmp_path: Path):
    async with SqliteStore(tmp_path / "log.db") as store:
        wishes = [
            append(0, 1),
            append(0, 1, session="lone \ud800 surrogate"),
            append(0, 1 << 70, only=(1,), session="too far"),
            append(0, 1, session=OTHER),
        ]
        told = await asyncio.gather(*map(store.append, wishes), return_exceptions=True)
        assert [type(outcome) for outcome in told] == [
            type(None),
            StoreFailed,
            StoreFailed,
            type(None),
        ]
        assert await store.read(SESSION, 0) == page(0, 1)
        assert await store.read(OTHER, 0) == page(0, 1, session=OTHER)


async def test_a_closed_store_says_so(tmp_path: Path):
    store = SqliteStore(tmp_path / "log.db")
    await store.close()
    for ask in (store.read(SESSION, 0), store.append(append(0, 1))):
        with pytest.raises(StoreFailed, match="closed"):
            await ask
