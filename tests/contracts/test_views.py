"""A view of a table that has rules is not seen, unless the rules name it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Final

import pytest

from engine.ports import Meaning, SourceFailed
from engine.sources.mysql_survey import tables_of
from engine.sources.privacy import ColumnRule, Privacy, TableRule, check_privacy
from tests.contracts.shop import ask, mysql_shop, postgres_shop, sqlite_shop
from tests.contracts.test_rules import Ruled

VIEWS: Final = (
    "CREATE VIEW people AS SELECT id, name AS who FROM customers WHERE id > 0",
    "CREATE VIEW buyers AS SELECT p.who, o.amount FROM people p JOIN orders o ON o.id = p.id",
    "CREATE VIEW sums AS SELECT customer_id, sum(amount) AS s FROM orders GROUP BY customer_id",
)
SHOPS: Final[dict[str, Callable[..., AbstractAsyncContextManager[Any]]]] = {
    "sqlite": sqlite_shop,
    "postgres": postgres_shop,
    "mysql": mysql_shop,
}
NAMES = ColumnRule(name="name", mask="'***'")


@pytest.fixture(params=SHOPS)
async def shop(
    request: pytest.FixtureRequest, tmp_path: Path, servers: dict[str, str]
) -> AsyncIterator[Ruled]:
    if request.param in servers:
        pytest.skip(servers[request.param])
    async with SHOPS[request.param](tmp_path, VIEWS) as source:
        yield source


def customers(*more: TableRule) -> Privacy:
    return Privacy(tables=(TableRule(name="customers", columns=(NAMES,)), *more))


async def seen(shop: Ruled) -> set[str]:
    return {table.name for table in (await shop.catalogue()).tables}


def knows_views(shop: Ruled) -> bool:
    """MySQL says what a view reads to who may see its text: our reader may not."""
    return shop.dialect != "mysql"


async def test_a_view_of_what_has_rules_is_not_seen(shop: Ruled) -> None:
    await shop.catalogue()
    assert (await ask(shop, "SELECT count(*) FROM people"))[1] == [[50]]
    shop.known.rule(customers(), Meaning())
    assert await seen(shop) == {"customers", "orders"} | ({"sums"} if knows_views(shop) else set())
    for view in ("people", "buyers"):
        (finding,) = shop.check(f"SELECT * FROM {view}").findings
        assert f"The view {view} shows a table that has rules" in finding.message
        assert "customers" not in finding.message


async def test_a_view_that_the_rules_name_is_seen_as_they_say(shop: Ruled) -> None:
    await shop.catalogue()
    who = ColumnRule(name="who", mask="'someone'")
    shop.known.rule(customers(TableRule(name="people", columns=(who,))), Meaning())
    assert (await ask(shop, "SELECT DISTINCT who FROM people"))[1] == [["someone"]]
    assert not shop.check("SELECT * FROM buyers").ok
    shown = (TableRule(name="people", shown=True), TableRule(name="buyers", shown=True))
    shop.known.rule(customers(*shown), Meaning())
    assert (await ask(shop, "SELECT count(*) FROM buyers"))[1] == [[50]]


async def test_owners_are_told_which_views_nobody_sees(shop: Ruled) -> None:
    await shop.catalogue()
    problems = check_privacy(customers(), shop.known.tables, shop.dialect)
    assert {problem.severity for problem in problems} == {"warning"}
    words = " ".join(problem.message for problem in problems)
    assert "Nobody sees the view people" in words
    assert "Nobody sees the view buyers" in words
    assert ("it reads customers" in words) == knows_views(shop)


async def test_a_view_is_hidden_with_what_it_reads(shop: Ruled) -> None:
    await shop.catalogue()
    shop.known.rule(Privacy(tables=(TableRule(name="orders", hidden=True),)), Meaning())
    assert await seen(shop) == {"customers"} | ({"people"} if knows_views(shop) else set())
    with pytest.raises(AssertionError, match="rules do not name it"):
        await ask(shop, "SELECT * FROM sums")
    with pytest.raises((AssertionError, SourceFailed)):
        await ask(shop, "SELECT * FROM orders")


async def test_what_shows_rows_in_other_ways_is_not_seen_either(
    tmp_path: Path, servers: dict[str, str]
) -> None:
    """A view over a function that reads, and tables that inherit: PostgreSQL has both."""
    if "postgres" in servers:
        pytest.skip(servers["postgres"])
    more = (
        "CREATE FUNCTION everybody() RETURNS SETOF customers LANGUAGE sql"
        " AS 'SELECT * FROM customers'",
        "CREATE VIEW called AS SELECT * FROM everybody()",
        "CREATE TABLE old_customers () INHERITS (customers)",
        "CREATE SCHEMA inner_part",
        "CREATE VIEW inner_part.step AS SELECT * FROM customers",
        "CREATE VIEW stepped AS SELECT * FROM inner_part.step",
        "CREATE VIEW computed AS SELECT lower('A') AS a",
    )
    async with SHOPS["postgres"](tmp_path, more) as source:
        await source.catalogue()
        source.known.rule(customers(), Meaning())
        assert await seen(source) == {"customers", "orders", "computed"}


async def test_an_index_of_texts_may_hold_those_of_a_table(tmp_path: Path) -> None:
    more = (
        "CREATE VIRTUAL TABLE texts USING fts5(name, content=customers)",
        "INSERT INTO texts(rowid, name) VALUES (7, 'Name seven')",
        "CREATE VIRTUAL TABLE places USING rtree(id, low, high)",
        "CREATE VIEW broken AS SELECT * FROM gone",
    )
    async with SHOPS["sqlite"](tmp_path, more) as source:
        assert await seen(source) == {"customers", "orders", "texts", "places"}
        assert (await ask(source, "SELECT rowid FROM texts WHERE texts MATCH 'seven'"))[1] == [[7]]
        source.known.rule(customers(), Meaning())
        assert await seen(source) == {"customers", "orders"}


@pytest.mark.parametrize(
    ("text", "tables"),
    [
        ("select `s`.`a`.`id` AS `id` from `s`.`a` join `s`.`b`", ("a", "b")),
        ("select `o`.`a`.`id` AS `id` from `o`.`a` union select 1 from `s`.`b`", ("?", "b")),
        ("select `s`.`f`(1) AS `x` from `s`.`b`", ("?", "b")),
        ("", ("?",)),
    ],
)
def test_a_text_of_mysql_tells_what_it_reads(text: str, tables: tuple[str, ...]) -> None:
    assert tables_of(text, "s") == tables
