"""One append kept by one statement: what a lone command waits for.

Around every step of a statement the interpreter's lock is let go and fought for again, so that the
eight steps of a whole transaction cost as much as the disk does. Here a trigger does all that one
append asks for, within the statement's own transaction.
"""

import sqlite3
from datetime import datetime
from typing import Final

from engine.clock import stamp_of
from engine.ports import Append, Conflict

MOVED: Final = "the head is elsewhere"
ANSWERED: Final = "this key has its reply already"

SETUP: Final = f"""
PRAGMA temp_store = MEMORY;
CREATE TEMP VIEW appended AS SELECT
    NULL AS session, NULL AS epoch, NULL AS after, NULL AS upto, NULL AS records,
    NULL AS caller, NULL AS key, NULL AS answered, NULL AS reply,
    NULL AS kind, NULL AS id, NULL AS owner, NULL AS at, NULL AS body;
CREATE TEMP TRIGGER append INSTEAD OF INSERT ON appended BEGIN
    SELECT raise(ABORT, '{MOVED}')
    WHERE NEW.after <> coalesce((SELECT upto FROM heads WHERE session = NEW.session), 0)
        OR EXISTS (SELECT * FROM heads WHERE session = NEW.session AND epoch <> NEW.epoch);
    SELECT raise(ABORT, '{ANSWERED}')
    WHERE EXISTS (SELECT * FROM receipts WHERE caller = NEW.caller AND key = NEW.key);
    INSERT INTO pages (session, after, upto, records)
        SELECT NEW.session, NEW.after, NEW.upto, NEW.records WHERE NEW.upto > NEW.after;
    INSERT INTO heads (session, epoch, upto) VALUES (NEW.session, NEW.epoch, NEW.upto)
        ON CONFLICT (session) DO UPDATE SET upto = excluded.upto;
    INSERT INTO receipts (caller, key, at, reply)
        SELECT NEW.caller, NEW.key, NEW.answered, NEW.reply WHERE NEW.key IS NOT NULL;
    INSERT INTO documents (kind, id, owner, version, at, body)
        SELECT NEW.kind, NEW.id, NEW.owner, 1, NEW.at, NEW.body WHERE NEW.kind IS NOT NULL
        ON CONFLICT (kind, id) DO UPDATE SET
            version = version + 1, at = excluded.at, body = excluded.body;
    -- Apart, since a write of the same owner would write the index of owners anew.
    UPDATE documents SET owner = NEW.owner
        WHERE kind = NEW.kind AND id = NEW.id AND owner <> NEW.owner;
END;
"""
"""Made anew in each connection that writes: nothing of it stands in the file."""

KEEP: Final = "INSERT INTO appended VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


def keep_one(connection: sqlite3.Connection, append: Append, moment: datetime) -> int | Conflict:
    """Keep it, or say why its place is taken. If it raises, nothing of it was done."""
    page, receipt, document = append.page, append.receipt, append.document
    answered: tuple[str | int | bytes | None, ...] = (None,) * 4
    written: tuple[str | bytes | None, ...] = (None,) * 5
    if receipt is not None:
        at = int(moment.timestamp())
        answered = (receipt.caller, receipt.key, at, receipt.reply)
    if document is not None:
        named = (document.kind, document.id, document.owner)
        written = (*named, stamp_of(moment), document.body)
    place = (page.session, page.epoch, page.after, page.upto, page.records)
    try:
        connection.execute(KEEP, (*place, *answered, *written))
    except sqlite3.IntegrityError as error:
        if str(error) not in (MOVED, ANSWERED):
            raise
        return Conflict(f"{page.session} after {page.after}: {error}")
    return 0
