"""Sends what a cursor gives, batch by batch."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from engine.ports import QueryLimits
from engine.sources.batching import Types, batches
from engine.sources.children.frames import Run

Fetch = Callable[[int], Sequence[Sequence[Any]]]


def stream(names: Sequence[str], types: Types, fetch: Fetch, run: Run) -> Iterator[bytes]:
    """Yield a head, batches and a tail. `types` decides by the first rows what the columns are."""
    limits = QueryLimits(
        max_rows=run.max_rows, max_seconds=run.max_seconds, max_bytes=run.max_bytes
    )
    steps = batches(names, types, limits)
    step = next(steps)
    while True:
        try:
            if isinstance(step, int):
                step = steps.send(fetch(step))
            else:
                yield step[1]
                step = next(steps)
        except StopIteration:
            return
