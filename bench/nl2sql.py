"""The builtin model as a predictor for text-to-SQL harnesses: `predict(question, sqlite_path)`."""

import datetime as dt
import sqlite3
import sys
from functools import lru_cache
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from engine.models.builtin.compiler import compile_question
from engine.models.builtin.linking import Linker
from engine.models.builtin.schema import Schema
from engine.ports import Catalogue, ColumnInfo, ForeignKey, TableInfo

_SAMPLES = 5_000


def predict(question: str, sqlite_path: str) -> tuple[str, dict[str, float]] | None:
    """Return SQL and how sure the model is, or None where it would say that it does not
    understand.
    """
    reading = compile_question(linker(sqlite_path), question, dt.datetime.now(dt.UTC).date())
    if reading.query is None:
        return None
    return reading.sql, {"confidence": reading.confidence}


@lru_cache(maxsize=64)
def linker(sqlite_path: str) -> Linker:
    """Look at a database once."""
    return Linker(Schema(catalogue(sqlite_path)))


def catalogue(sqlite_path: str) -> Catalogue:
    """Return what a SQLite file holds, with the values of its columns."""
    with sqlite3.connect(f"file:{sqlite_path}?mode=ro", uri=True) as db:
        db.text_factory = lambda raw: raw.decode(errors="replace")
        return described(db, sqlite_path)


def described(db: sqlite3.Connection, source: str) -> Catalogue:
    """Return what an open SQLite database holds."""
    names = [r[0] for r in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    tables = tuple(_table(db, name) for name in names if not name.startswith("sqlite_"))
    return Catalogue(source=source, dialect="sqlite", tables=tables, version="1")


def _table(db: sqlite3.Connection, name: str) -> TableInfo:
    quoted = '"' + name.replace('"', '""') + '"'
    columns = tuple(
        _column(db, quoted, row) for row in db.execute(f"PRAGMA table_info({quoted})").fetchall()
    )
    keys = tuple(
        ForeignKey(columns=(row[3],), to_table=row[2], to_columns=(row[4],) if row[4] else ())
        for row in db.execute(f"PRAGMA foreign_key_list({quoted})").fetchall()
    )
    rows = db.execute(f"SELECT COUNT(*) FROM {quoted}").fetchone()[0]
    return TableInfo(name=name, columns=columns, rows=rows, foreign_keys=keys)


def _column(db: sqlite3.Connection, table: str, row: tuple[object, ...]) -> ColumnInfo:
    name = str(row[1])
    quoted = '"' + name.replace('"', '""') + '"'
    found = db.execute(
        f"SELECT {quoted}, COUNT(*) FROM {table} WHERE {quoted} IS NOT NULL "
        f"GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {_SAMPLES}"
    ).fetchall()
    native = str(row[2] or "")
    return ColumnInfo(
        name=name,
        type=native.lower() or "text",
        native=native,
        nullable=not row[3],
        primary=bool(row[5]),
        distinct=len(found),
        samples=tuple(str(value) for value, _ in found),
    )
