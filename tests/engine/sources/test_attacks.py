"""Attacks from outside the repository: the guard refuses them, and sources stand without it."""

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from engine.ports import QueryLimits, SourceFailed
from engine.sources.guard import check
from tests.contracts.servers import Server, postgres_programs, postgres_server
from tests.contracts.shop import ask
from tests.engine.sources.corpora import attacks, legit
from tests.engine.sources.grounds import (
    Ground,
    duckdb_ground,
    postgres_database,
    postgres_ground,
    sqlite_ground,
)
from tests.engine.sources.outside import Case, beside, cases

SHORT = QueryLimits(max_rows=1_000, max_seconds=0.4, max_bytes=8 * 1024 * 1024)
BOUNDS = ("query_timeout", "query_too_large", "query_failed", "source_down")
WRAPS = (
    "{}",
    "SELECT count(*) FROM ({}) AS t",
    "WITH w AS ({}) SELECT * FROM w",
    "({0}) UNION ALL ({0})",
    "EXPLAIN ANALYZE {}",
)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    if postgres_programs() is None:
        pytest.skip("no PostgreSQL server on this machine (Debian: postgresql)")
    with postgres_server() as running:
        yield running


@pytest.fixture(params=["sqlite", "duckdb", "postgres"])
async def ground(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Ground]:
    async with AsyncExitStack() as stack:
        if request.param == "postgres":
            made = postgres_ground(request.getfixturevalue("server"))
        else:
            made = (sqlite_ground if request.param == "sqlite" else duckdb_ground)(tmp_path)
        yield await stack.enter_async_context(made)


async def stopped(ground: Ground, sql: str) -> str | None:
    """Run a text as it is; return with which code the source stopped it, if it did."""
    start = time.monotonic()
    try:
        await ask(ground.source, sql, SHORT, checked=False)
    except SourceFailed as failure:
        return failure.info.code
    finally:
        # The bounds, the grace after them, and the start of a child on a busy machine.
        assert time.monotonic() - start < 10, sql
    return None


@beside
@pytest.mark.parametrize("case", cases("attacks"))
def test_what_must_be_refused_is(case: Case) -> None:
    checked = check(case.sql, dialect=case.dialect, max_rows=1_000)
    assert case.expect != "refuse" or (checked.findings and not checked.ok)


@beside
@pytest.mark.parametrize("case", cases("legit"))
def test_what_honest_people_ask_is_allowed(case: Case) -> None:
    checked = check(case.sql, dialect=case.dialect, max_rows=1_000)
    assert checked.ok, checked.findings


@beside
async def test_honest_questions_are_answered_and_change_nothing(ground: Ground) -> None:
    before = await ground.state()
    for case in cases("legit", ground.source.dialect):
        await ask(ground.source, case.sql, QueryLimits(max_rows=1_000, max_seconds=10))
    assert await ground.state() == before


@beside
async def test_what_has_no_end_is_stopped_by_the_bounds(ground: Ground) -> None:
    before = await ground.state()
    for case in cases("attacks", ground.source.dialect):
        if case.expect != "limit":
            continue
        # Also those that the guard refuses by itself: the source must hold without it.
        assert await stopped(ground, case.sql) in (None, *BOUNDS), case.sql
    assert await ground.state() == before
    assert (await ask(ground.source, "SELECT count(*) FROM orders"))[1] == [[60]]


@beside
@pytest.mark.slow
async def test_sources_stand_without_the_guard(ground: Ground) -> None:
    before = await ground.state()
    for case in cases("attacks", ground.source.dialect):
        code = await stopped(ground, case.sql)
        assert code is None or code in BOUNDS, (case.sql, code)
    assert await ground.state() == before
    assert (await ask(ground.source, "SELECT count(*) FROM orders"))[1] == [[60]]


async def _wrote(owner: Any, sql: str) -> object:
    """Run it to its end or to its error, and return what number its writing was given."""
    transaction = owner.transaction()
    await transaction.start()
    try:
        try:
            async with owner.transaction():
                await owner.fetch(sql)
        except asyncpg.PostgresError:
            pass  # What fails has written nothing: the transaction around it is looked at.
        return await owner.fetchval("SELECT pg_current_xact_id_if_assigned()::text")
    finally:
        await transaction.rollback()


async def test_whatever_the_guard_allows_only_reads(server: Server) -> None:
    """In a role that may write anything: a statement that writes is given a transaction's number.

    Attacks take part, wrapped in all ways: should one ever pass, the server tells what it did.
    """
    texts = [*attacks("postgres"), *legit("postgres")]
    outside = [*cases("attacks", "postgres"), *cases("legit", "postgres")]
    texts += [case.sql for case in outside if case.expect != "limit"]
    ran = 0
    async with postgres_database(server) as (owner, _):
        await owner.execute("SET statement_timeout = '300ms'")
        before = await owner.fetchval("SELECT last_value FROM numbers")
        for text in texts:
            for wrap in WRAPS:
                checked = check(wrap.format(text), dialect="postgres", max_rows=100)
                if checked.ok:
                    ran += 1
                    assert await _wrote(owner, checked.sql) is None, checked.sql
        assert await owner.fetchval("SELECT last_value FROM numbers") == before
    assert ran > len(legit("postgres"))
