"""The sample data: the same every time, whole, and worth asking questions about."""

import csv
import hashlib
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from engine.sample import CSV_NAMES, SHOP_NAME, write
from engine.sample.making import put


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("sample")
    assert write(made)
    return made


@pytest.fixture(scope="module")
def shop(directory: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(directory / SHOP_NAME)) as database:
        yield database


def hashes(directory: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in directory.iterdir()
    }


def test_every_making_gives_the_same_bytes(directory: Path, tmp_path: Path) -> None:
    write(tmp_path)
    assert hashes(tmp_path) == hashes(directory)


def test_what_is_there_is_not_made_again(directory: Path) -> None:
    said: list[str] = []
    assert not write(directory, say=said.append)
    assert said == []


def test_a_making_that_was_cut_off_is_made_good(tmp_path: Path) -> None:
    def write_some(path: Path) -> None:
        path.write_text("whole\n", encoding="utf-8")

    def write_half(path: Path) -> None:
        path.write_text("ha", encoding="utf-8")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        put(tmp_path, {"first.csv": write_some, "second.csv": write_half}, "1")
    assert [path.name for path in tmp_path.iterdir()] == ["first.csv"]

    assert put(tmp_path, {"first.csv": write_some, "second.csv": write_some}, "1")
    assert (tmp_path / "second.csv").read_text(encoding="utf-8") == "whole\n"


def test_a_new_edition_is_made_over_the_old(tmp_path: Path) -> None:
    def says(word: str) -> Callable[[Path], object]:
        return lambda path: path.write_text(word, encoding="utf-8")

    assert put(tmp_path, {"word.txt": says("old")}, "1")
    assert not put(tmp_path, {"word.txt": says("new")}, "1")
    assert put(tmp_path, {"word.txt": says("new")}, "2")
    assert (tmp_path / "word.txt").read_text(encoding="utf-8") == "new"


def test_the_shop_has_the_size_it_promises(shop: sqlite3.Connection) -> None:
    def count(table: str) -> int:
        return int(shop.execute(f"SELECT count(*) FROM {table}").fetchone()[0])

    assert 95_000 <= count("orders") <= 106_000
    assert 235_000 <= count("order_items") <= 260_000
    assert 12_000 <= count("customers") <= 16_000
    assert 18_000 <= count("reviews") <= 22_000
    assert (count("regions"), count("categories"), count("products")) == (12, 35, 420)


def test_every_reference_leads_somewhere(shop: sqlite3.Connection) -> None:
    assert shop.execute("PRAGMA foreign_key_check").fetchall() == []
    assert shop.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_every_reference_and_date_has_an_index(shop: sqlite3.Connection) -> None:
    tables = [name for (name,) in shop.execute("SELECT name FROM sqlite_master WHERE type='table'")]
    for table in tables:
        indexed = {
            row[2]
            for (_, index, *_) in shop.execute(f"PRAGMA index_list({table})").fetchall()
            for row in shop.execute(f"PRAGMA index_info({index})")
        }
        referring = {row[3] for row in shop.execute(f"PRAGMA foreign_key_list({table})")}
        assert referring <= indexed, table


def test_orders_fill_every_month_and_end_with_the_last(shop: sqlite3.Connection) -> None:
    first, last, months = shop.execute(
        "SELECT min(date(ordered_at)), max(date(ordered_at)),"
        " count(DISTINCT strftime('%Y-%m', ordered_at)) FROM orders"
    ).fetchone()
    assert (first, last, months) == ("2023-01-01", "2026-10-31", 46)


def test_an_order_adds_up(shop: sqlite3.Connection) -> None:
    wrong = shop.execute(
        "SELECT o.order_id FROM orders o JOIN order_items i USING (order_id) GROUP BY o.order_id"
        " HAVING abs(sum(i.amount) * (1 - o.discount_percent / 100.0) + o.shipping_fee - o.total)"
        " > 0.0101"
    ).fetchall()
    assert wrong == []


def test_nothing_happens_before_it_can(shop: sqlite3.Connection) -> None:
    for question in (
        "SELECT 1 FROM orders JOIN customers USING (customer_id)"
        " WHERE date(ordered_at) < signed_up_on",
        "SELECT 1 FROM orders WHERE shipped_on < date(ordered_at) OR delivered_on < shipped_on",
        "SELECT 1 FROM orders WHERE status = 'delivered' AND delivered_on IS NULL",
        "SELECT 1 FROM reviews JOIN orders USING (order_id) WHERE written_on <= delivered_on",
        "SELECT 1 FROM order_items JOIN orders USING (order_id) JOIN products USING (product_id)"
        " WHERE date(ordered_at) < introduced_on",
    ):
        assert shop.execute(question).fetchone() is None, question


def test_there_is_something_to_find(shop: sqlite3.Connection) -> None:
    def value(question: str) -> float:
        return float(shop.execute(question).fetchone()[0])

    def orders(between: str) -> float:
        return value(f"SELECT count(*) FROM orders WHERE date(ordered_at) BETWEEN {between}")

    rating = "SELECT avg(rating) FROM reviews JOIN orders USING (order_id) WHERE status = "
    # Growth, the holidays, the week of the move, and that disappointment sends things back.
    assert orders("'2025-01-01' AND '2025-12-31'") > 1.3 * orders("'2023-01-01' AND '2023-12-31'")
    assert orders("'2025-12-01' AND '2025-12-31'") > 1.5 * orders("'2025-08-01' AND '2025-08-31'")
    assert orders("'2025-06-09' AND '2025-06-15'") < 0.5 * orders("'2025-06-16' AND '2025-06-22'")
    assert value(rating + "'returned'") < value(rating + "'delivered'") - 0.8
    assert value("SELECT count(*) FROM customers WHERE phone IS NULL") > 1000
    assert value("SELECT count(*) FROM orders WHERE payment_method IS NULL") > 1000


@pytest.mark.parametrize(
    ("name", "rows", "gaps"), [(CSV_NAMES[0], 1400 * 8, True), (CSV_NAMES[1], 1400 * 4, False)]
)
def test_the_series_are_tidy(directory: Path, name: str, rows: int, gaps: bool) -> None:
    with (directory / name).open(encoding="utf-8", newline="") as file:
        read = list(csv.DictReader(file))
    assert len(read) == rows
    assert (read[0]["date"], read[-1]["date"]) == ("2023-01-01", "2026-10-31")
    assert any("" in row.values() for row in read) == gaps
    assert all(None not in row and None not in row.values() for row in read)
