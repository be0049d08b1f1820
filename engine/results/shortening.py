"""Cells as they are looked at: a text of fifty megabytes is kept whole, but not shown whole."""

from collections.abc import Sequence
from typing import Final

from protocol.items import Cell

CELL_CHARS: Final = 10_000
"""How much of a text is shown in a table: more than anybody reads there."""


def shortened(rows: Sequence[Sequence[Cell]], most: int = CELL_CHARS) -> list[list[Cell]]:
    """Cut texts of more than `most` characters, and say how long they were.

    Rows without such a text are given as they are. Exports do not come here: they are whole.
    """
    return [_row(row, most) for row in rows]


def _row(row: Sequence[Cell], most: int) -> list[Cell]:
    if any(isinstance(cell, str) and len(cell) > most for cell in row):
        return [_cell(cell, most) for cell in row]
    return row if isinstance(row, list) else list(row)


def _cell(cell: Cell, most: int) -> Cell:
    if isinstance(cell, str) and len(cell) > most:
        return f"{cell[:most]}… ({len(cell):,} characters in all)"
    return cell
