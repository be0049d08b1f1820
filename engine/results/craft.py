"""What children do for the result store: sort, search and export."""

import os
from collections.abc import Iterator
from pathlib import Path

import duckdb
import msgspec

from engine.results.exporting import write_csv, write_json, write_parquet
from engine.results.orders import Arrange, Arranged, Export, Order, ResultsOptions
from engine.results.rowfile import PARQUET, ROWS, Finished, read_info
from engine.results.typed import typed_columns
from engine.results.xlsx import write_xlsx
from engine.sources.children.duckdb import text_of
from engine.sources.children.frames import Refused


class ResultsCraft:
    """Answers orders over the folders of results."""

    def __init__(self, options: ResultsOptions) -> None:
        self._connection = duckdb.connect(":memory:")
        for setting in (
            f"SET memory_limit='{options.memory_mb}MB'",
            "SET threads=2",
            "SET TimeZone='UTC'",
            "SET temp_directory='spill'",
            f"SET max_temp_directory_size='{options.spill_mb}MB'",
            "SET autoinstall_known_extensions=false",
            "SET autoload_known_extensions=false",
            "SET python_enable_replacements=false",
            "SET enable_progress_bar=false",
        ):
            self._connection.execute(setting)

    def answer(self, request: bytes) -> Iterator[bytes]:
        """Yield the answer, if there is one."""
        order = msgspec.msgpack.decode(request, type=Order)
        folder = Path(order.folder)
        try:
            finished = read_info(folder)
            if finished is None:
                raise Refused("unknown_result", "This result is not kept.")
            if isinstance(order, Arrange):
                yield msgspec.msgpack.encode(self._arrange(order, folder, finished))
            else:
                self._export(order, folder, finished)
        except duckdb.OutOfMemoryException as error:
            raise Refused(
                "store_failed", "The result is too large for this.", "Narrow the query down."
            ) from error
        except (duckdb.Error, OSError) as error:
            full = isinstance(error, OSError) or "No space" in str(error)
            said = "The disk is full." if full else "The result could not be prepared."
            raise Refused("store_failed", said, "Make room on the server's disk.") from error

    def _arrange(self, order: Arrange, folder: Path, finished: Finished) -> Arranged:
        parquet = text_of(str(self._typed(folder, finished)))
        columns = range(len(finished.columns))
        where, values = "", []
        if order.search:
            found = " OR ".join(
                f'contains(lower(CAST("{at}" AS VARCHAR)), ?)'
                for at in columns
                if finished.columns[at].type != "bytes"
            )
            where = f"WHERE {found or 'false'}"
            values = [order.search.lower()] * found.count("?")
        by = "n"
        if order.sort is not None:
            way = "DESC" if order.descending else "ASC"
            by = f'"{order.sort}" {way} NULLS LAST, n'
            if finished.columns[order.sort].type == "text":
                by = f'lower("{order.sort}") {way} NULLS LAST, {by}'
        numbers = self._connection.execute(
            f"SELECT n FROM read_parquet({parquet}) {where} ORDER BY {by}"
            f" LIMIT {order.limit} OFFSET {order.offset}",
            values,
        ).fetchall()
        matching = finished.row_count
        if where:
            counted = self._connection.execute(
                f"SELECT count(*) FROM read_parquet({parquet}) {where}", values
            ).fetchone()
            matching = int(counted[0]) if counted else 0
        return Arranged(numbers=tuple(int(row[0]) for row in numbers), matching=matching)

    def _typed(self, folder: Path, finished: Finished) -> Path:
        """Make the typed form of the rows, once."""
        target = folder / PARQUET
        if target.exists():
            return target
        part = folder / f"{PARQUET}.{os.getpid()}.part"
        typed = typed_columns(self._connection, folder / ROWS, finished)
        self._connection.execute(
            f"COPY (SELECT {typed.sql} FROM {typed.source})"
            f" TO {text_of(str(part))} (FORMAT parquet)"
        )
        os.replace(part, target)
        return target

    def _export(self, order: Export, folder: Path, finished: Finished) -> None:
        target = Path(order.target)
        if order.format == "csv":
            write_csv(self._connection, folder, finished, target)
        elif order.format == "parquet":
            write_parquet(self._connection, self._typed(folder, finished), finished, target)
        elif order.format == "json":
            write_json(folder, finished, target)
        else:
            write_xlsx(folder, finished, target)


def open_craft(options: bytes) -> ResultsCraft:
    """Start."""
    return ResultsCraft(msgspec.msgpack.decode(options, type=ResultsOptions))
