"""MySQL and MariaDB as a source, read-only by construction.

Every query has a connection of its own, so that nothing of a session can reach another: a user
without rights beyond reading, a read-only transaction, one statement prepared by the server.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncmy
import msgspec
from asyncmy.cursors import SSCursor

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
from engine.sources.mysql_connection import StrictConnection
from engine.sources.mysql_estimate import expected
from engine.sources.mysql_failures import failures
from engine.sources.mysql_survey import survey
from engine.sources.mysql_types import column_types
from engine.sources.serving import Fetch, stream, timed_out
from engine.sources.trusting import trusted
from protocol.items import Column, ColumnType

CONNECT_SECONDS = 10
EXPLAIN_SECONDS = 5.0
GRACE_SECONDS = 0.5
HARMLESS = frozenset(
    ("USAGE", "SELECT", "SHOW VIEW", "SHOW DATABASES", "CREATE TEMPORARY TABLES", "LOCK TABLES")
)
SETTINGS = (
    "SET SESSION sql_mode = 'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION'",
    "SET SESSION time_zone = '+00:00'",
    "SET SESSION lock_wait_timeout = 3",
)


class MysqlProfile(msgspec.Struct, frozen=True, kw_only=True):
    """How to reach a MySQL or MariaDB database."""

    host: str = "localhost"
    port: int = 3306
    database: str
    user: str
    password: str | None = None
    tls: bool = False
    authority: str | None = None
    """Who vouches for the server, as PEM; the system's authorities if not set."""

    def __repr__(self) -> str:
        """Say where, never with which password: a log may see this."""
        return f"MysqlProfile({self.user}@{self.host}:{self.port}/{self.database})"


class MysqlSource:
    """One database. See `engine.ports.Source`."""

    dialect = "mysql"
    abilities = Abilities(cancel=True, estimate=True, stream=True)

    def __init__(
        self,
        name: str,
        profile: MysqlProfile,
        *,
        policy: Policy | None = None,
        connections: int = 4,
        survey_seconds: float = 2.0,
    ) -> None:
        self.name = name
        self._profile = profile
        self._survey_seconds = survey_seconds
        self._places = asyncio.Semaphore(connections)
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
        """Run SQL that `check` allowed. Leaving early kills it on the server."""
        end: RowsEnd | None = None
        rules = self.rules
        loop = asyncio.get_running_loop()
        until = loop.time() + limits.max_seconds + GRACE_SECONDS
        async with self._reading(limits) as connection:
            cursor = connection.cursor(SSCursor)
            with failures(limits):
                async with asyncio.timeout_at(until):
                    await _prepare(connection, sql)
                    await cursor.execute("EXECUTE askwire")
            described = cursor.description
            if not described:
                raise SourceFailed(
                    "query_failed", "The source refused: only what gives rows is run."
                )

            def types(first: Sequence[Sequence[Any]]) -> list[ColumnType]:
                return column_types([entry[1] for entry in described], first)

            names = [str(entry[0]) for entry in described]
            fetch = _fetching(connection, cursor, limits, until)
            async for piece in stream(names, types, fetch, limits):
                self.known.still(rules)
                if isinstance(piece, RowsEnd):
                    end = piece
                else:
                    yield piece
        if end is not None:  # Said when the connection is gone.
            yield end

    async def estimate(self, sql: str) -> Estimate | None:
        """Say how many rows the server expects to go through. It has no cost to tell."""
        limits = QueryLimits(max_seconds=EXPLAIN_SECONDS)
        try:
            async with asyncio.timeout(EXPLAIN_SECONDS), self._reading(limits) as connection:
                with failures(limits):
                    return await expected(connection, sql)
        except (SourceFailed, TimeoutError):
            return None  # A question of cost is not worth an error: the query itself will say it.

    async def close(self) -> None:
        """Nothing is kept open between queries."""
        self._closed = True

    async def _describe(self) -> tuple[TableInfo, ...]:
        limits = QueryLimits(max_seconds=30)
        async with self._reading(limits) as connection:
            with failures(limits):
                return await survey(connection, self._survey_seconds)

    @asynccontextmanager
    async def _reading(self, limits: QueryLimits) -> AsyncGenerator[Any, None]:
        """Lend a connection in a read-only transaction, and end what it does when it is left."""
        if self._closed:
            raise SourceFailed("source_down", "The source is closed.")
        try:
            async with asyncio.timeout(limits.max_seconds):
                await self._places.acquire()
        except TimeoutError as error:
            raise SourceFailed(
                "source_down",
                "All connections to the database are busy.",
                "Stop another query or ask again in a moment.",
            ) from error
        connection: Any = None
        done = False
        try:
            with failures(limits):
                connection = await self._connect()
                await _look_at_rights(connection)
                await _begin(connection, limits.max_seconds)
            yield connection
            done = True
        finally:
            self._places.release()
            if connection is not None:
                await self._end(connection, done)

    async def _connect(self) -> Any:
        profile = self._profile
        connection = StrictConnection(  # type: ignore[no-untyped-call]  # the driver is untyped
            host=profile.host,
            port=profile.port,
            user=profile.user,
            password=profile.password or "",
            database=profile.database,
            charset="utf8mb4",
            connect_timeout=CONNECT_SECONDS,
            autocommit=False,
            program_name="askwire",
            ssl=trusted(profile.authority) if profile.tls else None,
        )
        await connection.connect()
        return connection

    async def _end(self, connection: Any, done: bool) -> None:
        """Close the connection. If it was left in the middle, kill its query first."""
        thread = connection.thread_id()
        connection.close()
        if done:
            return
        try:
            async with asyncio.timeout(1.0):
                killer = await self._connect()
                try:
                    await _say(killer, f"KILL {int(thread)}")
                finally:
                    killer.close()
        except (asyncmy.errors.MySQLError, OSError):
            pass  # It was over already, or the server is gone; the time limit of the session holds.


def _fetching(connection: Any, cursor: Any, limits: QueryLimits, until: float) -> Fetch:
    async def fetch(size: int) -> Sequence[Sequence[Any]]:
        with failures(limits):
            try:
                async with asyncio.timeout_at(until):
                    with connection.reading():
                        rows = list(await cursor.fetchmany(size) or ())
                    # The driver does not wait while its buffer lasts; others must have their turn.
                    await asyncio.sleep(0)
                    return rows
            except TimeoutError as error:
                raise timed_out(limits) from error

    return fetch


async def _prepare(connection: Any, sql: str) -> None:
    # Prepared by the server, which takes one statement only; the driver would send many.
    await _say(connection, f"PREPARE askwire FROM {connection.escape(sql)}")


async def _begin(connection: Any, seconds: float) -> None:
    for setting in SETTINGS:
        await _say(connection, setting)
    try:
        await _say(connection, f"SET SESSION max_statement_time = {seconds}")
    except asyncmy.errors.MySQLError:
        # MySQL has another name for it, and counts in milliseconds.
        await _say(connection, f"SET SESSION max_execution_time = {int(seconds * 1000)}")
    await _say(connection, "START TRANSACTION READ ONLY")


async def _look_at_rights(connection: Any) -> None:
    """Refuse a user who can do harm even in a read-only transaction, such as write files."""
    async with connection.cursor() as cursor:
        await cursor.execute(
            "SELECT DISTINCT privilege_type FROM information_schema.user_privileges WHERE grantee"
            " = CONCAT('''', SUBSTRING_INDEX(CURRENT_USER(), '@', 1), '''@''',"
            " SUBSTRING_INDEX(CURRENT_USER(), '@', -1), '''')"
        )
        rights = {str(row[0]).upper() for row in await cursor.fetchall()}
    harmful = sorted(rights - HARMLESS)
    if harmful:
        few = ", ".join(harmful[:4]).lower()
        raise SourceFailed(
            "source_down",
            f"This user may do more than read on the whole server ({few}); it is not used.",
            "Make a user for Askwire with SELECT on what may be read, and nothing else.",
        )


async def _say(connection: Any, statement: str) -> None:
    async with connection.cursor() as cursor:
        await cursor.execute(statement)


async def _unknown() -> object:
    """Whether a server's tables changed is not known without asking it."""
    return None
