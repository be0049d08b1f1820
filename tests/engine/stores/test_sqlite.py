"""What only the SQLite store does: readers beside the writer, pruning, checkpoints, closing."""

import asyncio
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.ports import Append, Receipt
from engine.stores.memory import MemoryStore
from engine.stores.sqlite import SqliteStore
from engine.stores.sqlite.checkpoints import MOST_BYTES, Checkpoints
from engine.stores.sqlite.connecting import connect
from protocol.ids import CallerId, Key
from tests.contracts.stores import OTHER, SESSION, append, page, seqs_of

CALLER = CallerId("local")


async def test_readers_do_not_wait_for_a_write_under_way(tmp_path: Path):
    path = tmp_path / "log.db"
    async with SqliteStore(path) as store:
        await store.append(append(0, 3))
    async with SqliteStore(path) as store:
        writing = connect(path, "rw")
        writing.execute("BEGIN IMMEDIATE")
        waiting = asyncio.gather(store.append(append(3, 4)))
        assert await store.read(SESSION, 0) == page(0, 3)
        assert not waiting.done()
        writing.execute("ROLLBACK")
        writing.close()
        await waiting
        assert await store.read(SESSION, 0) == page(0, 4)


async def test_everybody_who_waits_goes_into_one_transaction(tmp_path: Path):
    path = tmp_path / "log.db"
    async with SqliteStore(path) as store:
        await store.append(append(0, 1))
        other = connect(path, "ro")
        writing = connect(path, "rw")
        writing.execute("BEGIN IMMEDIATE")
        first = asyncio.gather(store.append(append(1, 2)))
        rest = asyncio.gather(*(store.append(append(n, n + 1)) for n in range(2, 100)))
        await store.head(SESSION)
        before = other.execute("PRAGMA data_version").fetchone()
        writing.execute("ROLLBACK")
        await asyncio.gather(first, rest)
        assert before != other.execute("PRAGMA data_version").fetchone()
        assert seqs_of(await store.read(SESSION, 0)) == list(range(1, 101))
        writing.close()
        other.close()


async def test_a_whole_log_is_read_alike_from_memory_and_from_the_file(tmp_path: Path):
    warm = SqliteStore(tmp_path / "log.db")
    async with warm:
        for after in range(0, 60, 3):
            await warm.append(append(after, after + 3))
        async with SqliteStore(tmp_path / "log.db") as cold:
            for after in range(61):
                for max_bytes in (1, 200, 500, 1 << 20):
                    shown = await warm.read(SESSION, after, max_bytes)
                    assert shown == await cold.read(SESSION, after, max_bytes)


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
async def test_old_receipts_are_forgotten(tmp_path: Path, kind: str):
    today = datetime(2026, 5, 1, tzinfo=UTC)
    times = {"now": lambda: today, "receipt_life": timedelta(days=7)}
    store = SqliteStore(tmp_path / "log.db", **times) if kind == "sqlite" else MemoryStore(**times)

    async def keep(number: int) -> None:
        receipt = Receipt(caller=CALLER, key=Key(f"k_{number}"), reply=b"{}")
        await store.append(Append(page=page(number, number + 1), receipt=receipt))

    async with store:
        await keep(0)
        today += timedelta(days=6)
        await keep(1)
        today += timedelta(days=2)
        await keep(2)
        await keep(3)
    # Old ones go when nothing is written for a moment, and at the end.
    async with store:
        kept = [await store.receipt(CALLER, Key(f"k_{number}")) for number in range(4)]
        assert kept == [None, b"{}", b"{}", b"{}"]


async def test_the_write_ahead_log_does_not_grow_for_ever(tmp_path: Path):
    path, log = tmp_path / "log.db", tmp_path / "log.db-wal"
    text = "x" * 250_000
    async with SqliteStore(path) as store:
        for after in range(400):
            await store.append(append(after, after + 1, text=text))
        written = 400 * len(text)
        assert log.stat().st_size < written / 2
    assert not log.exists()


def test_the_writer_moves_the_log_itself_where_the_thread_beside_it_never_gets_to_it(
    tmp_path: Path,
):
    path, log = tmp_path / "log.db", tmp_path / "log.db-wal"
    writer = connect(path, "rwc")
    writer.execute("PRAGMA journal_mode = WAL")
    writer.execute("PRAGMA wal_autocheckpoint = 0")
    writer.execute("CREATE TABLE kept (data BLOB)")
    starved = Checkpoints(path)
    for _ in range(70):
        writer.execute("INSERT INTO kept VALUES (zeroblob(1048576))")
        starved.written(1 << 20, writer)
    assert log.stat().st_size < MOST_BYTES * 1.2
    writer.close()


async def test_closing_keeps_what_was_asked_before(tmp_path: Path):
    path = tmp_path / "log.db"
    store = SqliteStore(path)
    await store.open()
    waiting = asyncio.gather(*(store.append(append(n, n + 1)) for n in range(50)))
    await asyncio.sleep(0)
    await store.close()
    await waiting
    await store.close()
    async with store:
        assert seqs_of(await store.read(SESSION, 0)) == list(range(1, 51))


async def test_two_stores_in_one_process_share_nothing(tmp_path: Path):
    async with SqliteStore(tmp_path / "a.db") as one, SqliteStore(tmp_path / "b.db") as two:
        await one.append(append(0, 3))
        assert await two.head(SESSION) is None


async def test_a_loop_that_ended_early_leaves_a_sound_file(tmp_path: Path):
    path = tmp_path / "log.db"

    def run() -> None:
        async def leave() -> None:
            store = SqliteStore(path)
            await store.open()
            await store.append(append(0, 1, session=OTHER))

        asyncio.run(leave())

    await asyncio.to_thread(run)
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert connection.execute("SELECT session, upto FROM heads").fetchall() == [(OTHER, 1)]
    connection.close()
