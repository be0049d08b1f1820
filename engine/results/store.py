"""The result store on disk. See `engine.ports.Results`."""

import asyncio
import hashlib
import os
import shutil
from collections.abc import AsyncGenerator, Callable, Sequence
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

import msgspec

from engine.ports import PortError, ResultInfo, ResultPage, StoreFailed
from engine.results.orders import Arrange, Arranged, Export, Format, Order, ResultsOptions
from engine.results.rowfile import Finished, RowWriter, read_info, read_range, read_some
from engine.sources.children.pool import Pool
from protocol.ids import ResultId
from protocol.items import Cell, Column

T = TypeVar("T")

CHUNK = 256 * 1024
MAX_PAGE = 10_000
ARRANGE_SECONDS = 60.0
EXPORT_SECONDS = 600.0


class ResultStore:
    """Keeps each result in a folder of its own. Sorting and exporting are done in children."""

    def __init__(self, folder: Path, *, options: ResultsOptions | None = None) -> None:
        self._folder = folder.absolute()
        self._writers: dict[ResultId, RowWriter] = {}
        self._pool = Pool(
            "engine.results.craft", msgspec.msgpack.encode(options or ResultsOptions()), size=2
        )

    async def create(self, result: ResultId, columns: Sequence[Column]) -> None:
        """Begin an empty result, in place of one of that name."""
        folder = self._folder_of(result)
        self._writers[result] = await _in_thread(lambda: RowWriter(folder, result, columns))

    async def append(self, result: ResultId, rows: Sequence[Sequence[Cell]]) -> None:
        """Add rows at the end. If they cannot be kept, the whole result is gone."""
        writer = self._writer(result)
        await self._write(result, lambda: writer.append(rows))

    async def finish(self, result: ResultId, truncated: bool) -> None:
        """Close it; from now on it is served."""
        writer = self._writer(result)
        await self._write(result, lambda: writer.finish(truncated))
        self._writers.pop(result, None)

    async def info(self, result: ResultId) -> ResultInfo | None:
        """Return its columns and size, or None."""
        finished = await _in_thread(lambda: read_info(self._folder_of(result)))
        return finished.info() if finished else None

    async def page(
        self,
        result: ResultId,
        offset: int = 0,
        limit: int = 200,
        sort: str | None = None,
        descending: bool = False,
        search: str | None = None,
    ) -> ResultPage:
        """Return rows from `offset` on. Raise `unknown_result` or `unknown_column`."""
        finished = await self._finished(result)
        folder = self._folder_of(result)
        offset, limit = max(0, offset), min(max(0, limit), MAX_PAGE)
        matching = finished.row_count
        if sort is None and not search:
            rows = await _in_thread(lambda: read_range(folder, finished, offset, limit))
        else:
            order = Arrange(
                folder=str(folder),
                sort=None if sort is None else _column(finished, sort),
                descending=descending,
                search=search or None,
                offset=offset,
                limit=limit,
            )
            arranged = await self._arrange(order)
            matching = arranged.matching
            rows = await _in_thread(lambda: read_some(folder, finished, arranged.numbers))
        return ResultPage(
            columns=finished.columns,
            offset=offset,
            rows=rows,
            row_count=finished.row_count,
            matching=matching,
            truncated=finished.truncated,
        )

    async def export(self, result: ResultId, format: Format) -> AsyncGenerator[bytes, None]:
        """Stream the whole result as a file. Nothing is given out before the file is complete."""
        await self._finished(result)
        folder = self._folder_of(result)
        target = folder / f"export-{uuid4().hex}.{format}"
        try:
            order = Export(folder=str(folder), format=format, target=str(target))
            await self._ask(order, EXPORT_SECONDS)
            file = await _in_thread(lambda: target.open("rb"))
            try:
                while chunk := await _in_thread(lambda: file.read(CHUNK)):
                    yield chunk
            finally:
                file.close()
        finally:
            target.unlink(missing_ok=True)

    async def drop(self, result: ResultId) -> None:
        """Forget it; no matter if it is not there."""
        writer = self._writers.pop(result, None)
        if writer is not None:
            await asyncio.to_thread(writer.abandon)
        await asyncio.to_thread(_remove, self._folder_of(result))

    async def close(self) -> None:
        """Abandon what is unfinished and end the children."""
        for writer in self._writers.values():
            await asyncio.to_thread(writer.abandon)
        self._writers.clear()
        await self._pool.close()

    async def _write(self, result: ResultId, write: Callable[[], None]) -> None:
        try:
            await _in_thread(write)
        except StoreFailed:
            writer = self._writers.pop(result)
            await asyncio.to_thread(writer.abandon)
            raise

    async def _arrange(self, order: Arrange) -> Arranged:
        return msgspec.msgpack.decode((await self._ask(order, ARRANGE_SECONDS))[0], type=Arranged)

    async def _ask(self, order: Order, seconds: float) -> list[bytes]:
        try:
            async with asyncio.timeout(seconds), self._pool.lend(seconds) as child:
                return [part async for part in child.ask(msgspec.msgpack.encode(order))]
        except TimeoutError as error:
            raise StoreFailed("store_failed", "The result took too long to prepare.") from error
        except PortError as error:
            raise StoreFailed("store_failed", error.info.message, error.info.hint) from error

    async def _finished(self, result: ResultId) -> Finished:
        finished = await _in_thread(lambda: read_info(self._folder_of(result)))
        if finished is None:
            raise StoreFailed(
                "unknown_result", "This result is not kept.", "Run the query again to see its rows."
            )
        return finished

    def _writer(self, result: ResultId) -> RowWriter:
        writer = self._writers.get(result)
        if writer is None:
            raise StoreFailed("unknown_result", "This result is not being written.")
        return writer

    def _folder_of(self, result: ResultId) -> Path:
        """Name a folder after an id that anybody may have chosen."""
        plain = all(letter.isascii() and (letter.isalnum() or letter in "_-") for letter in result)
        if result and plain and len(result) <= 80:
            return self._folder / result
        return self._folder / f"h-{hashlib.sha256(result.encode()).hexdigest()[:40]}"


def _column(finished: Finished, name: str) -> int:
    names = [column.name for column in finished.columns]
    if name not in names:
        raise StoreFailed(
            "unknown_column",
            f"The result has no column {name!r}.",
            f"It has {', '.join(names[:20])}.",
        )
    return names.index(name)


def _remove(folder: Path) -> None:
    if os.path.isdir(folder):
        shutil.rmtree(folder, ignore_errors=True)


async def _in_thread(act: Callable[[], T]) -> T:
    """Run what blocks; put what the disk says into words."""
    try:
        return await asyncio.to_thread(act)
    except OSError as error:
        raise StoreFailed(
            "store_failed",
            f"The result cannot be kept or read: {error.strerror or type(error).__name__}.",
            "Make room on the server's disk, then run the query again.",
        ) from error
    except msgspec.MsgspecError as error:
        raise StoreFailed(
            "store_failed", "The kept result is damaged; run the query again."
        ) from error
