"""Moving what was written from the write-ahead log into the file, beside the writing."""

import sqlite3
from pathlib import Path
from threading import Event, Lock, Thread

from engine.stores.sqlite.connecting import connect

AFTER_BYTES = 4 << 20
"""So much must have been written since the last time."""

LONG_FRAMES = 4096
"""A write-ahead log of so many frames, 16 MiB, should begin at its start again."""

MOST_BYTES = 32 << 20
"""So much is written at most before the log begins at its start again, however slow the disk is."""

CHECKPOINT = "PRAGMA wal_checkpoint(PASSIVE)"
WHOLE_CHECKPOINT = "PRAGMA wal_checkpoint(RESTART)"


class Checkpoints:
    """A thread of its own for passive checkpoints: they wait for nobody, and nobody for them."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._due = Event()
        self._ending = False
        self._overdue = False
        self._written = 0
        self._unmoved = 0
        self._moving = Lock()
        self._thread = Thread(target=self._run, name="store-checkpoints", daemon=True)

    def start(self) -> None:
        """Begin to wait for work."""
        self._thread.start()

    def stop(self) -> None:
        """End, after the checkpoint that is being made. Blocks."""
        self._ending = True
        self._due.set()
        self._thread.join()

    def written(self, size: int, writer: sqlite3.Connection | None) -> None:
        """Count what was written. Called by the writer only, when it is in no transaction.

        While somebody writes all the time, the thread here never reaches the end of the log, so it
        would grow for ever. Then the writer moves the little that is left and starts it over. Where
        the thread is far behind, the writer waits until all is moved.
        """
        self._written += size
        self._unmoved += size
        if writer is not None and self._unmoved >= MOST_BYTES:
            # SQLite makes one checkpoint at a time and does not wait for the other by itself.
            with self._moving:
                _checkpoint(writer, WHOLE_CHECKPOINT)
            self._overdue, self._unmoved = False, 0
        elif writer is not None and self._overdue:
            self._overdue = False
            _checkpoint(writer)
        if self._written >= AFTER_BYTES:
            self._written = 0
            self._due.set()

    def _run(self) -> None:
        while True:
            self._due.wait()
            self._due.clear()
            if self._ending:
                return
            self._overdue = self._frames() >= LONG_FRAMES

    def _frames(self) -> int:
        """Make a checkpoint; return how long the log is."""
        try:
            connection = connect(self._path, "rw")
        except sqlite3.Error:
            return 0
        try:
            with self._moving:
                return _checkpoint(connection)
        finally:
            connection.close()


def _checkpoint(connection: sqlite3.Connection, how: str = CHECKPOINT) -> int:
    try:
        return int(connection.execute(how).fetchone()[1])
    except sqlite3.Error:
        # The log only grows until a later one succeeds; the next write tells what is wrong.
        return 0
