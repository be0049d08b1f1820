"""One transaction that keeps what many asked for, each whole or not at all.

The interpreter's lock is let go and fought for again around every step of a statement, and while
the event loop is busy each fight may take milliseconds. So the work is done in few steps, whatever
the number of wishes: what the decisions need is read at once, then decided in memory, then written
with many rows in one statement.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import chain

import msgspec

from engine.clock import stamp_of
from engine.ports import Append, Conflict, Document, Head
from engine.stores.sqlite.wishes import Delete, Drop, Outcome, Put, Replace, Wish
from protocol.ids import CallerId, Epoch, Key, SessionId
from protocol.pages import Page

MOST_ROWS = 256

Value = str | int | bytes
Row = tuple[Value, ...]

READ_HEADS = """
SELECT json_group_array(json_array(session, epoch, upto)) FROM heads WHERE session IN (VALUES {})
"""
READ_RECEIPTS = """
SELECT json_group_array(json_array(caller, key)) FROM receipts WHERE (caller, key) IN (VALUES {})
"""
ADD_PAGES = "INSERT INTO pages (session, after, upto, records) VALUES {}"
MOVE_HEADS = """
INSERT INTO heads (session, epoch, upto) VALUES {}
ON CONFLICT (session) DO UPDATE SET upto = excluded.upto
"""
ADD_RECEIPTS = "INSERT INTO receipts (caller, key, at, reply) VALUES {}"
WRITE_DOCUMENTS = """
INSERT INTO documents (kind, id, owner, version, at, body) VALUES {}
ON CONFLICT (kind, id) DO UPDATE SET
    owner = excluded.owner, version = version + 1, at = excluded.at, body = excluded.body
"""

HEADS = msgspec.json.Decoder(list[tuple[SessionId, Epoch, int]])
RECEIPTS = msgspec.json.Decoder(list[tuple[CallerId, Key]])


class Commit:
    """The decisions of one transaction, and the rows that wait to be written in it."""

    def __init__(self, connection: sqlite3.Connection, moment: datetime) -> None:
        self._connection = connection
        self._moment = moment
        self._heads: dict[SessionId, Head] = {}
        self._receipts: set[tuple[CallerId, Key]] = set()
        self._moved: set[SessionId] = set()
        self._new_pages: list[Row] = []
        self._new_receipts: list[Row] = []
        self._new_documents: list[Row] = []

    def perform(self, wishes: Sequence[Wish]) -> list[Outcome]:
        """Do them all in order and commit. If it raises, nothing of it was done."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            self._load(wishes)
            outcomes = [self._decide(wish) for wish in wishes]
            self._flush()
            self._connection.execute("COMMIT")
        except BaseException:
            # A full disk may have ended the transaction already.
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise
        return outcomes

    # --- What must be known to decide ---------------------------------------------------------

    def _load(self, wishes: Sequence[Wish]) -> None:
        sessions: set[Row] = set()
        keys: set[Row] = set()
        for wish in wishes:
            if isinstance(wish, Append):
                sessions.add((wish.page.session,))
                if wish.receipt is not None:
                    keys.add((wish.receipt.caller, wish.receipt.key))
            elif isinstance(wish, Replace):
                sessions.add((wish.page.session,))
        for found in self._each(READ_HEADS, list(sessions)):
            for session, epoch, upto in HEADS.decode(found):
                self._heads[session] = Head(epoch=epoch, upto=upto)
        for found in self._each(READ_RECEIPTS, list(keys)):
            self._receipts.update(RECEIPTS.decode(found))

    def _each(self, sql: str, rows: Sequence[Row]) -> Iterable[str]:
        for part in in_parts(rows):
            yield self._connection.execute(with_rows(sql, part), flat(part)).fetchone()[0]

    # --- Decisions ----------------------------------------------------------------------------

    def _decide(self, wish: Wish) -> Outcome:
        """Do one of them. A conflict is found before anything is changed, so it harms no other."""
        try:
            match wish:
                case Append():
                    return self._append(wish)
                case Replace(page):
                    return self._replace(page)
                case Drop(session):
                    return self._drop(session)
                case Put(document, expect):
                    return self._put(document, expect)
                case Delete(kind, id):
                    return self._delete(kind, id)
        except Conflict as conflict:
            return conflict

    def _append(self, append: Append) -> int:
        page, receipt = append.page, append.receipt
        head = self._heads.get(page.session) or Head(epoch=page.epoch, upto=0)
        if head.upto != page.after or head.epoch != page.epoch:
            raise Conflict(f"{page.session}: {page.after} is not the head")
        if receipt is not None:
            if (receipt.caller, receipt.key) in self._receipts:
                raise Conflict(f"{receipt.key}: this key has its reply already")
            self._receipts.add((receipt.caller, receipt.key))
            at = int(self._moment.timestamp())
            self._new_receipts.append((receipt.caller, receipt.key, at, receipt.reply))
        if append.document is not None:
            self._new_documents.append(self._row(append.document))
        if page.upto > page.after:
            self._new_pages.append((page.session, page.after, page.upto, page.records))
        self._heads[page.session] = Head(epoch=page.epoch, upto=page.upto)
        self._moved.add(page.session)
        return 0

    def _replace(self, page: Page) -> int:
        self._flush()
        head = self._heads.get(page.session)
        if head is None or head.epoch != page.epoch or not self._has_borders(page):
            raise Conflict(f"{page.session}: {page.after} to {page.upto} are no borders of pages")
        self._connection.execute(
            "DELETE FROM pages WHERE session = ? AND after >= ? AND after < ?",
            (page.session, page.after, page.upto),
        )
        self._new_pages.append((page.session, page.after, page.upto, page.records))
        return 0

    def _has_borders(self, page: Page) -> bool:
        begins, ends = self._connection.execute(
            """
            SELECT EXISTS (SELECT * FROM pages WHERE session = :session AND after = :after),
                (SELECT upto FROM pages WHERE session = :session AND after < :upto
                 ORDER BY after DESC LIMIT 1)
            """,
            {"session": page.session, "after": page.after, "upto": page.upto},
        ).fetchone()
        return bool(begins) and ends == page.upto

    def _drop(self, session: SessionId) -> int:
        self._flush()
        self._connection.execute("DELETE FROM pages WHERE session = ?", (session,))
        self._connection.execute("DELETE FROM heads WHERE session = ?", (session,))
        self._heads.pop(session, None)
        return 0

    def _put(self, document: Document, expect: int | None) -> int:
        self._flush()
        found = self._connection.execute(
            "SELECT version FROM documents WHERE kind = ? AND id = ?", (document.kind, document.id)
        ).fetchone()
        version = int(found[0]) if found else 0
        if expect is not None and expect != version:
            raise Conflict(f"{document.kind} {document.id}: version {expect} is not current")
        self._new_documents.append(self._row(document))
        return version + 1

    def _delete(self, kind: str, id: str) -> int:
        self._flush()
        self._connection.execute("DELETE FROM documents WHERE kind = ? AND id = ?", (kind, id))
        return 0

    def _row(self, document: Document) -> Row:
        at = stamp_of(self._moment)
        return document.kind, document.id, document.owner, 1, at, document.body

    # --- Writing ------------------------------------------------------------------------------

    def _flush(self) -> None:
        """Write what waits."""
        heads = [(name, head.epoch, head.upto) for name, head in self._heads_moved()]
        self._write(ADD_PAGES, self._new_pages)
        self._write(MOVE_HEADS, heads)
        self._write(ADD_RECEIPTS, self._new_receipts)
        self._write(WRITE_DOCUMENTS, self._new_documents)
        self._new_pages, self._new_receipts, self._new_documents = [], [], []
        self._moved.clear()

    def _heads_moved(self) -> Iterable[tuple[SessionId, Head]]:
        return ((session, self._heads[session]) for session in self._moved)

    def _write(self, sql: str, rows: Sequence[Row]) -> None:
        for part in in_parts(rows):
            self._connection.execute(with_rows(sql, part), flat(part))


def in_parts(rows: Sequence[Row]) -> Iterable[Sequence[Row]]:
    """Cut rows into parts whose sizes are powers of two, so that few statements are prepared."""
    start = 0
    while start < len(rows):
        size = min(MOST_ROWS, 1 << ((len(rows) - start).bit_length() - 1))
        yield rows[start : start + size]
        start += size


def with_rows(sql: str, rows: Sequence[Row]) -> str:
    """Return the statement with a place for every value of `rows`."""
    row = "(" + ",".join("?" * len(rows[0])) + ")"
    return sql.format(",".join([row] * len(rows)))


def flat(rows: Sequence[Row]) -> list[Value]:
    """Return all values of all rows, in order."""
    return list(chain.from_iterable(rows))
