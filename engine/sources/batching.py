"""From rows as a database gives them to pieces as a source does, without any waiting of its own."""

from collections.abc import Callable, Generator, Sequence
from typing import Any, Final

import msgspec

from engine.ports import QueryLimits
from engine.sources.cells import settle, writer
from engine.sources.children.frames import Batch, Head, Piece, Refused, Tail
from protocol.items import Column, ColumnType

FIRST_ROWS: Final = 500
MAX_ROWS: Final = 2_000
GOAL_BYTES: Final = 256 * 1024

Row = Sequence[Any]
Types = Callable[[Sequence[Row]], Sequence[ColumnType]]
Step = int | tuple[Piece, bytes]

_encode = msgspec.msgpack.Encoder().encode


def batches(
    names: Sequence[str], types: Types, limits: QueryLimits
) -> Generator[Step, Sequence[Row], None]:
    """Yield how many rows to fetch next (send them in), or a piece with its MessagePack.

    The first rows settle the types. Batches stay near a size in bytes, whatever the rows hold. A
    row more than the limit is asked for, so that a cut is seen. Raise `Refused` over the limit of
    bytes.
    """
    first, whole = yield from _first_rows(limits.max_rows)
    found: list[ColumnType] = list(types(first))
    if whole:
        found = [settle(kind, (row[at] for row in first)) for at, kind in enumerate(found)]
    columns = tuple(Column(name=name, type=kind) for name, kind in zip(names, found, strict=True))
    yield _piece(Head(columns=columns))
    write = [writer(kind) for kind in found]
    count, spent, size = 0, 0, FIRST_ROWS
    rows: Sequence[Row] = first
    while rows:
        room = limits.max_rows - count
        batch = [[w(value) for w, value in zip(write, row, strict=True)] for row in rows[:room]]
        if batch:
            piece, payload = _piece(Batch(rows=batch))
            spent += len(payload)
            if spent > limits.max_bytes:
                raise _too_large(limits.max_bytes)
            count += len(batch)
            yield piece, payload
            size = max(1, min(MAX_ROWS, GOAL_BYTES * len(batch) // len(payload)))
        if len(rows) > room:
            yield _piece(Tail(row_count=count, truncated=True))
            return
        rows = () if whole else (yield min(size, limits.max_rows - count + 1))
    yield _piece(Tail(row_count=count, truncated=False))


def _first_rows(max_rows: int) -> Generator[Step, Sequence[Row], tuple[list[Row], bool]]:
    """Fetch what the types are settled by, and say whether it is all there is."""
    first: list[Row] = []
    goal = min(FIRST_ROWS, max_rows + 1)
    heavy, size = 0, 5
    while len(first) < goal and heavy < GOAL_BYTES:
        some = yield min(size, goal - len(first))
        if not some:
            return first, True
        first.extend(some)
        size = 50
        heavy += sum(len(value) for row in some for value in row if isinstance(value, str | bytes))
    return first, False


def _piece(piece: Piece) -> tuple[Piece, bytes]:
    return piece, _encode(piece)


def _too_large(max_bytes: int) -> Refused:
    return Refused(
        "query_too_large",
        f"The result is larger than {max_bytes / 1_048_576:.1f} MB.",
        "Ask for fewer columns or rows, or aggregate.",
    )
