"""Writes results as Excel workbooks, a row at a time."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

import msgspec
import xlsxwriter

from engine.results.exporting import FORMULA_STARTS, unique_names
from engine.results.rowfile import ROWS, Finished
from engine.sources.children.frames import Refused
from protocol.items import Cell, ColumnType

MAX_ROWS: Final = 1_048_576
MAX_TEXT: Final = 32_767
EXACT_DIGITS: Final = 15
"""Excel keeps numbers as floats: with more digits than this they would be changed."""
FIRST_DAY: Final = date(1900, 3, 1)
"""Excel believes that 1900 was a leap year; days before its invented one are written as text."""

Put = Callable[[int, int, Cell], None]


def write_xlsx(folder: Path, finished: Finished, target: Path) -> None:
    """Write one sheet. Text stays text, whatever it begins with."""
    if finished.row_count >= MAX_ROWS:
        raise Refused(
            "export_too_large",
            f"A sheet of Excel holds {MAX_ROWS - 1:,} rows; this one has {finished.row_count:,}.",
            "Export it as CSV or Parquet.",
        )
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    workbook = xlsxwriter.Workbook(str(target), options)
    sheet = _Sheet(workbook)
    decoder = msgspec.json.Decoder(dict[str, Any])
    for at, name in enumerate(unique_names(finished.columns)):
        sheet.header(at, name)
    puts = [sheet.put(column.type) for column in finished.columns]
    with (folder / ROWS).open("rb") as rows:
        for number, line in enumerate(rows, start=1):
            cells = decoder.decode(line)
            for at, put in enumerate(puts):
                if (cell := cells[str(at)]) is not None:
                    put(number, at, cell)
    workbook.close()


class _Sheet:
    def __init__(self, workbook: Any) -> None:
        self._sheet = workbook.add_worksheet("Result")
        self._bold = workbook.add_format({"bold": True})
        self._as_text = workbook.add_format({"quote_prefix": True})
        self._date = workbook.add_format({"num_format": "yyyy-mm-dd"})
        self._moment = workbook.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._sheet.freeze_panes(1, 0)

    def header(self, at: int, name: str) -> None:
        self._sheet.write_string(0, at, name[:MAX_TEXT], self._bold)

    def put(self, type: ColumnType) -> Put:
        """Return what writes cells of this type."""
        if type in ("integer", "int64", "float", "decimal"):
            return self._number
        if type == "boolean":
            return self._boolean
        if type in ("date", "timestamp"):
            return self._when
        return self._text

    def _text(self, row: int, at: int, cell: Cell) -> None:
        text = cell if isinstance(cell, str) else msgspec.json.encode(cell).decode()
        form = self._as_text if text[:1] and text[0] in FORMULA_STARTS else None
        self._sheet.write_string(row, at, text[:MAX_TEXT], form)

    def _number(self, row: int, at: int, cell: Cell) -> None:
        try:
            value = Decimal(str(cell))
        except InvalidOperation:
            self._text(row, at, cell)
            return
        if isinstance(cell, str) and len(value.as_tuple().digits) > EXACT_DIGITS:
            self._text(row, at, cell)
        elif value.is_finite():
            self._sheet.write_number(row, at, float(value))

    def _boolean(self, row: int, at: int, cell: Cell) -> None:
        if isinstance(cell, bool):
            self._sheet.write_boolean(row, at, cell)
        else:
            self._text(row, at, cell)

    def _when(self, row: int, at: int, cell: Cell) -> None:
        try:
            value = datetime.fromisoformat(str(cell))
        except ValueError:
            self._text(row, at, cell)
            return
        if value.tzinfo is not None or value.date() < FIRST_DAY:
            self._text(row, at, cell)
        else:
            form = self._date if len(str(cell)) == len("2000-01-01") else self._moment
            self._sheet.write_datetime(row, at, value, form)
