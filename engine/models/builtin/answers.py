"""Answers: the figure in a sentence, and what could be asked next."""

from collections.abc import Sequence

from engine.models.builtin.explaining import figure, phrase, plural, spoken
from engine.models.builtin.plan import Agg, Bucket, Col, Expr, Query
from engine.ports import Answered
from protocol.items import Cell, Column


def answer(query: Query | None, result: Answered) -> str:
    """Return what the result says, in Markdown, with its figures in it."""
    rows, columns = result.rows, result.columns
    count = result.row_count if result.row_count is not None else len(rows)
    if count == 0:
        return "Nothing in the data fits: the result is **empty**."
    if not rows:
        return f"The table below has **{count:,}** {'row' if count == 1 else 'rows'}."
    if query is None and count == 1 and len(columns) == 1:
        return f"It is **{_cell(rows[0][0], columns[0])}**."
    if query is None:
        return _unread(columns, rows, count)
    if count == 1 and len(columns) == 1:
        return _one(query, rows[0][0])
    if count == 1:
        return _row(columns, rows[0])
    if query.group and len(columns) >= 2 and query.outputs:
        return _groups(query, columns, rows, count)
    if len(columns) == 1 or not query.star:
        return _list(query, rows, count)
    return _plain(columns, rows, count)


def _cell(cell: Cell, column: Column | None = None) -> str:
    if isinstance(cell, str) and column is not None and column.type in ("decimal", "int64"):
        try:
            return figure(float(cell) if column.type == "decimal" else int(cell))
        except ValueError:
            return cell
    return figure(cell)


def _one(query: Query, cell: Cell) -> str:
    if cell is None:
        return "There is **no value**: nothing in the data fits."
    what = query.outputs[0].expr if query.outputs else None
    match what:
        case Agg(fn="count", arg=None):
            table = what.table or query.root
            verb = "is" if cell == 1 else "are"
            where = " that fit" if query.where else ""
            noun = spoken(table).rstrip("s") if cell == 1 else plural(table)
            return f"There {verb} **{_cell(cell)}** {noun}{where}."
        case None:
            return f"It is **{_cell(cell)}**."
        case Col():
            return f"The {phrase(what)} is **{_cell(cell)}**."
        case _:
            return f"The {phrase(what)} is **{_cell(cell)}**."


def _row(columns: Sequence[Column], row: Sequence[Cell]) -> str:
    if len(columns) == 2:
        first, second = _cell(row[0], columns[0]), _cell(row[1], columns[1])
        return f"**{first}**, with {spoken(columns[1].name)} **{second}**."
    said = ", ".join(
        f"{spoken(column.name)} **{_cell(cell, column)}**"
        for column, cell in list(zip(columns, row, strict=False))[:6]
    )
    return f"One row: {said}."


def _groups(
    query: Query, columns: Sequence[Column], rows: Sequence[Sequence[Cell]], count: int
) -> str:
    place = next((n for n, o in enumerate(query.outputs) if _measures(o.expr)), None)
    if place is None or place >= len(columns):
        return _list(query, rows, count)
    key = 0 if place else 1
    what = phrase(query.outputs[place].expr)
    pairs = [(row, number) for row in rows if (number := _number(row[place])) is not None]
    if not pairs or len(rows) < count:
        return f"The {what} for **{count:,}** {_noun(query)}, in the table below."
    top, most = max(pairs, key=lambda pair: pair[1])
    low, least = min(pairs, key=lambda pair: pair[1])
    text = f"The {what} is highest for **{_cell(top[key], columns[key])}** (**{figure(most)}**)"
    if count > 2:
        text += f" and lowest for **{_cell(low[key], columns[key])}** ({figure(least)})"
    text += f", among {count:,} {_noun(query)}."
    if _additive(query.outputs[place].expr) and count > 2:
        text += f" Altogether **{figure(sum(number for _, number in pairs))}**."
    return text


def _measures(expr: Expr) -> bool:
    return not isinstance(expr, Col | Bucket)


def _additive(expr: Expr) -> bool:
    return isinstance(expr, Agg) and (expr.fn == "sum" or (expr.fn == "count" and expr.arg is None))


def _noun(query: Query) -> str:
    bucket = next((e for e in query.group if isinstance(e, Bucket)), None)
    return f"{bucket.unit}s" if bucket is not None else "groups"


def _number(cell: Cell) -> float | int | None:
    if isinstance(cell, bool) or cell is None:
        return None
    if isinstance(cell, int | float):
        return cell
    try:
        return float(cell)
    except (TypeError, ValueError):
        return None


def _list(query: Query, rows: Sequence[Sequence[Cell]], count: int) -> str:
    shown = [" ".join(_cell(cell) for cell in row[: _label_width(query)]) for row in rows[:5]]
    more = f" and {count - len(shown):,} more" if count > len(shown) else ""
    return f"**{count:,}** {plural(query.root)}: {', '.join(shown)}{more}."


def _label_width(query: Query) -> int:
    names = [o.expr for o in query.outputs[:2]]
    words = [e.column.lower() for e in names if isinstance(e, Col)]
    return 2 if len(words) == 2 and all("name" in word for word in words) else 1


def _plain(columns: Sequence[Column], rows: Sequence[Sequence[Cell]], count: int) -> str:
    names = ", ".join(spoken(column.name) for column in columns[:6])
    more = "…" if len(columns) > 6 else ""
    del rows
    return (
        f"**{count:,}** {'row' if count == 1 else 'rows'} with {names}{more}, in the table below."
    )


def _unread(columns: Sequence[Column], rows: Sequence[Sequence[Cell]], count: int) -> str:
    """What SQL gave that a person wrote or changed: only the result tells what it is about."""
    if count == 1:
        return _row(columns, rows[0])
    if len(columns) == 1:
        shown = [_cell(row[0], columns[0]) for row in rows[:5]]
        more = f" and {count - len(shown):,} more" if count > len(shown) else ""
        return f"**{count:,}** {plural(columns[0].name)}: {', '.join(shown)}{more}."
    pairs = [(row[0], number) for row in rows if (number := _number(row[-1])) is not None]
    if len(columns) != 2 or not pairs or len(rows) < count or _number(rows[0][0]) is not None:
        return _plain(columns, rows, count)
    what = spoken(columns[1].name)
    (top, most), (low, least) = max(pairs, key=_second), min(pairs, key=_second)
    text = f"The {what} is highest for **{_cell(top, columns[0])}** (**{figure(most)}**)"
    if count > 2:
        text += f" and lowest for **{_cell(low, columns[0])}** ({figure(least)})"
    return f"{text}, among {count:,} rows."


def _second(pair: tuple[Cell, float | int]) -> float | int:
    return pair[1]


def missing(result: Answered) -> str:
    """Return which columns have gaps, if that is what was counted."""
    names = [column.name for column in result.columns]
    if names != ["column_name", "row_count", "missing"] or not result.rows:
        return ""
    gaps = [(name, count) for name, _, count in result.rows if count]
    if not gaps:
        return "**Nothing is missing**: every column is full."
    listed = ", ".join(f"{spoken(str(name))} **{_cell(count)}**" for name, count in gaps[:10])
    return f"Missing values: {listed}."
