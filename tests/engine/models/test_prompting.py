"""What a model is told: the right tables first, within a budget, and the owner's own words."""

import msgspec
import pytest

from engine.models.counting import Counter
from engine.models.prompting.composing import Budget, Composed, compose
from engine.models.prompting.tables import relevant
from engine.models.wires import CallGave, Request, Said
from engine.ports import (
    Answered,
    Called,
    Catalogue,
    ColumnInfo,
    ColumnMeaning,
    ForeignKey,
    Meaning,
    Person,
    Prompt,
    Segment,
    SimpleMetric,
    TableInfo,
    TableMeaning,
    Turn,
)
from protocol.choices import DataPolicy
from protocol.ids import ResultId
from protocol.items import Column
from tests.engine.models.asked import TOOLS

COUNTER = Counter()
MANY = tuple(
    TableInfo(
        name=f"table_{n}",
        columns=tuple(ColumnInfo(name=f"col_{n}_{m}", type="text") for m in range(12)),
    )
    for n in range(60)
)
SHOP = (
    TableInfo(
        name="orders",
        rows=100,
        columns=(
            ColumnInfo(name="id", type="integer", primary=True, samples=("1", "2")),
            ColumnInfo(name="customer_id", type="integer", samples=("7",)),
            ColumnInfo(name="status", type="text", distinct=2, samples=("paid", "open")),
            ColumnInfo(name="note", type="text", distinct=9000, samples=("a", "b", "c")),
        ),
        foreign_keys=(
            ForeignKey(columns=("customer_id",), to_table="customers", to_columns=("id",)),
        ),
    ),
    TableInfo(name="customers", columns=(ColumnInfo(name="id", type="integer", primary=True),)),
)
CATALOGUE = Catalogue(source="shop", dialect="postgres", tables=(*MANY, *SHOP))


def composed(
    *turns: Turn,
    catalogue: Catalogue = CATALOGUE,
    data: DataPolicy = "results",
    context: int = 8_000,
    tables: int = 500,
    begins: int = 0,
) -> Composed:
    prompt = Prompt(
        question="How many orders are open?",
        turns=turns or (Person(text="How many orders are open?"),),
        catalogue=catalogue,
        tools=TOOLS,
        today="2026-11-22",
        data=data,
        begins=begins,
    )
    budget = Budget(context=context, answer=500, tables=tables)
    request = Request(model="m", system="", messages=())
    return compose(prompt, "calls", budget, COUNTER.count, request, "far.example")


def test_tables_of_which_a_question_speaks_come_first_and_what_they_point_to() -> None:
    names = [table.name for table in relevant(CATALOGUE, "How many orders are open?")]
    assert names[:2] == ["orders", "customers"]


def test_a_large_catalogue_is_told_as_far_as_there_is_room() -> None:
    found = composed()
    assert {"orders", "customers"} <= set(found.asking.tables)
    assert len(found.asking.tables) < 20
    assert "Not described here: table_" in found.request.system
    assert COUNTER.count(found.request.system) < 1_500


def test_only_values_that_help_are_told_and_each_is_counted() -> None:
    system = composed(catalogue=Catalogue(source="s", dialect="sqlite", tables=SHOP))
    assert "status text e.g. paid | open" in system.request.system
    assert "note text e.g. a | b\n" in system.request.system
    assert "customer_id integer -> customers.id\n" in system.request.system
    assert system.asking.samples == 4


def test_the_owner_s_words_are_told() -> None:
    meaning = Meaning(
        tables=(
            TableMeaning(
                name="orders",
                description="What was bought",
                default_filter="status <> 'void'",
                columns=(ColumnMeaning(name="note", description="Of the clerk", unit="words"),),
            ),
        ),
        metrics=(SimpleMetric(name="revenue", title="Money", table="orders", aggregate="sum"),),
        segments=(Segment(name="big", table="orders", where="id > 5"),),
    )
    known = Catalogue(source="s", dialect="sqlite", tables=SHOP, meaning=meaning)
    system = composed(catalogue=known).request.system
    for words in (
        "What was bought; unless asked otherwise only rows where status <> 'void'",
        "Of the clerk; in words",
        "METRIC(revenue): Money",
        "SEGMENT(big) of orders",
    ):
        assert words in system


@pytest.mark.parametrize("data", ["none", "schema", "samples"])
def test_a_model_that_sees_no_results_is_told_how_to_name_them(data: DataPolicy) -> None:
    assert "{{total}}" in composed(data=data).request.system
    assert "{{total}}" not in composed(data="results").request.system


def run_of(n: int, rows: int = 0) -> tuple[Turn, ...]:
    called = Called(call=f"i_{n}", tool="run_sql", arguments={"sql": f"SELECT {n} FROM orders"})
    gave = Answered(
        call=f"i_{n}",
        ok=True,
        columns=(Column(name="x"),),
        rows=[["a rather long cell " * 4]] * rows,
        row_count=rows,
        result=ResultId(f"t_{n}"),
    )
    return (Person(text=f"Question {n}, which is asked in many words " * 3), called, gave)


def test_earlier_questions_are_told_in_short_and_the_oldest_left_out() -> None:
    before = tuple(turn for n in range(40) for turn in run_of(n))
    found = composed(*before, Person(text="And open ones?"), begins=len(before), context=3_000)
    first, _, last = found.request.messages
    assert isinstance(first, Said)
    assert "SELECT 39 FROM orders -> 0 rows" in first.text
    assert "(Earlier questions are left out.)" in first.text
    assert "SELECT 0 FROM" not in first.text
    assert last == Said(role="user", text="And open ones?")
    assert found.tokens < 4_000


def test_of_a_large_result_as_many_rows_are_told_as_there_is_room_for() -> None:
    found = composed(*run_of(1, rows=200), context=4_000)
    gave = found.request.messages[-1]
    assert isinstance(gave, CallGave)
    assert 1 <= found.asking.rows < 200
    assert f"and {200 - found.asking.rows} more rows" in gave.text
    assert found.asking.results == (ResultId("t_1"),)
    assert found.tokens < 4_000


def test_a_long_run_loses_its_oldest_steps_and_keeps_its_question() -> None:
    steps = tuple(turn for n in range(80) for turn in run_of(n, rows=2)[1:])
    found = composed(Person(text="The question"), *steps, context=4_000)
    assert found.request.messages[0] == Said(role="user", text="The question")
    assert "SELECT 79" in str(found.request.messages[-2])
    assert found.tokens < 4_200


def test_the_size_of_a_request_is_that_of_what_is_sent() -> None:
    found = composed()
    assert found.asking.size == len(msgspec.json.encode(found.request))


def test_a_word_of_any_length_is_counted_at_once() -> None:
    assert COUNTER.count("x" * 200_000) > 1_000
    assert COUNTER.count("SELECT COUNT(*) FROM orders") == 5
