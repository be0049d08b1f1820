"""Averages of counts: orders per customer, the average order's value — a quotient, not a column."""

import msgspec

from engine.models.builtin import lexicon
from engine.models.builtin.explaining import phrase
from engine.models.builtin.marking import Mark
from engine.models.builtin.plan import Agg, Bucket, Col, Expr, Math
from engine.models.builtin.reading.state import Grouping, Head, State


def counted(state: State) -> bool:
    """Take back `average` where `number of` follows: what is counted for each is averaged."""
    if "avg" not in state.aggs:
        return False
    state.aggs = [fn for fn in state.aggs if fn != "avg"]
    state.averaging = True
    return True


def each(state: State, mark: Mark) -> int:
    """`how many comments does the average ticket have`: averaged over the tickets."""
    counts = [head for head in state.heads if head.kind == "agg" and _counts(head.expr)]
    table = state.table_of(mark)
    if "avg" not in state.aggs or len(counts) != 1 or table in (None, counts[0].table):
        return 0
    counted(state)
    state.groupings.append(Grouping(None, table or ""))
    return 1


def settled(state: State, heads: list[Head]) -> list[Head]:
    """Return the heads with a count per thing in place of a count, and what it is per no group."""
    counts = [head for head in heads if head.kind == "agg" and _counts(head.expr)]
    if not state.averaging or len(counts) != 1 or not state.groupings:
        return heads
    per, head = state.groupings[0], counts[0]
    whole = _kinds(state, head, per)
    if whole is None:
        return heads
    state.groupings = state.groupings[1:]
    if isinstance(whole.arg, Col) and _barren(state, whole.arg, per):
        state.doubt(f"{per.table} without any {head.table} are left out")
    assert isinstance(head.expr, Agg)
    rows = _of_some(head.expr, whole)
    said = f"average {phrase(head.expr)} per {phrase(whole.arg) if whole.arg else per.table}"
    quotient = Math("/", rows, whole, said)
    return [msgspec.structs.replace(h, expr=quotient) if h is head else h for h in heads]


def each_row(state: State, heads: list[Head]) -> None:
    """`the average number of days per order`, where each order says how many: no group is one."""
    figures = [head.expr for head in heads if head.kind == "agg"]
    means = [e.arg.table for e in figures if isinstance(e, Agg) and isinstance(e.arg, Col)
             and e.fn in ("avg", "median")]  # fmt: skip
    if len(means) != len(heads) or not means:
        return
    state.groupings = [g for g in state.groupings if g.expr is not None or g.table not in means]


def divided(state: State, heads: list[Head]) -> list[Head]:
    """`the ratio of wins to losses`: one figure over the other."""
    figures = [_figure(state, head) for head in heads]
    if not state.ratio or len(heads) != 2 or None in figures:
        return heads
    one, other = figures
    assert one is not None
    assert other is not None
    return [Head("agg", heads[0].table, Math("/", one, other), "ratio")]


def _barren(state: State, key: Col, per: Grouping) -> bool:
    """Whether some of the rows that are averaged over have nothing to count."""
    table = state.schema.tables.get(per.table) if per.expr is None else None
    met = state.info(key).info.distinct
    return bool(table and key.table != per.table and met and met < (table.info.rows or 0))


def _figure(state: State, head: Head) -> Expr | None:
    if head.kind == "agg":
        return head.expr
    if isinstance(head.expr, Col) and state.numeric(head.expr):
        return Agg("max", head.expr) if state.groupings else Agg("sum", head.expr)
    return None


def counts(heads: list[Head]) -> bool:
    """Whether the last thing asked for is a count."""
    return bool(heads) and heads[-1].kind == "agg" and _counts(heads[-1].expr)


def _counts(expr: Expr | None) -> bool:
    return isinstance(expr, Agg) and expr.fn == "count"


def _of_some(rows: Agg, whole: Agg) -> Agg:
    """Rows that belong to nothing are not counted: their key is missing."""
    if isinstance(whole.arg, Col) and whole.arg.table == rows.table and rows.arg is None:
        return Agg("count", whole.arg)
    return rows


def _kinds(state: State, head: Head, per: Grouping) -> Agg | None:
    """Return how many different ones there are of what is counted per."""
    if per.unit is not None and per.expr is None:
        return None
    if isinstance(per.expr, Col | Bucket):
        return Agg("count", per.expr, True)
    out = [e for e in state.schema.around(head.table) if e.table == head.table]
    keys = [e.column for e in out if e.to_table == per.table and e.to_table != e.table]
    if len(keys) == 1:
        return Agg("count", Col(head.table, keys[0]), True)
    primary = state.schema.tables[per.table].primary if per.table in state.schema.tables else ()
    return Agg("count", Col(per.table, primary[0]), True) if len(primary) == 1 else None


def of_whole(state: State, col: Col, whole: str) -> Expr | None:
    """`average order value`, where the value stands in an order's lines: the sum for each order."""
    if not whole or whole == col.table or not state.many(whole, col.table):
        return None
    if set(state.info(col).words) & lexicon.AVERAGED:
        return None
    edge = next((e for e in state.schema.around(whole)
                 if e.table == col.table and e.to_table == whole), None)  # fmt: skip
    if edge is None:
        return None
    said = f"average {phrase(col)} per {phrase(Col(edge.table, edge.column))}"
    return Math("/", Agg("sum", col), Agg("count", Col(edge.table, edge.column), True), said)
