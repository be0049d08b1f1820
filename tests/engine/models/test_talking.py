"""How the analyst talks: it asks which money is meant, never offers what was just asked."""

import sqlite3

import pytest

from engine.models.builtin.answers import answer
from engine.ports import Answered, Called
from protocol.items import Column
from tests.engine.models.asked import database, last, play

SCHEMA = """
CREATE TABLE orders (id INTEGER PRIMARY KEY, made DATE, total REAL);
CREATE TABLE order_lines (id INTEGER PRIMARY KEY, order_id INTEGER REFERENCES orders (id),
    quantity INTEGER, price REAL, amount REAL);
INSERT INTO orders VALUES (1,'2026-01-05',120),(2,'2026-02-05',60);
INSERT INTO order_lines VALUES (1,1,2,50,100),(2,2,1,50,50);
"""


async def test_money_that_two_tables_tell_is_asked_about_once():
    db = sqlite3.connect(":memory:")
    db.executescript(SCHEMA)
    turns = await play(db, "What was the revenue?", "and in 2026?")
    asked = [t for t in turns if isinstance(t, Called) and t.tool == "ask_user"]
    assert len(asked) == 1
    options = asked[0].arguments["prompts"][0]["options"]
    assert options == ["total of orders", "amount of order lines"]
    assert "SUM(total)" in last(turns, "run_sql")["sql"]
    assert "2026-01-01" in last(turns, "run_sql")["sql"]


@pytest.mark.parametrize(
    "question", ["How many sales are there per month? Plot it", "Show all articles"]
)
async def test_what_was_just_asked_is_not_offered_again(question):
    turns = await play(database(), question)
    offered = last(turns, "answer")["suggestions"]
    assert offered
    assert question not in offered


def test_sql_that_somebody_changed_is_answered_with_its_figures():
    columns = (Column(name="town", type="text"), Column(name="orders", type="integer"))
    rows = [("Bath", 3), ("York", 9), ("Hull", 5)]
    said = answer(None, Answered(call="c", ok=True, columns=columns, rows=rows, row_count=3))
    assert "**York**" in said
    assert "**9**" in said
    one = Answered(call="c", ok=True, columns=columns[:1], rows=[("Bath",), ("York",)], row_count=2)
    assert "Bath, York" in answer(None, one)
