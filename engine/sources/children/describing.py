"""What a SQLite file may be asked about itself, and what its views read."""

import sqlite3
from typing import Final

from engine.ports.data import UNKNOWN_TABLE

SHAPES: Final = frozenset(
    "table_info table_xinfo table_list index_list index_info index_xinfo foreign_key_list".split()
)
PRAGMAS: Final = SHAPES | {"data_version"}
"""What may be asked without being written: indexes of texts look whether the file has changed."""


def may_describe(action: int, first: str | None, *_: str | None) -> int:
    """Let the describing connection read shapes and values and make its one temporary view.

    The file may come from anybody: its views must not reach for more, whoever looks at them.
    """
    if action in (
        sqlite3.SQLITE_SELECT,
        sqlite3.SQLITE_READ,
        sqlite3.SQLITE_RECURSIVE,
        sqlite3.SQLITE_FUNCTION,
        sqlite3.SQLITE_CREATE_TEMP_VIEW,
        sqlite3.SQLITE_DROP_TEMP_VIEW,
    ):
        return sqlite3.SQLITE_OK
    own = (first or "").lower() in ("sqlite_temp_master", "sqlite_temp_schema", "askwire_shape")
    writes = (sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE)
    if action in writes and own:
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_PRAGMA and (first or "").lower() in PRAGMAS:
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY


def tables_read(connection: sqlite3.Connection, view: str) -> tuple[str, ...]:
    """Name the tables and views that a view reads, as SQLite itself finds them.

    It asks leave for each of them while it prepares the query, however deep they stand.
    """
    found: set[str] = set()

    def note(action: int, first: str | None, *others: str | None) -> int:
        if action == sqlite3.SQLITE_READ and first:
            found.add(first)
        return may_describe(action, first, *others)

    quoted = view.replace('"', '""')
    connection.set_authorizer(note)
    try:
        connection.execute(f'SELECT * FROM "{quoted}" LIMIT 0').close()
    except sqlite3.Error:
        return (UNKNOWN_TABLE,)
    finally:
        connection.set_authorizer(may_describe)
    return tuple(sorted(found - {view}))
