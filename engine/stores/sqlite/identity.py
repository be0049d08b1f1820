"""Noticing that the file is not the one that was served here last: a backup was put in its place.

A log that goes on from an older state has positions that it had before, with other records at them.
A client that stands at one of those would take what follows for what it has missed. So all logs get
another epoch, and whoever comes back takes a snapshot.
"""

import secrets
import sqlite3
from contextlib import suppress
from pathlib import Path

import msgspec

from engine.stores.sqlite.connecting import connect

READ = "SELECT body FROM documents WHERE kind = 'store' AND id = 'token'"
WRITE = """
INSERT INTO documents (kind, id, owner, version, at, body) VALUES ('store', 'token', '', 1, '', ?)
ON CONFLICT (kind, id) DO UPDATE SET version = version + 1, body = excluded.body
"""
RENEW = "UPDATE heads SET epoch = 'e_' || lower(hex(randomblob(8)))"


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What was written beside the file when it was served last: its token, and which file it was.

    The token changes with each end of a server, so a copy that was made before has an older one. A
    copy of the whole folder has the same, but is another file.
    """

    token: str
    inode: int


def beside(path: Path) -> Path:
    """Return where that stands. Without it the file counts as put in place by somebody."""
    return path.with_name(path.name + ".seen")


def recognise(path: Path, connection: sqlite3.Connection) -> bool:
    """Give all logs another epoch unless this is the file that was served here last."""
    try:
        found = connection.execute(READ).fetchone()
    except sqlite3.Error:
        return True  # Whoever reads or writes next says what is wrong.
    token = bytes(found[0]).decode() if found is not None else None
    seen = _seen(path)
    same = seen == Seen(token=token or "", inode=path.stat().st_ino)
    first = token is None and seen is None
    if not same and not first:
        connection.execute(RENEW)
    if not same:
        mark(path, connection)
    return same or first


def leave(path: Path) -> None:
    """Write another token into the file and beside it: copies made so far are told from it."""
    with suppress(sqlite3.Error, OSError):
        connection = connect(path, "rw")
        try:
            mark(path, connection)
        finally:
            connection.close()


def mark(path: Path, connection: sqlite3.Connection) -> None:
    """Name the file anew. Where that fails, clients take a snapshot more than they need."""
    token = secrets.token_hex(8)
    with suppress(sqlite3.Error, OSError):
        connection.execute(WRITE, (token.encode(),))
        fresh = beside(path).with_suffix(".new")
        fresh.write_bytes(msgspec.json.encode(Seen(token=token, inode=path.stat().st_ino)))
        fresh.replace(beside(path))


def _seen(path: Path) -> Seen | None:
    try:
        return msgspec.json.decode(beside(path).read_bytes(), type=Seen)
    except (OSError, msgspec.MsgspecError):
        return None
