"""What the analyst reads in data that nobody prepared for it."""

import datetime as dt
import sqlite3

import pytest

from bench.nl2sql import described
from engine.models.builtin.compiler import Reading, compile_question
from engine.models.builtin.linking import Linker
from engine.models.builtin.schema import Schema

TODAY = dt.date(2026, 11, 22)
SCHEMA = """
CREATE TABLE clubs (id INTEGER PRIMARY KEY, name TEXT, country TEXT);
CREATE TABLE games (id INTEGER PRIMARY KEY, home_club_id INTEGER REFERENCES clubs(id),
    away_club_id INTEGER REFERENCES clubs(id), played_at INTEGER, season TEXT, tickets INTEGER,
    stand TEXT);
CREATE TABLE fans (id INTEGER PRIMARY KEY, name TEXT, club_id INTEGER REFERENCES clubs(id));
INSERT INTO clubs VALUES (1, 'Oak', 'Peru'), (2, 'Elm', 'Peru'), (3, 'Fir', 'Chile'),
    (4, 'Ash', 'Chile');
INSERT INTO games VALUES (1, 1, 2, 1735722000, '2025-01', 10, 'north'),
    (2, 2, 1, 1738400400, '2025-02', 30, 'south'), (3, 3, 1, 1738500400, '2025-02', 20, 'north'),
    (4, 1, 3, 1767258000, '2026-01', 60, 'south');
INSERT INTO fans VALUES (1, 'Ida', 1), (2, 'Bo', 1), (3, 'Cy', NULL), (4, 'Dee', 2);
"""


@pytest.fixture(scope="module")
def db():
    made = sqlite3.connect(":memory:")
    made.executescript(SCHEMA)
    yield made
    made.close()


@pytest.fixture(scope="module")
def linker(db):
    return Linker(Schema(described(db, "clubs")))


def reading(linker: Linker, question: str) -> Reading:
    return compile_question(linker, question, TODAY)


@pytest.mark.parametrize(
    ("question", "rows"),
    [
        ("clubs without any fans", [("Fir",), ("Ash",)]),
        ("fans without a club", [("Cy",)]),
        ("games between Oak and Elm", [(1,), (2,)]),
        ("How many games did Oak play at home?", [(2,)]),
        ("How many games did Oak play?", [(4,)]),
        ("How many games were played in 2025?", [(3,)]),
        ("number of games per month in 2025", [("2025-01", 1), ("2025-02", 2)]),
        ("average number of fans per club", [(1.5,)]),
        ("How many clubs are not from Peru?", [(2,)]),
        ("difference between the highest and the lowest tickets", [(50,)]),
        ("clubs from the same country as Oak", [("Elm",)]),
        ("games by tickets, lowest first", [(1,), (3,), (2,), (4,)]),
        ("what percentage of clubs have fans?", [(50.0,)]),
    ],
)
def test_a_question_gives_the_rows_that_were_meant(linker, db, question, rows):
    found = db.execute(reading(linker, question).sql).fetchall()
    assert [row[: len(rows[0])] for row in found] == rows


def test_a_key_that_is_not_set_hides_nobody(linker, db):
    sql = reading(linker, "clubs without any fans").sql
    assert "IS NOT NULL" in sql


def test_growth_tells_both_figures_and_the_change(linker, db):
    sql = reading(linker, "By how many percent did the tickets grow from 2025 to 2026?").sql
    assert db.execute(sql).fetchall() == [(0.0, 60, 60)]


def test_a_cross_table_has_a_column_for_each_value(linker, db):
    made = db.execute(reading(linker, "total tickets by season and stand as a pivot").sql)
    assert [column[0] for column in made.description] == [
        "season", "north", "south", "total_tickets",
    ]  # fmt: skip
    assert made.fetchall()[0] == ("2025-01", 10, None, 10)


@pytest.mark.parametrize(
    "question",
    [
        "How many purple games were there?",
        "games with flamboyant umbrellas in 2025",
        "How many fans does the average sponsor bribe?",
    ],
)
def test_what_left_no_trace_in_the_plan_makes_it_unsure(linker, question):
    assert reading(linker, question).confidence < 0.8
