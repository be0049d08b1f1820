"""Answers: the figure in a sentence, with what it was asked for."""

from collections.abc import Sequence
from types import MappingProxyType

from engine.models.builtin.explaining import (
    figure,
    groupings,
    phrase,
    plural,
    scope,
    single,
    spoken,
    unit,
)  # fmt: skip
from engine.models.builtin.plan import Agg, Bucket, Col, Expr, Growth, Math, Query, RateOf, Share
from engine.ports import Answered
from protocol.items import Cell, Column

_MOST_NAMED = 3
_WEEK = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_DAYS = MappingProxyType({str(number): name for number, name in enumerate(_WEEK)})


def answer(query: Query | None, result: Answered) -> str:
    """Return what the result says, in Markdown, with its figures in it."""
    rows, columns = result.rows, result.columns
    count = result.row_count if result.row_count is not None else len(rows)
    if count == 0:
        return _nothing(query)
    if not rows:
        return f"The table below has **{count:,}** {'row' if count == 1 else 'rows'}."
    if query is None and count == 1 and len(columns) == 1:
        return f"It is **{_cell(rows[0][0], columns[0])}**."
    if query is None:
        return _unread(columns, rows, count)
    if count == 1 and len(columns) == 1:
        return _one(query, rows[0][0], columns[0])
    if query.group and len(columns) >= 2 and query.outputs and (said := _groups(query, result)):
        return said
    if count == 1:
        return _row(query, columns, rows[0])
    if len(columns) == 1 or not query.star:
        return _list(query, columns, rows, count)
    return _plain(query, columns, count)


def _nothing(query: Query | None) -> str:
    if query is None:
        return "Nothing in the data fits: the result is **empty**."
    figures = [o.expr for o in query.outputs if isinstance(o.expr, Agg | Math)]
    counted = next((e.table for e in figures if isinstance(e, Agg) and e.fn == "count"), "")
    if figures and not counted:
        return f"Nothing in the data fits{scope(query)}: the result is **empty**."
    rows = plural(counted or query.root)
    return f"There are **no** {rows}{scope(query)}: the result is **empty**."


def _cell(cell: Cell, column: Column | None = None) -> str:
    if cell is None:
        return "(none)"
    name = column.name if column is not None else ""
    if isinstance(cell, str) and column is not None and column.type in ("decimal", "int64"):
        try:
            return figure(float(cell) if column.type == "decimal" else int(cell), name)
        except ValueError:
            return cell
    return figure(cell, name)


# --- One figure -------------------------------------------------------------------------------


def _one(query: Query, cell: Cell, column: Column) -> str:
    what = query.outputs[0].expr if query.outputs else None
    told = scope(query)
    if cell is None:
        return f"There is **no value**: nothing in the data fits{told}."
    match what:
        case Agg(fn="count", arg=None, table=table):
            one = cell == 1
            noun = single(table or query.root) if one else plural(table or query.root)
            return f"There {'is' if one else 'are'} **{_cell(cell)}** {noun}{told}."
        case RateOf() | Share():
            return f"The {phrase(what)}{told} is **{_cell(cell)} %**."
        case None:
            return f"It is **{_cell(cell, column)}**."
        case Col():
            return f"The {_of(what)}{_chosen(query)}{told} is **{_cell(cell, column)}**."
        case _:
            return f"The {_measure(query, what)}{told} is **{_amount(cell, what)}**.{_note(what)}"


def _of(col: Col) -> str:
    """Name a column; the name of a row is called like the row."""
    bare = set(spoken(col.column).split()) & {"name", "title"}
    return single(col.table) if bare and not col.via else phrase(col)


def _chosen(query: Query) -> str:
    """Say what the first row was chosen by."""
    shown = {output.expr for output in query.outputs}
    if query.limit != 1 or not query.order or query.order[0].by in shown:
        return ""
    key = query.order[0]
    if isinstance(key.by, Agg) and key.by.fn == "count" and not (key.by.arg or key.by.table):
        return f" that occurs {'most' if key.descending else 'least'} often"
    said = phrase(key.by)
    if set(said.split()) & {"date", "time", "at", "on", "day", "birth", "year"}:
        return f" with the {'latest' if key.descending else 'earliest'} {said}"
    return f" with the {'highest' if key.descending else 'lowest'} {said}"


def _measure(query: Query, what: Expr) -> str:
    """Name a figure: by what its owner or the question calls it, without its unit."""
    name = next((o.name for o in query.outputs if o.expr == what), "")
    if isinstance(what, Agg) and isinstance(what.arg, Math) and not what.said and name:
        said = spoken(name)
        return said if what.fn != "sum" or said.startswith("total") else f"total {said}"
    said, last = phrase(what), unit(what)
    return said.removesuffix(last).rstrip() if last else said


def _amount(cell: Cell, what: Expr) -> str:
    if isinstance(what, RateOf | Share | Growth):
        return f"{_cell(cell)} %"
    number = _number(cell)
    said = figure(number) if number is not None else _cell(cell)
    last = unit(what)
    return f"{said} {last}" if last and number is not None else said


def _note(what: Expr) -> str:
    """Say what an average of counts leaves out."""
    match what:
        case Math(op="/", left=Agg(fn="count"), right=Agg(fn="count", arg=Col())):
            return " Those without any are not counted in."
        case _:
            return ""


# --- One row ----------------------------------------------------------------------------------


def _row(query: Query | None, columns: Sequence[Column], row: Sequence[Cell]) -> str:
    width = _label_width(query) if query is not None else 1
    told = scope(query) if query is not None else ""
    name = " ".join(_cell(cell, column) for cell, column in zip(row, columns, strict=False))
    if query is not None and len(columns) == width:
        return f"The {single(query.root)}{_chosen(query)}{told} is **{name}**."
    if len(columns) == width + 1:
        first = " ".join(_cell(cell, c) for cell, c in zip(row[:width], columns, strict=False))
        second = _cell(row[width], columns[width])
        return f"**{first}**{told}, with {spoken(columns[width].name)} **{second}**."
    said = ", ".join(
        f"{spoken(column.name)} **{_cell(cell, column)}**"
        for column, cell in list(zip(columns, row, strict=False))[:6]
    )
    return f"One row{told}: {said}."


# --- Groups -----------------------------------------------------------------------------------


def _groups(query: Query, result: Answered) -> str:
    """Tell the highest and lowest group; empty if no figure stands beside the groups."""
    rows, columns = result.rows, result.columns
    count = result.row_count if result.row_count is not None else len(rows)
    measures = [n for n, o in enumerate(query.outputs) if _measures(o.expr)]
    growing = [n for n in measures if isinstance(query.outputs[n].expr, Growth)]
    place = next(iter([*growing, *measures]), None)
    keys = [n for n, o in enumerate(query.outputs) if not _measures(o.expr)]
    if place is None or place >= len(columns) or not keys:
        return ""
    expr = query.outputs[place].expr
    what, told = _measure(query, expr), scope(query)
    pairs = [
        (_key(query, row, keys, columns), number)
        for row in rows
        if (number := _number(row[place])) is not None
    ]
    if not pairs or len(rows) < count:
        return f"The {what}{told} for **{count:,}** {_noun(query, count)}, in the table below."
    if len(pairs) == 1:
        return f"The {what}{told} is **{_amount(pairs[0][1], expr)}** for **{pairs[0][0]}**."
    text = f"The {what}{told} {_extremes(pairs, expr)}"
    text += f", among {_among(query, count)}."
    if _additive(expr) and count > 2 and query.limit is None:
        text += f" Altogether **{_amount(sum(number for _, number in pairs), expr)}**."
    return text


def _extremes(pairs: Sequence[tuple[str, float | int]], expr: Expr) -> str:
    most, least = max(n for _, n in pairs), min(n for _, n in pairs)
    if most == least and 1 < len(pairs) <= _MOST_NAMED:
        return f"is **{_amount(most, expr)}** for {_listed(pairs, most)}"
    if most == least:
        return f"is the same for all: **{_amount(most, expr)}**"
    text = f"is highest for {_listed(pairs, most)} (**{_amount(most, expr)}**)"
    if len(pairs) > 2:
        text += f" and lowest for {_listed(pairs, least)} ({_amount(least, expr)})"
    return text


def _listed(pairs: Sequence[tuple[str, float | int]], value: float | int) -> str:
    """Name those that share a figure."""
    names = [f"**{name}**" for name, number in pairs if number == value]
    if len(names) > _MOST_NAMED:
        return f"{', '.join(names[:_MOST_NAMED])} and {len(names) - _MOST_NAMED:,} more"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _key(query: Query, row: Sequence[Cell], keys: Sequence[int], columns: Sequence[Column]) -> str:
    """Name a group: days of the week by name, which stand as 0 for Sunday and so on."""
    found: list[str] = []
    for n in keys:
        said = _cell(row[n], columns[n])
        expr = query.outputs[n].expr
        if isinstance(expr, Bucket) and expr.unit == "weekday" and said in _DAYS:
            said = _DAYS[said]
        found.append(said)
    return " ".join(found)


def _measures(expr: Expr) -> bool:
    return not isinstance(expr, Col | Bucket)


def _additive(expr: Expr) -> bool:
    return isinstance(expr, Agg) and (expr.fn == "sum" or (expr.fn == "count" and expr.arg is None))


def _among(query: Query, count: int) -> str:
    if query.limit is not None and query.limit == count:
        return f"the first {count:,} {_noun(query, count)}"
    return f"{count:,} {_noun(query, count)}"


def _noun(query: Query, count: int) -> str:
    bucket = next((e for e in query.group if isinstance(e, Bucket)), None)
    if bucket is not None and bucket.unit not in ("weekday", "daytype"):
        return bucket.unit if count == 1 else f"{bucket.unit}s"
    shown = [expr for expr in groupings(query) if isinstance(expr, Col)]
    if bucket is None and len(shown) == 1:
        naming = {"name", "title"} & set(spoken(shown[0].column).split())
        word = shown[0].table if naming else shown[0].column
        if len(spoken(word)) == 1:
            return "group" if count == 1 else "groups"
        return single(word) if count == 1 else plural(word)
    return "group" if count == 1 else "groups"


def _number(cell: Cell) -> float | int | None:
    if isinstance(cell, bool) or cell is None:
        return None
    if isinstance(cell, int | float):
        return cell
    try:
        return float(cell)
    except (TypeError, ValueError):
        return None


# --- Lists ------------------------------------------------------------------------------------


def _list(
    query: Query, columns: Sequence[Column], rows: Sequence[Sequence[Cell]], count: int
) -> str:
    width = _label_width(query)
    shown = [
        " ".join(_cell(cell, column) for cell, column in zip(row[:width], columns, strict=False))
        for row in rows[:5]
    ]
    more = f" and {count - len(shown):,} more" if count > len(shown) else ""
    first = query.outputs[0].expr if query.outputs else None
    what = f"**{count:,}** {single(query.root) if count == 1 else plural(query.root)}"
    if isinstance(first, Col) and not _names(first):
        what = f"The {spoken(first.column)} of {what}"
        if query.distinct:
            what = f"**{count:,}** different {plural(first.column)}"
    return f"{what}{scope(query)}: {', '.join(shown)}{more}."


def _names(col: Col) -> bool:
    """Whether a column tells rows apart by name or number, so that it stands for them."""
    words = set(spoken(col.column).split())
    return bool(words & {"name", "title", "id", "code", "number", "label", "email"})


def _label_width(query: Query) -> int:
    names = [o.expr for o in query.outputs[:2]]
    words = [spoken(e.column) for e in names if isinstance(e, Col)]
    return 2 if len(words) == 2 and all("name" in word for word in words) else 1


def _plain(query: Query | None, columns: Sequence[Column], count: int) -> str:
    names = ", ".join(spoken(column.name) for column in columns[:6])
    more = "…" if len(columns) > 6 else ""
    what = "row" if count == 1 else "rows"
    told = ""
    if query is not None:
        what, told = single(query.root) if count == 1 else plural(query.root), scope(query)
    return f"**{count:,}** {what}{told}, with {names}{more}, in the table below."


def _unread(columns: Sequence[Column], rows: Sequence[Sequence[Cell]], count: int) -> str:
    """What SQL gave that a person wrote or changed: only the result tells what it is about."""
    if count == 1:
        return _row(None, columns, rows[0])
    if len(columns) == 1:
        shown = [_cell(row[0], columns[0]) for row in rows[:5]]
        more = f" and {count - len(shown):,} more" if count > len(shown) else ""
        return f"**{count:,}** {plural(columns[0].name)}: {', '.join(shown)}{more}."
    pairs = [
        (_cell(row[0], columns[0]), number)
        for row in rows
        if (number := _number(row[-1])) is not None
    ]
    if len(columns) != 2 or not pairs or len(rows) < count or _number(rows[0][0]) is not None:
        return _plain(None, columns, count)
    text = f"The {spoken(columns[1].name)} {_extremes(pairs, Col('', columns[1].name))}"
    return f"{text}, among {count:,} rows."
