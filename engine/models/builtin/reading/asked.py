"""Asked: what a question asks for, when all of it was read."""

from engine.models.builtin.joins import nodes
from engine.models.builtin.plan import Agg, Col, Elapsed
from engine.models.builtin.reading.events import people
from engine.models.builtin.reading.state import Head, State
from engine.models.builtin.shaping import aggregates


def asked_for(state: State) -> list[Head]:
    """Return what is asked for, once each; where nothing is, the rows that are spoken of."""
    heads = [_settled(state, head) for head in state.heads]
    columns = [head for head in heads if head.kind == "column"]
    if columns:
        named = {h.table for h in columns if not (isinstance(h.expr, Col) and h.expr.via)}
        heads = [h for h in heads if h.kind != "table" or h.table not in named]
    if state.everything and (tables := [h.table for h in heads if h.kind == "table"]):
        return [Head("table", tables[0], None, "everything")]
    if not heads and (table := _whoever(state)):
        return [Head("table", table)]
    if (table := _belonging(state, heads)) != "":
        return [Head("table", table)]
    if not heads and state.subject:
        aggs = [agg for rank in state.ranks if rank.by is not None for agg in aggregates(rank.by)]
        if state.groupings and not aggs:
            return [Head("agg", state.subject, Agg("count", table=state.subject))]
        return [Head("table", state.subject)]
    return list(dict.fromkeys(heads))


def _belonging(state: State, heads: list[Head]) -> str:
    """`Who has the largest loan`: the one whom the loan belongs to."""
    asked = [head.table for head in heads if head.kind == "table"]
    who = bool(state.marks) and state.marks[0].text.lower() == "who"
    if not who or len(heads) != 1 or len(asked) != 1 or not state.ranks:
        return ""
    found = people(state.schema, asked[0])
    return found if found != asked[0] else ""


def _whoever(state: State) -> str:
    """`Who has the largest loan` asks for the one it belongs to."""
    if not state.marks or state.marks[0].text.lower() != "who" or not state.ranks:
        return ""
    table = state.ranks[0].table
    if table not in state.schema.tables or state.schema.tables[table].labels:
        return ""
    owners = [e.to_table for e in state.schema.around(table) if e.table == table]
    return next((t for t in owners if state.schema.tables[t].labels), "")


def _settled(state: State, head: Head) -> Head:
    """`how many seats`: of one row it is the column, of many their sum."""
    if head.kind == "amount" and isinstance(head.expr, Elapsed):
        alone = state.ranks and not state.groupings
        expr = head.expr if alone else Agg("avg", head.expr)
        return Head("column" if alone else "agg", head.table, expr, head.words)
    if head.kind != "amount" or not isinstance(head.expr, Col):
        return head
    if state.ranks and not state.groupings:
        return Head("column", head.table, head.expr, head.words)
    return Head("agg", head.table, Agg("sum", head.expr), head.words)


def tables_of(heads: list[Head]) -> list[str]:
    """Return the tables whose columns are asked for."""
    return [n.table for head in heads for n in nodes(head.expr) if isinstance(n, Col)]
