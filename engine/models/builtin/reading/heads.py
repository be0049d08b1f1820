"""Heads: the columns and tables that are asked for."""

from engine.models.builtin import lexicon
from engine.models.builtin.joins import nodes
from engine.models.builtin.marking import Mark
from engine.models.builtin.plan import Agg, Col, Expr
from engine.models.builtin.reading import averages, roles
from engine.models.builtin.reading.counting import count_column, count_table, measure_head
from engine.models.builtin.reading.defined import home
from engine.models.builtin.reading.events import human
from engine.models.builtin.reading.measures import measure
from engine.models.builtin.reading.owning import owner
from engine.models.builtin.reading.standing import (
    absorbed,
    column_wins,
    compared,
    compound,
    context,
    introduces,
    listed,
    named_row,
    qualifiers,
    verbal,
)
from engine.models.builtin.reading.state import Head, State
from engine.models.builtin.schema import Edge


def prepare(state: State) -> None:
    """Find the table the question is most likely about: the first one that is named."""
    state.subject = state.subject or _whose(state, _first_table(state))


def _whom(state: State, edge: Edge, mark: Mark) -> bool:
    """`the manager`, `who owns the list`: whom a key points to is meant, not the key itself."""
    acting = mark.token is not None and mark.first <= 1 and edge.to_table not in state.mentioned
    return edge.table == edge.to_table or acting or roles.end(state, edge, mark)


def _compared_with(state: State, mark: Mark) -> bool:
    """`players earning between …`: a verb that says which number is compared."""
    participle = mark.text.lower().endswith(("ing", "ed"))
    at = state.seek(1, lambda m: m.kind == "prep" and m.text.lower() in ("by", "for", "of"))
    return participle and state.kind(at) in ("between", "op", "comp")


def _whose(state: State, table: str) -> str:
    """`Who is the best paid accountant?` asks for people, where a title is a value elsewhere."""
    who = bool(state.marks) and state.marks[0].text.lower() == "who"
    if not who or state.mentioned or not table or human(state.schema, table):
        return table
    near = [e.table for e in state.schema.around(table) if e.to_table == table]
    return next((one for one in near if human(state.schema, one)), table)


def _first_table(state: State) -> str:
    for mark in state.marks:
        table = state.table_of(mark)
        if table is not None:
            return table
    for mark in state.marks:
        if table := home(state.schema, mark):
            return table
    for mark in state.marks:
        if mark.thing is not None and mark.thing.columns:
            return state.pick(mark.thing.columns, "").column.table
    for mark in state.marks:
        if mark.thing is not None and mark.thing.values:
            return mark.thing.values[0].table
    tables = list(state.schema.tables)
    return tables[0] if len(tables) == 1 else ""


def thing(state: State, mark: Mark) -> int:
    """A table or column: a head while things are asked for, else what a condition is about."""
    if mark.thing is None:
        return 0
    table = state.table_of(mark)
    if table is not None and (took := averages.each(state, mark)):
        return took
    if table is not None and state.heads and (timed := _timed(state, mark)) is not None:
        state.column = timed
        return 1
    if not state.asking:
        return _aside(state, mark, table)
    if table is not None and not column_wins(state, mark, table):
        return _table_head(state, mark, table)
    reached = roles.attribute(state, mark, state.mark(1))
    if reached is not None and not state.aggs and not state.counting:
        state.heads.append(Head("column", mark.thing.columns[0].column.table, reached, mark.text))
        return 2
    if (special := measure(state, mark)) is not None and (state.aggs or not mark.thing.columns):
        return measure_head(state, mark, special)
    if state.at in state.used:
        return 1
    col = named_row(state, mark) or state.column_of(mark, owner(state), qualifiers(state))
    if col is None:
        return 0
    edge = state.schema.pointing(col.table, col.column)
    if edge is not None and not (state.aggs or state.counting) and _whom(state, edge, mark):
        col = roles.named(state, col, mark)
    elif edge is not None and edge.to_table == owner(state) and edge.to_table in state.mentioned:
        col = Col(edge.to_table, edge.to_column)
    if (state.heads or state.tables) and state.numeric(col) and _compared_with(state, mark):
        state.column, state.asking = col, False
        return 1
    if absorbed(state, col) or verbal(state, mark) or compound(state, mark):
        return 1
    born = mark.text.lower() == "born"
    if born or introduces(state, mark) or compared(state) or not listed(state, col):
        return _aside(state, mark, None)
    return _column_head(state, mark, col)


def _table_head(state: State, mark: Mark, table: str) -> int:
    state.mentioned.setdefault(table, 1.0)
    if state.counting:
        state.counting = False
        count_table(state, table, mark)
        return 1
    if state.aggs:
        following = state.mark(1)
        if following is not None and (following.thing is not None or following.text == "'s"):
            return 1
    if context(state):
        if not any(head.kind == "column" for head in state.heads):
            state.subject = table
        if table not in state.tables:
            state.tables.append(table)
        return 1
    if state.heads and _happens(mark) and state.kind(-1) != "and":
        # `customers ordered in May`: the second word is what they did.
        state.asking = False
        return _aside(state, mark, table)
    state.heads.append(Head("table", table, None, mark.text))
    return 1


def _column_head(state: State, mark: Mark, col: Col) -> int:
    before = state.mark(-1)
    if (
        before is not None
        and before.text == "("
        and state.heads
        and col in list(nodes(state.heads[-1].expr))
    ):
        return 1
    if state.aggs and _qualifies(state, col):
        return 1
    if state.aggs:
        for fn in state.aggs:
            expr: Expr = Agg(fn, col)
            if fn == "avg":
                whole = state.table_of(state.mark(-1)) or ""
                expr = averages.of_whole(state, col, whole) or expr
            if fn in ("avg", "median") and not state.numeric(col):
                state.doubt(f"{col.column} has no {lexicon.FN_WORDS[fn]}")
            if fn in ("sum", "avg", "median") and not state.numeric(col):
                expr = Agg("count", col, True)
            state.heads.append(Head("agg", col.table, expr, mark.text))
        state.aggs = []
        return 1
    if state.counting and _happens(mark):
        state.column = col
        return 1
    if state.counting:
        state.counting = False
        count_column(state, col, True, mark)
        return 1
    for each in _spread(state, mark, col):
        state.heads.append(Head("column", each.table, each, mark.text))
    return 1


def _qualifies(state: State, col: Col) -> bool:
    """`average departure delay`: the number comes a word later."""
    after = state.mark(1)
    if state.numeric(col) or after is None or after.thing is None:
        return False
    return state.table_of(after) is None and any(
        link.column.kind == "number" and not link.column.key and link.column.table == col.table
        for link in after.thing.columns
    )


def _happens(mark: Mark) -> bool:
    """Whether a word says what happened to the things that are counted: `were hired`."""
    token = mark.token
    return token is not None and token.lower != token.lemma and token.lower.endswith(("ed", "en"))


def _timed(state: State, mark: Mark) -> Col | None:
    """`students enrolled in 2021`, where students have a year for that, and no other table asks."""
    main = next((head.table for head in state.heads if head.table), state.subject)
    if mark.thing is None or not _happens(mark):
        return None
    after = state.mark(state.seek(1, lambda m: m.kind in ("prep", "op", "stop")))
    if after is None or not isinstance(after.number, int) or not 1900 <= after.number <= 2100:
        return None
    links = [k for k in mark.thing.columns if k.column.table == main and k.score > 0.7]
    years = [k.column for k in links if k.column.kind == "number" and "year" in k.column.words]
    return Col(main, years[0].name) if len(years) == 1 else None


def _spread(state: State, mark: Mark, col: Col) -> list[Col]:
    """`name` of a person may stand in two columns."""
    if col.via:
        return list(roles.whole(state, col))
    labels = state.schema.tables[col.table].labels
    if (
        len(labels) == 2
        and col.column in labels
        and mark.text.lower() in ("name", "names", "full name", "full names")
    ):
        return [Col(col.table, label) for label in labels]
    return [col]


def _aside(state: State, mark: Mark, table: str | None) -> int:
    """Outside of what is asked for, a column waits for its condition and a table is a place to
    look.
    """
    assert mark.thing is not None
    if table is not None:
        main = next((head.table for head in state.heads if head.table), state.subject)
        if table == main:
            return 1
        state.focus = table
        last = state.filters[-1] if state.filters else None
        if last is not None and last.negated and any(state.many(main, t) for t in last.tables):
            return 1  # `never skipped a track`: the track is a part of what never was
        if state.missing and state.missing[-1][1] == len(state.filters) and not state.negated:
            return 1
        if table not in state.tables:
            state.tables.append(table)
        if state.negated:
            state.missing.append((table, len(state.filters)))
            state.negated = False
        return 1
    token = mark.token
    verb = token is not None and token.lower != token.lemma
    if verb and mark.text.lower().endswith(("ed", "ing")) and mark.thing.columns[0].score < 0.95:
        return 1
    col = state.column_of(
        mark, state.focus or (state.tables[-1] if state.tables else state.subject)
    )
    if col is None:
        return 0
    state.column = col
    return 1
