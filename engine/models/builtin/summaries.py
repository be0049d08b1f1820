"""Summaries: a profile of the data in a sentence, with its figures."""

import statistics
from collections.abc import Sequence

from engine.models.builtin.explaining import figure, plural, single, spoken
from engine.ports import Answered
from protocol.items import Cell

_MOST = 10


def summary(kind: str, about: str, result: Answered) -> str:
    """Return what a profile found in words; empty for results of other kinds.

    `about` is a table for `missing`, `gaps` and `described`, a column for `spread`, two columns
    for `correlated`.
    """
    if not result.ok or (not result.rows and result.row_count):
        return ""
    match kind:
        case "missing":
            return _missing(about, result.rows)
        case "gaps":
            return _gaps(about, result.rows)
        case "described":
            return _described(about, result.rows)
        case "spread":
            return _spread(about, result)
        case "correlated":
            return _correlated(about, result.rows)
        case _:
            return ""


def _missing(table: str, rows: Sequence[Sequence[Cell]]) -> str:
    """Tell which columns of one table have gaps; rows are column, rows, missing."""
    count = _whole(rows[0][1]) if rows else 0
    if not count:
        return f"There are **no** {plural(table)}, so nothing can be missing."
    gaps = [(str(row[0]), _whole(row[2])) for row in rows if _whole(row[2])]
    counted = f"{count:,} {single(table) if count == 1 else plural(table)}"
    if not gaps:
        return f"**Nothing is missing**: all columns of the {counted} are full."
    listed = ", ".join(f"{spoken(name)} **{gap:,}** ({_percent(gap, count)})" for name, gap in gaps)
    return f"Among {counted} these values are missing: {listed}. All other columns are full."


def _gaps(about: str, rows: Sequence[Sequence[Cell]]) -> str:
    """Tell which columns of all tables have gaps; rows are table, column, rows, missing."""
    if not rows:
        return f"**Nothing is missing** in {about}."
    told = [
        f"- {spoken(str(column))} of {spoken(str(table))}: **{_whole(gap):,}** of "
        f"{_whole(count):,} ({_percent(_whole(gap), _whole(count))})"
        for table, column, count, gap in rows[:_MOST]
    ]
    more = [f"- and {len(rows) - _MOST:,} more columns"] if len(rows) > _MOST else []
    columns = "column has" if len(rows) == 1 else "columns have"
    return "\n".join([f"**{len(rows):,}** {columns} missing values, in {about}:", *told, *more])


def _described(table: str, rows: Sequence[Sequence[Cell]]) -> str:
    """Tell the size of a table and its figures; rows are column, rows, present, different,
    lowest, highest, average.
    """
    count = _whole(rows[0][1]) if rows else 0
    columns = f"{len(rows)} {'column' if len(rows) == 1 else 'columns'}"
    if not count:
        return f"There are **no** {plural(table)}; the table has {columns}, and no rows."
    text = f"There {'is' if count == 1 else 'are'} **{count:,}** "
    text += f"{single(table) if count == 1 else plural(table)}, with {columns}."
    measured = [row for row in rows if row[6] is not None]
    for name, _, _, _, low, high, mean in measured[:3]:
        lowest, highest = _known(low, str(name)), _known(high, str(name))
        text += f" The {spoken(str(name))} runs from {lowest} to {highest}"
        text += f", on average {_known(mean, '')}."
    gaps = [(spoken(str(row[0])), count - _whole(row[2])) for row in rows if _whole(row[2]) < count]
    if gaps:
        listed = ", ".join(f"{name} {gap:,}" for name, gap in gaps[:_MOST])
        text += f" Missing values: {listed}."
    return f"{text} Each column is in the table below."


def _spread(column: str, result: Answered) -> str:
    """Tell lowest, highest, mean and middle of values that are all here."""
    values = sorted(number for row in result.rows if (number := _float(row[0])) is not None)
    if not values:
        return f"There is **no** {spoken(column)} to show: no value is there."
    count = result.row_count or len(result.rows)
    if count > len(result.rows):
        # Only the first rows come here: what they say is not true of all.
        return f"The chart shows how the **{count:,}** values of {spoken(column)} are spread."
    low, high = _known(values[0], column), _known(values[-1], column)
    text = f"The **{len(values):,}** values of {spoken(column)} run from **{low}** to **{high}**"
    middle = _known(statistics.median(values), column)
    return f"{text}; half of them are at most **{middle}**, the average is {_mean(values)}."


def _correlated(about: str, rows: Sequence[Sequence[Cell]]) -> str:
    number = _float(rows[0][0]) if rows else None
    if number is None:
        return f"There are too few values to tell how {about} go together."
    size = abs(number)
    degree = "strongly" if size >= 0.7 else "somewhat" if size >= 0.3 else "hardly"
    way = "in the same direction" if number > 0 else "in opposite directions"
    text = f"The correlation of {about} is **{number:.2f}**: they {degree} go together"
    return f"{text}{f', {way}' if size >= 0.3 else ''} (1 is in step, -1 opposite, 0 not at all)."


def _percent(part: int, whole: int) -> str:
    share = 100 * part / whole if whole else 0.0
    return f"{share:.0f} %" if share >= 1 else "under 1 %"


def _mean(values: Sequence[float]) -> str:
    return figure(statistics.fmean(values))


def _known(cell: Cell, name: str) -> str:
    number = _float(cell)
    return figure(number, name) if number is not None else figure(cell, name)


def _whole(cell: Cell) -> int:
    number = _float(cell)
    return int(number) if number is not None else 0


def _float(cell: Cell) -> float | None:
    if cell is None or isinstance(cell, bool):
        return None
    try:
        return float(cell)
    except (TypeError, ValueError):
        return None
