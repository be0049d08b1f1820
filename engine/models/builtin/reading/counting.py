"""Counting: how many, what average, which share — heads that are computed."""

import msgspec

from engine.models.builtin import lexicon
from engine.models.builtin import values as truths
from engine.models.builtin.joins import nodes
from engine.models.builtin.marking import Mark
from engine.models.builtin.plan import Agg, Col, Compare, Elapsed, Expr, Fn, Value
from engine.models.builtin.reading import averages, durations
from engine.models.builtin.reading.defined import metric
from engine.models.builtin.reading.measures import default_measure, earning, measure, stocked
from engine.models.builtin.reading.owning import owner
from engine.models.builtin.reading.ranking import extreme
from engine.models.builtin.reading.state import Head, State
from engine.models.builtin.reading.telling import distinct_said, kind_of


def count(state: State, mark: Mark) -> int:
    """`how many singers`, `the number of different countries`."""
    if mark.kind == "times":
        state.heads.append(Head("agg", "", Agg("count"), mark.text))
        return 1
    if mark.kind == "count" and state.kind(-1) == "" and _closing(state):
        table = state.heads[0].table
        state.heads = [Head("agg", table, Agg("count", table=table), mark.text)]
        return 1
    if mark.kind != "count" or not (state.asking or _asks_again(state, mark)):
        return 0
    averaging = averages.counted(state)
    took = _count(state, mark)
    if averaging and not state.counting and not averages.counts(state.heads):
        state.averaging = False
        state.aggs.append("avg")
    return took


def _closing(state: State) -> bool:
    """`urgent orders (count)`: of the rows that were spoken of, how many there are."""
    before, after, last = (state.mark(step) for step in (-1, 1, 2))
    rows = [head.kind for head in state.heads] == ["table"]
    closed = after is None or (after.text in (")", ".", "?") and last is None)
    return rows and closed and before is not None and before.text in ("(", ",", "-", ":")


def _count(state: State, mark: Mark) -> int:
    offset = state.seek(
        1, lambda m: m.kind in ("stop", "all", "distinct", "agg", "count") or m.text == "'s"
    )
    distinct = any(state.kind(k) == "distinct" for k in range(1, offset))
    distinct = distinct or "different" in mark.text.lower()
    following = state.mark(offset)
    opening = state.mark(state.seek(offset + 1, lambda m: m.kind in ("be", "do") or m.unknown))
    if durations.unit_of(following) and opening is not None and opening.kind == "between":
        return offset  # `the number of days between …`
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
            count_column(state, col, distinct, following)
            return offset + 1
        break
    if table is None:
        state.counting = True
        return offset
    after = state.mark(offset + 1)
    if (
        distinct
        and after is not None
        and after.thing is not None
        and after.thing.columns
        and not after.thing.tables
    ):
        col = state.column_of(after, table)
        if col is not None and col.table == table:
            count_column(state, col, True, after)
            return offset + 2
    count_table(state, table, following)
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


def count_column(state: State, col: Col, distinct: bool, mark: Mark) -> None:
    if state.numeric(col) and not state.info(col).key and _judged(state):
        state.heads.append(Head("agg", col.table, Agg("count", table=col.table), mark.text))
        state.column = col
        return
    if state.numeric(col) and not distinct and not state.info(col).key:
        # `How many people live there`: the column counts them already.
        said = (state.mark() or mark).text.lower()
        if "many" in said or "total" in said:
            state.heads.append(Head("amount", col.table, col, mark.text))
        else:
            state.heads.append(Head("column", col.table, col, mark.text))
        return
    if state.info(col).kind == "date" and not distinct and _event(mark):
        # `How many admissions`: each row that has the date is one.
        state.event = col
        state.heads.append(Head("agg", col.table, Agg("count", table=col.table), mark.text))
        return
    if state.info(col).kind == "bool" and not distinct_said(state):
        # `how many captains`: the rows of which it is true.
        yes = Compare(col, "=", Value(truths.truth(state.info(col), True)))
        state.add(yes, col.table, words=mark.text)
        state.heads.append(Head("agg", col.table, Agg("count", table=col.table), mark.text))
        return
    edge = state.schema.pointing(col.table, col.column)
    own = state.schema.tables[col.table].primary == (col.column,)
    own = own or (not distinct and _called(state, col, mark)) or kind_of(state, col, mark)
    expr: Expr = Agg("count", table=col.table) if own and edge is None else Agg("count", col, True)
    state.heads.append(Head("agg", col.table, expr, mark.text))


def _judged(state: State) -> bool:
    """`how many marks were between 50 and 60`: the rows of which that is true."""
    at = state.seek(1, lambda m: m.kind not in ("be", "op", "comp", "between", "prep", "rel"))
    at = state.seek(at, lambda m: m.kind == "be")
    return state.kind(at - 1) == "be" and state.kind(at) in ("op", "between")


def _called(state: State, col: Col, mark: Mark) -> bool:
    """`how many users`, where the rows of a table have user names: its rows are the users."""
    words, said = state.info(col).words, set(mark.text.lower().split())
    naming = set(words) & set(lexicon.NAMING)
    lemmas = {mark.token.lemma} if mark.token is not None else said
    named = col.column in state.schema.tables[col.table].labels and bool(naming)
    whole = any(word in mark.text.lower() for word in naming)
    return named and not whole and set(words) - naming <= lemmas


def _event(mark: Mark) -> bool:
    """Whether a date is named by what happened then, not as a date."""
    token = mark.token
    return token is not None and token.lemma not in ("date", "day", "time", "year", "month")


def count_table(state: State, table: str, mark: Mark | None) -> None:
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
    if mark.text.lower().startswith("ratio") and any(m.text == "to" for m in state.marks):
        state.ratio = True
        return 1
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
    defined = metric(state, mark)
    if defined is not None and state.asking:
        state.heads.append(Head("agg", "", defined, mark.text))
        state.aggs = []
        return 1
    expr = measure(state, mark)
    if expr is None or not state.asking:
        return 0
    return measure_head(state, mark, expr)


def how(state: State, mark: Mark) -> int:
    """`how old are they`, `where is it from`: the adjective names the column."""
    if mark.kind == "how" and mark.cue is not None:
        found = state.concept(mark.cue.concept, state.subject)
        if found is None:
            return 0
        born = durations.birth(state, found[0].table) if mark.cue.concept == "age" else None
        if born is not None:
            age = Elapsed(born, None, "year", state.today.isoformat())
            state.heads.append(Head("column", born.table, age, mark.text))
        else:
            state.heads.append(Head("column", found[0].table, found[0], mark.text))
        state.asking = False
        return 1
    if mark.kind == "where" and not state.heads and state.at == 0 and state.subject:
        for word in ("location", "city", "hometown", "address", "place", "country", "state"):
            for column in state.schema.tables[state.subject].columns:
                if word in column.words:
                    state.heads.append(
                        Head("column", state.subject, Col(state.subject, column.name), mark.text)
                    )
                    state.asking = False
                    return 1
    return 0


def measure_head(state: State, mark: Mark, expr: Expr) -> int:
    fns = state.aggs or ["sum"]
    # In `ticket revenue` the first word is a part of it.
    parts = set(nodes(expr))
    state.heads = [h for h in state.heads if h.kind != "column" or h.expr not in parts]
    for fn in fns:
        agg = Agg(fn, expr)
        state.heads.append(Head("agg", "", agg, mark.text))
        state.names[agg] = mark.text.lower() if fn == "sum" else f"{fn}_{mark.text.lower()}"
    state.aggs = []
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
    if state.negated and state.heads and not state.missing:
        _unused(state)


def _unused(state: State) -> None:
    """`tags that are not used`, `services never ordered`: no row of the one table that could
    say so does.
    """
    table = next((head.table for head in state.heads if head.table), state.subject)
    into = {e.table for e in state.schema.around(table) if e.to_table == table != e.table}
    if len(into) != 1 or not state.marks:
        return
    last = next((m for m in reversed(state.marks) if m.text[:1].isalnum()), None)
    if last is None or not (last.unknown or last.kind in ("stop", "not", "order")):
        return
    state.missing.append((into.pop(), len(state.filters)))
    state.negated = False


def _late(state: State) -> None:
    """`orders in total`, `their average`: a function after its column, or with none at all."""
    for fn in state.aggs:
        if fn == "avg" and _on_average(state):
            continue
        if fn == "avg" and _many_each(state):
            continue
        if fn == "avg" and state.groupings and any(h.kind == "agg" for h in state.heads):
            state.averaging = True
            continue
        spent = next((h for h in state.heads if isinstance(h.expr, Elapsed)), None)
        if spent is not None:
            state.heads.remove(spent)
            state.heads.append(Head("agg", spent.table, Agg(fn, spent.expr), spent.words))
            continue
        if fn == "sum" and (paid := _spent(state)) is not None:
            state.heads = [h for h in state.heads if h.kind != "table"]
            state.heads.append(Head("agg", "", paid, "how much"))
            continue
        done = [
            h
            for h in state.heads
            if h.kind == "column" and isinstance(h.expr, Col) and state.numeric(h.expr)
        ]
        if done:
            last = done[-1]
            state.heads = [h for h in state.heads if h is not last]
            state.heads.append(Head("agg", last.table, Agg(fn, last.expr), last.words))
        elif (fn != "sum" or _summed(state) or _costly(state)) and (
            col := default_measure(state)
        ) is not None:
            tables = [h.table for h in state.heads if h.kind == "table"]
            whole = averages.of_whole(state, col, tables[0]) if tables and fn == "avg" else None
            state.heads = [h for h in state.heads if h.kind != "table"]
            state.heads.append(Head("agg", col.table, whole or Agg(fn, col), col.column))
        elif fn != "sum":
            state.doubt(f"nothing to take the {lexicon.FN_WORDS[fn]} of")
    state.aggs = []


def _many_each(state: State) -> bool:
    """`average orders per customer`: how many there are of each is averaged."""
    head = state.heads[0] if len(state.heads) == 1 else None
    per = state.groupings[0] if len(state.groupings) == 1 else None
    if head is None or per is None or head.kind != "table" or per.unit is not None:
        return False
    said = head.words.lower()
    if not said.endswith("s") or per.table == head.table or not state.many(per.table, head.table):
        return False
    state.heads = [Head("agg", head.table, Agg("count", table=head.table), head.words)]
    state.averaging = True
    return True


def _on_average(state: State) -> bool:
    """`teams whose players earn more than 80000 on average`: of all rows of each."""
    last = state.filters[-1] if state.filters else None
    cond = last.cond if last is not None else None
    main = next((head.table for head in state.heads if head.table), state.subject)
    said = any(mark.text.lower() == "on average" for mark in state.marks[-3:])
    if last is None or not said or not isinstance(cond, Compare) or not isinstance(cond.left, Col):
        return False
    if not state.numeric(cond.left) or not state.many(main, cond.left.table):
        return False
    state.filters.pop()
    cond = Compare(Agg("avg", cond.left), cond.op, cond.right)
    state.havings.append(msgspec.structs.replace(last, cond=cond))
    return True


def _spent(state: State) -> Expr | None:
    """`how much did they pay`: a verb of money says what is added up."""
    if not any(mark.text.lower() == "how much" for mark in state.marks):
        return None
    if any(head.kind != "table" for head in state.heads):
        return None
    return next((e for mark in state.marks if (e := earning(state, mark)) is not None), None)


_COSTLY = frozenset(
    "fine payment expense fee cost donation invoice bill refund deposit withdrawal debt tax charge "
    "budget transfer sale purchase penalty bonus grant".split()
)


def _costly(state: State) -> bool:
    """`total fines` adds them up: their rows are sums of money."""
    tables = [head.table for head in state.heads if head.kind == "table"]
    if any(stocked(state, table) for table in tables):
        return True
    return any(set(state.schema.tables[t].words) & _COSTLY for t in tables)


def _summed(state: State) -> bool:
    """`total orders` counts them, `the sum of orders` adds something up."""
    return any(mark.kind == "agg" and mark.text.lower().startswith("sum") for mark in state.marks)
