"""Reads CSV files as they really are: any encoding and separator, rows too long or too short."""

import codecs
import csv
import io
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final

import duckdb
import msgspec

from engine.sources.children.duckdb import text_of
from engine.sources.children.frames import Refused

CHUNK: Final = 1024 * 1024
LOOK_AT: Final = 256 * 1024
SEPARATORS: Final = ",;\t|"
MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """The SQL that reads the file, and what a person should know about it."""

    sql: str
    notes: tuple[str, ...] = ()
    lenient: bool = False

    def notes_after(self, connection: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
        """Say which rows were left out, once the file was read."""
        if not self.lenient:
            return ()
        found = connection.execute(
            "SELECT count(DISTINCT line), min(line) FROM reject_errors"
        ).fetchone()
        connection.execute("DROP TABLE IF EXISTS reject_errors; DROP TABLE IF EXISTS reject_scans")
        if not found or not found[0]:
            return ()
        rows = "1 row" if found[0] == 1 else f"{found[0]:,} rows"
        return (f"{rows} with too many or too few fields left out (the first in line {found[1]}).",)


def read_delimited(connection: duckdb.DuckDBPyConnection, path: Path, name: str) -> Reading:
    """Find out how to read the file. Raise `Refused` if it is no text."""
    encoding = _encoding(path, name)
    notes: list[str] = []
    if encoding != "utf-8":
        path = _as_utf8(path, encoding)
        if encoding != "utf-8-sig":
            notes.append(f"It is not UTF-8; it was read as {encoding}.")
    with path.open(encoding="utf-8", newline="") as file:
        head = file.read(LOOK_AT)
    if not head.strip():
        raise Refused("source_down", f"{name} is empty.", "Send a file with rows in it.")
    separator, width, even = _separator(head)
    header = _has_header(head, separator)
    if not header:
        notes.append("Its first line looks like data; the columns were numbered.")
    options = (
        f"delim={text_of(separator)}, header={header}, quote='\"', escape='\"', sample_size=-1"
    )
    strict = f"SELECT * FROM read_csv({text_of(str(path))}, {options})"
    if even and _works(connection, strict, width):
        return Reading(sql=strict, notes=tuple(notes))
    lenient = (
        f"SELECT * FROM read_csv({text_of(str(path))}, {options},"
        " ignore_errors=true, store_rejects=true, rejects_limit=100000)"
    )
    return Reading(sql=lenient, notes=tuple(notes), lenient=True)


def _works(connection: duckdb.DuckDBPyConnection, sql: str, width: int) -> bool:
    try:
        if len(connection.execute(f"DESCRIBE {sql}").fetchall()) != width:
            return False
        connection.execute(f"SELECT count(*), count(COLUMNS(*)) FROM ({sql})").fetchall()
    except duckdb.Error:
        return False
    return True


def _encoding(path: Path, name: str) -> str:
    """Tell UTF-8 from the rest by reading all of it."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        first = file.read(CHUNK)
        for mark, encoding in MARKS:
            if first.startswith(mark):
                return encoding
        if b"\x00" in first[:4096]:
            raise Refused("source_down", f"{name} is not a text file.", "Save it as CSV first.")
        try:
            chunk = first
            while chunk:
                decoder.decode(chunk)
                chunk = file.read(CHUNK)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "windows-1252"
    return "utf-8"


def _as_utf8(path: Path, encoding: str) -> Path:
    """Write the file anew, a piece at a time. The copy goes with this process."""
    target = Path.cwd() / "as-utf8.csv"
    with (
        path.open(encoding=encoding, errors="replace", newline="") as source,
        target.open("w", encoding="utf-8", newline="") as copy,
    ):
        while chunk := source.read(CHUNK):
            copy.write(chunk)
    return target


def _separator(head: str) -> tuple[str, int, bool]:
    """Choose what splits most lines into the same number of fields; say how many, and if all."""
    best: tuple[float, int, str, bool] = (0.0, 1, ",", True)
    for separator in SEPARATORS:
        widths = [len(row) for row in _rows(head, separator, 200)]
        if not widths:
            continue
        # The header knows best how many fields there are, if there are more than one.
        width, count = Counter(widths).most_common(1)[0]
        if widths[0] > 1:
            width, count = widths[0], widths.count(widths[0])
        score = count / len(widths) if width > 1 else 0.0
        if (score, width) > best[:2]:
            best = (score, width, separator, count == len(widths))
    return best[2], best[1], best[3]


def _has_header(head: str, separator: str) -> bool:
    """Tell names from data: names are not empty, not numbers, and each stands once."""
    rows = _rows(head, separator, 2)
    if not rows:
        return True
    first = [field.strip() for field in rows[0]]
    return all(field and not _is_number(field) for field in first) and len(set(first)) == len(first)


def _rows(head: str, separator: str, limit: int) -> list[list[str]]:
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(head, newline=""), delimiter=separator):
            if row:
                rows.append(row)
            if len(rows) >= limit:
                return rows
    except csv.Error:
        return rows
    # The last line may have been cut off in the middle.
    return rows[:-1] if len(head) >= LOOK_AT and len(rows) > 1 else rows


def _is_number(field: str) -> bool:
    read: Callable[[str], object] = float
    try:
        read(field.replace(",", "."))
    except ValueError:
        return False
    return True
