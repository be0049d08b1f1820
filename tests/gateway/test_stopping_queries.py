"""Stopping a run or a query on the wire stops the statement in the database itself."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from engine.models.scripted import call
from tests.contracts.servers import Server, postgres_programs, postgres_server
from tests.gateway.serving import Served, serving

pytestmark = pytest.mark.skipif(
    postgres_programs() is None, reason="no PostgreSQL server on this machine (Debian: postgresql)"
)
ENDLESS = "SELECT count(*) FROM things a, things b, things c, things d"
SECONDS = 2.0
"""How soon it must be over: a second, and one for a machine that does other things."""


@pytest.fixture(scope="module")
def database() -> Iterator[Server]:
    with postgres_server() as running:

        async def fill() -> None:
            async with owner(running) as connection:
                await connection.execute(
                    "CREATE TABLE things AS SELECT n FROM generate_series(1, 3000) n;"
                    "CREATE ROLE reader LOGIN; GRANT SELECT ON things TO reader"
                )

        asyncio.run(fill())
        yield running


@asynccontextmanager
async def owner(server: Server) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(
        host=server.host, port=server.port, user="postgres", database="postgres"
    )
    yield connection
    await connection.close()


async def connect(served: Served, database: Server) -> None:
    """Make the database a source of the server."""
    place = {"host": database.host, "port": database.port, "database": "postgres", "user": "reader"}
    body = json.dumps({"name": "far", "kind": "postgres", "config": place}).encode()
    kind = {"Content-Type": "application/json"}
    assert (await served.http("POST", "/api/v1/sources", body, kind))[0] == 201


async def until_busy(watcher: Any, busy: bool) -> None:
    """Wait until the reader's query runs on the server, or runs no more."""
    sql = (
        "SELECT count(*) FROM pg_stat_activity WHERE usename = 'reader' AND state = 'active'"
        " AND query LIKE '%things%'"
    )
    async with asyncio.timeout(20):
        while bool(await watcher.fetchval(sql)) is not busy:
            pass


@pytest.mark.parametrize("what", ["run", "query"])
async def test_what_is_stopped_stops_in_the_database(
    tmp_path: Path, database: Server, what: str
) -> None:
    rounds = (call("run_sql", "c", ENDLESS, sql=ENDLESS),)
    async with (
        serving(tmp_path, rounds) as served,
        served.talk() as talk,
        owner(database) as watcher,
    ):
        await connect(served, database)
        session = (await talk.result(type="session.create", source="far"))["session"]
        await talk.result(type="session.follow", session=session)
        if what == "run":
            started = await talk.result(type="run.start", session=session, text="how many?")
            stop = {"type": "run.cancel", "run": started["run"]}
        else:
            query = {"type": "query.run", "session": session, "source": "far", "sql": ENDLESS}
            stop = {"type": "query.cancel", "item": (await talk.result(**query))["item"]}
        await until_busy(watcher, True)
        began = time.monotonic()
        await talk.result(session=session, **stop)
        await until_busy(watcher, False)
        assert time.monotonic() - began < SECONDS
        records = await talk.records("run.finished" if what == "run" else "item.completed")
        outcome = records[-1].get("outcome")
        assert outcome == ("cancelled" if what == "run" else "interrupted")
