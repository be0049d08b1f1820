"""Turns one CSV or JSON file into a Parquet file, and says what it had to do to it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import duckdb
import msgspec

from engine.sources.children.delimited import Reading, read_delimited
from engine.sources.children.duckdb import first_line, name_of, text_of
from engine.sources.children.frames import Refused
from engine.sources.children.orders import Import, Imported, ImportOptions
from engine.sources.files.kinds import DELIMITED, JSON, PARQUET, PARQUET_MAGIC, ending

MAX_OBJECT: Final = 64 * 1024 * 1024
WIDE: Final = ("HUGEINT", "UHUGEINT")


class ImportCraft:
    """Imports one file after another."""

    def __init__(self, options: ImportOptions) -> None:
        self._connection = duckdb.connect(":memory:")
        for setting in (
            f"SET memory_limit='{options.memory_mb}MB'",
            f"SET threads={options.threads}",
            "SET TimeZone='UTC'",
            "SET temp_directory='spill'",
            "SET autoinstall_known_extensions=false",
            "SET autoload_known_extensions=false",
            "SET python_enable_replacements=false",
            "SET enable_progress_bar=false",
        ):
            self._connection.execute(setting)

    def answer(self, request: bytes) -> Iterator[bytes]:
        """Import a file and yield one `Imported`."""
        asked = msgspec.msgpack.decode(request, type=Import)
        try:
            yield msgspec.msgpack.encode(self._import(asked))
        except duckdb.Error as error:
            raise Refused(
                "source_down",
                f"{asked.name} cannot be read as a table: {first_line(error)}.",
                "Check the file, or save it as UTF-8 CSV and try again.",
            ) from error
        except OSError as error:
            raise Refused(
                "source_down", f"{asked.name} cannot be read: {error.strerror}."
            ) from error

    def _import(self, asked: Import) -> Imported:
        path = Path(asked.path)
        if path.stat().st_size == 0:
            raise Refused("source_down", f"{asked.name} is empty.", "Send a file with rows in it.")
        kind = ending(asked.name)
        if kind in PARQUET:
            return self._look_at_parquet(path, asked.name)
        if kind in JSON:
            return self._write(Reading(sql=_read_json(path)), asked)
        if kind in DELIMITED:
            return self._write(read_delimited(self._connection, path, asked.name), asked)
        raise Refused("source_down", f"{asked.name} is of a kind that cannot be read.")

    def _look_at_parquet(self, path: Path, name: str) -> Imported:
        with path.open("rb") as file:
            if file.read(4) != PARQUET_MAGIC:
                raise Refused("source_down", f"{name} is not a Parquet file.")
        columns = self._connection.execute(
            f"DESCRIBE SELECT * FROM read_parquet({text_of(str(path))})"
        ).fetchall()
        rows = self._connection.execute(
            f"SELECT count(*) FROM read_parquet({text_of(str(path))})"
        ).fetchone()
        return Imported(rows=int(rows[0]) if rows else 0, columns=len(columns))

    def _write(self, reading: Reading, asked: Import) -> Imported:
        shape = self._connection.execute(f"DESCRIBE {reading.sql}").fetchall()
        wide = [name_of(row[0]) for row in shape if str(row[1]) in WIDE]
        # Parquet has no integers of 128 bits and would make them inexact.
        casts = ", ".join(f"CAST({name} AS DECIMAL(38, 0)) AS {name}" for name in wide)
        wanted = f"* REPLACE ({casts})" if wide else "*"
        self._connection.execute(
            f"COPY (SELECT {wanted} FROM ({reading.sql})) TO {text_of(asked.target)}"
            " (FORMAT parquet, COMPRESSION zstd)"
        )
        counted = self._connection.execute(
            f"SELECT count(*) FROM read_parquet({text_of(asked.target)})"
        ).fetchone()
        rows = int(counted[0]) if counted else 0
        notes = (*reading.notes, *reading.notes_after(self._connection))
        if rows == 0:
            notes = (*notes, "It has columns but no rows.")
        return Imported(rows=rows, columns=len(shape), notes=notes)


def open_craft(options: bytes) -> ImportCraft:
    """Start."""
    return ImportCraft(msgspec.msgpack.decode(options, type=ImportOptions))


def _read_json(path: Path) -> str:
    return (
        f"SELECT * FROM read_json({text_of(str(path))}, maximum_object_size={MAX_OBJECT},"
        " sample_size=-1, union_by_name=true)"
    )
