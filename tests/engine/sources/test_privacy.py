"""Rules of an owner become a policy: each means the tables that it names, and no others."""

import asyncio

import pytest

from engine.ports import ColumnInfo, Meaning, TableInfo
from engine.sources.catalogue import KeptCatalogue
from engine.sources.guard import check
from engine.sources.guard.policy import columns_of
from engine.sources.privacy import CLOSED, OPEN, Privacy, check_privacy, policy_of, version_of
from engine.sources.semantic.reading import read


def table(name: str, schema: str = "") -> TableInfo:
    columns = tuple(ColumnInfo(name=one, type="text") for one in ("id", "pay"))
    return TableInfo(name=name, schema=schema, columns=columns)


TABLES = (
    table("people"),
    table("people", "payroll"),
    table("bonus", "payroll"),
    table("People", "odd"),
    table("bonus", "odd"),
)


def allowed(text: str, sql: str) -> bool:
    policy = policy_of(read(text, Privacy, "rules").value, TABLES)
    found = check(
        f"SELECT pay FROM {sql}", dialect="postgres", policy=policy, columns=columns_of(TABLES)
    )
    return found.ok and f"FROM {sql}" in found.sql


def restricted(text: str, sql: str) -> bool:
    policy = policy_of(read(text, Privacy, "rules").value, TABLES)
    found = check(
        f"SELECT id FROM {sql}", dialect="postgres", policy=policy, columns=columns_of(TABLES)
    )
    return "WHERE pay IS NULL" in found.sql


@pytest.mark.parametrize(
    ("rules", "open_", "closed"),
    [
        (
            "hidden_schemas: [payroll]",
            ("people", "public.people", "odd.bonus"),
            (
                "payroll.people",
                "payroll.bonus",
                "PAYROLL.Bonus",
                "bonus",
                "information_schema.tables",
            ),
        ),
        (
            "tables: [{name: payroll.people, hidden: true}]",
            ("people", "payroll.bonus", "odd.bonus"),
            ("payroll.people", "db.payroll.people", "nobody_knows_it", "pg_class"),
        ),
        (
            "tables: [{name: people, hidden: true}]",
            ("payroll.people", "odd.bonus"),
            ("people", "public.people", '"people"', "ONLY people"),
        ),
        ("only: [payroll.bonus]", ("payroll.bonus",), ("people", "odd.bonus", "payroll.people")),
    ],
)
def test_a_rule_means_the_tables_that_it_names(
    rules: str, open_: tuple[str, ...], closed: tuple[str, ...]
) -> None:
    assert [sql for sql in open_ if not allowed(rules, sql)] == []
    assert [sql for sql in closed if allowed(rules, sql)] == []


def test_a_name_alone_means_the_table_that_it_may_reach() -> None:
    rules = "tables: [{name: payroll.bonus, rows: pay IS NULL}]"
    # Which of two schemas a bare name reaches is the database's to say, so it gets the rule.
    assert [restricted(rules, sql) for sql in ("payroll.bonus", "bonus")] == [True, True]
    assert [restricted(rules, sql) for sql in ("odd.bonus", "people")] == [False, False]


def test_rules_that_cannot_be_read_let_nothing_through() -> None:
    policy = policy_of(CLOSED, TABLES)
    assert all(policy.hides(name) for name in ("people", "payroll.bonus", "anything"))


def test_other_rules_have_another_name() -> None:
    one = Privacy(only=("people",))
    assert version_of(OPEN) == ""
    assert len({version_of(rules) for rules in (OPEN, one, Privacy(samples=False), CLOSED)}) == 4


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("only: [peopel]", "only[0]: There is no table peopel. Did you mean people"),
        ("hidden_schemas: [payrol]", "There is no other schema payrol. There are odd, payroll."),
        ("sensitive: ['']", "An empty text is part of every name."),
        ("tables: [{name: people}]", "Say hidden: true, rows or columns"),
        (
            "tables: [{name: people, hidden: true}, {name: People, hidden: true}]",
            "People stands here twice.",
        ),
        ("tables: [{name: people, rows: pya > 1}]", "people has no column pya. Did you mean pay?"),
        ("tables: [{name: people, rows: 'pay > 1; DROP TABLE people'}]", "is not one expression"),
        ("tables: [{name: people, rows: pg_sleep(9) IS NULL}]", "pg_sleep is not allowed"),
        (
            "tables: [{name: people, columns: [{name: pay, mask: 1 + (SELECT 1 FROM people)}]}]",
            "no other query",
        ),
        ("tables: [{name: people, columns: [{name: pay}]}]", "Say either hidden: true or mask."),
        ("tables: [{name: people, columns: [{name: payy, hidden: true}]}]", "Did you mean pay?"),
    ],
)
def test_rules_that_do_not_fit_the_data_are_named(text: str, said: str) -> None:
    rules = read(text, Privacy, "rules")
    found = check_privacy(rules.value, TABLES, "postgres", rules.lines)
    assert any(said in problem.words() for problem in found), found


async def test_rules_made_while_a_catalogue_is_made_are_the_ones_in_force() -> None:
    async def described() -> tuple[TableInfo, ...]:
        return TABLES

    async def stamp() -> None:
        return None

    known = KeptCatalogue("shop", "postgres", described, stamp)
    await known.get()
    asked = asyncio.ensure_future(known.get(refresh=True))
    while not asked.done():  # Wherever the making of it stands, these are the newer rules.
        known.rule(CLOSED, Meaning())
        await asyncio.sleep(0)
    assert (await asked).tables == ()
    assert not known.check("SELECT id FROM people").ok
