"""What owners say of their data: read from YAML, held against the data, and told to whom it may."""

import sqlite3

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.metrics import NoFormula, formula, simple_parts
from engine.ports import (
    ColumnInfo,
    CumulativeMetric,
    DerivedMetric,
    Meaning,
    RatioMetric,
    SimpleMetric,
    TableInfo,
    TableMeaning,
)
from engine.sample import making
from engine.sample.schema import TABLES
from engine.sources.guard import Policy
from engine.sources.privacy import Privacy
from engine.sources.semantic.checking import check_meaning
from engine.sources.semantic.problems import BadText
from engine.sources.semantic.reading import read
from engine.sources.semantic.viewing import seen_of
from engine.sources.semantic.writing import skeleton, write
from tests.laws import tried
from tests.protocol.strategies import anything


def table(name: str, *columns: str, **more: object) -> TableInfo:
    first, *rest = columns
    made = [ColumnInfo(name=first, type="integer", primary=True)]
    made += [ColumnInfo(name=column, type="text") for column in rest]
    return msgspec.convert({"name": name, "columns": made, **more}, TableInfo)


SHOP = (
    table("orders", "order_id", "customer_id", "total", "fee", "status", "ordered_at"),
    table("customers", "customer_id", "name", "manager_id", "mail"),
)
REVENUE = SimpleMetric(
    name="revenue", table="orders", aggregate="sum", expression="total", where="status <> 'x'"
)
COUNT = SimpleMetric(name="order_count", table="orders", aggregate="count")


def problems(text: str, tables: tuple[TableInfo, ...] = SHOP) -> list[str]:
    try:
        found = read(text, Meaning, "meaning")
    except BadText as bad:
        return [problem.words() for problem in bad.problems]
    return [one.words() for one in check_meaning(found.value, tables, "sqlite", found.lines)]


# --- YAML ---


@example(Meaning(tables=(TableMeaning(name="0E0"), TableMeaning(name="1e5\n"))))
@example(Meaning(tables=(TableMeaning(name="\x85"), TableMeaning(name="a \u2028 b\r"))))
@settings(max_examples=tried(100))
@given(st.one_of(anything(Meaning), anything(Privacy)))
def test_what_is_written_is_read_again(value: Meaning | Privacy) -> None:
    assert read(write(value), type(value), "text").value == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NO", "NO"),
        ("on", "on"),
        ("007", "007"),
        ("1_000", "1_000"),
        ("12:30", "12:30"),
        ("2024-01-05", "2024-01-05"),
        ("0x1F", "0x1F"),
        ("7", 7),
        ("-7", -7),
        ("7.5", 7.5),
        ("1e3", 1000.0),
        ("true", True),
        ("'true'", "true"),
    ],
)
def test_a_plain_value_is_what_it_looks_like(text: str, value: object) -> None:
    said = f"tables: [{{name: t, columns: [{{name: c, values: [{{value: {text}, means: [x]}}]}}]}}]"
    (found,) = read(said, Meaning, "meaning").value.tables[0].columns[0].values
    assert (found.value, type(found.value)) == (value, type(value))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tables: [", "line 1: It cannot be read: expected the node content"),
        ("tables: []\ntables: []", "line 2: It cannot be read: tables stands here twice."),
        ("tables: &a []\njoins: *a", "line 1: It cannot be read: anchors and aliases are not used"),
        ("x: !!python/object/apply:os.getcwd []", "There is no `x`."),
        ("tables: !!set {a}", "line 1, tables: Expected a list"),
        ("- tables", "line 1: Expected names with values, got a list."),
        ("tabels: []", "line 1, tabels: There is no `tabels`. Did you mean tables?"),
        ("a: 1\n---\nb: 2", "line 2: It cannot be read"),
        ("[" * 600, "It is not YAML."),
        ("joins: \x00", "It is not YAML."),
        (
            "metrics:\n  - name: x\n    type: simple\n    table: t\n    aggregate: avrage",
            "line 5, metrics[0] (x).aggregate: Invalid enum value 'avrage'. Use one of sum, avg,",
        ),
        (
            "tables:\n  - name: x\n    synonyms: [a, 1]",
            "line 3, tables[0] (x).synonyms[1]: Expected text, got a number. Put it in quotes.",
        ),
        (
            "metrics:\n  - {name: x, type: ratio, table: t, numerator: a, denominator: b}",
            "line 2, metrics[0] (x).table: There is no `table`. Did you mean title?",
        ),
    ],
)
def test_a_text_that_cannot_be_read_says_where_and_what_would_be_right(
    text: str, said: str
) -> None:
    (problem,) = problems(text)
    assert said in problem


def test_a_text_as_long_as_a_book_is_not_read() -> None:
    assert "longer than" in problems("# " + "x" * 600_000)[0]


# --- Against the data ---


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tables: [{name: order}]", "tables[0] (order).name: There is no table order. Did you"),
        ("tables: [{name: orders, time_column: ordered}]", "no column ordered. Did you mean"),
        ("tables: [{name: orders}, {name: Orders}]", "tables: orders stands here 2 times."),
        ("tables: [{name: orders, default_filter: state = 1}]", "no column state. Did you mean s"),
        (
            "tables: [{name: orders, columns: [{name: status, values: [{value: x, means: []}]}]}]",
            "Say in at least one word what it means.",
        ),
        (
            "joins: [{table: orders, columns: [a, b], to_table: customers, to_columns: [name]}]",
            "Name as many columns as to_columns",
        ),
        ("segments: [{name: big, table: orders, where: ''}]", "It needs a condition."),
        ("segments: [{name: big ones, table: orders, where: total > 1}]", "cannot stand in SQL"),
    ],
)
def test_what_does_not_fit_the_data_is_named(text: str, said: str) -> None:
    assert any(said in problem for problem in problems(text)), problems(text)


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("totl", "orders has no column totl. Did you mean total?"),
        ("orders.total", "Write total without orders before it."),
        ("sum(total)", "cannot hold SUM(total)"),
        ("sum(total) OVER ()", "cannot hold"),
        ("total + (SELECT max(fee) FROM orders)", "no other query"),
        ("total) FROM orders; DROP TABLE orders --", "cannot be read as SQL of sqlite"),
        ("total; SELECT 1", "is not one expression"),
        ("load_extension('x')", "The function load_extension is not allowed"),
        ("total /*! + 1 */ * readfile('x')", "The function readfile is not allowed"),
        ("*", "is not one expression"),
    ],
)
def test_an_expression_can_smuggle_nothing_in(expression: str, said: str) -> None:
    metric = msgspec.structs.replace(REVENUE, expression=expression)
    wheres = msgspec.structs.replace(REVENUE, where=expression)
    for one in (metric, wheres):
        found = check_meaning(Meaning(metrics=(one,)), SHOP, "sqlite")
        assert any(said in problem.message for problem in found), found


@pytest.mark.parametrize(
    ("metrics", "said"),
    [
        (
            (RatioMetric(name="a", numerator="revenu", denominator="order_count"),),
            "no metric revenu",
        ),
        ((DerivedMetric(name="a", expression="a + 1"),), "the metric a stands on itself"),
        ((DerivedMetric(name="a", expression="revenue + nothing"),), "There is no metric nothing"),
        ((DerivedMetric(name="a", expression="sum(revenue)"),), "It may use the names of metrics"),
        ((CumulativeMetric(name="a", metric="order_value"),), "no simple metric with sum or count"),
        (
            (CumulativeMetric(name="a", metric="revenue"),),
            "Give revenue or its table a time_column",
        ),
        ((CumulativeMetric(name="a", metric="revenue", window=7),), "such as window: 7"),
        (
            (SimpleMetric(name="a", table="orders", aggregate="sum"),),
            "Say what the sum is taken of",
        ),
        ((REVENUE,), "revenue stands here 2 times"),
    ],
)
def test_metrics_must_make_sense_together(metrics: tuple[SimpleMetric, ...], said: str) -> None:
    value = RatioMetric(name="order_value", numerator="revenue", denominator="order_count")
    meaning = Meaning(metrics=(REVENUE, COUNT, value, *metrics))
    found = check_meaning(meaning, SHOP, "sqlite")
    assert any(said.lower() in problem.message.lower() for problem in found), found


def test_the_meaning_of_the_sample_fits_it() -> None:
    connection = sqlite3.connect(":memory:")
    connection.executescript(TABLES)
    names = [row[0] for row in connection.execute("SELECT name FROM sqlite_schema")]
    tables = [
        table(name, *(row[1] for row in connection.execute(f"PRAGMA table_info({name})")))
        for name in names
        if not name.startswith("sqlite_")
    ]
    said = making.MEANING.read_text(encoding="utf-8")
    assert problems(said, tuple(tables)) == []
    connection.close()


def test_names_to_begin_with_are_a_meaning_already() -> None:
    assert problems(skeleton(SHOP)) == []


# --- As SQL ---


def test_a_metric_is_one_expression() -> None:
    share = RatioMetric(name="share", numerator="revenue", denominator="order_count")
    twice = DerivedMetric(name="twice", expression="2 * share - revenue")
    meaning = Meaning(metrics=(REVENUE, COUNT, share, twice))
    total = "SUM(CASE WHEN status <> 'x' THEN total END)"
    assert (
        formula(meaning, "Share", "duckdb").sql("duckdb") == f"1.0 * {total} / NULLIF(COUNT(*), 0)"
    )
    assert formula(meaning, "twice", "duckdb").sql("duckdb").endswith(f" - {total})")
    assert [part.name for part in simple_parts(meaning, "twice")] == ["revenue", "order_count"]
    along = Meaning(metrics=(REVENUE, CumulativeMetric(name="along", metric="revenue")))
    with pytest.raises(NoFormula, match="runs along time"):
        formula(along, "along", "duckdb")


# --- As it may be known ---


def test_nothing_is_told_of_what_is_hidden_or_masked() -> None:
    policy = Policy(
        hidden_tables=frozenset({"secrets"}),
        hidden_columns=frozenset({"orders.fee"}),
        masks={"customers.mail": "NULL"},
    )
    meaning = read(
        """
tables:
  - name: ORDERS
    time_column: Ordered_At
    default_filter: fee > 0
    columns:
      - {name: fee, title: The secret fee}
      - {name: Status, values: [{value: x, means: [lost]}]}
  - name: customers
    columns: [{name: mail, title: Address, values: [{value: a@b, means: [the boss]}]}]
  - {name: secrets, title: The plan}
joins:
  - {table: customers, columns: [manager_id], to_table: customers, to_columns: [customer_id]}
  - {table: customers, columns: [mail], to_table: secrets, to_columns: [mail]}
metrics:
  - {name: fees, type: simple, table: orders, aggregate: sum, expression: fee}
  - {name: orders, type: simple, table: orders, aggregate: count}
  - {name: fee_share, type: ratio, numerator: fees, denominator: orders}
  - {name: mails, type: simple, table: customers, aggregate: count_distinct, expression: mail}
  - {name: fees_so_far, type: cumulative, metric: fees}
segments:
  - {name: dear, table: orders, where: total > 9}
  - {name: mailed, table: customers, where: mail IS NOT NULL}
""",
        Meaning,
        "meaning",
    ).value
    orders, customers = SHOP
    shown = msgspec.structs.replace(
        orders, columns=tuple(column for column in orders.columns if column.name != "fee")
    )
    seen = seen_of(meaning, (shown, customers), policy, "sqlite")
    assert [one.name for one in seen.tables] == ["orders", "customers"]
    assert (seen.tables[0].time_column, seen.tables[0].default_filter) == ("ordered_at", "")
    assert [one.name for one in seen.tables[0].columns] == ["status"]
    assert seen.tables[1].columns[0].values == ()
    assert [one.to_table for one in seen.joins] == ["customers"]
    assert [one.name for one in seen.metrics] == ["orders"]
    assert [one.name for one in seen.segments] == ["dear"]
