"""What runs is what was asked: the guard's text gives the rows of the text that was written."""

from engine.ports import QueryLimits, Source
from tests.contracts.shop import ask
from tests.engine.sources.honest import honest

ARROWS = ("x -> x + 1", "lambda x : x + 1")
"""What DuckDB no longer takes, and what the guard writes in its place."""


async def test_what_the_guard_writes_anew_answers_alike(shop: Source) -> None:
    await shop.catalogue()
    limits = QueryLimits(max_rows=2_000, max_seconds=30)
    for sql in honest(shop.dialect):
        _, asked, _ = await ask(shop, sql.replace(*ARROWS), limits, checked=False)
        columns, written, _ = await ask(shop, sql, limits)
        assert written == asked, sql
        assert columns
