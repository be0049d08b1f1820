"""What sources that are servers of their own do alike."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence

from engine.ports import QueryLimits, Rows, RowsEnd, SourceFailed
from engine.sources.batching import Row, Types, batches
from engine.sources.children.frames import Batch, Head, Piece, Refused
from protocol.items import Column

Fetch = Callable[[int], Awaitable[Sequence[Row]]]


async def stream(
    names: Sequence[str], types: Types, fetch: Fetch, limits: QueryLimits
) -> AsyncGenerator[tuple[Column, ...] | Rows | RowsEnd, None]:
    """Yield the columns, rows in batches, and the end."""
    steps = batches(names, types, limits)
    try:
        step = next(steps)
        while True:
            if isinstance(step, int):
                step = steps.send(await fetch(step))
            else:
                yield unwrap(step[0])
                step = next(steps)
    except StopIteration:
        return
    except Refused as refused:
        failure = refused.failure
        raise SourceFailed(failure.code, failure.message, failure.hint) from refused


def timed_out(limits: QueryLimits) -> SourceFailed:
    """Say that a query took too long."""
    return SourceFailed(
        "query_timeout",
        f"The query took longer than {limits.max_seconds:g} seconds and was stopped.",
        "Narrow it down, or allow more time.",
    )


def unwrap(piece: Piece) -> tuple[Column, ...] | Rows | RowsEnd:
    """Say a piece in the words of the port."""
    if isinstance(piece, Head):
        return piece.columns
    if isinstance(piece, Batch):
        return Rows(rows=piece.rows)
    return RowsEnd(row_count=piece.row_count, truncated=piece.truncated)
