"""What a model outside is told follows the policy, and what left is on record."""

from typing import Any

import pytest

from engine.agent.outside import ORDER, filled, withheld
from engine.agent.scrubbing import LEFT_OUT, scrubbed
from engine.models import scripted
from engine.models.scripted import Scripted
from engine.ports import (
    Answered,
    Asking,
    Called,
    Catalogue,
    ColumnInfo,
    Dropped,
    ModelFailed,
    Person,
    Prompt,
    Spent,
    TableInfo,
)
from engine.world import Bounds
from protocol import events as e
from protocol.events import RunOptions
from protocol.items import Answer, Column
from tests.rig import COUNT, ME, Rig, last

SECRET = "ann@example.org"
FAILED = "KeyError: 'Ann Miller' (1184003)\n  in line 3: frame['amount'] + rows[42]"
CATALOGUE = Catalogue(
    source="shop",
    dialect="sqlite",
    tables=(
        TableInfo(
            name="people",
            rows=7,
            columns=(ColumnInfo(name="amount", type="text", distinct=3, samples=(SECRET,)),),
        ),
    ),
)
TURNS: Any = (
    Person(text="Orders of Berlin?"),
    Called(call="i_1", tool="make_plan", arguments={"steps": [f"Look for {SECRET}"]}),
    Answered(call="i_1", ok=True),
    Called(
        call="i_2",
        tool="run_sql",
        arguments={"sql": f"SELECT 1 FROM people WHERE a = 'Berlin' AND b = '{SECRET}'"},
    ),
    Answered(call="i_2", ok=True, columns=(Column(name="n"),), row_count=1, rows=[[SECRET]]),
    Called(call="i_3", tool="answer", arguments={"text": f"It is {SECRET}, 1184003 times."}),
    Answered(call="i_3", ok=True),
    Person(text="And now?"),
    Called(call="i_4", tool="run_python", arguments={"code": "frame['amount'] + rows[42]"}),
    Answered(call="i_4", ok=False, text=f"printed {SECRET}\n{FAILED}", failure=FAILED),
)
PROMPT = Prompt(question="And now?", turns=TURNS, begins=7, catalogue=CATALOGUE)


@pytest.mark.parametrize("policy", ["none", "schema", "samples"])
def test_no_result_goes_out_unless_it_may(policy: Any) -> None:
    told = withheld(PROMPT, policy)
    said = str(told.turns)
    assert SECRET not in said
    assert "1184003" not in said
    assert "Ann" not in said
    assert "'Berlin'" in said, "what the person said themselves may be said again"
    assert "KeyError" in said
    assert "frame['amount'] + rows[42]" in said, "what the model wrote itself stays"
    assert told.data == policy


def test_each_policy_lets_out_more_than_the_one_before() -> None:
    shown = {policy: withheld(PROMPT, policy) for policy in ORDER}
    assert shown["none"].catalogue is None
    schema = shown["schema"].catalogue
    assert schema is not None
    assert schema.tables[0].columns[0].name == "amount"
    assert SECRET not in str(schema)
    assert schema.tables[0].rows is None
    assert SECRET in str(shown["samples"].catalogue)
    assert SECRET in str(shown["results"].turns)


def test_errors_are_told_without_values_even_where_results_may_go() -> None:
    last_turn = withheld(PROMPT, "results").turns[-1]
    assert isinstance(last_turn, Answered)
    assert last_turn.text.startswith(f"printed {SECRET}")
    assert "Ann Miller" not in last_turn.failure


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (
            "duplicate key: Key (email)=(ann@example.org) already exists",
            f"duplicate key: Key (email)=({LEFT_OUT}) already exists",
        ),
        (
            "could not convert string to float: '12 rue X'",
            f"could not convert string to float: '{LEFT_OUT}'",
        ),
        ("no such column: amount", "no such column: amount"),
        ("column 'amount' in line 12 at position 7", "column 'amount' in line 12 at position 7"),
        ("invalid date 2024-05-17", f"invalid date {LEFT_OUT}"),
        ("write to ann@example.org failed", f"write to {LEFT_OUT} failed"),
    ],
)
def test_an_error_loses_its_values_and_keeps_its_words(error: str, told: str) -> None:
    assert scrubbed(error, ["SELECT amount FROM orders"]) == told


def test_figures_are_filled_in_by_the_server() -> None:
    figures = {"total": "1,234", "n": "7"}
    assert filled("{{Total}} of {{ n }}; {{x}}", figures) == "1,234 of 7; {{x}}"


# --- In a session ---


def outside(*rounds: Any) -> Scripted:
    model = Scripted(rounds, name="builtin")
    model.outside = True
    return model


def rig_of(model: Scripted, **bounds: Any) -> Rig:
    rig = Rig((), bounds=Bounds(**bounds))
    rig.model._rounds, rig.model.outside = model._rounds, True
    return rig


SENT = Asking(model="far/m", to="api.example", tables=("orders",), size=900)
QUERY = (SENT, *scripted.call("run_sql", "c1", COUNT, sql=COUNT))
SAY = (SENT, *scripted.call("answer", "c2", "There are {{n}}.", text="There are {{n}}."))


async def test_a_model_outside_sees_no_rows_and_the_person_sees_the_figure() -> None:
    async with rig_of(outside(QUERY, SAY)).running() as rig:
        session = await rig.session()
        await rig.ask(session)
        events = await rig.until(session, e.RunFinished)
    asked = [event for event in events if isinstance(event, e.ModelAsked)]
    assert [(told.to, told.data, told.tables) for told in asked] == [
        ("api.example", "schema", ("orders",))
    ] * 2
    seen = rig.model.prompts[1]
    (gave,) = [turn for turn in seen.turns if isinstance(turn, Answered)]
    assert (gave.row_count, gave.rows, seen.data) == (1, (), "schema")
    assert last(events, e.RunFinished).answer == "There are 42."


async def test_run_session_model_and_server_say_what_may_be_told_in_this_order() -> None:
    plain = (*scripted.call("answer", "c1", text="x"),)
    async with rig_of(outside(*[plain] * 4), data="samples", data_most="samples").running() as rig:
        session = await rig.session()
        await rig.ask(session)
        await rig.until(session, e.RunFinished)
        rig.model.data = "none"
        await rig.ask(session)
        await rig.until(session, e.RunFinished, 2)
        own = await rig.session(data="schema")
        await rig.ask(own)
        await rig.until(own, e.RunFinished)
        await rig.ask(own, options=RunOptions(data="none"))
        await rig.until(own, e.RunFinished, 2)
    assert [prompt.data for prompt in rig.model.prompts] == ["samples", "none", "schema", "none"]


async def test_a_run_ends_when_its_tokens_are_spent() -> None:
    dear = (*QUERY, Spent(model="far/m", input_tokens=900, output_tokens=200))
    async with rig_of(outside(dear, dear)).running() as rig:
        session = await rig.session()
        await rig.ask(session, options=RunOptions(max_tokens=1000))
        over = last(await rig.until(session, e.RunFinished), e.RunFinished)
    assert (over.outcome, over.error and over.error.code) == ("exhausted", "tokens_exhausted")


async def test_a_call_that_was_none_leaves_no_answer() -> None:
    begun = scripted.call("answer", "c0", "Perhaps 7?")[:-1]
    early = (*begun, Dropped(call="c0", text="Perhaps 7?"), *QUERY)
    async with rig_of(outside(early, SAY)).running() as rig:
        session = await rig.session()
        await rig.ask(session)
        events = await rig.until(session, e.RunFinished)
    assert last(events, e.RunFinished).answer == "There are 42."
    dropped = next(
        event
        for event in events
        if isinstance(event, e.ItemCompleted) and isinstance(event.content, Answer)
    )
    assert (dropped.outcome, dropped.content) == ("skipped", Answer(text="Perhaps 7?"))


async def test_what_was_sent_before_a_model_failed_is_on_record() -> None:
    async with rig_of(outside((SENT, ModelFailed("model_down", "gone")))).running() as rig:
        session = await rig.session()
        await rig.ask(session)
        events = await rig.until(session, e.RunFinished)
        screen = (await rig.engine.snapshot(ME, session)).state
    assert sum(isinstance(event, e.ModelAsked) for event in events) == 1
    assert last(events, e.RunFinished).error.code == "model_down"
    assert "api.example" in str(screen)
