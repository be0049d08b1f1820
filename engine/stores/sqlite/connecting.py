"""Connections to the file, and the version of what is in it."""

import re
import sqlite3
from pathlib import Path
from urllib.parse import quote

from engine.ports import StoreFailed

APPLICATION = int.from_bytes(b"Askw", "big")
"""Written into the file, so that no other program's database is taken for ours."""

MIGRATIONS = Path(__file__).parent.parent / "migrations" / "sqlite"


def connect(path: Path, mode: str) -> sqlite3.Connection:
    """Open the file; `mode` is `rwc` to make it, `rw` to write what is there, `ro` to read."""
    connection = sqlite3.connect(
        f"file:{quote(str(path))}?mode={mode}",
        uri=True,
        # Transactions are begun and ended in words here, never by the module's guess.
        isolation_level=None,
        # One thread at a time uses a connection, though not always the one that made it.
        check_same_thread=False,
        cached_statements=256,
        timeout=5.0,
    )
    try:
        connection.execute("PRAGMA trusted_schema = OFF")
    except BaseException:
        connection.close()
        raise
    return connection


def migrate(connection: sqlite3.Connection, folder: Path = MIGRATIONS) -> None:
    """Bring the file to the newest version, each step in a transaction of its own.

    Raise `StoreFailed` if it is another program's file, or of a newer Askwire.
    """
    steps = numbered(folder)
    version = _version(connection)
    if version > len(steps):
        raise StoreFailed(
            "storage_failed",
            f"The store has version {version}, this Askwire knows versions up to {len(steps)}",
            "Use the newer Askwire that wrote it, or a backup from before the upgrade.",
        )
    for number, sql in enumerate(steps[version:], version + 1):
        _step(connection, number, sql)


def numbered(folder: Path) -> list[str]:
    """Return the migrations in order. Their numbers start at 1 and leave nothing out."""
    files = sorted(folder.glob("*.sql"))
    numbers = [int(found[0]) if (found := re.match(r"\d+", file.name)) else 0 for file in files]
    if numbers != list(range(1, len(files) + 1)):
        raise ValueError(f"{folder} must hold migrations 1, 2, 3 and so on, not {numbers}")
    return [file.read_text(encoding="utf-8") for file in files]


def _version(connection: sqlite3.Connection) -> int:
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    if application != APPLICATION and (application or tables):
        raise StoreFailed(
            "storage_failed",
            "The file is a database of another program",
            "Give Askwire a data folder of its own.",
        )
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _step(connection: sqlite3.Connection, number: int, sql: str) -> None:
    try:
        connection.executescript(
            f"BEGIN IMMEDIATE;\n{sql}\nPRAGMA application_id = {APPLICATION};"
            f"\nPRAGMA user_version = {number};\nCOMMIT;"
        )
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
