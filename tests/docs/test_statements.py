"""What the pages show as meaning and rules can be stated as it stands."""

import re
import sqlite3
from pathlib import Path

import msgspec
import pytest

from engine.ports import Meaning
from engine.sources.privacy import Privacy, check_privacy
from engine.sources.semantic.checking import check_meaning
from engine.sources.semantic.reading import read
from engine.sources.sqlite import SqliteSource
from tests.shape.tree import text

PAGE = Path("docs/meaning.md")
SHOP = """
CREATE TABLE countries (code TEXT PRIMARY KEY);
CREATE TABLE people (id INTEGER PRIMARY KEY, region TEXT, mail TEXT, pin TEXT);
CREATE TABLE orders (id INTEGER PRIMARY KEY, seller_id INTEGER, country TEXT, amount REAL,
                     status TEXT, test INTEGER, ordered_at TEXT);
"""


def shown(what: str) -> str:
    found = re.search(
        rf"<!-- {what} of the shop in .*? -->\n```yaml\n(.*?)```", text(PAGE), re.DOTALL
    )
    assert found is not None, what
    return found[1]


@pytest.fixture
async def shop(tmp_path: Path) -> SqliteSource:
    with sqlite3.connect(tmp_path / "shop.db") as database:
        database.executescript(SHOP)
    database.close()
    return SqliteSource("shop", tmp_path / "shop.db")


async def test_the_texts_of_the_page_fit_the_shop_that_they_speak_of(shop: SqliteSource) -> None:
    await shop.catalogue()
    meaning = read(shown("a meaning"), Meaning, "meaning")
    rules = read(shown("rules"), Privacy, "rules")
    tables = shop.known.tables
    assert check_meaning(meaning.value, tables, "sqlite", meaning.lines) == ()
    assert check_privacy(rules.value, tables, "sqlite", rules.lines) == ()
    shop.known.rule(rules.value, meaning.value)
    said = re.search(r"```sql\n(.*?)```", text(PAGE), re.DOTALL)
    assert said is not None
    assert shop.check(said[1]).ok
    seen = (await shop.catalogue()).meaning
    assert msgspec.to_builtins(seen) == msgspec.to_builtins(meaning.value)
    await shop.close()
