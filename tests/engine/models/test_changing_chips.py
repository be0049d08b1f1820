"""Chips of a reading are changed: left out, chosen anew, or said in free words."""

import datetime as dt

import pytest

from engine.models.builtin.alternatives import alternatives
from engine.models.builtin.chips import chips
from engine.models.builtin.dialogue import compile_dialogue
from engine.models.builtin.linking import Linker
from engine.models.builtin.schema import Schema
from engine.ports import Answered, Called, Person, Prompt
from protocol.changes import instead, without
from tests.engine.models.asked import (
    TOOLS,
    Builtin,
    calls,
    catalogue,
    database,
    last,
    play,
    round_of,
)  # fmt: skip

TODAY = dt.date(2026, 11, 22)
ASKED = "How many returned sales were there per month last year?"


async def chips_of(*said):
    turns = await play(database(), *said)
    return {chip["text"]: chip for chip in last(turns, "make_plan")["reading"]}


async def sql_after(*said):
    turns = await play(database(), *said)
    return " ".join(last(turns, "run_sql")["sql"].split())


async def test_every_part_of_a_reading_is_a_chip_with_an_id_of_its_own():
    found = await chips_of("Top 3 payments by number of returned sales last year")
    roles = {chip["role"] for chip in found.values()}
    assert roles == {"measure", "filter", "time", "grouping", "order", "limit"}
    assert len({chip["id"] for chip in found.values()}) == len(found)
    for chip in found.values():
        assert chip["text"] not in chip["choices"]
        assert 0 < len(chip["choices"]) <= 8


@pytest.mark.parametrize(
    "asked",
    [
        ASKED, "Average list price of articles by brand", "Top 3 buyers by revenue",
        "Which articles have no stock?", "Share of sales by payment", "Show all articles",
        "Top 2 articles by revenue per brand", "Buyers who never bought anything",
        "Running total of sales per month", "Median list price by brand",
    ],
)  # fmt: skip
def test_every_choice_of_every_chip_gives_a_plan_that_runs(asked):
    db = database()
    linker = Linker(Schema(catalogue(db)))
    query = compile_dialogue(linker, [asked], TODAY).query
    for chip in chips(query):
        for choice, _ in alternatives(linker, query, chip, TODAY):
            reading = compile_dialogue(linker, [asked, instead(chip.text, choice)], TODAY)
            assert choice in [each.text for each in chips(reading.query)], f"{chip.text}: {choice}"
            db.execute(reading.sql).fetchall()


async def test_a_chip_that_is_left_out_changes_the_plan():
    sql = await sql_after("How many sales were returned last year?", without("state is returned"))
    assert "returned" not in sql
    assert "2025-01-01" in sql


async def test_changes_add_up_and_hold_for_what_is_said_next():
    sql = await sql_after(
        ASKED, instead("month", "payment"), without("state is returned"), "and this year?"
    )
    assert "payment" in sql
    assert "returned" not in sql
    assert "2026-01-01" in sql
    assert "2025-01-01" not in sql


async def test_many_changes_do_not_forget_the_question():
    back = [instead("month", "quarter"), instead("quarter", "month")] * 5
    assert "%Y-%m" in await sql_after(ASKED, *back)


async def test_a_new_question_begins_without_the_changes_of_the_last():
    sql = await sql_after(ASKED, without("state is returned"), ASKED)
    assert "returned" in sql


@pytest.mark.parametrize(
    ("chip", "words", "piece"),
    [
        ("state is returned", "open", "state = 'open'"),
        ("state is returned", "OPEN", "state = 'open'"),
        ("sold at in 2025", "March 2024", "sold_at >= '2024-03-01'"),
        ("sold at in 2025", "2024", "sold_at >= '2024-01-01'"),
        ("month", "country", "country"),
        ("month", "year", "%Y'"),
        ("month ↑", "descending", "DESC"),
    ],
)
async def test_free_words_stand_for_a_choice(chip, words, piece):
    assert piece in await sql_after(ASKED, instead(chip, words))


async def test_a_limit_may_be_any_number():
    sql = await sql_after("Top 3 articles by list price", instead("first 3", "17"))
    assert "LIMIT 17" in sql


async def test_what_the_reading_does_not_have_changes_nothing_and_runs_nothing():
    turns = await play(database(), ASKED, without("colour is red"))
    ran = [t for t in turns if isinstance(t, Called) and t.tool == "run_sql"]
    assert len(ran) == 1
    assert "no part like that" in last(turns, "answer")["text"]


async def test_a_value_that_cannot_be_there_is_not_made_up():
    turns = await play(database(), ASKED, instead("state is returned", "purple"))
    assert "cannot become" in last(turns, "answer")["text"]


async def test_a_change_while_the_plan_waits_makes_the_plan_anew():
    db = database()

    def prompt(*turns):
        return Prompt(
            question=ASKED, turns=turns, catalogue=catalogue(db), tools=TOOLS, today="2026-11-22"
        )

    plan = calls(await round_of(Builtin(), prompt(Person(text=ASKED))))[0]
    said = Person(text=instead("month", "quarter"), feedback=True)
    turns = (Person(text=ASKED), plan, Answered(call=plan.call, ok=False), said)
    again = calls(await round_of(Builtin(), prompt(*turns)))[0]
    assert again.tool == "make_plan"
    assert "quarter" in {chip["text"] for chip in again.arguments["reading"]}


async def test_what_was_chosen_between_readings_holds_after_a_change():
    db = database()
    db.executescript(
        "CREATE TABLE trips (id INTEGER PRIMARY KEY, origin TEXT, goal TEXT, day DATE);"
        "INSERT INTO trips VALUES (1,'Rome','Oslo','2026-01-01'),(2,'Oslo','Rome','2026-02-01'),"
        "(3,'Bonn','Rome','2026-02-01');"
    )
    turns = await play(db, "How many trips Rome?")
    (was,) = [c["text"] for c in last(turns, "make_plan")["reading"] if c["role"] == "filter"]
    more = await play(db, instead(was, "Bonn"), turns=turns)
    asked = [t for t in more if isinstance(t, Called) and t.tool == "ask_user"]
    assert len(asked) == 1
