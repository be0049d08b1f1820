"""The file is brought up to date step by step, and never by the wrong program."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.ports import StoreFailed
from engine.stores.sqlite import SqliteStore
from engine.stores.sqlite.connecting import MIGRATIONS, connect, migrate, numbered
from tests.contracts.stores import SESSION, append, page


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    opened = connect(tmp_path / "log.db", "rwc")
    yield opened
    opened.close()


@pytest.fixture
def steps(tmp_path: Path) -> Path:
    folder = tmp_path / "steps"
    folder.mkdir()
    (folder / "0001_first.sql").write_text("CREATE TABLE first (x);")
    return folder


def version_of(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def test_each_step_is_done_once(connection: sqlite3.Connection, steps: Path):
    migrate(connection, steps)
    migrate(connection, steps)
    (steps / "0002_second.sql").write_text("INSERT INTO first VALUES (';'); -- done; really")
    migrate(connection, steps)
    assert version_of(connection) == 2
    assert connection.execute("SELECT x FROM first").fetchall() == [(";",)]


def test_a_step_that_fails_leaves_the_file_as_it_was(connection: sqlite3.Connection, steps: Path):
    migrate(connection, steps)
    broken = "CREATE TABLE second (x); INSERT INTO nowhere VALUES (1);"
    (steps / "0002_second.sql").write_text(broken)
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        migrate(connection, steps)
    assert version_of(connection) == 1
    assert connection.execute("SELECT name FROM sqlite_schema").fetchall() == [("first",)]
    assert not connection.in_transaction


async def test_a_newer_file_is_refused_in_words(tmp_path: Path):
    path = tmp_path / "log.db"
    async with SqliteStore(path) as store:
        await store.append(append(0, 1))
    newer = connect(path, "rw")
    newer.execute("PRAGMA user_version = 99")
    newer.close()
    with pytest.raises(StoreFailed, match="version 99") as failed:
        await SqliteStore(path).open()
    assert "newer Askwire" in (failed.value.info.hint or "")


@pytest.mark.parametrize("sign", ["CREATE TABLE theirs (x)", "PRAGMA application_id = 7"])
def test_the_file_of_another_program_is_refused(connection: sqlite3.Connection, sign: str):
    connection.execute(sign)
    with pytest.raises(StoreFailed, match="another program"):
        migrate(connection)


@pytest.mark.parametrize("name", ["0003_gap.sql", "0001_again.sql", "nameless.sql"])
def test_steps_are_numbered_without_gaps(steps: Path, name: str):
    (steps / name).write_text("")
    with pytest.raises(ValueError, match="must hold migrations 1, 2, 3"):
        numbered(steps)


def test_our_own_steps_are_in_order():
    assert numbered(MIGRATIONS)


async def test_the_same_file_can_be_opened_again(tmp_path: Path):
    for _ in range(2):
        async with SqliteStore(tmp_path / "log.db") as store:
            if await store.head(SESSION) is None:
                await store.append(append(0, 3))
            assert await store.read(SESSION, 0) == page(0, 3)
