"""Choosing: which column a value, a year, a period or a unit belongs to."""

import re

from engine.models.builtin import lexicon
from engine.models.builtin.joins import distance, fans_out, nodes
from engine.models.builtin.marking import Mark
from engine.models.builtin.plan import Agg, Col
from engine.models.builtin.reading import directions
from engine.models.builtin.reading.state import State
from engine.models.builtin.schema import Column, Edge, Table, found
from engine.models.builtin.values import Hit

_PLAIN = re.compile(r"-?\d+(?:\.\d+)?")
_UNITS: dict[str, tuple[str, ...]] = {
    "dollar": ("price", "cost", "amount", "total", "salary", "budget"),
    "euro": ("price", "cost", "amount", "total", "salary", "budget"),
    "usd": ("price", "cost", "amount", "total"),
    "year": ("age",), "kg": ("weight",), "kilogram": ("weight",), "pound": ("weight", "price"),
    "ton": ("weight", "tonnage"), "minute": ("duration", "length", "minute", "runtime"),
    "hour": ("hour", "duration"), "percent": ("percentage", "percent", "rate", "share"),
    "star": ("rating", "star"), "meter": ("height", "length", "elevation"),
    "foot": ("height", "elevation", "length"), "km": ("distance", "length"),
    "mile": ("distance", "length", "mileage"), "degree": ("temperature",),
    "people": ("population",),
    "person": ("population", "capacity", "people"), "seat": ("capacity", "seat"),
    "point": ("score", "point"), "unit": ("quantity", "unit", "stock"), "old": ("age",),
    "inhabitant": ("population",), "ms": ("duration", "latency", "time"), "byte": ("size", "byte"),
    "second": ("duration", "second", "time"),
}  # fmt: skip


def focus(state: State) -> str:
    """Return the table that is being spoken of."""
    return state.focus or (state.tables[-1] if state.tables else main(state))


def main(state: State) -> str:
    """Return the table of what is asked for."""
    tables = [head.table for head in state.heads if head.table]
    return tables[0] if tables else state.subject


def choose(state: State, mark: Mark) -> tuple[Col, str] | None:
    """Return the column and spelling of the value that was most likely meant."""
    assert mark.thing is not None
    beside = [
        m for m in (state.mark(-2), state.mark(-1), state.mark(1), state.mark(2)) if m is not None
    ]
    options = [(_fit(state, hit, beside), hit) for hit in mark.thing.values]
    if not options:
        return None
    points, hit = max(options, key=lambda option: option[0])
    close = [
        h
        for p, h in options
        if p > points - 0.08 and (h.table, h.column) != (hit.table, hit.column)
    ]
    settled = any(label(h) in state.hints for _, h in options)
    if close and not settled:
        several = tuple(dict.fromkeys(label(h) for h in (hit, *close)))
        if len(several) > 1:
            state.choices.append((mark.text, several[:3]))
        state.doubt(f"{hit.value} may also be {close[0].column} in {close[0].table}")
    last = getattr(state.filters[-1].cond, "left", None) if state.filters else None
    if state.kind(-1) in ("and", "or") and isinstance(last, Col) and _same(state, hit):
        return last, hit.value
    return Col(hit.table, hit.column, _role(state, hit)), hit.value


def label(hit: Hit | Col) -> str:
    """Return what a value's column is called when a person must choose."""
    return f"{hit.column.replace('_', ' ')} of {hit.table.replace('_', ' ')}"


def _fit(state: State, hit: Hit, beside: list[Mark]) -> float:
    points = hit.score + (3.0 if label(hit) in state.hints else 0.0)
    if state.column is not None and (state.column.table, state.column.column) == (
        hit.table,
        hit.column,
    ):
        points += 1.0
    for mark in beside:
        points += _neighbour(hit, mark)
    if hit.table in state.mentioned:
        points += 0.15
    if hit.table == focus(state):
        points += 0.12
    if state.filters and state.kind(-1) in ("and", "or") and _same(state, hit):
        points += 0.5
    steps = distance(state.schema, main(state), hit.table) if main(state) else 0
    points -= 0.06 * (8 if steps is None else steps)
    words = state.schema.column(hit.table, hit.column).words
    points += _direction(state, words)
    edge = state.schema.pointing(hit.table, hit.column)
    if hit.column in state.schema.tables[hit.table].labels:
        points += 0.06
    return points - (0.05 if edge is not None and not _direction(state, words) else 0.0)


def _neighbour(hit: Hit, mark: Mark) -> float:
    """A value beside the name of its column or table belongs there."""
    if mark.thing is None:
        return 0.0
    for link in mark.thing.columns:
        if (link.column.table, link.column.name) == (hit.table, hit.column):
            return 0.45 * link.score
    if any(link.table == hit.table and link.score > 0.6 for link in mark.thing.tables):
        return 0.2
    return 0.0


def _same(state: State, hit: Hit) -> bool:
    last = state.filters[-1].cond
    left = getattr(last, "left", None)
    return isinstance(left, Col) and (left.table, left.column) == (hit.table, hit.column)


def _direction(state: State, words: tuple[str, ...]) -> float:
    """`from` and `departing` point to where something starts, `to` and `arriving` to where it
    ends.
    """
    role = _leaving_or_reaching(state)
    if role == "from" and set(words) & lexicon.ORIGIN:
        return 0.4
    if role == "to" and set(words) & lexicon.GOAL:
        return 0.4
    return 0.0


def _leaving_or_reaching(state: State) -> str:
    for offset in range(-1, -6, -1):
        mark = state.mark(offset)
        if mark is None or mark.kind in ("and", "or", "not"):
            return ""
        for token in mark.text.lower().split():
            base = mark.token.lemma if mark.token is not None else token
            if token in lexicon.REACHING or base in lexicon.REACHING:
                return "to"
            if token in lexicon.LEAVING or base in lexicon.LEAVING:
                return "from"
    return ""


def _role(state: State, hit: Hit) -> str:
    """Name the key by which a table is reached, where it could be reached by several."""
    edges = parallel(state, hit.table) if hit.table != main(state) else []
    if len(edges) < 2 or not _passes(state, edges[0].table, hit.table):
        return ""
    columns = [state.schema.column(edge.table, edge.column) for edge in edges]
    if named := directions.spoken(state, columns):
        return named
    role = _leaving_or_reaching(state)
    wanted = (
        lexicon.ORIGIN if role == "from" else lexicon.GOAL if role == "to" else frozenset[str]()
    )
    for edge in edges:
        if set(state.schema.column(edge.table, edge.column).words) & wanted:
            return edge.column
    return ""


def _passes(state: State, table: str, to: str) -> bool:
    """Whether the way to a table leads by another, or may as well."""
    one, other = main(state), distance(state.schema, table, to) or 1
    if table in (one, focus(state)) or table in state.mentioned:
        return True
    near, far = distance(state.schema, one, table), distance(state.schema, one, to)
    return near is not None and far is not None and near + other <= far


def parallel(state: State, table: str) -> list[Edge]:
    """Return the keys that lead to a table from one other table, if there are several."""
    into: dict[str, list[Edge]] = {}
    for edge in state.schema.around(table):
        if edge.to_table == table and edge.table != table:
            into.setdefault(edge.table, []).append(edge)
    return max(into.values(), key=len, default=[])


def measured(state: State, unit: str) -> Col | None:
    """Return the column a unit speaks of: dollars of price, years of age."""
    wanted = _UNITS.get(unit, ())
    for table in dict.fromkeys((focus(state), main(state), *state.mentioned)):
        if table not in state.schema.tables:
            continue
        for word in wanted:
            for column in state.schema.tables[table].columns:
                if column.kind == "number" and word in column.words and not column.key:
                    return Col(table, column.name)
    return None


def only_measure(state: State, number: float | int) -> Col | None:
    """Return what a bare number is most likely compared with: money before anything else."""
    for name in dict.fromkeys((focus(state), main(state))):
        table = state.schema.tables.get(name)
        if table is not None and (col := _measure_in(state, table, number)) is not None:
            return col
    return None


def _reaches(column: Column, number: float | int) -> bool:
    """Whether a number is among what stands in a column, as far as anybody has seen it."""
    seen = [float(text) for text in column.info.samples[:200] if _PLAIN.fullmatch(text.strip())]
    return not seen or min(seen) / 3 <= number <= 3 * max(seen)


def _measure_in(state: State, table: Table, number: float | int) -> Col | None:
    numbers = [c for c in table.columns
               if c.kind == "number" and not c.key and "year" not in c.words
               and state.schema.pointing(table.name, c.name) is None]  # fmt: skip
    large = [c for c in numbers if number >= 1000 and _reaches(c, number)]
    if number >= 1000:
        # Large numbers fit few columns: nobody walks 600,000 of anything.
        numbers = large
    for word in ("total", "amount", "price", "value"):
        for column in numbers:
            if column.words == (word,):
                state.doubt(f"compared with {column.name}")
                return Col(table.name, column.name)
    if len(numbers) == 1:
        state.doubt(f"compared with {numbers[0].name}")
        return Col(table.name, numbers[0].name)
    return None


def yeared(state: State) -> Col | None:
    """Return the column that holds years as numbers, near what is spoken of."""
    for table in _near(state):
        years = [
            c for c in state.schema.tables[table].columns
            if "year" in c.words and c.kind in ("number", "text") and "birth" not in c.words
        ]  # fmt: skip
        if years:
            best = min(years, key=lambda c: len(c.words))
            return Col(table, best.name)
        if date_in(state, table) is not None:
            return None
    return None


def dated(state: State) -> Col | None:
    """Return the date that a period is about: of what happened, of the rows counted, or near."""
    if state.event is not None:
        return state.event
    counted = [
        t
        for head in state.heads
        if head.kind == "agg"
        for t in (*_tables(head.expr), head.table)
        if t
    ]
    ranked = [table for rank in state.ranks for table in _tables(rank.by)]
    for table in dict.fromkeys((*counted, *ranked)):
        if (col := _own_date(state, table)) is not None:
            return col
    for table in _near(state):
        if (col := date_in(state, table)) is not None:
            return col
    return None


def _own_date(state: State, table: str) -> Col | None:
    """Return a date that each row of a table has once: its own, else that of what it belongs to."""
    options: list[tuple[float, Col]] = []
    for other in state.schema.tables:
        steps = distance(state.schema, table, other)
        if steps is None or steps > 2 or (steps and fans_out(state.schema, table, other)):
            continue
        col = date_in(state, other)
        if col is not None:
            options.append((2 * steps + _eventful(state, col), col))
    return min(options, key=lambda option: option[0])[1] if options else None


def _eventful(state: State, col: Col) -> float:
    """A date called like its table says when the thing itself happened."""
    words = set(state.info(col).words)
    return 0.0 if words & set(state.schema.tables[col.table].words) else 0.5


def _near(state: State) -> list[str]:
    first = [t for t in (focus(state), main(state), *state.mentioned) if t in state.schema.tables]
    expressed = [t for head in state.heads for t in _tables(head.expr)]
    others = sorted(
        (t for t in state.schema.tables if (distance(state.schema, focus(state), t) or 9) <= 2),
        key=lambda t: (distance(state.schema, focus(state), t) or 0, t),
    ) if first else list(state.schema.tables)  # fmt: skip
    recent = state.tables[-1:] if state.tables and not state.asking else []
    return [
        t for t in dict.fromkeys((*recent, *expressed, *first, *others)) if t in state.schema.tables
    ]


def _tables(part: object) -> list[str]:
    return [node.table for node in nodes(part) if isinstance(node, Col | Agg) and node.table]


_BETTER = (
    "order",
    "date",
    "time",
    "create",
    "at",
    "start",
    "on",
    "sale",
    "transaction",
    "timestamp",
)


def _stated(state: State, table: str) -> Col | None:
    """Return the column by which the owner says time is told."""
    for meaning in state.schema.meaning.tables:
        named = found(state.schema.tables, meaning.name) if meaning.time_column else None
        if named is not None and named.name == table:
            wanted = meaning.time_column.lower()
            names = [c.name for c in named.columns if c.name.lower() == wanted]
            return Col(table, names[0]) if names else None
    return None


def _born(state: State) -> bool:
    """Whether anybody speaks of births: a date of birth says nothing else."""
    return any(
        mark.thing is not None and set(link.column.words) & lexicon.BIRTH
        for mark in state.marks
        for link in (mark.thing.columns[:1] if mark.thing is not None else ())
    )


def date_in(state: State, table: str) -> Col | None:
    """Return the date of a table that tells when its rows happened."""
    if (stated := _stated(state, table)) is not None:
        return stated
    dates = [
        c for c in state.schema.tables[table].columns
        if c.kind == "date" and (not set(c.words) & lexicon.BIRTH or _born(state))
    ]  # fmt: skip
    if not dates:
        return None
    own = set(state.schema.tables[table].words)

    def rank(words: tuple[str, ...]) -> int:
        late = {"update", "modify", "delete", "end", "ship", "deliver", "birth", "expire"} & set(
            words
        )
        return (10 if late else 0) + (0 if own & set(words) else 1 + min(
            (_BETTER.index(w) for w in words if w in _BETTER), default=9))  # fmt: skip

    best = min(dates, key=lambda c: (rank(c.words), c.place))
    return Col(table, best.name)
