"""A policy holds on every path: results, however they are asked for, and the catalogue."""

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from engine.sources.guard import Policy, check
from engine.sources.sqlite import SqliteSource
from tests.contracts.shop import ask

POLICY = Policy(
    hidden_tables=frozenset({"secrets"}),
    hidden_columns=frozenset({"customers.note"}),
    masks={"customers.email": "substr(email, 1, 1) || '***'"},
    row_filters={"customers": "region = 'EU'"},
)
COLUMNS = {"customers": ("id", "email", "region", "note"), "orders": ("id", "customer_id")}
MASKED = (
    '(SELECT "id", (SUBSTRING(email, 1, 1) || \'***\') AS "email", "region"'
    " FROM customers WHERE region = 'EU' LIMIT -1)"
)


def rewritten(sql: str, dialect: str = "sqlite") -> str:
    checked = check(sql, dialect=dialect, policy=POLICY, columns=COLUMNS)
    assert checked.ok, checked.findings
    return checked.sql


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT * FROM customers", f"SELECT * FROM {MASKED} AS customers"),
        ("SELECT c.email FROM customers AS c", f"SELECT c.email FROM {MASKED} AS c"),
        (
            "SELECT * FROM orders AS o JOIN customers ON customers.id = o.customer_id",
            f"SELECT * FROM orders AS o JOIN {MASKED} AS customers ON customers.id = o.customer_id",
        ),
        (
            "WITH customers AS (SELECT * FROM customers) SELECT * FROM customers",
            f"WITH customers AS (SELECT * FROM {MASKED} AS customers) SELECT * FROM customers",
        ),
        (
            "SELECT main.customers.id FROM main.customers",
            "SELECT customers.id FROM "
            + MASKED.replace("FROM customers", "FROM main.customers")
            + " AS customers",
        ),
        (
            "SELECT 1 FROM (WITH customers AS (SELECT 1) SELECT 2) AS x, customers",
            "SELECT 1 FROM (WITH customers AS (SELECT 1) SELECT 2) AS x"
            f" CROSS JOIN {MASKED} AS customers",
        ),
        ("SELECT * FROM orders", "SELECT * FROM orders"),
    ],
)
def test_reading_a_table_with_rules_becomes_reading_what_may_be_seen(
    sql: str, expected: str
) -> None:
    assert (
        rewritten(sql).replace("SUBSTR(", "SUBSTRING(").replace("substr(", "SUBSTRING(") == expected
    )


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM secrets",
        "SELECT * FROM main.SECRETS",
        "SELECT (SELECT max(x) FROM secrets)",
        "WITH a AS (SELECT * FROM secrets) SELECT * FROM a",
        "WITH secrets AS (SELECT * FROM secrets) SELECT * FROM secrets",
        "SELECT 1 FROM (WITH secrets AS (SELECT 1) SELECT 2) x, secrets",
        "SELECT 1 WHERE EXISTS (SELECT 1 FROM secrets)",
        "SELECT 1 UNION SELECT x FROM secrets",
    ],
)
def test_a_hidden_table_cannot_be_reached(sql: str) -> None:
    checked = check(sql, dialect="sqlite", policy=POLICY, columns=COLUMNS)
    assert checked.findings[0].code == "table_not_allowed"


@pytest.mark.parametrize(
    ("dialect", "sql"),
    [
        ("postgres", 'WITH "SECRETS" AS (SELECT 1) SELECT * FROM secrets'),
        ("mysql", "WITH Secrets AS (SELECT 1) SELECT * FROM secrets"),
        ("duckdb", "WITH RECURSIVE a AS (SELECT * FROM secrets), secrets AS (SELECT 1) FROM a"),
        ("duckdb", "WITH RECURSIVE secrets AS (SELECT * FROM secrets) FROM secrets"),
        ("duckdb", "WITH RECURSIVE secrets AS (FROM secrets UNION SELECT 1) FROM secrets"),
        ("duckdb", "WITH RECURSIVE secrets AS (SELECT 1 EXCEPT FROM secrets) FROM secrets"),
        ("duckdb", "SUMMARIZE secrets"),
        ("duckdb", "PIVOT secrets ON x"),
        ("postgres", "TABLE secrets"),
    ],
)
def test_names_that_only_look_alike_do_not_hide_a_table(dialect: str, sql: str) -> None:
    assert not check(sql, dialect=dialect, policy=POLICY, columns=COLUMNS).ok


@pytest.mark.parametrize(
    "sql",
    [
        "WITH secrets AS (SELECT 1 AS x) SELECT x FROM secrets",
        "WITH RECURSIVE secrets(x) AS (SELECT 1 UNION SELECT x + 1 FROM secrets WHERE x < 9)"
        " SELECT x FROM secrets",
    ],
)
def test_a_statements_own_table_of_a_hidden_name_is_its_own(sql: str) -> None:
    assert rewritten(sql) == sql


@pytest.mark.parametrize("sql", ["SUMMARIZE customers", "SELECT * FROM customers USING SAMPLE 10%"])
def test_what_would_go_round_a_rule_is_refused(sql: str) -> None:
    checked = check(sql, dialect="duckdb", policy=POLICY, columns=COLUMNS)
    assert (checked.ok and "WHERE region" not in checked.sql) is False


def test_rules_without_known_columns_refuse() -> None:
    checked = check("SELECT * FROM customers", dialect="sqlite", policy=POLICY)
    assert checked.findings[0].code == "policy"


def test_only_named_tables_can_be_read() -> None:
    policy = Policy(only_tables=frozenset({"orders"}))
    assert check("SELECT * FROM orders", dialect="sqlite", policy=policy).ok
    assert not check("SELECT * FROM customers", dialect="sqlite", policy=policy).ok


@pytest.fixture
async def source(tmp_path: Path) -> AsyncIterator[SqliteSource]:
    path = tmp_path / "x.db"
    connection = sqlite3.connect(path)
    connection.executescript(
        """
        CREATE TABLE customers (id INTEGER PRIMARY KEY, email TEXT, region TEXT, note TEXT,
                                password TEXT);
        CREATE TABLE secrets (x TEXT);
        INSERT INTO customers VALUES (1, 'ann@x', 'EU', 'n1', 'p1'), (2, 'bob@x', 'US', 'n2', 'p2');
        """
    )
    connection.close()
    made = SqliteSource("db", path, policy=POLICY)
    await made.catalogue()
    yield made
    await made.close()


async def test_results_show_what_may_be_seen(source: SqliteSource) -> None:
    _, rows, _ = await ask(source, "SELECT id, email, region FROM customers")
    assert rows == [[1, "a***", "EU"]]
    _, rows, _ = await ask(
        source, "SELECT count(*), max(email) FROM customers WHERE email LIKE '%x'"
    )
    assert rows == [[0, None]]


async def test_the_catalogue_shows_what_may_be_seen(source: SqliteSource) -> None:
    (table,) = (await source.catalogue()).tables
    assert [column.name for column in table.columns] == ["id", "email", "region", "password"]
    assert [column.samples for column in table.columns] == [(), (), (), ()]


async def test_samples_of_sensitive_columns_are_never_shown(tmp_path: Path) -> None:
    path = tmp_path / "y.db"
    connection = sqlite3.connect(path)
    connection.executescript(
        "CREATE TABLE t (name TEXT, api_token TEXT); INSERT INTO t VALUES ('a', 's3cret')"
    )
    connection.close()
    source = SqliteSource("db", path, policy=Policy())
    (table,) = (await source.catalogue()).tables
    assert [column.samples for column in table.columns] == [("a",), ()]
    await source.close()


async def test_a_condition_from_outside_never_meets_a_row_that_is_not_seen(tmp_path: Path) -> None:
    """SQLite tries a query in a WHERE last: an error of the other part told of hidden rows."""
    path = tmp_path / "z.db"
    connection = sqlite3.connect(path)
    connection.executescript(
        "CREATE TABLE t (region TEXT, said TEXT); INSERT INTO t VALUES ('EU', '{}'), ('US', 'no')"
    )
    connection.close()
    policy = Policy(row_filters={"t": "(SELECT region = 'EU')"})
    source = SqliteSource("db", path, policy=policy)
    await source.catalogue()
    sql = "SELECT said FROM t WHERE json_extract(said, '$.a') IS NULL"
    assert (await ask(source, sql))[1] == [["{}"]]
    await source.close()


@pytest.mark.parametrize(
    ("dialect", "sql"),
    [
        ("sqlite", "SELECT * FROM pragma_table_info('customers')"),
        ("sqlite", "EXPLAIN SELECT * FROM customers"),
        ("mysql", "SHOW COLUMNS FROM customers"),
        ("mysql", "DESCRIBE customers"),
        ("duckdb", "DESCRIBE customers"),
        ("postgres", "SELECT NULL::customers"),
        ("postgres", "SELECT column_name FROM information_schema.columns"),
        ("postgres", "SELECT relname FROM pg_catalog.pg_class"),
        ("postgres", "SELECT attname FROM pg_attribute"),
        ("duckdb", "SELECT table_name FROM information_schema.tables"),
        ("mysql", "SELECT 1 WHERE EXISTS (SELECT 1 FROM INFORMATION_SCHEMA.COLUMNS)"),
        ("postgres", "SELECT * FROM json_populate_record(NULL::customers, '{}')"),
        ("postgres", "SELECT pg_relation_size('secrets')"),
        ("postgres", "EXPLAIN (ANALYZE) SELECT * FROM customers"),
        ("postgres", "SELECT NULL::_customers"),
        ("postgres", "SELECT format_type(16384, NULL)"),
        ("postgres", "SELECT pg_get_indexdef(16384)"),
        ("sqlite", "SELECT rowid FROM customers"),
        ("sqlite", "SELECT c.oid FROM customers AS c, orders"),
    ],
)
def test_what_tells_of_tables_without_reading_them_is_refused(dialect: str, sql: str) -> None:
    assert not check(sql, dialect=dialect, policy=POLICY, columns=COLUMNS).ok
    assert check(sql, dialect=dialect).ok


@pytest.mark.parametrize(
    ("dialect", "sql"),
    [
        ("postgres", "SELECT 'a'::tsquery, 'sad'::mood, NULL::point FROM customers"),
        ("sqlite", "SELECT o.rowid FROM orders AS o JOIN customers AS c ON c.id = o.customer_id"),
    ],
)
def test_what_tells_nothing_of_them_is_not_refused(dialect: str, sql: str) -> None:
    assert check(sql, dialect=dialect, policy=POLICY, columns=COLUMNS).ok
