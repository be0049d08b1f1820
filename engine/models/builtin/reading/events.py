"""Events: what happened to the things that are asked for — borrowed, never admitted, returned late.

A date column is called after what happened then; the verb means its table's rows, or the date.
"""

from engine.models.builtin import lexicon
from engine.models.builtin.joins import distance
from engine.models.builtin.marking import Mark
from engine.models.builtin.plan import All, Col, Compare, Cond, Missing, Not, Period
from engine.models.builtin.reading.state import Head, State
from engine.models.builtin.schema import Column, Schema

_LATE = frozenset({"late", "overdue", "tardily", "belatedly"})
_TIMELY = frozenset({"punctually", "timely"})
_DUE = frozenset("due deadline require expect promise plan schedule estimate target".split())
_DONE = frozenset("return deliver ship complete finish end close pay arrive resolve actual".split())
_VERBAL = ("ed", "en", "wn", "ght", "ld", "ing", "pt", "nt", "st", "rn", "id", "ft")


def event(state: State, mark: Mark) -> int:
    """`has never borrowed anything`, `loans that were returned late`."""
    if mark.text.lower() in _LATE:
        return _late(state)
    col = happening(state, mark)
    if col is None or state.column is not None:
        return 0
    main = next((head.table for head in state.heads if head.table), "")
    if not main and state.asking:
        main = _who(state, col.table)
    if not main:
        return 0
    if col.table == main:
        return _own(state, mark, col)
    assert mark.thing is not None
    if any(link.column.table == main and link.score > 0.6 for link in mark.thing.columns):
        return 0  # The thing itself says so, be it by its year.
    if distance(state.schema, main, col.table) is None or not _after_noun(state):
        return 0
    state.mentioned.setdefault(col.table, 1.0)
    state.event, state.asking = col, False
    if state.negated:
        state.missing.append((col.table, len(state.filters)))
        state.negated = False
    elif col.table not in state.tables:
        state.tables.append(col.table)
    return 1


def happening(state: State, mark: Mark) -> Col | None:
    """Return the date that a verb speaks of: `admitted` of `admitted_on`."""
    token, thing = mark.token, mark.thing
    if token is None or thing is None or mark.cue is not None or thing.values:
        return None
    if token.kind != "word" or token.lower == token.lemma or not token.lower.endswith(_VERBAL):
        return None
    main = next((head.table for head in state.heads if head.table), state.subject)
    if state.table_of(mark) not in (None, main):
        return None
    dates = [c for c in thing.columns if c.column.kind == "date" and c.score > 0.6]
    if not dates or thing.columns[0].score > dates[0].score + 0.05:
        return None
    best = state.pick(dates, next((h.table for h in state.heads if h.table), state.subject))
    return Col(best.column.table, best.column.name)


def _after_noun(state: State) -> bool:
    """Whether the verb stands where a sentence has one: after who does it or a helping verb."""
    before = state.mark(-1)
    return before is not None and (
        before.kind in ("be", "have", "do", "not", "rel", "which", "stop", "except", "and")
        or before.thing is not None
    )


def _own(state: State, mark: Mark, col: Col) -> int:
    """It happened to the row itself, or not (yet); a time after it is read as its time."""
    before, after = state.mark(-1), state.mark(1)
    if _when(state, before):
        state.column, state.asking = col, False
        return 1  # `contracts ended in 2023`: the time is that of the verb
    if before is None or (before.kind not in ("be", "have", "not", "do") and not state.negated):
        return 0
    if after is not None and after.text.lower() in _LATE:
        return 0
    timed = after is not None and (
        after.time is not None or after.kind in ("prep", "op", "between")
    )
    if timed and after is not None and after.time is not None and after.time.start:
        state.column, state.asking = col, False
        return 1  # `were resolved last month`
    if timed or (after is not None and after.number is not None):
        return 0

    cond: Cond = Missing(col)
    if state.negated:
        state.negated = False
    else:
        cond = Not(cond)
    del mark
    state.add(cond, col.table, words=col.column)
    state.asking = False
    return 1


def _when(state: State, before: Mark | None) -> bool:
    """Whether a verb after its noun is followed by a time."""
    at = state.seek(1, lambda m: m.kind in ("prep", "op", "stop"))
    after = state.mark(at)
    number = after.number if after is not None else None
    yearly = isinstance(number, int) and 1900 <= number <= 2100
    timed = after is not None and (bool(after.time and after.time.start) or yearly)
    return timed and at > 1 and before is not None and bool(state.heads) and (
        before.thing is not None or before.kind == "rel"
    )  # fmt: skip


def _late(state: State) -> int:
    """Later than it was due; or due, and not done yet."""
    main = next((head.table for head in state.heads if head.table), state.subject)
    tables = [t for t in dict.fromkeys((main, *state.tables, *state.mentioned)) if t]
    for table in tables:
        due = _named(state.schema, table, _DUE)
        done = _named(state.schema, table, _DONE)
        if due is None:
            continue
        late = Compare(done, ">", due) if done is not None else None
        before = state.mark(-1)
        acted = before is not None and happening(state, before) is not None
        today = Period(due, "", state.today.isoformat())
        if late is not None and acted:
            cond: Cond = late
        elif done is not None:
            cond = All((Missing(done), today))
        else:
            cond = today
        state.add(cond, table, words="late")
        return 1
    return 0


def _named(schema: Schema, table: str, words: frozenset[str]) -> Col | None:
    info = schema.tables.get(table)
    for column in info.columns if info is not None else ():
        if column.kind == "date" and set(column.words) & words:
            return Col(table, column.name)
    return None


# --- Who ----------------------------------------------------------------------------------------


def _who(state: State, table: str) -> str:
    """`Who was admitted`: ask for the people the rows belong to."""
    first = state.marks[0].text.lower() if state.marks else ""
    if first != "who" or not (found := people(state.schema, table)):
        return ""
    state.heads.append(Head("table", found, None, "who"))
    state.subject, state.asking = found, False
    return found


def people(schema: Schema, table: str) -> str:
    """Return the table of the people that rows of a table belong to: itself, or one key away."""
    if human(schema, table):
        return table
    keys = sorted(
        (schema.column(table, e.column).place, e.to_table)
        for e in schema.around(table) if e.table == table
    )  # fmt: skip
    owners = [owner for _, owner in keys]
    return next((t for t in owners if human(schema, t)), "")


def human(schema: Schema, table: str) -> bool:
    """Whether the rows of a table are people, by what is known of them."""
    info = schema.tables.get(table)
    if info is None or not info.labels:
        return False
    named = len(info.labels) == 2 or bool(set(info.words) & lexicon.PEOPLE)
    return named or any(_personal(column) for column in info.columns)


def _personal(column: Column) -> bool:
    return bool(
        {"birth", "birthdate", "birthday", "gender", "sex", "salary", "email", "hire"}
        & set(column.words)
    )
