"""What the owner of the data says of it is used: words, values, keys, figures, habits."""

import datetime as dt
import sqlite3

import msgspec
import pytest

from engine.models.builtin.chips import chips
from engine.models.builtin.compiler import compile_question
from engine.models.builtin.dialogue import compile_dialogue
from engine.models.builtin.linking import Linker
from engine.models.builtin.schema import Schema
from engine.ports import (
    ColumnMeaning,
    CumulativeMetric,
    DerivedMetric,
    Join,
    Meaning,
    RatioMetric,
    Segment,
    SimpleMetric,
    TableMeaning,
    ValueMeaning,
)  # fmt: skip
from protocol.changes import without
from tests.engine.models.asked import catalogue

TODAY = dt.date(2026, 11, 22)
SCHEMA = """
CREATE TABLE acc (k INTEGER PRIMARY KEY, nm TEXT, ctry TEXT, tier INTEGER, agent INTEGER);
CREATE TABLE staff (id INTEGER PRIMARY KEY, full_name TEXT, lead INTEGER);
CREATE TABLE ord (id INTEGER PRIMARY KEY, acc_k INTEGER, net REAL, tax REAL, st TEXT,
    made DATE, paid DATE);
INSERT INTO staff VALUES (1,'Ann',NULL),(2,'Bob',1),(3,'Cy',1);
INSERT INTO acc VALUES (1,'Oak','DE',1,2),(2,'Elm','DE',2,2),(3,'Fir','FR',2,3),(4,'Yew','FR',1,3);
INSERT INTO ord VALUES
    (1,1,100,10,'ok','2025-12-01','2026-01-10'),(2,1,200,20,'ok','2026-01-05','2026-02-01'),
    (3,2,50,5,'void','2026-01-20','2026-02-02'),(4,3,400,40,'ok','2026-02-10','2026-03-01'),
    (5,3,30,3,'void','2026-02-11',NULL),(6,2,70,7,'ok','2026-03-01','2026-03-05');
"""
MEANING = Meaning(
    tables=(
        TableMeaning(
            name="acc", title="Customer", synonyms=("client",),
            columns=(
                ColumnMeaning(name="nm", title="Name"),
                ColumnMeaning(name="ctry", title="Country", values=(
                    ValueMeaning(value="DE", means=("Germany", "Deutschland")),
                    ValueMeaning(value="FR", means=("France",)),
                )),
                ColumnMeaning(name="tier", values=(
                    ValueMeaning(value=1, means=("gold",)),
                    ValueMeaning(value=2, means=("silver",)),
                )),
            ),
        ),
        TableMeaning(
            name="ord", title="Order", synonyms=("purchase",), time_column="paid",
            default_filter="st <> 'void'", columns=(ColumnMeaning(name="st", title="Status"),),
        ),
    ),
    joins=(
        Join(table="ord", columns=("acc_k",), to_table="acc", to_columns=("k",)),
        Join(table="acc", columns=("agent",), to_table="staff", to_columns=("id",),
             words=("account manager",)),
        Join(table="staff", columns=("lead",), to_table="staff", to_columns=("id",),
             words=("boss",)),
    ),
    metrics=(
        SimpleMetric(name="revenue", synonyms=("sales",), table="ord", aggregate="sum",
                     expression="net + tax", time_column="made"),
        SimpleMetric(name="orders_won", table="ord", aggregate="count", where="st = 'ok'"),
        SimpleMetric(name="buyers", table="ord", aggregate="count_distinct", expression="acc_k"),
        SimpleMetric(name="customers", table="acc", aggregate="count"),
        RatioMetric(name="order_value", title="Average order value", numerator="revenue",
                    denominator="orders_won"),
        RatioMetric(name="reach", unit="%", numerator="buyers", denominator="customers"),
        DerivedMetric(name="double", expression="revenue * 2 + orders_won"),
        CumulativeMetric(name="revenue_to_date", metric="revenue"),
        CumulativeMetric(name="moving_revenue", metric="revenue", window=2, period="month"),
        CumulativeMetric(name="revenue_ytd", metric="revenue", period="year"),
    ),
    segments=(
        Segment(name="big_spenders", synonyms=("whales",), table="ord", where="net >= 200"),
    ),
)  # fmt: skip


@pytest.fixture(scope="module")
def linker():
    return Linker(Schema(msgspec.structs.replace(catalogue(_database()), meaning=MEANING)))


def _database():
    db = sqlite3.connect(":memory:")
    db.executescript(SCHEMA)
    return db


def rows(linker, question):
    reading = compile_question(linker, question, TODAY)
    assert reading.query is not None, reading.why
    return sorted(_database().execute(reading.sql).fetchall(), key=str)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        # Names and values in the owner's words.
        ("How many clients are there?", [(4,)]),
        ("Names of customers in Germany", [("Elm",), ("Oak",)]),
        ("Names of customers in Deutschland", [("Elm",), ("Oak",)]),
        ("How many gold customers are there?", [(2,)]),
        ("Number of customers by country", [("DE", 2), ("FR", 2)]),
        # The habit of leaving out what is void, unless it is spoken of.
        ("How many orders are there?", [(4,)]),
        ("How many orders have status void?", [(2,)]),
        ("Number of orders by status", [("ok", 4), ("void", 2)]),
        ("How many purchases did Elm make?", [(1,)]),
        # Keys that were stated, and what their rows are called.
        ("How many customers are there per account manager?", [("Bob", 2), ("Cy", 2)]),
        ("List staff and their boss", [("Bob", "Ann"), ("Cy", "Ann")]),
        # Figures that were defined.
        ("Revenue", [(847.0,)]),
        ("What are our total sales?", [(847.0,)]),
        ("Revenue by country", [("DE", 407.0), ("FR", 440.0)]),
        ("Turnover by country", [("DE", 407.0), ("FR", 440.0)]),
        ("Which customer has the highest revenue?", [("Fir",)]),
        ("Which customers have revenue over 300?", [("Fir",), ("Oak",)]),
        ("How many orders won in 2026?", [(4,)]),
        ("Average order value", [(211.75,)]),
        ("Average order value by country", [("DE", 407 / 3), ("FR", 440.0)]),
        ("What is the double?", [(1698.0,)]),
        ("What is our reach?", [(75.0,)]),
        # Time is told by the column that was stated.
        ("How many orders in January 2026?", [(1,)]),
        ("Revenue in January 2026", [(220.0,)]),
        ("Revenue to date per month",
         [("2025-12", 110.0), ("2026-01", 330.0), ("2026-02", 770.0), ("2026-03", 847.0)]),
        ("Moving revenue",
         [("2025-12", 110.0), ("2026-01", 330.0), ("2026-02", 660.0), ("2026-03", 517.0)]),
        ("Revenue ytd per month",
         [("2025-12", 110.0), ("2026-01", 220.0), ("2026-02", 660.0), ("2026-03", 737.0)]),
        # Segments.
        ("How many whales are there?", [(2,)]),
        ("Revenue of big spenders by country", [("DE", 220.0), ("FR", 440.0)]),
    ],
)  # fmt: skip
def test_a_question_in_the_owners_words_is_answered(linker, question, expected):
    assert rows(linker, question) == expected


def test_the_reading_names_the_metric_the_value_and_the_habit(linker):
    query = compile_question(linker, "Revenue in Germany", TODAY).query
    texts = [chip.text for chip in chips(query)]
    assert "revenue" in texts
    assert any("Germany" in text for text in texts)
    assert "usual: st <> 'void'" in texts


def test_a_habit_is_left_out_by_a_click(linker):
    said = ["How many orders are there?", without("usual: st <> 'void'")]
    reading = compile_dialogue(linker, said, TODAY)
    assert _database().execute(reading.sql).fetchall() == [(6,)]


def test_a_metric_that_cannot_be_read_is_doubted_and_not_made_up():
    meaning = Meaning(metrics=(DerivedMetric(name="oddity", expression="coalesce(a, b)"),))
    known = msgspec.structs.replace(catalogue(_database()), meaning=meaning)
    reading = compile_question(Linker(Schema(known)), "What is the oddity?", TODAY)
    assert reading.query is None or reading.doubts
