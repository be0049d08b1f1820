"""Groupings: for each what, by what, per which span of time."""

import msgspec

from engine.models.builtin.marking import Mark
from engine.models.builtin.plan import Agg, Bucket, Col, Math
from engine.models.builtin.reading import roles
from engine.models.builtin.reading.choosing import parallel
from engine.models.builtin.reading.ordering import sort_key
from engine.models.builtin.reading.owning import owner
from engine.models.builtin.reading.state import Grouping, Head, State


def each(state: State, mark: Mark) -> int:
    """`for each country`, `per month`, `monthly`."""
    if (
        mark.time is not None
        and mark.time.unit is not None
        and (mark.time.adverb or mark.thing is None)
    ):
        return _unit(state, mark)
    if mark.kind != "each":
        return 0
    if mark.text.lower() == "across" and state.kind(1) in ("all", "stop"):
        return 1
    offset = state.seek(1, lambda m: m.kind in ("stop", "all", "distinct", "prep"))
    if mark.text.lower() == "per" and _divided(state, offset):
        return offset + 1
    took = _take(state, offset)
    if not took:
        return 0
    return _more(state, offset + took)


def _divided(state: State, offset: int) -> bool:
    """`average price per square meter`: of each row, one number over another."""
    head, mark = state.heads[-1] if state.heads else None, state.mark(offset)
    if head is None or mark is None or mark.thing is None or not isinstance(head.expr, Agg):
        return False
    measured, fn = head.expr.arg, head.expr.fn
    if not isinstance(measured, Col) or fn not in ("avg", "min", "max", "median"):
        return False
    col = state.column_of(mark, measured.table)
    if col is None or col.table != measured.table or not state.numeric(col):
        return False
    info, rows = state.info(col), state.schema.tables[col.table].info.rows or 0
    if info.key or "year" in info.words or (info.info.distinct or 0) <= max(30, 0.1 * rows):
        return False
    each = Math("/", measured, col, f"{measured.column} per {col.column}")
    state.heads[-1] = msgspec.structs.replace(head, expr=Agg(fn, each))
    return True


def _more(state: State, offset: int) -> int:
    """Take what else to group by: `and status`, `, status and year`."""
    while state.kind(offset) == "and" or _comma(state, offset):
        more = state.seek(offset + 1, lambda m: m.kind in ("stop", "all", "distinct", "and"))
        following = state.mark(more)
        if (
            following is None
            or following.thing is None
            or (following.thing.values and not following.thing.columns)
        ):
            break
        took = _take(state, more)
        if not took:
            break
        offset = more + took
    return offset


def _comma(state: State, offset: int) -> bool:
    """A comma goes on with the list only if a second `and` closes it."""
    mark = state.mark(offset)
    return (
        mark is not None and mark.text == "," and state.kind(offset + 2) == "and" and state.at > 0
    )


def _unit(state: State, mark: Mark) -> int:
    assert mark.time is not None
    assert mark.time.unit is not None
    state.groupings.append(Grouping(None, "", mark.time.unit))
    return 1


def _take(state: State, offset: int) -> int:
    """Take the thing at an offset as what to group by; return how many marks it is."""
    mark = state.mark(offset)
    if mark is None:
        return 0
    table = state.table_of(mark)
    if mark.time is not None and mark.time.unit is not None:
        col = state.column_of(mark)
        near = {state.subject, *state.mentioned, *(head.table for head in state.heads)}
        exact = mark.thing is not None and mark.thing.columns and mark.thing.columns[0].score > 0.9
        if col is not None and exact and col.table in near:
            state.groupings.append(Grouping(col, col.table))
        else:
            state.groupings.append(Grouping(None, "", mark.time.unit))
        return 1
    after = state.mark(offset + 1)
    if table is not None:
        if (
            after is not None
            and after.thing is not None
            and after.thing.columns
            and state.table_of(after) is None
        ):
            col = state.column_of(after, table)
            if col is not None and col.table == table:
                edge = roles.role(state, after)
                said = roles.named(state, col, after) if edge is not None else col
                state.groupings.append(Grouping(said, table, row=said != col))
                return 2
        main = {head.table for head in state.heads}
        ways = parallel(state, table)
        if len(ways) > 1 and ways[0].table in main and table not in main:
            state.doubt(f"which {mark.text} is meant")
        own = _own(state, mark, table)
        state.groupings.append(own if own is not None else Grouping(None, table))
        return 1
    if (reached := roles.attribute(state, mark, after)) is not None:
        state.groupings.append(Grouping(reached, reached.table))
        return 2
    here, state.at = state.at, state.at + offset
    col = state.column_of(mark, owner(state))
    state.at = here
    if col is None:
        return 0
    edge = state.schema.pointing(col.table, col.column)
    ends = (col, Col(edge.to_table, edge.to_column)) if edge is not None else (col,)
    listed = any(head.expr in ends for head in state.heads)
    said = col if listed else roles.named(state, col, mark)
    state.groupings.append(Grouping(said, said.table, row=said != col))
    return 1


def _own(state: State, mark: Mark, table: str) -> Grouping | None:
    """`by category` where the asked table has such a column itself, and it is no key."""
    assert mark.thing is not None
    for link in mark.thing.columns:
        asked = [head.table for head in state.heads] or [state.subject]
        edge = state.schema.pointing(link.column.table, link.column.name)
        if link.score > 0.9 and link.column.table in asked and edge is None and table not in asked:
            return Grouping(Col(link.column.table, link.column.name), link.column.table)
    return None


def by(state: State, mark: Mark) -> int:
    """`revenue by category`: groups where something is measured, else says where to look."""
    if mark.kind != "prep" or mark.cue is None or mark.cue.arg != "by":
        return 0
    offset = state.seek(1, lambda m: m.kind in ("stop", "all", "distinct"))
    following = state.mark(offset)
    if following is not None and following.kind == "count" and (took := _by_count(state, offset)):
        return took
    if (
        following is None
        or (following.thing is None and following.time is None)
        or _done_by(state, following)
    ):
        return 0
    figures = any(head.kind in ("agg", "amount") for head in state.heads) or bool(state.window)
    measured = figures or state.groupings or state.counting
    rows = (
        [head.kind for head in state.heads] == ["table"] and state.asking and not state.everything
    )
    if rows and (ordered := _ordered(state, following, offset)):
        return ordered
    comma = state.mark(-1)
    listed = bool(state.heads) and all(head.kind == "table" for head in state.heads)
    apart = listed and comma is not None and comma.text == "," and not state.everything
    measured = measured or (rows and not state.filters) or apart
    if state.limit is not None and not state.ranks and not measured:
        return 0
    if not measured and following.time is None:
        return 0
    if (
        following.thing is not None
        and following.thing.values
        and not (following.thing.columns or following.thing.tables)
    ):
        return 0
    took = _take(state, offset)
    return _more(state, offset + took) if took else 0


def _ordered(state: State, following: Mark, offset: int) -> int:
    """`tournaments by prize pool`: rows are not grouped by what is measured, but put in order."""
    col = state.column_of(following, state.heads[0].table) if following.thing else None
    if col is None or state.table_of(following) is not None or not state.numeric(col):
        return 0
    info, rows = state.info(col), state.schema.tables[col.table].info.rows or 0
    if info.key or "year" in info.words or (info.info.distinct or 0) <= 0.5 * rows:
        return 0
    state.orders.append((col, True))
    return offset + 1


def _by_count(state: State, offset: int) -> int:
    """`departments by number of doctors`: the rows, in the order of a count."""
    rows = [head.kind for head in state.heads] == ["table"]
    expr, took = sort_key(state, offset) if rows and not state.groupings else (None, 0)
    if expr is None or (isinstance(expr, Agg) and expr.table == state.heads[0].table):
        return 0
    state.heads.append(Head("agg", "", expr, "number"))
    state.groupings.append(Grouping(None, state.heads.pop(0).table))
    state.orders.append((expr, True))
    return offset + took


def _done_by(state: State, following: Mark) -> bool:
    """Whether `by` says who did it rather than what to group by."""
    if not _passive(state):
        return False
    measured = any(head.kind == "agg" for head in state.heads)
    named = following.thing is not None and bool(following.thing.columns)
    return not (measured and named) or state.table_of(following) is not None


def _passive(state: State) -> bool:
    """`owned by students` says who does it."""
    before = state.mark(-1)
    token = before.token if before is not None else None
    return (
        token is not None
        and token.lower != token.lemma
        and token.lower.endswith(("ed", "en", "wn", "ght", "ld"))
    )


def bucketed(state: State, grouping: Grouping, col: Col | None) -> Grouping:
    """Fill in the date that a span of time is cut from."""
    if grouping.unit is None or col is None:
        return grouping
    return msgspec.structs.replace(grouping, expr=Bucket(grouping.unit, col), table=col.table)
