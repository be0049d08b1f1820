"""The one thread that writes: whatever waits when it is free goes into its next transaction."""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TypeVarTuple

from engine.ports import Append, Conflict, StoreFailed
from engine.stores.clock import Clock
from engine.stores.sqlite.checkpoints import Checkpoints
from engine.stores.sqlite.commit import Commit
from engine.stores.sqlite.connecting import connect
from engine.stores.sqlite.failing import store_failed
from engine.stores.sqlite.single import SETUP, keep_one
from engine.stores.sqlite.wishes import Outcome, Wish, decisive, weight

BATCH_BYTES = 8 << 20
"""A transaction takes no more than this, so that the first of many waits not for ever."""

BATCH_COST = 32 << 10
"""About what a transaction writes besides what it was asked to keep."""

UNTIDY_BYTES = 1 << 20
"""So much is written before what can wait is done though nobody rests."""

MOMENT = 0.02
"""Seconds without anything to do after which it is done."""

PRUNE_EVERY = timedelta(minutes=1)
PRUNE_AT_ONCE = 500

Args = TypeVarTuple("Args")

Waiting = tuple[Wish, "asyncio.Future[int]"]
Settled = Callable[[Sequence[tuple[Wish, Outcome]]], None]


class Writer:
    """Keeps wishes in the order they came. Made and used on the event loop; works in its thread."""

    def __init__(
        self,
        path: Path,
        *,
        now: Clock,
        receipt_life: timedelta,
        max_bytes: int | None,
        settled: Settled,
        checkpoints: Checkpoints,
    ) -> None:
        self._path = path
        self._now = now
        self._receipt_life = receipt_life
        self._max_bytes = max_bytes
        self._settled = settled
        self._checkpoints = checkpoints
        self._loop = asyncio.get_running_loop()
        self._queue: SimpleQueue[Waiting | None] = SimpleQueue()
        self._connection: sqlite3.Connection | None = None
        self._full_sync: bool | None = None
        self._inode: int | None = None
        self._prune_at = now()
        self._untidy = 0
        self._ended = self._loop.create_future()
        self._thread = Thread(target=self._run, name="store-writer", daemon=True)

    def start(self) -> None:
        """Begin to work. The file must exist and be up to date."""
        self._thread.start()

    def submit(self, wish: Wish) -> "asyncio.Future[int]":
        """Ask for something; the future tells what became of it."""
        future: asyncio.Future[int] = self._loop.create_future()
        self._queue.put((wish, future))
        return future

    async def stop(self) -> None:
        """Do what was asked so far and end."""
        self._queue.put(None)
        await self._ended

    # --- In the thread ------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            # Now, while the event loop has little to do: connecting takes many small steps.
            self._ready(full_sync=True)
        except sqlite3.Error:
            self._let_go()  # The first write tries again and tells what is wrong.
        open_ended = True
        while open_ended:
            batch, open_ended = self._next_batch()
            if batch:
                outcomes = self._keep([wish for wish, _ in batch])
                self._tell(self._settle, batch, outcomes)
                self._untidy += BATCH_COST
        self._tidy()
        self._let_go()
        self._tell(self._ended.set_result, None)

    def _next_batch(self) -> tuple[list[Waiting], bool]:
        """Wait for something to do and take all there is; False means that nothing more comes."""
        waiting = self._first()
        batch: list[Waiting] = []
        size = 0
        while waiting is not None:
            batch.append(waiting)
            size += weight(waiting[0])
            self._untidy += weight(waiting[0])
            if size >= BATCH_BYTES:
                return batch, True
            try:
                waiting = self._queue.get_nowait()
            except Empty:
                return batch, True
        return batch, False

    def _first(self) -> Waiting | None:
        """Wait for something to do.

        What can wait is done when nothing has come for a moment, or when there is much of it:
        whoever was just told needs the interpreter's lock more than this thread.
        """
        if 0 < self._untidy < UNTIDY_BYTES:
            with suppress(Empty):
                return self._queue.get(timeout=MOMENT)
        self._tidy()
        return self._queue.get()

    def _tidy(self) -> None:
        size, self._untidy = self._untidy, 0
        self._checkpoints.written(size, self._connection)
        self._prune()
        if self._connection is None:
            return
        try:
            # Most who come after a rest ask for the disk to have it.
            self._sync(self._connection, full=True)
        except sqlite3.Error:
            self._let_go()

    def _keep(self, wishes: Sequence[Wish]) -> list[Outcome]:
        try:
            connection = self._ready(any(decisive(wish) for wish in wishes))
            if len(wishes) == 1 and isinstance(wishes[0], Append):
                return [keep_one(connection, wishes[0], self._now())]
            return Commit(connection, self._now()).perform(wishes)
        except (sqlite3.OperationalError, sqlite3.DatabaseError) as error:
            if not isinstance(error, sqlite3.DataError | sqlite3.IntegrityError):
                return self._failed(wishes, error)
            return self._one_by_one(wishes, error)
        except Exception as error:  # noqa: BLE001  this thread must live, and everybody get an answer
            return self._one_by_one(wishes, error)

    def _one_by_one(self, wishes: Sequence[Wish], error: Exception) -> list[Outcome]:
        """Find the one whose data cannot be kept, so that it does not harm the others."""
        if len(wishes) == 1:
            return [store_failed(error, self._path)]
        return [self._keep([wish])[0] for wish in wishes]

    def _failed(self, wishes: Sequence[Wish], error: sqlite3.Error) -> list[Outcome]:
        failure = store_failed(error, self._path)
        if failure.info.code != "storage_full":
            # What the connection believes of the file may be wrong: look at it afresh next time.
            self._let_go()
        return [store_failed(error, self._path) for _ in wishes]

    def _ready(self, full_sync: bool) -> sqlite3.Connection:
        if full_sync and self._inode != self._inode_now():
            # A file that was removed can still be written, but nobody would ever read it again.
            self._let_go()
        if self._connection is None:
            self._connection = connect(self._path, "rw")
            # Checkpoints are made by another thread, so that nobody waits for them here.
            self._connection.execute("PRAGMA wal_autocheckpoint = 0")
            self._connection.execute("PRAGMA journal_size_limit = 67108864")
            self._connection.executescript(SETUP)
            if self._max_bytes is not None:
                page_size = self._connection.execute("PRAGMA page_size").fetchone()[0]
                pages = self._max_bytes // page_size
                self._connection.execute(f"PRAGMA max_page_count = {pages}")
            self._full_sync = None
            self._inode = self._inode_now()
        self._sync(self._connection, full=full_sync)
        return self._connection

    def _sync(self, connection: sqlite3.Connection, *, full: bool) -> None:
        if full is not self._full_sync:
            connection.execute(f"PRAGMA synchronous = {'FULL' if full else 'NORMAL'}")
            self._full_sync = full

    def _inode_now(self) -> int | None:
        try:
            return self._path.stat().st_ino
        except OSError:
            return None

    def _prune(self) -> None:
        """Forget old receipts, a few at a time."""
        now = self._now()
        if now < self._prune_at or self._connection is None:
            return
        self._prune_at = now + PRUNE_EVERY
        oldest = int((now - self._receipt_life).timestamp())
        try:
            self._connection.execute(
                """
                DELETE FROM receipts WHERE (caller, key) IN
                    (SELECT caller, key FROM receipts WHERE at < ? ORDER BY at LIMIT ?)
                """,
                (oldest, PRUNE_AT_ONCE),
            )
        except sqlite3.Error:
            # Nobody waits for it, and the next write will find out what is wrong.
            self._let_go()

    def _let_go(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            connection.close()
        except sqlite3.Error:
            # It is gone either way; what was acknowledged is in the file.
            pass

    def _tell(self, what: Callable[[*Args], object], *args: *Args) -> None:
        try:
            self._loop.call_soon_threadsafe(what, *args)
        except RuntimeError:
            # The loop was closed without closing the store: nobody is left to be told.
            pass

    # --- On the loop --------------------------------------------------------------------------

    def _settle(self, batch: Sequence[Waiting], outcomes: Sequence[Outcome]) -> None:
        """Tell everybody at once what became of their wishes."""
        self._settled([(wish, told) for (wish, _), told in zip(batch, outcomes, strict=True)])
        for (_, future), outcome in zip(batch, outcomes, strict=True):
            if future.done():
                continue  # Who asked has been cancelled; the log has it or not all the same.
            if isinstance(outcome, Conflict | StoreFailed):
                future.set_exception(outcome)
            else:
                future.set_result(outcome)
