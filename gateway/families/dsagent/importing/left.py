"""What DSAgent leaves: sessions in `.dsagent/sessions.db` or JSON files, files in `runs/<id>/`."""

import errno
import os
import re
import sqlite3
import stat
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Final

import msgspec

MOST_BYTES: Final = 64 * 1024 * 1024
"""The largest stored session that is read. Theirs keep at most 100 messages."""
NAME: Final = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_-]{0,99}")
PLACES: Final = (".dsagent", ".")
FOLDERS: Final = ("data", "artifacts", "notebooks")
_PLAIN_TABLE: Final = (
    "SELECT 1 FROM sqlite_master WHERE name = 'sessions' AND type = 'table' AND rootpage > 0"
)


class NothingHere(Exception):
    """The folder holds no sessions of DSAgent; the message says what was looked for."""


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A message of the stored history."""

    role: str = ""
    content: str = ""
    timestamp: str = ""
    metadata: dict[str, Any] = {}


class History(msgspec.Struct, frozen=True, kw_only=True):
    """The stored history: the last messages, and a summary of those before."""

    messages: tuple[Message, ...] = ()
    truncated_count: int = 0


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """A stored session, as far as it is carried over."""

    id: str
    name: str | None = None
    status: str = "active"
    created_at: str = ""
    updated_at: str = ""
    model: str | None = None
    hitl_mode: str | None = None
    history: History = History()


class Left(msgspec.Struct, frozen=True, kw_only=True):
    """A session that was found, or why it cannot be read."""

    name: str
    stored: Stored | None = None
    problem: str | None = None


def sessions_in(folder: Path) -> Iterator[Left]:
    """Yield every session below a folder, each read on its own; raise `NothingHere`."""
    for place in PLACES:
        database, files = folder / place / "sessions.db", folder / place / "sessions"
        if database.is_file():
            yield from _rows(database)
            return
        if files.is_dir():
            yield from (_of_file(path) for path in sorted(files.glob("*.json")))
            return
    raise NothingHere(f"{folder} has no sessions.db, neither in it nor in its .dsagent folder")


def _rows(database: Path) -> Iterator[Left]:
    try:
        with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)) as opened:
            opened.execute("PRAGMA trusted_schema=OFF")
            # A view or a virtual table may be anything, also work without end.
            if opened.execute(_PLAIN_TABLE).fetchone() is None:
                raise NothingHere(f"{database} has no table of sessions")
            names = opened.execute(
                "SELECT rowid, CAST(id AS TEXT), length(CAST(data AS BLOB)) FROM sessions"
                " ORDER BY created_at"
            ).fetchall()
            for row, name, size in names:
                yield _of_row(opened, row, str(name), int(size or 0))
    except sqlite3.Error as error:
        raise NothingHere(f"{database} cannot be read: {error}") from error


def _of_row(opened: sqlite3.Connection, row: int, name: str, size: int) -> Left:
    if size > MOST_BYTES:
        return Left(name=name, problem=f"it is larger than {MOST_BYTES // 2**20} MiB")
    try:
        query = "SELECT CAST(data AS BLOB) FROM sessions WHERE rowid = ?"
        (data,) = opened.execute(query, (row,)).fetchone()
    except sqlite3.Error as error:
        return Left(name=name, problem=f"its row cannot be read: {error}")
    return _read(name, data or b"")


def _of_file(path: Path) -> Left:
    try:
        if path.is_symlink() or path.stat().st_size > MOST_BYTES:
            return Left(name=path.stem, problem="its file is a link, or too large")
        return _read(path.stem, path.read_bytes())
    except OSError as error:
        return Left(name=path.stem, problem=f"its file cannot be read: {error.strerror}")


def _read(name: str, data: bytes) -> Left:
    if NAME.fullmatch(name) is None:
        return Left(name=name, problem="a session cannot have this id")
    try:
        stored = msgspec.json.decode(data, type=Stored)
    except (msgspec.DecodeError, RecursionError) as error:
        return Left(name=name, problem=f"what is stored of it does not fit: {error}")
    if stored.id != name:
        return Left(name=name, problem=f"it is stored under this id, and says it is {stored.id!r}")
    return Left(name=name, stored=stored)


# --- Files ---


class FileLeft(msgspec.Struct, frozen=True, kw_only=True):
    """A file that a session left: its category, and where it is."""

    category: str
    path: Path


def files_of(folder: Path, name: str) -> tuple[Sequence[FileLeft], int]:
    """Return the files of a session, and how many are left out: links, and those deeper."""
    found: list[FileLeft] = []
    out = 0
    home = folder / "runs" / name
    for category in FOLDERS:
        place = home / category
        if home.is_symlink() or place.is_symlink() or not place.is_dir():
            continue
        for entry in sorted(os.scandir(place), key=lambda it: it.name):
            if entry.is_file(follow_symlinks=False):
                found.append(FileLeft(category=category, path=Path(entry.path)))
            else:
                out += 1
    return found, out


def opened(path: Path) -> int:
    """Open a file for reading, unless it is a link, or a pipe that would keep us for ever."""
    file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise OSError(errno.EINVAL, "that is not a file")
    return file


def events_file(folder: Path, name: str) -> int | None:
    """Open a session's `logs/events.jsonl`, if it has one and no link leads elsewhere."""
    home = folder / "runs" / name
    if home.is_symlink() or (home / "logs").is_symlink():
        return None
    with suppress(OSError):
        return opened(home / "logs" / "events.jsonl")
    return None
