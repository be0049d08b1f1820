-- Where each log stands. An append is allowed only at its head.
CREATE TABLE heads (
    session TEXT PRIMARY KEY,
    epoch TEXT NOT NULL,
    upto INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Pages, as the bytes that go on the wire. With a rowid on purpose: rows are large, and a table that
-- is its own index would move them about (bench/store.py: two to three times slower writes).
CREATE TABLE pages (
    session TEXT NOT NULL,
    after INTEGER NOT NULL,
    upto INTEGER NOT NULL,
    records BLOB NOT NULL,
    PRIMARY KEY (session, after)
) STRICT;

-- Replies to commands that had a key; `at` in seconds since 1970, for pruning.
CREATE TABLE receipts (
    caller TEXT NOT NULL,
    key TEXT NOT NULL,
    at INTEGER NOT NULL,
    reply BLOB NOT NULL,
    PRIMARY KEY (caller, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX receipts_by_age ON receipts (at);

CREATE TABLE documents (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    owner TEXT NOT NULL,
    version INTEGER NOT NULL,
    at TEXT NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT;

CREATE INDEX documents_by_owner ON documents (kind, owner, id);
