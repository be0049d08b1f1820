"""Ordering: sorted by, from the oldest to the youngest, in alphabetical order."""

from engine.models.builtin import lexicon
from engine.models.builtin.marking import Mark
from engine.models.builtin.plan import Agg, Col, Expr
from engine.models.builtin.reading.measures import figure
from engine.models.builtin.reading.owning import owner
from engine.models.builtin.reading.state import State

_SMALL = ("stop", "all", "distinct", "agg")


def order(state: State, mark: Mark) -> int:
    """`sorted by age in descending order`, `in alphabetical order of name`."""
    if mark.kind == "order" and _opening(state) and not mark.text.lower().endswith("by"):
        state.sorting = True
        return 1
    sorting = (
        state.sorting
        and mark.kind == "prep"
        and mark.text.lower() in ("by", "in", "according to", "based on")
    )
    if mark.kind not in ("order", "dir") and not sorting:
        return 0
    offset, direction, before = 1, "asc", len(state.orders)
    seen = False
    if mark.kind == "dir" and mark.cue is not None:
        direction, seen = mark.cue.arg, True
    while True:
        offset = state.seek(
            offset,
            lambda m: m.kind in ("stop", "all", "prep", "order", "than") or m.text in (",", "'s"),
        )
        expr, took = sort_key(state, offset)
        offset += took
        if not took and state.kind(offset) != "dir":
            break
        after = state.seek(
            offset, lambda m: m.kind in ("stop", "order") or (m.kind == "prep" and m.text == "in")
        )
        if state.kind(after) == "dir":
            cue = state.cue(after)
            direction = cue.arg if cue is not None else direction
            offset, seen = after + 1, True
            if expr is None:
                continue
        if expr is not None:
            state.orders.append((expr, direction == "desc"))
        if state.kind(offset) == "and" and _keyed(state, offset + 1):
            offset += 1
            continue
        break
    if not state.orders and seen:
        state.orders.append((None, direction == "desc"))
    elif seen and mark.kind == "dir" and len(state.orders) == before:
        state.orders.append((state.orders.pop()[0], direction == "desc"))
    return max(offset, 1)


def leading(state: State, mark: Mark) -> int:
    """`newest first`, `most expensive first`, `the highest first`: an order, no superlative."""
    after = state.mark(1)
    if mark.kind not in ("sup", "most") or mark.cue is None or after is None:
        return 0
    if after.text.lower() != "first":
        return 0
    descending = mark.cue.arg == "desc"
    found = state.concept(mark.cue.concept, ranked(state)) if mark.cue.concept else None
    measured = any(head.kind == "agg" for head in state.heads)
    if state.orders and state.orders[-1][0] is not None:
        state.orders.append((state.orders.pop()[0], descending))
    elif found is not None and not measured:
        state.orders.append((found[0], descending != found[1]))
    else:
        state.orders.append((None, descending))
    return 2


def spread(state: State, mark: Mark) -> int:
    """`from the oldest to the youngest` is an order, not two superlatives."""
    middle = state.mark(1)
    bare = mark.kind in ("sup", "most") and middle is not None and middle.text.lower() == "to"
    opened = mark.kind == "prep" and mark.text.lower() in ("from", "starting")
    if (took := _graded(state, opened)) or not (opened or bare):
        return took
    first = state.seek(1 if opened else 0, lambda m: m.kind in ("stop", "all"))
    second = state.seek(
        first + 1,
        lambda m: m.kind in ("stop", "all") or m.text.lower() == "to" or m.thing is not None,
    )
    start = state.cue(first)
    if (
        start is None
        or start.kind not in ("sup", "most")
        or state.kind(second) not in ("sup", "most")
    ):
        return 0
    descending = start.arg == "desc"
    if state.orders and state.orders[-1][0] is not None:
        expr, _ = state.orders.pop()
        state.orders.append((expr, descending))
        return second + 1
    found = state.concept(start.concept, ranked(state)) if start.concept else None
    if found is None and (bare or any(head.kind == "agg" for head in state.heads)):
        state.orders.append((None, descending))
        return second + 1
    if found is None:
        return 0
    state.orders.append((found[0], descending != found[1]))
    return second + 1


def _graded(state: State, opened: bool) -> int:
    """`from cheap to expensive`: two opposites say by what and in which direction."""
    at = state.seek(1 if opened else 0, lambda m: m.kind in ("stop", "all"))
    one, to, other = (state.mark(at + step) for step in range(3))
    if one is None or to is None or other is None or to.text.lower() != "to":
        return 0
    pair = (one.text.lower(), other.text.lower())
    for concept, low, high in lexicon.OPPOSED:
        if pair not in ((low, high), (high, low)):
            continue
        found = state.concept(concept, ranked(state))
        if found is None:
            return 0
        state.orders.append((found[0], (pair[0] == high) != found[1]))
        return at + 3
    return 0


def _keyed(state: State, offset: int) -> bool:
    at = state.seek(offset, lambda m: m.kind in _SMALL or m.kind == "prep")
    following = state.mark(at)
    return following is not None and (
        following.thing is not None or following.kind in ("count", "dir", "order")
    )


def sort_key(state: State, offset: int) -> tuple[Expr | None, int]:
    """Read what to sort by from an offset on."""
    start = offset
    fn = ""
    while state.kind(offset) in ("stop", "all", "distinct", "agg"):
        cue = state.cue(offset)
        fn = cue.arg if cue is not None and cue.kind == "agg" else fn
        offset += 1
    mark = state.mark(offset)
    if mark is None:
        return None, 0
    if mark.kind == "count":
        at = state.seek(offset + 1, lambda m: m.kind in _SMALL)
        following = state.mark(at)
        table = state.table_of(following)
        if table is None and following is not None and following.thing is not None:
            col = state.column_of(following)
            if col is None:
                return None, 0
            edge = state.schema.pointing(col.table, col.column)
            each = edge is None or edge.to_table != ranked(state)
            # A key that points to what is put in order: each row that has it counts.
            return Agg("count", col, each), at + 1 - start
        return Agg("count", table=table or state.subject), at + (table is not None) - start
    if state.table_of(mark) is not None:
        # `the teacher's name`: the table only says whose.
        at = state.seek(offset + 1, lambda m: m.text == "'s")
        after = state.mark(at)
        if (
            after is not None
            and after.thing is not None
            and after.thing.columns
            and state.table_of(after) is None
        ):
            col = state.column_of(after, state.table_of(mark) or "")
            table = state.table_of(mark) or ""
            near = col is not None and (col.table == table or state.many(table, col.table))
            if col is not None and (at > offset + 1 or near):
                return (Agg(fn, col) if fn else col), at + 1 - start  # type: ignore[arg-type]
    listed = {head.expr for head in state.heads if isinstance(head.expr, Col)}
    for link in mark.thing.columns if mark.thing is not None else ():
        if (shown := Col(link.column.table, link.column.name)) in listed:
            return (Agg(fn, shown) if fn else shown), offset + 1 - start  # type: ignore[arg-type]
    here, state.at = state.at, state.at + offset
    expr = _column_or_measure(state, mark)
    state.at = here
    if expr is None:
        return None, 0
    if fn and not isinstance(expr, Agg):
        expr = Agg(fn, expr)  # type: ignore[arg-type]
    return expr, offset + 1 - start


def _column_or_measure(state: State, mark: Mark) -> Expr | None:
    if (special := figure(state, mark)) is not None:
        return special
    table = state.table_of(mark)
    col = state.column_of(mark, owner(state))
    if table is not None and (
        col is None
        or mark.thing is None
        or mark.thing.columns[0].score < mark.thing.tables[0].score
    ):
        labels = state.schema.tables[table].labels
        return Col(table, labels[0]) if labels else None
    return col


def ranked(state: State) -> str:
    """Return the table whose rows are put in order."""
    tables = [head.table for head in state.heads if head.kind != "agg"]
    return tables[-1] if tables else state.subject


def only_number(state: State, table: str) -> tuple[Col, bool] | None:
    """Return the one number that a table's rows have."""
    if table not in state.schema.tables:
        return None
    numbers = [
        c for c in state.schema.tables[table].columns
        if c.kind == "number" and not c.key and state.schema.pointing(table, c.name) is None
    ]  # fmt: skip
    return (Col(table, numbers[0].name), False) if len(numbers) == 1 else None


def told_by(state: State, offset: int) -> bool:
    """`the best student by grade`: the number that says so comes after."""
    prep, col = state.cue(offset), state.column_of(state.mark(offset + 1), ranked(state))
    by = prep is not None and prep.arg == "by"
    return by and col is not None and state.numeric(col)


def _opening(state: State) -> bool:
    return state.at == 0 or (state.at == 1 and state.kind(-1) == "ask")
