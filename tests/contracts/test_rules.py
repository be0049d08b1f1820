"""Every source keeps back what its owner keeps back, and knows what its data means."""

from contextlib import aclosing
from typing import Protocol

import pytest

from engine.ports import (
    Join,
    Meaning,
    QueryLimits,
    RatioMetric,
    Rows,
    Segment,
    SimpleMetric,
    Source,
    SourceFailed,
)
from engine.sources.catalogue import KeptCatalogue
from engine.sources.privacy import OPEN, ColumnRule, Privacy, TableRule
from tests.contracts.shop import ask

PRIVACY = Privacy(
    tables=(
        TableRule(
            name="customers", rows="region = 'EU'", columns=(ColumnRule(name="name", mask="'***'"),)
        ),
        TableRule(name="orders", columns=(ColumnRule(name="note", hidden=True),)),
    )
)
MEANING = Meaning(
    metrics=(
        SimpleMetric(
            name="revenue", table="orders", aggregate="sum", expression="amount", where="id <= 10"
        ),
        SimpleMetric(name="order_count", table="orders", aggregate="count", where="id <= 10"),
        RatioMetric(name="order_value", numerator="revenue", denominator="order_count"),
        SimpleMetric(name="noted", table="orders", aggregate="count", expression="note"),
    ),
    joins=(
        # Files have no keys: who says that orders belong to customers says that ids are theirs.
        Join(table="orders", columns=("customer_id",), to_table="customers", to_columns=("id",)),
    ),
    segments=(Segment(name="europeans", table="customers", where="region = 'EU'"),),
)


class Ruled(Source, Protocol):
    """A source that can be ruled, as all that are not scripted can."""

    known: KeptCatalogue


async def test_what_is_kept_back_is_not_in_rows_or_catalogue(shop: Ruled) -> None:
    await shop.catalogue()
    before = shop.rules
    shop.known.rule(PRIVACY, Meaning())
    assert shop.rules != before
    columns, rows, _ = await ask(shop, "SELECT * FROM customers ORDER BY id LIMIT 2")
    assert [column.name for column in columns] == ["id", "name", "region"]
    assert rows == [[3, "***", "EU"], [6, "***", "EU"]]
    columns, _, _ = await ask(shop, "SELECT * FROM orders LIMIT 1")
    assert [column.name for column in columns] == ["id", "customer_id", "amount", "ts"]
    assert not shop.check("SELECT * FROM information_schema.tables").ok
    customers, orders = sorted((await shop.catalogue()).tables, key=lambda table: table.name)
    assert (customers.rows, {column.samples for column in customers.columns}) == (None, {()})
    assert [column.name for column in orders.columns] == ["id", "customer_id", "amount", "ts"]
    shop.known.rule(OPEN, Meaning())
    assert shop.rules == before
    assert len((await ask(shop, "SELECT id FROM customers"))[1]) == 50


async def test_a_row_that_is_not_seen_cannot_make_a_query_fail(shop: Ruled) -> None:
    await shop.catalogue()
    shop.known.rule(PRIVACY, Meaning())
    # Who is 2 is not in the EU; where a division by zero fails, it must not be tried on that row.
    sql = "SELECT count(*) FROM customers WHERE 1 / (id - 2) > -5"
    assert (await ask(shop, sql))[1] == [[16]]


async def test_other_rules_stop_a_query_that_runs(shop: Ruled) -> None:
    await shop.catalogue()
    checked = shop.check("SELECT a.id FROM orders AS a CROSS JOIN orders AS b")
    limits = QueryLimits(max_rows=1_000_000)
    async with aclosing(shop.run(checked.sql, limits)) as pieces:  # type: ignore[type-var]
        async for piece in pieces:
            if isinstance(piece, Rows):
                break
        shop.known.rule(PRIVACY, Meaning())
        with pytest.raises(SourceFailed, match="rules of this source were changed"):
            async for _ in pieces:
                pass


async def test_metrics_and_segments_are_words_of_its_sql(shop: Ruled) -> None:
    await shop.catalogue()
    shop.known.rule(OPEN, MEANING)
    sql = "SELECT METRIC(revenue) AS a, METRIC(order_count) AS b, METRIC(order_value) AS c"
    sql += " FROM orders"
    assert [float(cell) for cell in (await ask(shop, sql))[1][0]] == [27.5, 10.0, 2.75]
    joined = (
        "SELECT METRIC(order_count) AS n FROM orders AS o"
        " JOIN customers AS c ON c.id = o.customer_id WHERE SEGMENT(europeans)"
    )
    assert (await ask(shop, joined))[1] == [[3]]
    assert (
        "more than once"
        in shop.check(
            "SELECT METRIC(order_count) FROM orders AS o JOIN customers AS c ON c.region = o.note"
        )
        .findings[0]
        .message
    )


async def test_a_metric_of_what_is_hidden_is_not_known(shop: Ruled) -> None:
    await shop.catalogue()
    shop.known.rule(PRIVACY, MEANING)
    names = [metric.name for metric in (await shop.catalogue()).meaning.metrics]
    assert names == ["revenue", "order_count", "order_value"]
    (finding,) = shop.check("SELECT METRIC(noted) FROM orders").findings
    assert "There is no metric noted" in finding.message
