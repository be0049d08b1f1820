"""Heads: what is asked for — columns, rows of a table, counts and other aggregates."""

from engine.models.builtin import lexicon
from engine.models.builtin.joins import nodes
from engine.models.builtin.marking import Mark
from engine.models.builtin.plan import Agg, Col, Expr, Fn
from engine.models.builtin.reading.measures import measure
from engine.models.builtin.reading.owning import owner
from engine.models.builtin.reading.ranking import extreme
from engine.models.builtin.reading.state import Head, State


def prepare(state: State) -> None:
    """Find the table the question is most likely about: the first one that is named."""
    state.subject = _first_table(state)


def _first_table(state: State) -> str:
    for mark in state.marks:
        table = state.table_of(mark)
        if table is not None:
            return table
    for mark in state.marks:
        if mark.thing is not None and mark.thing.columns:
            return state.pick(mark.thing.columns, "").column.table
    for mark in state.marks:
        if mark.thing is not None and mark.thing.values:
            return mark.thing.values[0].table
    tables = list(state.schema.tables)
    return tables[0] if len(tables) == 1 else ""


def count(state: State, mark: Mark) -> int:
    """`how many singers`, `the number of different countries`."""
    if mark.kind == "times":
        state.heads.append(Head("agg", "", Agg("count"), mark.text))
        return 1
    if mark.kind != "count" or not (state.asking or _asks_again(state, mark)):
        return 0
    offset = state.seek(1, lambda m: m.kind in ("stop", "all", "distinct", "agg", "count") or m.text == "'s")
    distinct = any(state.kind(k) == "distinct" for k in range(1, offset))
    distinct = distinct or "different" in mark.text.lower()
    following = state.mark(offset)
    table = state.table_of(following)
    if table is None and _qualifies(state, following, offset):
        state.counting = True
        return offset
    while following is not None and table is None and following.thing is not None:
        after = state.mark(offset + 1)
        nearer = state.table_of(after)
        if following.thing.values and not following.thing.columns and nearer:
            break
        if following.thing.columns:
            col = state.column_of(following, owner(state, offset + 1))
            assert col is not None
            _count_column(state, col, distinct, following)
            return offset + 1
        break
    if table is None:
        state.counting = True
        return offset
    after = state.mark(offset + 1)
    if distinct and after is not None and after.thing is not None and after.thing.columns and not after.thing.tables:
        col = state.column_of(after, table)
        if col is not None and col.table == table:
            _count_column(state, col, True, after)
            return offset + 2
    _count_table(state, table, following)
    return offset + 1


def _qualifies(state: State, mark: Mark | None, offset: int) -> bool:
    """`official languages`, `United flights`: a flag or value before the thing that is counted."""
    after = state.mark(offset + 1)
    if mark is None or mark.thing is None or after is None or after.thing is None:
        return False
    col = state.column_of(mark)
    flag = col is not None and state.info(col).kind == "bool"
    return flag or (bool(mark.thing.values) and not mark.thing.columns)


def _asks_again(state: State, mark: Mark) -> bool:
    """`…, and how many courses do they teach` asks, wherever it stands."""
    return mark.text.lower().startswith("how") or (
        state.kind(-1) == "and" and state.kind(1) not in ("op",) and not state.orders
    )


def _count_column(state: State, col: Col, distinct: bool, mark: Mark) -> None:
    if state.numeric(col) and not distinct:
        # `How many people live there`: the column counts them already.
        said = (state.mark() or mark).text.lower()
        if "many" in said or "total" in said:
            state.heads.append(Head("amount", col.table, col, mark.text))
        else:
            state.heads.append(Head("column", col.table, col, mark.text))
        return
    edge = state.schema.pointing(col.table, col.column)
    own = state.schema.tables[col.table].primary == (col.column,)
    expr: Expr = Agg("count", table=col.table) if own and edge is None else Agg("count", col, True)
    state.heads.append(Head("agg", col.table, expr, mark.text))


def _count_table(state: State, table: str, mark: Mark | None) -> None:
    text = mark.text if mark is not None else table
    state.heads.append(Head("agg", table, Agg("count", table=table), text))
    state.mentioned.setdefault(table, 1.0)
    state.counting = False


def aggregate(state: State, mark: Mark) -> int:
    """`the average and maximum capacity`: functions wait for their column."""
    if mark.kind != "agg" or mark.cue is None:
        return 0
    fn: Fn = mark.cue.arg  # type: ignore[assignment]
    if not state.asking and state.kind(-1) not in ("ask", "which") and state.heads:
        if fn in ("min", "max"):
            return extreme(state, mark, fn == "max")
        state.aggs.append(fn)
        return 1
    if fn == "sum" and (state.kind(1) == "count" or state.kind(-1) == "count"):
        return 1
    state.aggs.append(fn)
    state.asking = True
    return 1


def share(state: State, mark: Mark) -> int:
    """`what percentage of orders …`."""
    if mark.kind == "share" and state.asking:
        state.share = True
        state.counting = True
        return 1
    return 0


def moment(state: State) -> int:
    """`When was X founded`: ask for the date of what follows."""
    found = state.concept("time", state.subject) or state.concept("age", state.subject)
    if found is not None:
        state.heads.append(Head("column", found[0].table, found[0], "when"))
        state.asking = False
    return 1


def money(state: State, mark: Mark) -> int:
    """`revenue`, where no column or table is called so."""
    if mark.cue is not None or (mark.thing is not None and mark.thing.score >= 0.9):
        return 0
    expr = measure(state, mark)
    if expr is None or not state.asking:
        return 0
    return _measure_head(state, mark, expr)


def how(state: State, mark: Mark) -> int:
    """`how old are they`, `where is it from`: the adjective names the column."""
    if mark.kind == "how" and mark.cue is not None:
        found = state.concept(mark.cue.concept, state.subject)
        if found is None:
            return 0
        state.heads.append(Head("column", found[0].table, found[0], mark.text))
        state.asking = False
        return 1
    if mark.kind == "where" and not state.heads and state.at == 0 and state.subject:
        for word in ("location", "city", "hometown", "address", "place", "country", "state"):
            for column in state.schema.tables[state.subject].columns:
                if word in column.words:
                    state.heads.append(Head("column", state.subject, Col(state.subject, column.name), mark.text))
                    state.asking = False
                    return 1
    return 0


def thing(state: State, mark: Mark) -> int:
    """A table or column: a head while things are asked for, else what a condition is about."""
    if mark.thing is None:
        return 0
    table = state.table_of(mark)
    if not state.asking:
        return _aside(state, mark, table)
    if table is not None and not _column_wins(state, mark, table):
        return _table_head(state, mark, table)
    if (special := measure(state, mark)) is not None and (state.aggs or not mark.thing.columns):
        return _measure_head(state, mark, special)
    if state.at in state.used:
        return 1
    col = _named_row(state, mark) or state.column_of(mark, owner(state), qualifiers(state))
    if col is None:
        return 0
    edge = state.schema.pointing(col.table, col.column)
    if edge is not None and edge.to_table == owner(state) and edge.to_table in state.mentioned:
        col = Col(edge.to_table, edge.to_column)
    if _absorbed(state, col) or _verbal(state, mark) or _compound(state, mark):
        return 1
    if introduces(state, mark) or _compared(state) or not _listed(state, col):
        return _aside(state, mark, None)
    return _column_head(state, mark, col)


def _named_row(state: State, mark: Mark) -> Col | None:
    """`airline names` where the table has no such column: its label, or its key for an id."""
    token = mark.token
    table = owner(state)
    if token is None or token.lemma not in ("name", "title", "id", "code") or table not in state.schema.tables:
        return None
    assert mark.thing is not None
    if any(link.column.table == table and link.score > 0.85 for link in mark.thing.columns):
        return None
    info = state.schema.tables[table]
    if token.lemma in ("id", "code"):
        return Col(table, info.primary[0]) if len(info.primary) == 1 and token.lemma == "id" else None
    return Col(table, info.labels[0]) if len(info.labels) == 1 else None


def qualifiers(state: State) -> frozenset[str]:
    """`the name and year of the song`: words that say which name is meant, without being a table."""
    offset = 1
    while (mark := state.mark(offset)) is not None:
        if mark.kind == "prep" and mark.text.lower() in ("of", "for", "'s"):
            at = state.seek(offset + 1, lambda m: m.kind in ("stop", "all", "distinct", "sup"))
            noun = state.mark(at)
            if noun is None or noun.thing is None or noun.token is None or state.table_of(noun) is not None:
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
        if not (mark.thing is not None and mark.thing.columns or mark.kind in ("and", "stop", "all", "distinct") or mark.text == ","):
            return frozenset()
        offset += 1
    return frozenset()


def _absorbed(state: State, col: Col) -> bool:
    """In `the Caribbean region` the value has said it all."""
    before = state.mark(-1)
    if before is None or before.thing is None or not state.filters:
        return False
    left = getattr(state.filters[-1].cond, "left", None)
    return bool(before.thing.values) and isinstance(left, Col) and left.column == col.column


def _compound(state: State, mark: Mark) -> bool:
    """In `maker full name` the first word only says whose name it is."""
    after = state.mark(1)
    assert mark.thing is not None
    if after is not None and after.text == "'s":
        return True
    loosely = any(link.score >= 0.6 for link in mark.thing.tables)
    if after is None or after.thing is None or not after.thing.columns or state.table_of(after) is not None:
        return False
    return loosely and not after.thing.values


def _compared(state: State) -> bool:
    """`the shops' weight is above 3`: what is compared is not asked for."""
    offset = state.seek(1, lambda m: m.kind in ("be", "stop"))
    return offset > 1 and state.kind(1) == "be" and state.kind(offset) in ("op", "comp", "between", "like")


def _listed(state: State, col: Col) -> bool:
    """Whether a column stands where things are listed that are asked for."""
    if not state.heads or state.aggs or state.counting:
        return True
    offset = -1
    while (before := state.mark(offset)) is not None and before.kind in ("stop", "all", "distinct", "sup", "be"):
        offset -= 1
    if before is None or before.kind in ("ask", "and", "which", "agg", "both") or before.text in (",", "'s", ".", "?", ";", "(", "&", "or"):
        return True
    if before.kind == "prep":
        return before.text.lower() in ("of", "'s", "with", "for") and not any(h.kind == "agg" for h in state.heads)
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


def _verbal(state: State, mark: Mark) -> bool:
    """Whether a word is what something does rather than a column: `which regions speak Dutch`."""
    token = mark.token
    before = state.mark(-1)
    if token is None or before is None or mark.thing is None or mark.thing.columns[0].score > 0.95:
        return False
    if token.lower.endswith(("ing", "ed")) and token.lower != token.lemma:
        return bool(state.heads)
    if not state.heads or before.thing is None:
        return False
    table = state.table_of(before)
    return table is None or all(link.column.table != table for link in mark.thing.columns)


def _column_wins(state: State, mark: Mark, table: str) -> bool:
    """`the country of the singer`: a column of the owner that is called like a table."""
    assert mark.thing is not None
    if not mark.thing.columns or state.counting:
        return False
    own = owner(state)
    if own == table:
        return False
    best = mark.thing.columns[0].score
    exact = [c for c in mark.thing.columns if c.score >= max(0.9, best - 0.01) and c.column.table == own]
    if not exact or mark.thing.tables[0].score > best + 0.05:
        return False
    edge = state.schema.pointing(own, exact[0].column.name)
    return edge is None


def _table_head(state: State, mark: Mark, table: str) -> int:
    state.mentioned.setdefault(table, 1.0)
    if state.counting:
        state.counting = False
        _count_table(state, table, mark)
        return 1
    if state.aggs:
        following = state.mark(1)
        if following is not None and (following.thing is not None or following.text == "'s"):
            return 1
    if _context(state):
        if not any(head.kind == "column" for head in state.heads):
            state.subject = table
        if table not in state.tables:
            state.tables.append(table)
        return 1
    state.heads.append(Head("table", table, None, mark.text))
    return 1


def _context(state: State) -> bool:
    """Whether a table only says whose columns are meant."""
    offset = -1
    while state.kind(offset) in ("stop", "all", "distinct", "sup"):
        offset -= 1
    before, after = state.mark(offset), state.mark(1)
    if after is not None and (after.text == "'s" or _names_column(state, after)):
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
    return not after.thing.values


def _measure_head(state: State, mark: Mark, expr: Expr) -> int:
    fns = state.aggs or ["sum"]
    for fn in fns:
        agg = Agg(fn, expr)
        state.heads.append(Head("agg", "", agg, mark.text))
        state.names[agg] = mark.text.lower() if fn == "sum" else f"{fn}_{mark.text.lower()}"
    state.aggs = []
    return 1


def _column_head(state: State, mark: Mark, col: Col) -> int:
    before = state.mark(-1)
    if before is not None and before.text == "(" and state.heads and col in list(nodes(state.heads[-1].expr)):
        return 1
    if state.aggs:
        for fn in state.aggs:
            expr: Expr = Agg(fn, col)
            if fn in ("sum", "avg", "median") and not state.numeric(col):
                expr = Agg("count", col, True)
            state.heads.append(Head("agg", col.table, expr, mark.text))
        state.aggs = []
        return 1
    if state.counting:
        state.counting = False
        _count_column(state, col, True, mark)
        return 1
    for each in _spread(state, mark, col):
        state.heads.append(Head("column", each.table, each, mark.text))
    return 1


def _spread(state: State, mark: Mark, col: Col) -> list[Col]:
    """`name` of a person may stand in two columns."""
    labels = state.schema.tables[col.table].labels
    if len(labels) == 2 and col.column in labels and mark.text.lower() in ("name", "names", "full name", "full names"):
        return [Col(col.table, label) for label in labels]
    return [col]


def _aside(state: State, mark: Mark, table: str | None) -> int:
    """Outside of what is asked for, a column waits for its condition and a table is a place to look."""
    assert mark.thing is not None
    if table is not None:
        main = next((head.table for head in state.heads if head.table), state.subject)
        if table == main:
            return 1
        state.focus = table
        if state.missing and state.missing[-1][1] == len(state.filters) and not state.negated:
            return 1
        if table not in state.tables:
            state.tables.append(table)
        if state.negated:
            state.missing.append((table, len(state.filters)))
            state.negated = False
        return 1
    token = mark.token
    if token is not None and token.lower != token.lemma and token.lower.endswith(("ed", "ing")):
        if mark.thing.columns and mark.thing.columns[0].score < 0.95:
            return 1
    col = state.column_of(mark, state.focus or (state.tables[-1] if state.tables else state.subject))
    if col is None:
        return 0
    state.column = col
    return 1


def finish(state: State) -> None:
    """Settle what was still waiting at the end."""
    if state.counting and not any(head.kind == "agg" for head in state.heads):
        table = state.heads[-1].table if state.heads else state.subject
        if table:
            state.heads = [head for head in state.heads if head.kind != "table"]
            state.heads.append(Head("agg", table, Agg("count", table=table), table))
    if state.aggs:
        _late(state)


def _late(state: State) -> None:
    """`orders in total`, `their average`: a function after its column, or with none at all."""
    for fn in state.aggs:
        done = [h for h in state.heads if h.kind == "column" and isinstance(h.expr, Col) and state.numeric(h.expr)]
        if done:
            last = done[-1]
            state.heads = [h for h in state.heads if h is not last]
            state.heads.append(Head("agg", last.table, Agg(fn, last.expr), last.words))
        elif fn != "sum":
            state.doubt(f"nothing to take the {lexicon.FN_WORDS[fn]} of")
    state.aggs = []
