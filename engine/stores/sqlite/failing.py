"""SQLite's failures in words that say what to do."""

import shutil
import sqlite3
from pathlib import Path

from engine.ports import StoreFailed

SCARCE = 1 << 20
"""With less free space than this, a failed write is blamed on the disk being full."""


def store_failed(error: Exception, path: Path) -> StoreFailed:
    """Return the failure to raise in place of `error`."""
    if not isinstance(error, sqlite3.Error):
        return StoreFailed("storage_failed", f"This cannot be kept: {error}")
    # The low byte is the primary code; the rest says where it happened.
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and _is_full(path)):
        return StoreFailed(
            "storage_full",
            f"There is no space left for {path}",
            "Free some space or raise the limit; then send it again. No restart is needed.",
        )
    return StoreFailed("storage_failed", f"{path}: {error}", _advice(code, path))


def _advice(code: int, path: Path) -> str:
    match code:
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM | sqlite3.SQLITE_CANTOPEN:
            return f"Let this process read and write {path} and the folder it is in."
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return "The file is damaged: stop the server and put a backup in its place."
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return "Another program holds the file: end it and try again."
        case sqlite3.SQLITE_IOERR:
            return "Look at the disk, its quota and the limits of this process; then try again."
        case _:
            return "Try again; if it stays, look at the server's log."


def _is_full(path: Path) -> bool:
    """Tell whether the disk explains it: some writes report a full disk as an I/O error."""
    try:
        return shutil.disk_usage(path.parent).free < SCARCE
    except OSError:
        return False
