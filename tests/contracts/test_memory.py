"""However many rows a query has, they pass through; only files grow."""

import os
import threading
from collections.abc import Iterator
from contextlib import aclosing, contextmanager
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from engine.ports import QueryLimits, Rows, RowsEnd, Source
from engine.results.store import ResultStore
from protocol.ids import ResultId
from tests.contracts.shop import ask
from tests.contracts.test_sources import NUMBERS

ALL = 10_000_000
MEGABYTES = 150
SERVERS = ("postgres", "mariadbd")
"""What the tests started is not ours."""


class Watch:
    """The most memory that this process and its children had at once, in bytes."""

    def __init__(self) -> None:
        self._process = psutil.Process()
        self._over = threading.Event()
        self.before = self.most = self._now()

    def _now(self) -> int:
        total = 0
        for process in (self._process, *self._process.children(recursive=True)):
            try:
                if process.name() not in SERVERS:
                    total += process.memory_info().rss
            except psutil.NoSuchProcess:
                continue
        return total

    def run(self) -> None:
        while not self._over.wait(0.02):
            self.most = max(self.most, self._now())

    def end(self) -> None:
        self._over.set()


@contextmanager
def watching() -> Iterator[Watch]:
    watch = Watch()
    thread = threading.Thread(target=watch.run)
    thread.start()
    try:
        yield watch
    finally:
        watch.end()
        thread.join()


async def test_ten_million_rows_without_a_limit_take_little_memory(
    shop: Source, tmp_path: Path
) -> None:
    # Ten million where there is a quarter of an hour.
    most = int(os.environ.get("ASKWIRE_TEST_ROWS", "300000"))
    results, result = ResultStore(tmp_path / "results"), ResultId("t_1")
    await ask(shop, "SELECT 1")
    sql = NUMBERS[shop.dialect].format(ALL)
    limits = QueryLimits(max_rows=most, max_seconds=900, max_bytes=2**40)
    with watching() as watch:
        async with aclosing(shop.run(sql, limits)) as pieces:  # type: ignore[type-var]
            async for piece in pieces:
                if isinstance(piece, Rows):
                    await results.append(result, piece.rows)
                elif isinstance(piece, RowsEnd):
                    await results.finish(result, piece.truncated)
                else:
                    await results.create(result, piece)
    info = await results.info(result)
    assert info is not None
    assert (info.row_count, info.truncated) == (most, most < ALL)
    assert (watch.most - watch.before) / 2**20 < MEGABYTES
