"""The queries of readers: each runs whole in a reader's thread."""

import sqlite3
from collections.abc import Sequence

from engine.ports import Document, Head
from engine.stores.joining import joined, later_part
from protocol.ids import CallerId, Epoch, Key, SessionId
from protocol.pages import Page

# One row for any number of stored pages, since every row costs a fight for the interpreter's lock.
# Each page begins where the one before ends, so the walk needs no order and stops when it is full.
FOLLOWING = """
WITH RECURSIVE walk (after, upto, records, size) AS (
    SELECT after, upto, records, length(records)
    FROM (
        SELECT after, upto, records FROM pages
        WHERE session = :session AND after <= :after ORDER BY after DESC LIMIT 1
    )
    WHERE upto > :after
    UNION ALL
    SELECT next.after, next.upto, next.records, walk.size + 1 + length(next.records)
    FROM walk JOIN pages AS next ON next.session = :session AND next.after = walk.upto
    WHERE walk.size + 1 + length(next.records) <= :max_bytes
)
SELECT
    (SELECT epoch FROM heads WHERE session = :session),
    min(after), max(upto), CAST(group_concat(nullif(records, x''), ',') AS BLOB)
FROM walk
"""

DOCUMENT = "SELECT kind, id, owner, version, at, body FROM documents"

FAR = (1 << 63) - 1
"""The largest number SQLite knows; a position beyond it is beyond every head."""


def page_after(
    connection: sqlite3.Connection, session: SessionId, after: int, max_bytes: int
) -> Page | None:
    """Return what follows `after`, with at least one record if there is any."""
    found: list[Page] = []
    upto = max(after, 0)
    while page := _stored_after(connection, session, upto, max_bytes):
        if found and page.epoch != found[0].epoch:
            break  # The log was made anew between two queries: what follows is another story.
        found.append(later_part(page, upto))
        if found[-1].records:
            break
        # Compaction left nothing here: the position moves on, and the reader deserves a record.
        upto = page.upto
    return joined(found) if found else None


def _stored_after(
    connection: sqlite3.Connection, session: SessionId, after: int, max_bytes: int
) -> Page | None:
    places = {
        "session": session,
        "after": min(after, FAR),
        "max_bytes": min(max_bytes, FAR),
    }
    epoch, begin, upto, records = connection.execute(FOLLOWING, places).fetchone()
    if begin is None:
        return None
    return Page(session=session, epoch=epoch, after=begin, upto=upto, records=records or b"")


def head_of(connection: sqlite3.Connection, session: SessionId) -> Head | None:
    """Return where the log stands."""
    found = connection.execute(
        "SELECT epoch, upto FROM heads WHERE session = ?", (session,)
    ).fetchone()
    return Head(epoch=Epoch(found[0]), upto=found[1]) if found else None


def receipt_of(connection: sqlite3.Connection, caller: CallerId, key: Key) -> bytes | None:
    """Return the reply kept for this key."""
    found = connection.execute(
        "SELECT reply FROM receipts WHERE caller = ? AND key = ?", (caller, key)
    ).fetchone()
    return found[0] if found else None


def document_of(connection: sqlite3.Connection, kind: str, id: str) -> Document | None:
    """Return the document."""
    found = connection.execute(f"{DOCUMENT} WHERE kind = ? AND id = ?", (kind, id)).fetchone()
    return _document(found) if found else None


def documents_after(
    connection: sqlite3.Connection, kind: str, owner: CallerId | None, after: str, limit: int
) -> Sequence[Document]:
    """Return documents in order of id."""
    owned = "AND owner = :owner" if owner is not None else ""
    found = connection.execute(
        f"{DOCUMENT} WHERE kind = :kind {owned} AND id > :after ORDER BY id LIMIT :limit",
        {"kind": kind, "owner": owner, "after": after, "limit": max(limit, 0)},
    )
    return [_document(row) for row in found]


def _document(row: tuple[str, str, CallerId, int, str, bytes]) -> Document:
    kind, id, owner, version, at, body = row
    return Document(kind=kind, id=id, owner=owner, version=version, at=at, body=body)
