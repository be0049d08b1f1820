"""PostgreSQL as a source, read-only by construction.

The role may not be one that can do harm by itself; every query is one prepared statement in a
read-only transaction that has already run a query, so that nothing in it can make it writable; and
the session is wiped before anybody else gets it.
"""

import asyncio
import json
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Any, Literal

import asyncpg
import msgspec

from engine.ports import (
    Abilities,
    Catalogue,
    Checked,
    Estimate,
    QueryLimits,
    Rows,
    RowsEnd,
    SourceFailed,
    TableInfo,
)
from engine.sources.catalogue import KeptCatalogue
from engine.sources.guard import Policy
from engine.sources.postgres_failures import failures
from engine.sources.postgres_survey import survey
from engine.sources.postgres_types import column_type
from engine.sources.serving import stream, timed_out
from engine.sources.trusting import trusted
from protocol.items import Column, ColumnType

CONNECT_SECONDS = 10.0
GRACE_SECONDS = 0.5
SETTINGS = {
    "application_name": "askwire",
    "default_transaction_read_only": "on",
    "standard_conforming_strings": "on",
    "timezone": "UTC",
    "intervalstyle": "iso_8601",
    "lock_timeout": "3000",
    "idle_in_transaction_session_timeout": "120000",
}
HARMFUL = (
    "pg_execute_server_program",
    "pg_write_server_files",
    "pg_read_server_files",
    "pg_signal_backend",
)
ROLE = f"""
SELECT r.rolsuper, r.rolreplication, r.rolcreaterole, ARRAY(
    SELECT g.rolname::text FROM pg_catalog.pg_roles g
    WHERE g.rolname IN ({", ".join(f"'{name}'" for name in HARMFUL)})
      AND pg_catalog.pg_has_role(r.oid, g.oid, 'MEMBER')
) AS member
FROM pg_catalog.pg_roles r WHERE r.rolname = current_user
"""


class PostgresProfile(msgspec.Struct, frozen=True, kw_only=True):
    """How to reach a PostgreSQL database."""

    host: str = "localhost"
    port: int = 5432
    database: str
    user: str
    password: str | None = None
    tls: Literal["prefer", "require", "verify-full", "disable"] = "prefer"
    authority: str | None = None
    """For `verify-full`: who vouches for the server, as PEM. Not set: the system's authorities."""

    def __repr__(self) -> str:
        """Say where, never with which password: a log may see this."""
        return f"PostgresProfile({self.user}@{self.host}:{self.port}/{self.database})"


class PostgresSource:
    """One database. See `engine.ports.Source`."""

    dialect = "postgres"
    abilities = Abilities(cancel=True, estimate=True, stream=True)

    def __init__(
        self,
        name: str,
        profile: PostgresProfile,
        *,
        policy: Policy | None = None,
        connections: int = 4,
        survey_seconds: float = 2.0,
    ) -> None:
        self.name = name
        self._profile = profile
        self._size = connections
        self._survey_seconds = survey_seconds
        self._pool: Any = None
        self._opening = asyncio.Lock()
        self._closed = False
        self.known = KeptCatalogue(
            name, self.dialect, self._describe, _unknown, policy, repr(profile)
        )

    @property
    def rules(self) -> str:
        """Name where it points and the policy in force."""
        return self.known.rules

    async def catalogue(self, refresh: bool = False) -> Catalogue:
        """Describe the database."""
        return await self.known.get(refresh)

    def check(self, sql: str, max_rows: int | None = None) -> Checked:
        """Ask the guard."""
        return self.known.check(sql, max_rows)

    async def run(
        self, sql: str, limits: QueryLimits
    ) -> AsyncGenerator[tuple[Column, ...] | Rows | RowsEnd, None]:
        """Run SQL that `check` allowed. Leaving early cancels it on the server."""
        end: RowsEnd | None = None
        rules = self.rules
        async with self._reading(limits.max_seconds) as connection:
            loop = asyncio.get_running_loop()
            until = loop.time() + limits.max_seconds + GRACE_SECONDS
            with failures(limits):
                async with asyncio.timeout_at(until):
                    statement = await connection.prepare(sql)
                    attributes = statement.get_attributes()
                    if not attributes:
                        raise SourceFailed(
                            "query_failed", "The source refused: only what gives rows is run."
                        )
                    cursor = await statement.cursor()

            async def fetch(size: int) -> list[Any]:
                with failures(limits):
                    try:
                        async with asyncio.timeout_at(until):
                            rows: list[Any] = await cursor.fetch(size)
                            return rows
                    except TimeoutError as error:
                        raise timed_out(limits) from error

            names = [attribute.name for attribute in attributes]
            types: list[ColumnType] = [column_type(one.type) for one in attributes]
            async for piece in stream(names, lambda first: types, fetch, limits):
                self.known.still(rules)
                if isinstance(piece, RowsEnd):
                    end = piece
                else:
                    yield piece
        if end is not None:  # Said when the connection is free again.
            yield end

    async def estimate(self, sql: str) -> Estimate | None:
        """Ask the planner. None if it cannot plan the statement."""
        if sql.lstrip().upper().startswith("EXPLAIN"):
            return None
        try:
            async with self._reading(5.0) as connection:
                with failures(QueryLimits(max_seconds=5.0)):
                    said = await connection.fetchval(f"EXPLAIN (FORMAT JSON) {sql}")
        except SourceFailed:
            return None
        plan = json.loads(said)[0]["Plan"]
        rows, width = int(plan["Plan Rows"]), int(plan["Plan Width"])
        return Estimate(rows=rows, bytes=rows * width, cost=float(plan["Total Cost"]))

    async def close(self) -> None:
        """Close the connections."""
        self._closed = True
        if self._pool is not None:
            self._pool.terminate()
            self._pool = None

    async def _describe(self) -> tuple[TableInfo, ...]:
        async with self._reading(30.0) as connection:
            with failures(QueryLimits()):
                return await survey(connection, self._survey_seconds)

    @asynccontextmanager
    async def _reading(self, seconds: float) -> AsyncGenerator[Any, None]:
        """Lend a connection in a read-only transaction. What is left of it is rolled back."""
        pool = await self._opened()
        with failures(QueryLimits(max_seconds=seconds)):
            try:
                connection = await pool.acquire(timeout=CONNECT_SECONDS)
            except TimeoutError as error:
                raise SourceFailed(
                    "source_down",
                    "The database did not answer, or all connections to it are busy.",
                    "Stop another query or ask again in a moment.",
                ) from error
        transaction = connection.transaction(readonly=True)
        try:
            with failures(QueryLimits(max_seconds=seconds)):
                await transaction.start()
                await connection.execute(f"SET LOCAL statement_timeout = {int(seconds * 1000)}")
                # After a query, no SET can make the transaction writable any more.
                await connection.fetchval("SELECT 1 FROM pg_catalog.pg_class LIMIT 1")
            yield connection
        finally:
            await _give_back(pool, connection, transaction)

    async def _opened(self) -> Any:
        async with self._opening:
            if self._closed:
                raise SourceFailed("source_down", "The source is closed.")
            if self._pool is None:
                with failures(QueryLimits()):
                    self._pool = await asyncpg.create_pool(
                        host=self._profile.host,
                        port=self._profile.port,
                        database=self._profile.database,
                        user=self._profile.user,
                        password=self._profile.password,
                        ssl=_tls(self._profile),
                        min_size=0,
                        max_size=self._size,
                        timeout=CONNECT_SECONDS,
                        statement_cache_size=0,
                        max_inactive_connection_lifetime=120.0,
                        server_settings=SETTINGS,
                        init=_look_at_role,
                        reset=_wipe,
                    )
            return self._pool


def _tls(profile: PostgresProfile) -> ssl.SSLContext | str | bool:
    """Say how to speak TLS. The driver's own `verify-full` only knows a file in a home folder."""
    if profile.tls == "verify-full":
        return trusted(profile.authority)
    return False if profile.tls == "disable" else profile.tls


async def _look_at_role(connection: Any) -> None:
    """Refuse a role that can do harm even in a read-only transaction."""
    role = await connection.fetchrow(ROLE)
    can: list[str] = list(role["member"])
    for right, name in (
        ("rolsuper", "superuser"),
        ("rolreplication", "replication"),
        ("rolcreaterole", "createrole"),
    ):
        if role[right]:
            can.append(name)
    if can:
        raise SourceFailed(
            "source_down",
            f"This role may do more than read ({', '.join(can)}); it is not used.",
            "Make a role for Askwire with SELECT on what may be read, and nothing else.",
        )
    # As text, because Python has no months in its intervals.
    await connection.set_type_codec(
        "interval", schema="pg_catalog", encoder=str, decoder=str, format="text"
    )


async def _wipe(connection: Any) -> None:
    await connection.execute("DISCARD ALL")


async def _give_back(pool: Any, connection: Any, transaction: Any) -> None:
    """End the transaction, and what runs in it, within a second; else drop the connection."""
    try:
        async with asyncio.timeout(1.0):
            if connection.is_in_transaction():
                await transaction.rollback()
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        _drop(connection)
    try:
        await pool.release(connection, timeout=1.0)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        _drop(connection)


def _drop(connection: Any) -> None:
    with suppress(asyncpg.InterfaceError):  # It may have broken, and been dropped, by itself.
        connection.terminate()


async def _unknown() -> object:
    """Whether a server's tables changed is not known without asking it."""
    return None
