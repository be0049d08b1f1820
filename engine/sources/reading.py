"""What all sources that read in children do alike: ask, pass on, stop in time."""

import asyncio
import time
from collections.abc import AsyncGenerator

import msgspec

from engine.ports import Estimate, QueryLimits, Rows, RowsEnd, SourceFailed, TableInfo
from engine.sources.children.frames import Piece, Run, Survey, Weigh
from engine.sources.children.pool import Pool
from engine.sources.serving import timed_out, unwrap
from protocol.items import Column

GRACE_SECONDS = 0.7
"""How much later than the child, which looks at the clock itself, the server kills it."""
SURVEY_SECONDS = 60.0
WEIGH_SECONDS = 5.0

_pieces = msgspec.msgpack.Decoder(Piece)
_tables = msgspec.msgpack.Decoder(tuple[TableInfo, ...])


async def run(
    pool: Pool, sql: str, limits: QueryLimits
) -> AsyncGenerator[tuple[Column, ...] | Rows | RowsEnd, None]:
    """Run checked SQL in a child of the pool. Closing the iterator kills the child."""
    request = Run(
        sql=sql,
        max_rows=limits.max_rows,
        max_seconds=limits.max_seconds,
        max_bytes=limits.max_bytes,
    )
    end: RowsEnd | None = None
    async with pool.lend(limits.max_seconds) as child:
        until = time.monotonic() + limits.max_seconds + GRACE_SECONDS
        answer = child.ask(msgspec.msgpack.encode(request))
        while True:
            try:
                async with asyncio.timeout(max(0.0, until - time.monotonic())):
                    payload = await anext(answer, None)
            except TimeoutError as error:
                raise timed_out(limits) from error
            if payload is None:
                break
            piece = unwrap(_pieces.decode(payload))
            if isinstance(piece, RowsEnd):
                end = piece
            else:
                yield piece
    if end is not None:  # Said when the child is free again.
        yield end


async def weigh(pool: Pool, sql: str) -> Estimate | None:
    """Say what checked SQL would cost, or None if that cannot be told."""
    try:
        async with pool.lend(WEIGH_SECONDS) as child, asyncio.timeout(WEIGH_SECONDS):
            answer = [part async for part in child.ask(msgspec.msgpack.encode(Weigh(sql=sql)))]
    except (SourceFailed, TimeoutError):
        return None  # A question of cost is not worth an error: the query itself will say it.
    return msgspec.msgpack.decode(answer[0], type=Estimate)


async def survey(pool: Pool, budget_seconds: float) -> tuple[TableInfo, ...]:
    """Describe the tables of the source."""
    tables: tuple[TableInfo, ...] = ()
    try:
        async with pool.lend() as child, asyncio.timeout(SURVEY_SECONDS):
            request = msgspec.msgpack.encode(Survey(budget_seconds=budget_seconds))
            async for payload in child.ask(request):
                tables = _tables.decode(payload)
    except TimeoutError as error:
        raise SourceFailed(
            "query_timeout", "The source took too long to describe itself."
        ) from error
    return tables
