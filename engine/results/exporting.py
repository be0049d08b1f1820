"""Writes results as CSV, JSON and Parquet."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import duckdb
import msgspec

from engine.results.rowfile import ROWS, Finished
from engine.results.typed import TYPES, source_of
from engine.sources.children.duckdb import name_of, text_of
from protocol.items import Column

FORMULA_STARTS: Final = "=+-@\t\r\n"
"""A spreadsheet takes a cell that begins with one of these for something to work out."""
NUMBERS: Final = ("integer", "int64", "float", "decimal")


def defuse(text: str) -> str:
    """Put an apostrophe before what a spreadsheet would work out."""
    return f"'{text}" if text[:1] and text[0] in FORMULA_STARTS else text


def unique_names(columns: Sequence[Column]) -> list[str]:
    """Name columns so that each name stands once and none is empty."""
    names: list[str] = []
    for column in columns:
        name, count = column.name or "column", 1
        while name in names:
            count += 1
            name = f"{column.name or 'column'}_{count}"
        names.append(name)
    return names


def write_csv(
    connection: duckdb.DuckDBPyConnection, folder: Path, finished: Finished, target: Path
) -> None:
    """Write the cells as they are, formulas defused."""
    columns = finished.columns
    headers = [defuse(name) for name in unique_names(columns)]
    wanted = ", ".join(
        f"{_defused(at, column)} AS {name_of(header)}"
        for at, (column, header) in enumerate(zip(columns, headers, strict=True))
    )
    connection.execute(
        f"COPY (SELECT {wanted or 'kept.n'} FROM {source_of(folder / ROWS, finished)} AS kept"
        " ORDER BY kept.n)"
        f" TO {text_of(str(target))} (FORMAT csv, HEADER)"
    )


def _defused(at: int, column: Column) -> str:
    starts = ", ".join(f"chr({ord(letter)})" for letter in FORMULA_STARTS)
    harmful = f'left("{at}", 1) IN ({starts})'
    if column.type in NUMBERS:
        harmful += f' AND TRY_CAST("{at}" AS DOUBLE) IS NULL'
    elif column.type in TYPES and column.type != "uuid":
        harmful += f' AND TRY_CAST("{at}" AS {TYPES[column.type]}) IS NULL'
    return f'CASE WHEN {harmful} THEN chr(39) || "{at}" ELSE "{at}" END'


def write_parquet(
    connection: duckdb.DuckDBPyConnection, typed: Path, finished: Finished, target: Path
) -> None:
    """Write the typed rows under their own names."""
    wanted = ", ".join(
        f'"{at}" AS {name_of(name)}' for at, name in enumerate(unique_names(finished.columns))
    )
    connection.execute(
        f"COPY (SELECT {wanted or 'kept.n'} FROM read_parquet({text_of(str(typed))}) AS kept"
        " ORDER BY kept.n)"
        f" TO {text_of(str(target))} (FORMAT parquet, COMPRESSION zstd)"
    )


def write_json(folder: Path, finished: Finished, target: Path) -> None:
    """Write a list of objects, one on each line."""
    names = unique_names(finished.columns)
    decoder, encoder = msgspec.json.Decoder(dict[str, Any]), msgspec.json.Encoder()
    with (folder / ROWS).open("rb") as rows, target.open("wb") as file:
        file.write(b"[")
        for number, line in enumerate(rows):
            cells = decoder.decode(line)
            row = {name: cells[str(at)] for at, name in enumerate(names)}
            file.write((b",\n" if number else b"\n") + encoder.encode(row))
        file.write(b"\n]\n")
