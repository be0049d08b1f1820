"""Asking: a database is filled, a question read, and its rows compared with the reference."""

import datetime as dt
import itertools
import sqlite3
from collections import Counter
from functools import lru_cache
from typing import Any, Protocol

from bench.nl2sql import described
from engine.models.builtin.compiler import compile_question
from engine.models.builtin.linking import Linker
from engine.models.builtin.schema import Schema

TODAY = dt.date(2026, 11, 22)
Rows = list[tuple[Any, ...]]


class Domain(Protocol):
    """A database with its questions."""

    NAME: str
    SCHEMA: str
    QUESTIONS: tuple[tuple[str, str], ...]

    def fill(self, db: sqlite3.Connection) -> None:
        """Write its rows."""


def database(domain: Domain) -> sqlite3.Connection:
    """Make the database in memory."""
    db = sqlite3.connect(":memory:")
    db.executescript(domain.SCHEMA)
    domain.fill(db)
    return db


@lru_cache(maxsize=16)
def _asked(domain: Domain) -> tuple[tuple[str, str, bool, float], ...]:
    """Ask all questions of a domain: each with its SQL, whether it is right, and how sure."""
    db = database(domain)
    linker = Linker(Schema(described(db, domain.NAME)))
    found: list[tuple[str, str, bool, float]] = []
    for question, reference in domain.QUESTIONS:
        reading = compile_question(linker, question, TODAY)
        expected = db.execute(reference).fetchall()
        rows = db.execute(reading.sql).fetchall() if reading.sql else []
        ordered = "ORDER BY" in reference.split("FROM")[-1]
        right = bool(reading.sql) and same(expected, rows, ordered)
        found.append((question, " ".join(reading.sql.split()), right, reading.confidence))
    return tuple(found)


def wrong(domain: Domain) -> list[tuple[str, str]]:
    """Return the questions whose rows differ from the reference, with the SQL that was made."""
    return [(question, sql) for question, sql, right, _ in _asked(domain) if not right]


def judged(domain: Domain) -> list[tuple[bool, float]]:
    """Return for each question whether it was answered right, and how sure the model was."""
    return [(right, sure) for _, _, right, sure in _asked(domain)]


def same(expected: Rows, rows: Rows, ordered: bool) -> bool:
    """Whether both hold the same rows; more columns than were asked for do no harm."""
    if len(expected) != len(rows):
        return False
    if not expected:
        return True
    one, other = _columns(expected), _columns(rows)
    places = [
        [n for n, column in enumerate(other) if Counter(column) == Counter(want)] for want in one
    ]
    for choice in itertools.islice(itertools.product(*places), 500):
        if len(set(choice)) == len(choice):
            chosen = list(zip(*(other[n] for n in choice), strict=True))
            wanted = list(zip(*one, strict=True))
            if chosen == wanted if ordered else Counter(chosen) == Counter(wanted):
                return True
    return False


def _columns(rows: Rows) -> list[list[Any]]:
    return [[_plain(cell) for cell in column] for column in zip(*rows, strict=True)]


def _plain(cell: Any) -> Any:
    return round(float(cell), 4) if isinstance(cell, int | float) else cell
