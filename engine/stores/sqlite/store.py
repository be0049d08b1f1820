"""`EventLog` and `Records` in one SQLite file."""

import asyncio
import logging
import sqlite3
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from engine.ports import Append, Conflict, Document, Head, StoreFailed
from engine.stores.clock import RECEIPT_LIFE, Clock, utc_now
from engine.stores.sqlite import reading
from engine.stores.sqlite.checkpoints import Checkpoints
from engine.stores.sqlite.connecting import connect, migrate
from engine.stores.sqlite.failing import store_failed
from engine.stores.sqlite.identity import leave, recognise
from engine.stores.sqlite.lengthening import lengthen
from engine.stores.sqlite.readers import Readers
from engine.stores.sqlite.tails import Tails
from engine.stores.sqlite.wishes import Delete, Drop, Outcome, Put, Replace, Wish
from engine.stores.sqlite.writer import Writer
from protocol.ids import CallerId, Key, SessionId
from protocol.pages import Page

_log = logging.getLogger("askwire.store")


class SqliteStore:
    """Keeps everything in the file `path`, which only one process may have open.

    Use it as `async with`, or call `open` and `close`. `max_bytes` bounds the size of the file.
    """

    def __init__(
        self,
        path: Path,
        *,
        readers: int = 3,
        max_bytes: int | None = None,
        now: Clock = utc_now,
        receipt_life: timedelta = RECEIPT_LIFE,
    ) -> None:
        self._path = path
        self._reader_count = readers
        self._max_bytes = max_bytes
        self._now = now
        self._receipt_life = receipt_life
        self._tails = Tails()
        self._checkpoints = Checkpoints(path)
        self._writer: Writer | None = None
        self._readers: Readers | None = None

    async def __aenter__(self) -> "SqliteStore":
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def open(self) -> None:
        """Make the file if it is not there, bring it up to date and start. Raise `StoreFailed`."""
        await asyncio.to_thread(self._prepare)
        self._tails = Tails()
        self._checkpoints = Checkpoints(self._path)
        self._readers = Readers(self._path, self._reader_count)
        self._writer = Writer(
            self._path,
            now=self._now,
            receipt_life=self._receipt_life,
            max_bytes=self._max_bytes,
            settled=self._remember,
            checkpoints=self._checkpoints,
        )
        self._checkpoints.start()
        self._writer.start()

    async def close(self) -> None:
        """Keep what was asked so far, and let go of the file. Safe to call twice."""
        writer, readers = self._writer, self._readers
        self._writer = self._readers = None
        if writer is None or readers is None:
            return
        await readers.close()
        await asyncio.to_thread(self._checkpoints.stop)
        # The last connection to close moves all that was written into the file.
        await writer.stop()
        await asyncio.to_thread(leave, self._path)

    # --- EventLog -----------------------------------------------------------------------------

    async def append(self, append: Append) -> None:
        """Keep the page and what comes with it, or nothing. Cancelling it leaves that open."""
        page = append.page
        if page.upto < page.after:
            raise ValueError(f"a page cannot end at {page.upto}, before its begin {page.after}")
        await self._ask(append)

    async def read(self, session: SessionId, after: int, max_bytes: int = 262_144) -> Page | None:
        """Return what follows `after`, or None."""
        known, page = self._tails.read(session, after, max_bytes)
        if known:
            return page
        return await self._reading().ask(reading.page_after, session, after, max_bytes)

    async def head(self, session: SessionId) -> Head | None:
        """Return where the log stands."""
        return await self._reading().ask(reading.head_of, session)

    async def replace(self, page: Page) -> None:
        """Compact: put `page` in place of those within it."""
        if page.upto <= page.after:
            raise ValueError(f"there is nothing between {page.after} and {page.upto}")
        await self._ask(Replace(page))

    async def drop(self, session: SessionId) -> None:
        """Forget the log."""
        await self._ask(Drop(session))

    async def receipt(self, caller: CallerId, key: Key) -> bytes | None:
        """Return the reply kept for this key, if any."""
        return await self._reading().ask(reading.receipt_of, caller, key)

    # --- Records ------------------------------------------------------------------------------

    async def put(self, document: Document, expect: int | None = None) -> int:
        """Write and return the new version."""
        return await self._ask(Put(document, expect))

    async def get(self, kind: str, id: str) -> Document | None:
        """Return the document, or None."""
        return await self._reading().ask(reading.document_of, kind, id)

    async def list(
        self, kind: str, owner: CallerId | None = None, after: str = "", limit: int = 100
    ) -> Sequence[Document]:
        """Return up to `limit` documents with id > `after`, in order of id."""
        return await self._reading().ask(reading.documents_after, kind, owner, after, limit)

    async def delete(self, kind: str, id: str) -> None:
        """Remove it; no matter if it is not there."""
        await self._ask(Delete(kind, id))

    # --- Inside -------------------------------------------------------------------------------

    def _ask(self, wish: Wish) -> "asyncio.Future[int]":
        if self._writer is None:
            raise _closed()
        return self._writer.submit(wish)

    def _reading(self) -> Readers:
        if self._readers is None:
            raise _closed()
        return self._readers

    def _prepare(self) -> None:
        try:
            connection = connect(self._path, "rwc")
            try:
                migrate(connection)
                connection.execute("PRAGMA journal_mode = WAL")
                if not recognise(self._path, connection):
                    _log.warning("%s was put in place: clients take snapshots", self._path)
            finally:
                connection.close()
            lengthen(self._path)
        except (sqlite3.Error, OSError) as error:
            raise store_failed(error, self._path) from error

    def _remember(self, settled: Sequence[tuple[Wish, Outcome]]) -> None:
        """Follow what became of wishes, in their order."""
        for wish, outcome in settled:
            if isinstance(outcome, Conflict | StoreFailed):
                continue
            match wish:
                case Append(page=page):
                    self._tails.committed(page)
                case Replace(page=page):
                    self._tails.forget(page.session)
                case Drop(session=session):
                    self._tails.forget(session)
                case _:
                    pass


def _closed() -> StoreFailed:
    return StoreFailed("storage_failed", "The store is closed")
