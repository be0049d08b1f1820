"""SQL of weak models is mended where it would fail for certain, and nowhere else."""

import sqlite3

import pytest

from bench.nl2sql import described
from engine.models.repairing import repaired
from engine.ports import Catalogue

TABLES = """
CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT, country TEXT);
CREATE TABLE orders (
    id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers(id), amount REAL, at TEXT
);
CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT, price REAL);
CREATE TABLE order_items (
    id INTEGER PRIMARY KEY, order_id INTEGER REFERENCES orders(id),
    product_id INTEGER REFERENCES products(id), quantity INTEGER
);
"""


@pytest.fixture(scope="module")
def database() -> sqlite3.Connection:
    found = sqlite3.connect(":memory:")
    found.executescript(TABLES)
    return found


@pytest.fixture(scope="module")
def catalogue(database: sqlite3.Connection) -> Catalogue:
    return described(database, "shop")


@pytest.mark.parametrize(
    ("sql", "note"),
    [
        ("SELECT country, SUM(amount) FROM orders GROUP BY country", "joined customers"),
        ("SELECT customers.name, COUNT(*) FROM orders GROUP BY 1", "joined customers"),
        ("SELECT o.country FROM orders o", "joined customers"),
        ("SELECT c.name, p.name FROM customers c JOIN products p", "joined order_items"),
        ("SELECT * FROM orders JOIN customers", "joined customers"),
        (
            "SELECT c.name FROM customers c JOIN products p ON c.product_id = p.id",
            "joined order_items",
        ),
        ("SELECT nme FROM custmers", "table custmers read as customers"),
        ("SELECT product_name FROM products", "column product_name read as name"),
        ("SELECT price * quantity FROM order_items WHERE country = 'DE'", "joined products"),
        ("SELECT id, country FROM orders", "joined customers"),
        (
            "SELECT name FROM customers WHERE id IN (SELECT customr_id FROM orders)",
            "column customr_id read as customer_id",
        ),
        (
            "SELECT orders.name FROM orders JOIN customers ON orders.customer_id = customers.id",
            "name is a column of customers",
        ),
        (
            "SELECT country FROM orders WHERE amount > (SELECT AVG(amount) FROM orders)",
            "joined customers",
        ),
    ],
)
def test_what_would_fail_is_mended_and_said(
    database: sqlite3.Connection, catalogue: Catalogue, sql: str, note: str
) -> None:
    try:
        database.execute(sql)
    except sqlite3.OperationalError:
        fails = True
    else:
        fails = "JOIN" in sql  # a join without a condition does not fail: it gives nonsense
    assert fails
    mended = repaired(sql, catalogue)
    assert any(note in said for said in mended.notes), mended
    database.execute(mended.sql)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT COUNT(*) AS n FROM orders ORDER BY n",
        "SELECT c.name FROM customers AS c WHERE c.id = 3",
        "SELECT name FROM customers c WHERE EXISTS (SELECT 1 FROM orders o WHERE o.id = c.id)",
        "SELECT name FROM customers WHERE EXISTS (SELECT 1 FROM orders WHERE country = 'DE')",
        "WITH x AS (SELECT * FROM orders) SELECT foo FROM x",
        "SELECT y.anything FROM (SELECT 1 AS a) AS y",
        "SELECT * FROM customers, orders",
        "SELECT * FROM customers CROSS JOIN orders",
        "SELECT zzz FROM customers",
        "SELECT a FROM b; DROP TABLE customers",
        "DELETE FROM custmers",
        "not sql at all (",
        "",
    ],
)
def test_what_is_right_or_beyond_help_is_left_alone(catalogue: Catalogue, sql: str) -> None:
    assert repaired(sql, catalogue).sql == sql
    assert repaired(sql, catalogue).notes == ()
