"""The files of one result: a line of JSON for each row, and where each line begins.

`rows.ndjson` holds objects `{"n": 17, "0": …, "1": …}`: the number of the row, and its cells by the
number of their column. `rows.idx` holds eight bytes for each row. `info.json` is written last: a
result without it is not finished. All functions block; call them in a thread.
"""

import os
import shutil
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from engine.ports import ResultInfo
from protocol.ids import ResultId
from protocol.items import Cell, Column

ROWS: Final = "rows.ndjson"
INDEX: Final = "rows.idx"
INFO: Final = "info.json"
PARQUET: Final = "rows.parquet"
WIDTH: Final = 8

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(dict[str, Any])


class Finished(msgspec.Struct, frozen=True, kw_only=True):
    """What `info.json` holds. `longest` is the length of the longest line in bytes."""

    result: ResultId
    columns: tuple[Column, ...]
    row_count: int
    truncated: bool
    longest: int

    def info(self) -> ResultInfo:
        """Return what the outside sees of it."""
        return ResultInfo(
            result=self.result,
            columns=self.columns,
            row_count=self.row_count,
            truncated=self.truncated,
        )


class RowWriter:
    """Writes one result."""

    def __init__(self, folder: Path, result: ResultId, columns: Sequence[Column]) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self._folder = folder
        self._result = result
        self._columns = tuple(columns)
        self._keys = tuple(str(at) for at in range(len(columns)))
        self._rows = (folder / ROWS).open("wb")
        self._index = (folder / INDEX).open("wb")
        self._count = 0
        self._place = 0
        self._longest = 0

    def append(self, rows: Sequence[Sequence[Cell]]) -> None:
        """Add rows at the end."""
        lines: list[bytes] = []
        places = array("q")
        for row in rows:
            line = _encoder.encode({"n": self._count, **dict(zip(self._keys, row, strict=True))})
            lines.append(line)
            places.append(self._place)
            self._place += len(line) + 1
            self._count += 1
            self._longest = max(self._longest, len(line))
        self._rows.write(b"".join(line + b"\n" for line in lines))
        self._index.write(places.tobytes())

    def finish(self, truncated: bool) -> None:
        """Write `info.json`, by which the result exists."""
        self._rows.close()
        self._index.close()
        finished = Finished(
            result=self._result,
            columns=self._columns,
            row_count=self._count,
            truncated=truncated,
            longest=self._longest,
        )
        part = self._folder / f"{INFO}.part"
        part.write_bytes(_encoder.encode(finished))
        os.replace(part, self._folder / INFO)

    def abandon(self) -> None:
        """Remove what was written."""
        for file in (self._rows, self._index):
            try:
                file.close()
            except OSError:
                pass  # What is in its buffer has no place on the disk, and is not wanted.
        shutil.rmtree(self._folder, ignore_errors=True)


def read_info(folder: Path) -> Finished | None:
    """Return what `info.json` says, or None if there is no finished result here."""
    try:
        return msgspec.json.decode((folder / INFO).read_bytes(), type=Finished)
    except FileNotFoundError:
        return None


def read_range(folder: Path, finished: Finished, offset: int, limit: int) -> list[list[Cell]]:
    """Read rows that stand side by side, touching nothing else."""
    end = min(offset + limit, finished.row_count)
    if offset >= end:
        return []
    with (folder / INDEX).open("rb") as index, (folder / ROWS).open("rb") as rows:
        index.seek(offset * WIDTH)
        places = array("q", index.read((end - offset) * WIDTH))
        rows.seek(places[0])
        return [_cells(rows.readline(), finished) for _ in range(end - offset)]


def read_some(folder: Path, finished: Finished, numbers: Sequence[int]) -> list[list[Cell]]:
    """Read rows by their numbers, in this order."""
    found: list[list[Cell]] = []
    with (folder / INDEX).open("rb") as index, (folder / ROWS).open("rb") as rows:
        for number in numbers:
            index.seek(number * WIDTH)
            rows.seek(array("q", index.read(WIDTH))[0])
            found.append(_cells(rows.readline(), finished))
    return found


def _cells(line: bytes, finished: Finished) -> list[Cell]:
    cells = _decoder.decode(line)
    return [cells[str(at)] for at in range(len(finished.columns))]
