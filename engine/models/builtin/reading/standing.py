"""Standing: where in a sentence a word stands, and so whether it is asked for."""

from engine.models.builtin.marking import Mark
from engine.models.builtin.plan import Col
from engine.models.builtin.reading.events import happening
from engine.models.builtin.reading.owning import owner
from engine.models.builtin.reading.state import State


def named_row(state: State, mark: Mark) -> Col | None:
    """`airline names` where the table has no such column: its label, or its key for an id."""
    token = mark.token
    table = owner(state)
    if (
        token is None
        or token.lemma not in ("name", "title", "id", "code")
        or table not in state.schema.tables
    ):
        return None
    assert mark.thing is not None
    if any(link.column.table == table and link.score > 0.85 for link in mark.thing.columns):
        return None
    info = state.schema.tables[table]
    if token.lemma in ("id", "code"):
        return (
            Col(table, info.primary[0]) if len(info.primary) == 1 and token.lemma == "id" else None
        )
    return Col(table, info.labels[0]) if len(info.labels) == 1 else None


def qualifiers(state: State) -> frozenset[str]:
    """`the name and year of the song`: words that say which name is meant."""
    offset = 1
    while (mark := state.mark(offset)) is not None:
        if mark.kind == "prep" and mark.text.lower() in ("of", "for", "'s"):
            at = state.seek(offset + 1, lambda m: m.kind in ("stop", "all", "distinct", "sup"))
            noun = state.mark(at)
            if (
                noun is None
                or noun.thing is None
                or noun.token is None
                or state.table_of(noun) is not None
            ):
                return frozenset()
            after = state.mark(at + 1)
            if noun.thing.values or (after is not None and after.thing is not None):
                return frozenset()
            loose = all(link.loose for link in noun.thing.columns)
            here = state.mark()
            if loose and noun.thing.columns and here is not None and here.thing is not None:
                words = frozenset({noun.token.lemma})
                if any(noun.token.lemma in link.column.words for link in here.thing.columns):
                    state.used.add(state.at + at)
                    return words
            return frozenset()
        if not (
            (mark.thing is not None and mark.thing.columns)
            or mark.kind in ("and", "stop", "all", "distinct")
            or mark.text == ","
        ):
            return frozenset()
        offset += 1
    return frozenset()


def absorbed(state: State, col: Col) -> bool:
    """In `the Caribbean region` the value has said it all."""
    before = state.mark(-1)
    if before is None or before.thing is None or not state.filters:
        return False
    left = getattr(state.filters[-1].cond, "left", None)
    return bool(before.thing.values) and isinstance(left, Col) and left.column == col.column


def compound(state: State, mark: Mark) -> bool:
    """In `maker full name` the first word only says whose name it is."""
    after = state.mark(1)
    assert mark.thing is not None
    if after is not None and after.text == "'s":
        return True
    loosely = any(link.score >= 0.6 for link in mark.thing.tables)
    if (
        after is None
        or after.thing is None
        or not after.thing.columns
        or state.table_of(after) is not None
    ):
        return False
    return loosely and not after.thing.values


def compared(state: State) -> bool:
    """`the shops' weight is above 3`: what is compared is not asked for."""
    offset = state.seek(1, lambda m: m.kind in ("be", "stop"))
    follows = state.kind(offset) in ("op", "comp", "between", "like")
    if state.kind(1) == "be":
        return follows
    after = state.mark(state.seek(1, lambda m: m.kind in ("prep", "op")))
    mark = state.mark()
    participle = mark is not None and mark.text.lower().endswith(("ed", "en"))
    timed = after is not None and (
        after.time is not None or (isinstance(after.number, int) and after.number > 1000)
    )
    return bool(state.heads) and (follows or (timed and participle))


def listed(state: State, col: Col) -> bool:
    """Whether a column stands where things are listed that are asked for."""
    if not state.heads or state.aggs or state.counting:
        return True
    offset = -1
    while (before := state.mark(offset)) is not None and before.kind in (
        "stop",
        "all",
        "distinct",
        "sup",
        "be",
    ):
        offset -= 1
    if (
        before is None
        or before.kind in ("ask", "and", "which", "agg", "both")
        or before.text in (",", "'s", ".", "?", ";", "(", "&", "or")
    ):
        return True
    if state.ratio and before.text.lower() == "to":
        return True
    if before.kind == "prep":
        return before.text.lower() in ("of", "'s", "with", "for") and not any(
            h.kind == "agg" for h in state.heads
        )
    if before.thing is not None:
        table = state.table_of(before)
        counted = any(h.kind == "agg" and h.table == col.table for h in state.heads)
        return table == col.table and not counted
    return before.kind == "each"


def introduces(state: State, mark: Mark) -> bool:
    """Whether a column only says what the value after it is: `the airport 'ABC'`, `year 2014`."""
    assert mark.thing is not None
    opened = state.marks[0].kind == "prep"
    offset = state.seek(1, lambda m: m.kind in ("stop", "be", "both") or m.text in ("of", ":", "="))
    after = state.mark(offset)
    if after is None or not (state.heads or state.counting or state.aggs or opened):
        return False
    columns = [link for link in mark.thing.columns if link.score > 0.6]
    if after.number is not None:
        before = (state.mark(offset - 1) or mark).text.lower()
        plain = offset == 1 or before in ("either", "both", "only", "just", "of", "is", "=", ":")
        return plain and any(c.column.kind != "text" or c.column.coded for c in columns[:1])
    if after.thing is not None and after.thing.values and not after.thing.tables:
        held = {(hit.table, hit.column) for hit in after.thing.values}
        return any((c.column.table, c.column.name) in held for c in columns)
    return after.token is not None and after.token.kind == "quoted"


def verbal(state: State, mark: Mark) -> bool:
    """Whether a word is what something does rather than a column: `which regions speak Dutch`."""
    token = mark.token
    before = state.mark(-1)
    if token is None or before is None or mark.thing is None or mark.thing.columns[0].score > 0.95:
        return False
    if token.lower == "born" and state.subject:
        return False
    if token.lower.endswith(("ing", "ed")) and token.lower != token.lemma:
        return bool(state.heads)
    if not state.heads or before.thing is None:
        return False
    table = state.table_of(before)
    return table is None or all(link.column.table != table for link in mark.thing.columns)


def column_wins(state: State, mark: Mark, table: str) -> bool:
    """`the country of the singer`: a column of the owner that is called like a table."""
    assert mark.thing is not None
    if not mark.thing.columns or state.counting:
        return False
    own = owner(state)
    if own == table:
        return False
    best = mark.thing.columns[0].score
    exact = [
        c for c in mark.thing.columns if c.score >= max(0.9, best - 0.01) and c.column.table == own
    ]
    if not exact or mark.thing.tables[0].score > best + 0.05:
        return False
    edge = state.schema.pointing(own, exact[0].column.name)
    return edge is None


def context(state: State) -> bool:
    """Whether a table only says whose columns are meant."""
    offset = -1
    while state.kind(offset) in ("stop", "all", "distinct", "sup"):
        offset -= 1
    before, after = state.mark(offset), state.mark(1)
    compared = state.kind(2) in ("op", "comp", "between", "like")
    if after is not None and after.text == "'s":
        return True
    if after is not None and not compared and _names_column(state, after):
        return True
    if before is not None and before.kind == "prep" and state.heads:
        return True
    while before is not None and (
        before.kind in ("stop", "all") or (before.thing is not None and before.thing.values)
    ):
        offset -= 1
        before = state.mark(offset)
    if before is not None and before.kind == "prep" and state.heads:
        return True
    measured = bool(state.heads) and all(head.kind == "agg" for head in state.heads)
    return measured and (before is None or before.kind not in ("and", "ask", "which"))


def _names_column(state: State, after: Mark) -> bool:
    if after.thing is None or not after.thing.columns or state.table_of(after) is not None:
        return False
    return not after.thing.values and happening(state, after) is None
