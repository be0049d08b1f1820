"""`METRIC(…)` and `SEGMENT(…)` become what was defined, or are refused where it would mislead."""

import pytest

from engine.ports import (
    ColumnInfo,
    CumulativeMetric,
    DerivedMetric,
    Meaning,
    RatioMetric,
    Segment,
    SimpleMetric,
    TableInfo,
)
from engine.sources.guard import Policy, check
from engine.sources.guard.expanding import Terms
from engine.sources.guard.policy import keys_of

TERMS = Terms(
    meaning=Meaning(
        metrics=(
            SimpleMetric(
                name="revenue",
                table="orders",
                aggregate="sum",
                expression="total",
                where="paid = 1",
            ),
            SimpleMetric(name="order_count", table="orders", aggregate="count"),
            SimpleMetric(name="pieces", table="items", aggregate="sum", expression="quantity"),
            RatioMetric(name="value", numerator="revenue", denominator="order_count"),
            RatioMetric(name="pieces_each", numerator="pieces", denominator="order_count"),
            DerivedMetric(name="net", expression="revenue - 1"),
            CumulativeMetric(name="so_far", metric="revenue"),
        ),
        segments=(Segment(name="near", table="customers", where="city = 'x' OR city = 'y'"),),
    ),
    columns={
        "orders": ("id", "customer_id", "total", "paid"),
        "customers": ("id", "city"),
        "items": ("order_id", "quantity"),
    },
    keys={"orders": (("id",),), "customers": (("id",),)},
)
REVENUE = "SUM(CASE WHEN orders.paid = 1 THEN orders.total END)"


@pytest.mark.parametrize(
    ("sql", "written"),
    [
        ("SELECT METRIC(revenue) FROM orders", f"SELECT ({REVENUE}) FROM orders"),
        ("SELECT metric('Revenue') FROM main.orders", f"SELECT ({REVENUE}) FROM main.orders"),
        ("SELECT METRIC(net) FROM orders", f"SELECT (({REVENUE} - 1)) FROM orders"),
        ("SELECT METRIC(order_count) FROM orders", "SELECT (COUNT(*)) FROM orders"),
        (
            "SELECT city, METRIC(order_count) FROM customers AS c"
            " LEFT JOIN orders AS o ON o.customer_id = c.id GROUP BY city",
            'SELECT city, (COUNT(CASE WHEN o."id" IS NOT NULL THEN 1 END)) FROM customers AS c'
            " LEFT JOIN orders AS o ON o.customer_id = c.id GROUP BY city",
        ),
        (
            "SELECT 1 FROM customers AS c WHERE NOT SEGMENT(near)",
            "SELECT 1 FROM customers AS c WHERE NOT (c.city = 'x' OR c.city = 'y')",
        ),
        (
            "SELECT METRIC(pieces) FROM items, orders, customers"
            " WHERE items.order_id = orders.id AND customers.id = customer_id",
            "SELECT (SUM(items.quantity)) FROM items CROSS JOIN orders CROSS JOIN customers"
            " WHERE items.order_id = orders.id AND customers.id = customer_id",
        ),
        (
            "SELECT (SELECT METRIC(order_count) FROM orders), count(*) FROM items",
            "SELECT (SELECT (COUNT(*)) FROM orders), COUNT(*) FROM items",
        ),
    ],
)
def test_a_word_becomes_its_definition(sql: str, written: str) -> None:
    checked = check(sql, dialect="sqlite", terms=TERMS)
    assert checked.sql.replace("count(", "COUNT(") == written, checked.findings


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT METRIC(revenue) FROM orders, customers", "not joined by its key"),
        ("SELECT METRIC(revenue) FROM orders JOIN items ON order_id = id", "items is not joined"),
        ("SELECT METRIC(pieces_each) FROM orders JOIN items ON order_id = id", "items is not"),
        ("SELECT METRIC(revenue) FROM orders JOIN (SELECT 1 AS id) AS s ON s.id = 1", "s is not"),
        ("SELECT METRIC(revenue) FROM orders o, customers c, customers d WHERE c.id = d.id", "not"),
        ("SELECT METRIC(revenue) FROM orders JOIN orders AS o ON 1 = 1", "more than once"),
        ("WITH orders AS (SELECT 1) SELECT METRIC(revenue) FROM orders", "must be in FROM"),
        ("SELECT METRIC(revenue)", "must be in FROM"),
        ("SELECT METRIC(revenu) FROM orders", "There is no metric revenu (line 1, column 13)."),
        ("SELECT METRIC(so_far) FROM orders", "runs along time"),
        ("SELECT METRIC(revenue, 1) FROM orders", "takes the name of one definition"),
        ("SELECT METRIC(orders.revenue) FROM orders", "takes the name of one definition"),
        ("SELECT SEGMENT(revenue) FROM orders", "There is no segment revenue"),
        ("VALUES (METRIC(revenue))", "can only stand in a SELECT"),
    ],
)
def test_a_word_that_would_give_another_figure_is_refused(sql: str, said: str) -> None:
    (finding,) = check(sql, dialect="sqlite", terms=TERMS).findings
    assert (finding.code, said in finding.message) == ("metric", True), finding.message


def test_masks_and_filters_stand_inside_of_definitions() -> None:
    policy = Policy(row_filters={"orders": "id > 5"}, masks={"orders.total": "0"})
    sql = check(
        "SELECT METRIC(revenue) FROM orders",
        dialect="postgres",
        terms=TERMS,
        policy=policy,
        columns=TERMS.columns,
    ).sql
    assert sql == (
        f'SELECT ({REVENUE}) FROM (SELECT "id", "customer_id", (0) AS "total", "paid"'
        " FROM orders WHERE id > 5 OFFSET 0) AS orders"
    )


def test_without_definitions_the_words_are_functions_like_any_other() -> None:
    for sql in ("SELECT METRIC(revenue) FROM orders", "SELECT SEGMENT(near) FROM customers"):
        (finding,) = check(sql, dialect="sqlite", terms=Terms()).findings
        assert finding.code == "function_not_allowed"


def test_a_key_that_is_not_wholly_seen_is_no_key() -> None:
    columns = tuple(ColumnInfo(name=one, type="integer", primary=True) for one in ("a", "b"))
    table = TableInfo(name="t", columns=columns)
    assert keys_of(Policy(), (table,)) == {"t": (("a", "b"),)}
    assert keys_of(Policy(masks={"t.a": "0"}), (table,)) == {"t": ()}
    assert keys_of(Policy(hidden_columns=frozenset({"t.b"})), (table,)) == {"t": ()}
