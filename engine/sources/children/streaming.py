"""From a cursor to frames: batches of bounded size, types settled by a first look, limits."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import msgspec

from engine.sources.cells import settle, writer
from engine.sources.children.frames import Batch, Head, Refused, Run, Tail
from protocol.items import Column, ColumnType

FIRST_ROWS: Final = 500
MAX_ROWS: Final = 2_000
GOAL_BYTES: Final = 256 * 1024

Fetch = Callable[[int], Sequence[Sequence[Any]]]
Types = Callable[[Sequence[Sequence[Any]]], Sequence[ColumnType]]

_encode = msgspec.msgpack.Encoder().encode


def stream(names: Sequence[str], types: Types, fetch: Fetch, run: Run) -> Iterator[bytes]:
    """Yield a head, batches and a tail. `types` decides by the first rows what the columns are."""
    first, whole = _first_rows(fetch, run.max_rows)
    found: list[ColumnType] = list(types(first))
    if whole:
        found = [settle(kind, (row[at] for row in first)) for at, kind in enumerate(found)]
    columns = tuple(Column(name=name, type=kind) for name, kind in zip(names, found, strict=True))
    yield _encode(Head(columns=columns))
    write = [writer(kind) for kind in found]
    count, spent, size = 0, 0, FIRST_ROWS
    rows: Sequence[Sequence[Any]] = first
    while rows:
        room = run.max_rows - count
        batch = [[w(value) for w, value in zip(write, row, strict=True)] for row in rows[:room]]
        if batch:
            payload = _encode(Batch(rows=batch))
            spent += len(payload)
            if spent > run.max_bytes:
                raise _too_large(run.max_bytes)
            count += len(batch)
            yield payload
            size = max(1, min(MAX_ROWS, GOAL_BYTES * len(batch) // len(payload)))
        if len(rows) > room:
            yield _encode(Tail(row_count=count, truncated=True))
            return
        rows = () if whole else fetch(min(size, run.max_rows - count + 1))
    yield _encode(Tail(row_count=count, truncated=False))


def _first_rows(fetch: Fetch, max_rows: int) -> tuple[list[Sequence[Any]], bool]:
    """Read what the types are settled by, and say whether it is all there is."""
    first: list[Sequence[Any]] = []
    goal = min(FIRST_ROWS, max_rows + 1)
    heavy = 0
    while len(first) < goal and heavy < GOAL_BYTES:
        some = fetch(min(50, goal - len(first)))
        if not some:
            return first, True
        first.extend(some)
        heavy += sum(len(value) for row in some for value in row if isinstance(value, str | bytes))
    return first, False


def _too_large(max_bytes: int) -> Refused:
    return Refused(
        "query_too_large",
        f"The result is larger than {max_bytes // 1_048_576} MB.",
        "Ask for fewer columns or rows, or aggregate.",
    )
