"""Reads one SQLite file. Whatever the SQL says, nothing is written and no other file is opened."""

import resource
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any, Final
from urllib.parse import quote

import msgspec

from engine.sources.children.describing import PRAGMAS, SHAPES, may_describe
from engine.sources.children.frames import Refused, Request, Run, Survey
from engine.sources.children.orders import SqliteOptions
from engine.sources.children.sqlite_survey import survey
from engine.sources.children.sqlite_types import column_types
from engine.sources.children.streaming import stream

MAX_CELL: Final = 32 * 1024 * 1024
HEAP_BYTES: Final = 384 * 1024 * 1024
LIMITS: Final = {
    sqlite3.SQLITE_LIMIT_LENGTH: MAX_CELL,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 200_000,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 500,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 1_000,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}
EPONYMOUS: Final = ("json_each('[]')", "json_tree('[]')", *(f"pragma_{name}" for name in SHAPES))
STEPS: Final = 20_000


class SqliteCraft:
    """Answers requests over one file."""

    def __init__(self, options: SqliteOptions) -> None:
        self._options = options
        self._plain = _connect(options.path)
        self._guarded = _connect(options.path)
        self._deadline = 0.0
        _lock_down(self._guarded, options.functions)
        self._plain.set_authorizer(may_describe)
        self._guarded.set_progress_handler(self._is_over, STEPS)
        self._plain.set_progress_handler(self._is_over, STEPS)

    def answer(self, request: bytes) -> Iterator[bytes]:
        """Yield the payloads of the answer."""
        asked = msgspec.msgpack.decode(request, type=Request)
        if isinstance(asked, Run):
            yield from self._run(asked)
        elif isinstance(asked, Survey):
            self._deadline = time.monotonic() + 600.0
            yield msgspec.msgpack.encode(survey(self._plain, asked.budget_seconds))

    def _run(self, run: Run) -> Iterator[bytes]:
        self._deadline = time.monotonic() + run.max_seconds
        declared = _declared(self._plain, run.sql)
        cursor: sqlite3.Cursor | None = None
        try:
            cursor = self._guarded.execute(run.sql)
            names = [str(entry[0]) for entry in cursor.description or ()]

            def types(rows: Sequence[Sequence[Any]]) -> Any:
                return column_types(len(names), declared, rows)

            yield from stream(names, types, cursor.fetchmany, run)
        except sqlite3.Error as error:
            raise self._explain(error, run) from error
        finally:
            if cursor is not None:
                cursor.close()

    def _is_over(self) -> int:
        return 1 if time.monotonic() > self._deadline else 0

    def _explain(self, error: sqlite3.Error, run: Run) -> Refused:
        said = str(error)
        if "interrupted" in said:
            return Refused(
                "query_timeout",
                f"The query took longer than {run.max_seconds:g} seconds and was stopped.",
                "Narrow it down, or allow more time.",
            )
        if "too big" in said or "out of memory" in said:
            return Refused(
                "query_too_large",
                "The query makes a value or a result that is larger than it may be.",
                "Take a part of long texts with substr(), or ask for fewer rows.",
            )
        if "malformed" in said or "not a database" in said or "disk I/O" in said:
            return Refused(
                "source_down", f"The file cannot be read: {said}.", "Restore it from a copy."
            )
        if "not authorized" in said or "prohibited" in said:
            return Refused("query_failed", "The source refused: it can only be read.")
        return Refused("query_failed", f"SQLite says: {said.rstrip(chr(46))}.")


def open_craft(options: bytes) -> SqliteCraft:
    """Open the file, or raise `Refused`."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (2 * 1024**3, 2 * 1024**3))
    chosen = msgspec.msgpack.decode(options, type=SqliteOptions)
    try:
        return SqliteCraft(chosen)
    except (sqlite3.Error, OSError) as error:
        raise Refused(
            "source_down",
            f"The SQLite file cannot be opened: {error}.",
            "Check that it exists, is readable and is a SQLite database.",
        ) from error


def _connect(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"file:{quote(path)}?mode=ro",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=0,
    )
    connection.text_factory = lambda value: value.decode("utf-8", "replace")
    connection.execute("PRAGMA trusted_schema=OFF")
    connection.execute(f"PRAGMA hard_heap_limit={HEAP_BYTES}")
    connection.execute("PRAGMA cell_size_check=ON")
    connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    _open_virtual(connection)
    return connection


def _open_virtual(connection: sqlite3.Connection) -> None:
    """Use the virtual tables of the file, such as indexes of texts, before leave must be asked.

    Each is put together at its first use, from what stands in SQLite's own tables.
    """
    for row in connection.execute("PRAGMA table_list").fetchall():
        if row[0] == "main" and row[2] == "virtual":
            name = str(row[1]).replace('"', '""')
            with suppress(sqlite3.Error):  # Of a kind that is not here, or damaged.
                connection.execute(f'SELECT * FROM "{name}" LIMIT 0').close()


def _lock_down(connection: sqlite3.Connection, functions: frozenset[str]) -> None:
    connection.execute("PRAGMA query_only=ON")
    # Virtual tables that come with SQLite ask for rights when they are first used: use them before
    # there is anybody to ask.
    for table in EPONYMOUS:
        connection.execute(f"SELECT * FROM {table} LIMIT 0").fetchall()
    for limit, value in LIMITS.items():
        connection.setlimit(limit, value)

    def authorize(action: int, first: str | None, second: str | None, *_: str | None) -> int:
        if action in (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_RECURSIVE):
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_READ:
            hidden = (first or "").lower().startswith("sqlite_")
            return sqlite3.SQLITE_DENY if hidden else sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_FUNCTION:
            return sqlite3.SQLITE_OK if (second or "").lower() in functions else sqlite3.SQLITE_DENY
        if action == sqlite3.SQLITE_PRAGMA and (first or "").lower() in PRAGMAS:
            return sqlite3.SQLITE_OK
        return sqlite3.SQLITE_DENY

    connection.set_authorizer(authorize)


def _declared(connection: sqlite3.Connection, sql: str) -> list[str]:
    """Ask for the declared types of the result's columns, by way of a temporary view."""
    try:
        connection.execute(f"CREATE TEMP VIEW askwire_shape AS {sql}")
    except sqlite3.Error:
        return []
    try:
        return [str(row[2] or "") for row in connection.execute("PRAGMA table_info(askwire_shape)")]
    except sqlite3.Error:
        return []
    finally:
        connection.execute("DROP VIEW temp.askwire_shape")
