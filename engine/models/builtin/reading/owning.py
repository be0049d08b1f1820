"""Owning: which table a column is said of."""

from engine.models.builtin.reading.state import State

_BETWEEN = frozenset({"stop", "all", "distinct", "agg", "and", "count", "ask", "sup", "each"})


def owner(state: State, start: int = 1) -> str:
    """Return the table whose columns are being listed: `names and ages of all the singers`."""
    beside = _beside(state)
    if beside:
        return beside
    offset = start
    while (mark := state.mark(offset)) is not None:
        table = state.table_of(mark)
        if table is not None:
            if state.kind(offset - 1) in ("and", "count") and not _possessed(state, offset):
                offset += 1
                continue
            return table
        if state.kind(offset - 1) == "each" and mark.thing is not None and mark.thing.columns:
            return state.pick(mark.thing.columns, state.subject).column.table
        column = mark.thing is not None and mark.thing.columns
        if not (column or mark.kind in _BETWEEN or mark.kind == "prep" or mark.text in (",", "'s")):
            break
        if mark.kind == "prep" and mark.text not in (
            "of",
            "for",
            "from",
            "'s",
            "about",
            "in",
            "on",
            "at",
        ):
            break
        offset += 1
    if state.groupings and state.groupings[-1].table:
        return state.groupings[-1].table
    heads = [head.table for head in state.heads if head.kind != "agg"]
    return heads[-1] if heads else state.subject


def _beside(state: State) -> str:
    """Return the table named just before: `the singer's name`, `stadium names`."""
    before = state.mark(-1)
    if before is not None and before.text == "'s":
        whose = state.mark(-2)
        if whose is not None and whose.thing is not None and whose.thing.values:
            return whose.thing.values[0].table
        return state.table_of(whose) or ""
    return state.table_of(before) or ""


def _possessed(state: State, offset: int) -> bool:
    after = state.mark(offset + 1)
    return after is not None and after.text == "'s"
