"""Moving what was written from the write-ahead log into the file, beside the writing."""

import sqlite3
from pathlib import Path
from threading import Event, Thread

from engine.stores.sqlite.connecting import connect

AFTER_BYTES = 4 << 20
"""So much must have been written since the last time."""


class Checkpoints:
    """A thread of its own for passive checkpoints: they wait for nobody, and nobody for them."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._due = Event()
        self._ending = False
        self._written = 0
        self._thread = Thread(target=self._run, name="store-checkpoints", daemon=True)

    def start(self) -> None:
        """Begin to wait for work."""
        self._thread.start()

    def note(self, written: int) -> None:
        """Count what was written. Called by the writer only."""
        self._written += written
        if self._written >= AFTER_BYTES:
            self._written = 0
            self._due.set()

    def stop(self) -> None:
        """End, after the checkpoint that is being made. Blocks."""
        self._ending = True
        self._due.set()
        self._thread.join()

    def _run(self) -> None:
        while True:
            self._due.wait()
            self._due.clear()
            if self._ending:
                return
            self._checkpoint()

    def _checkpoint(self) -> None:
        try:
            connection = connect(self._path, "rw")
        except sqlite3.Error:
            return
        try:
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        except sqlite3.Error:
            # The log only grows until a later one succeeds; writers report what is wrong.
            pass
        finally:
            connection.close()
