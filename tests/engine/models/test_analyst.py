"""What the analyst says and does, from question to answer."""

import datetime as dt

import pytest

from engine.models.builtin import Builtin, examples
from engine.models.builtin.compiler import compile_question
from engine.models.builtin.linking import Linker
from engine.models.builtin.schema import Schema
from engine.ports import Answered, Called, Catalogue, Person, Prompt
from tests.engine.models.asked import TOOLS, calls, catalogue, database, last, play, round_of

TODAY = dt.date(2026, 11, 22)


async def test_a_question_becomes_plan_query_chart_and_answer():
    turns = await play(database(), "How many sales were there per month last year? Plot it")
    assert [t.tool for t in turns if isinstance(t, Called)] == [
        "make_plan", "run_sql", "make_chart", "answer",
    ]  # fmt: skip
    roles = {chip["role"] for chip in last(turns, "make_plan")["reading"]}
    assert {"measure", "time", "grouping"} <= roles
    chart = last(turns, "make_chart")
    assert chart["spec"]["mark"]["type"] == "line"
    assert chart["spec"]["encoding"]["x"]["field"] == "month"
    assert chart["call"] == next(
        t.call for t in turns if isinstance(t, Called) and t.tool == "run_sql"
    )
    assert "data" not in chart["spec"]


async def test_the_answer_has_the_figure_in_it():
    turns = await play(database(), "How many buyers are there?")
    assert "**90**" in last(turns, "answer")["text"]
    assert last(turns, "make_chart") is None


async def test_categories_are_drawn_as_bars_and_as_a_pie_only_when_asked():
    bars = await play(database(), "Number of sales by payment")
    pie = await play(database(), "Number of sales by payment as a pie chart")
    assert last(bars, "make_chart")["spec"]["mark"]["type"] == "bar"
    assert last(pie, "make_chart")["spec"]["mark"]["type"] == "arc"


async def test_what_was_said_before_is_kept_and_changed():
    turns = await play(
        database(), "How many sales were there per month last year?", "only returned ones",
        "by payment instead", "as a pie", "and this year?",
    )  # fmt: skip
    sql = last(turns, "run_sql")["sql"]
    assert "'returned'" in sql
    assert "payment" in sql
    assert "2026-01-01" in sql
    assert "2025-01-01" not in sql
    assert last(turns, "make_chart")["spec"]["mark"]["type"] == "arc"


async def test_the_rows_behind_a_number_can_be_seen():
    turns = await play(database(), "How many sales were returned?", "show me the rows")
    assert last(turns, "run_sql")["sql"].startswith("SELECT\n  *")


async def test_feedback_makes_a_new_plan():
    db = database()
    asked = "How many sales were there per month?"
    first = calls(await round_of(Builtin(), _prompt(db, Person(text=asked))))[0]
    turns = (Person(text=asked), first, Answered(call=first.call, ok=False),
             Person(text="only 2025", feedback=True))  # fmt: skip
    again = calls(await round_of(Builtin(), _prompt(db, *turns)))[0]
    assert again.tool == "make_plan"
    assert any(chip["role"] == "time" for chip in again.arguments["reading"])


async def test_a_rejection_ends_with_words():
    db = database()
    asked = "How many buyers are there?"
    first = calls(await round_of(Builtin(), _prompt(db, Person(text=asked))))[0]
    turns = (Person(text=asked), first, Answered(call=first.call, ok=False, text="too much"))
    said = calls(await round_of(Builtin(), _prompt(db, *turns)))[-1]
    assert said.tool == "answer"
    assert "too much" in said.arguments["text"]


async def test_a_query_that_fails_is_not_hidden():
    db = database()
    asked = Person(text="How many buyers are there?")
    plan = calls(await round_of(Builtin(), _prompt(db, asked)))[0]
    so_far = (asked, plan, Answered(call=plan.call, ok=True))
    query = calls(await round_of(Builtin(), _prompt(db, *so_far)))[0]
    turns = (*so_far, query, Answered(call=query.call, ok=False, text="failed: disk"))
    said = calls(await round_of(Builtin(), _prompt(db, *turns)))[-1]
    assert "failed: disk" in said.arguments["text"]


async def test_rows_that_are_kept_back_are_counted():
    db = database()
    turns = [t for t in await play(db, "Revenue by category") if not isinstance(t, Answered)]
    query = next(t for t in turns if isinstance(t, Called) and t.tool == "run_sql")
    plan = next(t for t in turns if isinstance(t, Called) and t.tool == "make_plan")
    known = (Person(text="Revenue by category"), plan, Answered(call=plan.call, ok=True), query,
             Answered(call=query.call, ok=True, row_count=3))  # fmt: skip
    said = calls(await round_of(Builtin(), _prompt(db, *known)))[-1]
    assert "**3** rows" in said.arguments["text"]


@pytest.mark.parametrize(
    ("question", "piece"),
    [
        ("describe articles", "COUNT(DISTINCT"),
        ("any missing values in articles?", "AS missing"),
        ("correlation of stock and list price", "AS correlation"),
        ("distribution of list price", "list_price"),
        ("SELECT COUNT(*) FROM sales", "SELECT COUNT(*) FROM sales"),
    ],
)
async def test_questions_about_the_data_itself_are_answered_in_sql(question, piece):
    turns = await play(database(), question)
    assert piece in last(turns, "run_sql")["sql"]


async def test_what_data_there_is_needs_no_query():
    turns = await play(database(), "What data do you have?")
    assert last(turns, "run_sql") is None
    assert "buyers" in last(turns, "answer")["text"]


async def test_a_value_in_several_columns_is_asked_about():
    db = database()
    db.executescript(
        "CREATE TABLE trips (id INTEGER PRIMARY KEY, origin TEXT, goal TEXT);"
        "INSERT INTO trips VALUES (1,'Rome','Oslo'),(2,'Oslo','Rome'),(3,'Bonn','Rome');"
    )
    turns = await play(db, "How many trips Rome?")
    asked = last(turns, "ask_user")
    assert len(asked["prompts"][0]["options"]) == 2
    assert "'Rome'" in last(turns, "run_sql")["sql"]


def test_three_examples_are_understood():
    db = database()
    known = catalogue(db)
    linker = Linker(Schema(known))
    found = examples(known)
    assert len(found) == len(set(found)) == 3
    for question in found:
        reading = compile_question(linker, question, TODAY)
        assert reading.confidence >= 0.8
        db.execute(reading.sql)


async def test_without_data_it_says_so():
    asked = Prompt(question="x", turns=(Person(text="x"),), catalogue=None, tools=TOOLS)
    assert "no data" in calls(await round_of(Builtin(), asked))[0].arguments["text"]


async def test_no_more_than_a_few_schemas_are_kept():
    model = Builtin()
    for number in range(12):
        known = Catalogue(
            source=f"s{number}", dialect="sqlite", tables=catalogue(database()).tables
        )
        asked = Prompt(question="x", turns=(Person(text="x"),), catalogue=known, tools=TOOLS)
        await round_of(model, asked)
    assert len(model._linkers) <= 8


def _prompt(db, *turns) -> Prompt:
    return Prompt(
        question=turns[0].text,
        turns=turns,
        catalogue=catalogue(db),
        tools=TOOLS,
        today="2026-11-22",
    )


async def test_the_first_of_each_group_can_be_asked_for():
    db = database()
    turns = await play(db, "What is the most expensive article of each brand?")
    rows = db.execute(last(turns, "run_sql")["sql"]).fetchall()
    assert len(rows) == 3
    dearest = "SELECT MAX(list_price) FROM articles GROUP BY brand_id"
    assert sorted(row[-1] for row in rows) == sorted(price for (price,) in db.execute(dearest))


async def test_the_best_few_of_each_group_by_what_was_sold():
    db = database()
    turns = await play(db, "Top 2 articles by revenue per brand")
    rows = db.execute(last(turns, "run_sql")["sql"]).fetchall()
    assert len(rows) == 6
