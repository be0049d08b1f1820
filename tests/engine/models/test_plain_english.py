"""How people say things: what the analyst makes of verbs, opposites and kinds of things."""

import datetime as dt
import sqlite3

import pytest

from bench.nl2sql import described
from engine.models.builtin.compiler import Reading, compile_question
from engine.models.builtin.linking import Linker
from engine.models.builtin.schema import Schema

TODAY = dt.date(2026, 11, 22)
SCHEMA = """
CREATE TABLE harbours (hbr_id INTEGER, hbr_name TEXT, country TEXT, joined_year INTEGER,
    email TEXT);
CREATE TABLE skippers (skipper_id INTEGER, skipper_name TEXT, hbr_id INTEGER, hourly_wage REAL);
CREATE TABLE trips (trip_id INTEGER, skipper_id INTEGER, boat_type TEXT, status TEXT, price REAL,
    miles INTEGER, guests INTEGER, remark TEXT, sailed_on TEXT, insured TEXT, back_on TEXT);
INSERT INTO harbours VALUES (1, 'Gull Point', 'Peru', 2020, 'a@x.org'),
    (2, 'Tern Bay', 'Peru', 2021, NULL), (3, 'Auk Landing', 'Chile', 2021, 'c@x.org');
INSERT INTO skippers VALUES (1, 'Ida', 1, 20), (2, 'Bo', 1, 30), (3, 'Cy', 2, 40);
"""
STATES = ("paid", "open", "cancelled")


@pytest.fixture(scope="module")
def db():
    made = sqlite3.connect(":memory:")
    made.executescript(SCHEMA)
    for n in range(1, 61):
        made.execute(
            "INSERT INTO trips VALUES (?,?,?,?,?,?,?,?,?,?,?)",
            (
                n, 1 + n % 3 if n % 5 else 2, "sloop" if n % 2 else "ketch", STATES[n % 3], 100 + n,
                7 * n, n % 9, "rough sea" if n % 20 == 0 else "calm",
                f"{2024 + (n > 24)}-0{1 + n % 9}-10", "yes" if n % 4 else "no", None,
            ),
        )  # fmt: skip
    yield made
    made.close()


@pytest.fixture(scope="module")
def linker(db):
    return Linker(Schema(described(db, "harbours")))


def reading(linker: Linker, question: str) -> Reading:
    return compile_question(linker, question, TODAY)


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("skippers in Peru",
         "SELECT skipper_name FROM skippers WHERE hbr_id IN (1, 2)"),
        ("Skippers paid less than the average wage",
         "SELECT skipper_name FROM skippers WHERE hourly_wage < 30"),
        ("Which skipper cancelled the most trips?", "SELECT 'Bo'"),
        ("harbours without an email address", "SELECT 'Tern Bay'"),
        ("How many harbours joined in 2021?", "SELECT 2"),
        ("harbours whose name ends with Bay or Landing", "VALUES ('Tern Bay'), ('Auk Landing')"),
        ("How many guests were between 2 and 4?",
         "SELECT COUNT(*) FROM trips WHERE guests BETWEEN 2 AND 4"),
        ("How many boats sailed in 2024?",
         "SELECT COUNT(*) FROM trips WHERE sailed_on LIKE '2024%'"),
        ("How many trips mention rough in the remark?", "SELECT 3"),
        ("skippers by wage, from low to high", None),
        ("average price per mile for each boat type",
         "SELECT boat_type, AVG(price / miles) FROM trips GROUP BY 1"),
        ("Share of open trips that are insured",
         "SELECT 100.0 * AVG(insured = 'yes') FROM trips WHERE status = 'open'"),
    ],
)  # fmt: skip
def test_plain_words_give_the_rows_that_were_meant(linker, db, question, meant):
    found = db.execute(reading(linker, question).sql).fetchall()
    if meant is None:
        assert len(found) == 3
        return
    wanted = db.execute(meant).fetchall()
    rounded = [tuple(round(v, 6) if isinstance(v, float) else v for v in row) for row in found]
    width = len(wanted[0])
    assert sorted(row[:width] for row in rounded) == sorted(
        tuple(round(v, 6) if isinstance(v, float) else v for v in row) for row in wanted
    )


def test_two_opposites_are_an_order(linker, db):
    sql = reading(linker, "trips over 155, from expensive to cheap").sql
    assert "DESC" in sql
    assert len(db.execute(sql).fetchall()) == 5


def test_rows_that_grow_are_counted_and_their_keys_not_added_up(linker, db):
    sql = reading(linker, "By how many percent did trips grow from 2024 to 2025?").sql
    assert db.execute(sql).fetchall() == [(50.0, 24, 36)]


def test_a_large_number_is_compared_with_what_reaches_it(linker):
    assert reading(linker, "trips over 90000").confidence < 0.8


def test_a_match_that_ends_in_a_draw_is_no_chart(linker):
    read = reading(linker, "How many trips ended in a draw?")
    assert not read.chart
    assert read.confidence < 0.8


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("trips that are still out", "SELECT COUNT(*) FROM trips WHERE back_on IS NULL"),
        ("open trips (count)", "SELECT COUNT(*) FROM trips WHERE status = 'open'"),
        ("Number of trips still out", "SELECT COUNT(*) FROM trips WHERE back_on IS NULL"),
    ],
)
def test_what_is_still_so_and_what_is_only_counted(linker, db, question, meant):
    found = db.execute(reading(linker, question).sql).fetchall()
    [(count,)] = db.execute(meant).fetchall()
    assert len(found) == count or found == [(count,)]


def test_an_average_that_leaves_out_those_without_any_says_so(linker):
    read = reading(linker, "average number of skippers per harbour")
    assert any("without any" in doubt for doubt in read.doubts)


def test_a_share_is_of_what_was_named_before_the_clause(linker, db):
    found = db.execute(reading(linker, "Share of ketch trips with insurance").sql).fetchall()
    wanted = db.execute("SELECT 100.0 * AVG(insured = 'yes') FROM trips WHERE boat_type = 'ketch'")
    assert found[0][0] == pytest.approx(wanted.fetchone()[0])


def test_the_best_of_each_are_all_that_are_as_good(linker, db):
    found = db.execute(reading(linker, "Best trip by guests in each boat type").sql).fetchall()
    most = "SELECT COUNT(*) FROM trips WHERE guests = 8"
    assert len(found) == db.execute(most).fetchone()[0] > 2


def test_values_that_have_the_one_and_not_the_other_are_told_once(linker, db):
    question = "Countries of harbours that have harbours in Gull Point but none in Auk Landing"
    assert db.execute(reading(linker, question).sql).fetchall() == [("Peru",)]


def test_a_number_of_rows_said_last_only_cuts_the_order(linker, db):
    question = "Please rank the skippers by total price of their trips, highest first, top 2 only"
    found = db.execute(reading(linker, question).sql).fetchall()
    wanted = db.execute(
        "SELECT skipper_name FROM skippers JOIN trips USING (skipper_id)"
        " GROUP BY skipper_id ORDER BY SUM(price) DESC LIMIT 2"
    ).fetchall()
    assert [row[:1] for row in found] == wanted
