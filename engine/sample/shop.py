"""The sample shop as a SQLite file."""

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from random import Random

from engine.sample.customers import Customers
from engine.sample.orders import sales
from engine.sample.products import Product, categories, products
from engine.sample.reviews import Review, Reviewers
from engine.sample.schema import INDEXES, TABLES
from engine.sample.words import REGIONS


def write_shop(path: Path) -> None:
    """Make the shop's database at `path`, which must not be there yet."""
    database = sqlite3.connect(path)
    try:
        # The file is thrown away when this fails, so there is nothing to keep safe meanwhile.
        database.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")
        database.executescript(TABLES)
        sold = products()
        _fill(database, "regions", _numbered((r.name, r.country) for r in REGIONS))
        _fill(database, "categories", categories())
        _fill(database, "products", [_row(product) for product in sold])
        customers = _trade(database, sold)
        _fill(database, "customers", customers.all)
        database.executescript(INDEXES)
        database.execute("ANALYZE")
        database.commit()
    finally:
        database.close()


def _trade(database: sqlite3.Connection, sold: list[Product]) -> Customers:
    """Let the shop do its business; everyone who came is returned."""
    customers = Customers(Random("askwire sample: customers"))
    reviewers = Reviewers()
    reviews: list[Review] = []
    for day in sales(sold, customers):
        _fill(database, "orders", [sale.order for sale in day])
        _fill(database, "order_items", [(None, *item) for sale in day for item in sale.items])
        for sale in day:
            reviews.extend(reviewers.about(sale))
    # People see reviews by date, so they are numbered that way.
    reviews.sort(key=lambda review: (review.written_on, review.order_id, review.product_id))
    _fill(database, "reviews", _numbered(reviews))
    return customers


def _row(product: Product) -> tuple[object, ...]:
    ended = product.discontinued_on
    return (*product[:7], product.introduced_on.isoformat(), ended and ended.isoformat())


def _numbered(rows: Iterable[Sequence[object]]) -> list[tuple[object, ...]]:
    return [(number, *row) for number, row in enumerate(rows, 1)]


def _fill(database: sqlite3.Connection, table: str, rows: Sequence[Sequence[object]]) -> None:
    if rows:
        marks = ", ".join("?" * len(rows[0]))
        database.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
