"""Order: superlatives, top n, and sorting."""

from engine.models.builtin import lexicon
from engine.models.builtin.marking import Mark
from engine.models.builtin.plan import Agg, Col, Elapsed, Expr, Fn
from engine.models.builtin.reading import durations
from engine.models.builtin.reading.measures import earning, figure, stocked
from engine.models.builtin.reading.ordering import only_number, ranked, sort_key, told_by
from engine.models.builtin.reading.owning import owner
from engine.models.builtin.reading.state import Head, Rank, State
from engine.models.builtin.reading.telling import kind_of

_SMALL = ("stop", "all", "distinct", "agg")


def top(state: State, mark: Mark) -> int:
    """`top 5`, `the first three`, `5 most expensive`, `three youngest`."""
    following = state.mark(1)
    if mark.kind == "top" and mark.cue is not None:
        if mark.cue.arg == "asc":
            state.orders.append((None, False))
        if following is not None and isinstance(following.number, int):
            state.limit = max(following.number, 0)
            if state.orders and state.orders[-1][0] is not None:
                return 2  # `by price, highest first, top 5 only`
            state.ranks.append(Rank(None, mark.cue.arg != "asc", state.limit, "?"))
            return 2
        state.ranks.append(Rank(None, mark.cue.arg != "asc", 1, "?"))
        return 1
    follows = state.kind(1) in ("sup", "most", "common")
    if isinstance(mark.number, int) and follows and 0 < mark.number < 1000:
        state.limit = mark.number
        return 1
    later = any(m.kind in ("sup", "most", "common") for m in state.marks[state.at + 1 :])
    if (
        isinstance(mark.number, int)
        and later
        and state.asking
        and state.table_of(following) is not None
    ):
        state.limit = mark.number
        return 1
    if (took := _measured_by(state, mark)) and not _open(state):
        return took
    if mark.kind == "prep" and mark.cue is not None and mark.cue.arg == "by" and _open(state):
        offset = state.seek(1, lambda m: m.kind in ("stop", "all"))
        expr, took = _tally(state, offset) or sort_key(state, offset)
        if took and expr is not None:
            last = next(rank for rank in reversed(state.ranks) if rank.table == "?")
            if (
                isinstance(expr, Col)
                and state.numeric(expr)
                and state.many(ranked(state), expr.table)
            ):
                expr = Agg("sum", expr)
            state.ranks.remove(last)
            state.ranks.append(Rank(expr, last.descending, last.limit))
            return offset + took
    return 0


def _tally(state: State, offset: int) -> tuple[Expr | None, int] | None:
    """`top 5 artists by plays`: how many there are of each artist."""
    table, after = state.table_of(state.mark(offset)), state.mark(offset + 1)
    if table is None or not state.many(ranked(state), table):
        return None
    if after is not None and (after.thing is not None or after.text == "'s"):
        return None
    return Agg("count", table=table), 1


def _measured_by(state: State, mark: Mark) -> int:
    """`the biggest customer by revenue`: what the superlative is told by."""
    if mark.kind != "prep" or mark.cue is None or mark.cue.arg != "by" or not state.ranks:
        return 0
    offset = state.seek(1, lambda m: m.kind in ("stop", "all"))
    following = state.mark(offset)
    if following is None or following.time is not None:
        return 0
    expr, took = sort_key(state, offset)
    if not took or expr is None or (isinstance(expr, Col) and not state.numeric(expr)):
        return 0
    if isinstance(expr, Col) and state.many(ranked(state), expr.table):
        expr = Agg("sum", expr)
    last = state.ranks.pop()
    state.doubts = [doubt for doubt in state.doubts if not doubt.startswith("what ")]
    state.ranks.append(Rank(expr, last.descending, last.limit))
    return offset + took


def _open(state: State) -> bool:
    return any(rank.table == "?" for rank in state.ranks)


def _limit(state: State) -> int:
    opened = next((rank for rank in state.ranks if rank.table == "?"), None)
    if opened is not None:
        # `the top 3 largest`: both words say the same thing.
        state.ranks.remove(opened)
        state.limit = opened.limit
    limit, state.limit = state.limit or 1, None
    return limit


def superlative(state: State, mark: Mark) -> int:
    """`the youngest singer`, `with the highest capacity`, `the largest population`."""
    if mark.kind != "sup" or mark.cue is None:
        return 0
    if mark.text.lower() == "last" and state.marks[0].kind == "how":
        return 1  # `how long do they last`
    descending = mark.cue.arg == "desc"
    offset = state.seek(
        1, lambda m: m.kind in ("stop", "all", "agg") or m.text == "'s" or m.text == "of"
    )
    following = state.mark(offset)
    if state.kind(offset) == "count":
        return _counted(state, offset, descending)
    fn = _function(state, offset)
    if _of_table(state, offset):
        offset += 1
        following = state.mark(offset)
    if state.kind(-1) == "than" or state.kind(-2) == "than" or state.kind(-1) == "op":
        return 0
    if following is not None and following.thing is not None and state.table_of(following) is None:
        col = state.column_of(following, owner(state, offset + 1))
        if col is not None and fn:
            state.ranks.append(Rank(Agg(fn, col), descending, _limit(state)))
            return offset + 1
        if col is not None and (state.numeric(col) or state.info(col).kind == "date"):
            return _by_column(state, offset, col, descending)
        if (special := figure(state, following)) is not None:
            state.ranks.append(Rank(special, descending, _limit(state)))
            return offset + 1
    table = state.table_of(following) or _named_after(state, offset) or ranked(state)
    special = figure(state, following) if following is not None else None
    if special is not None:
        state.ranks.append(Rank(special, descending, _limit(state)))
        return offset + 1
    found = state.concept(mark.cue.concept, table) if mark.cue.concept else None
    if found is None and (spent := durations.ranked(state, mark.cue.concept, table)) is not None:
        return _longest(state, spent[0], descending != spent[1])
    if found is None and state.kind(offset + 1) == "prep" and told_by(state, offset + 1):
        state.ranks.append(Rank(None, descending, _limit(state), "?"))
        return 1
    if found is None:
        state.doubt(f"what {mark.text} means")
        found = only_number(state, table)
    if found is None:
        return 0
    col, reverse = found
    state.ranks.append(Rank(col, descending != reverse, _limit(state), col.table))
    return 1


def _of_table(state: State, offset: int) -> bool:
    """`the highest room rate`: the table only says whose number it is."""
    table, after = state.table_of(state.mark(offset)), state.mark(offset + 1)
    if table is None or after is None or after.thing is None or state.table_of(after) is not None:
        return False
    return any(
        link.column.table == table and link.column.kind == "number" and link.score > 0.75
        for link in after.thing.columns
    )


def _longest(state: State, spent: Elapsed, descending: bool) -> int:
    """The longest trip is a row; asked for in days, it is a number."""
    last = state.marks[-2:]
    if any(durations.unit_of(mark) for mark in last) and not state.heads:
        agg = Agg("max" if descending else "min", spent)
        state.heads.append(Head("agg", spent.start.table, agg, "longest"))
        return 1
    state.ranks.append(Rank(spent, descending, _limit(state), spent.start.table))
    return 1


def _function(state: State, offset: int) -> Fn | None:
    """Return the aggregate that stands between a superlative and its column."""
    for step in range(1, offset):
        cue = state.cue(step)
        if cue is not None and cue.kind == "agg":
            fn: Fn = cue.arg  # type: ignore[assignment]
            return fn
    return None


def _named_after(state: State, offset: int) -> str | None:
    """In `the oldest dog pet` the table comes a word later."""
    for step in (1, 2):
        mark = state.mark(offset + step)
        if mark is not None and (mark.cue is None) and (table := state.table_of(mark)) is not None:
            return table
        if mark is not None and mark.cue is not None:
            return None
    return None


def _by_column(state: State, offset: int, col: Col, descending: bool) -> int:
    """Asked for alone, the highest age is a number; beside other things it picks the row."""
    listed = [head for head in state.heads if head.kind != "agg"]
    if state.asking and not listed and not state.limit and not _row_follows(state, offset):
        state.aggs.append("max" if descending else "min")
        return offset
    state.ranks.append(Rank(col, descending, _limit(state), col.table))
    return offset + 1


def extreme(state: State, mark: Mark, descending: bool) -> int:
    """`which model has the minimum horsepower`: outside of what is asked for it picks a row."""
    del mark
    offset = state.seek(1, lambda m: m.kind in ("stop", "all") or m.text == "of")
    following = state.mark(offset)
    if state.kind(offset) == "count":
        return _counted(state, offset, descending)
    col = state.column_of(following, owner(state, offset + 1))
    if col is None or not state.numeric(col):
        return 0
    state.ranks.append(Rank(col, descending, _limit(state), col.table))
    return offset + 1


def _row_follows(state: State, offset: int) -> bool:
    """`the largest capacity stadium`: a table right after the column means the row."""
    after = state.mark(offset + 1)
    if after is not None and state.table_of(after) is not None:
        return True
    return any(
        mark.kind == "which" and place > state.at + 1 for place, mark in enumerate(state.marks)
    )


def _counted(state: State, offset: int, descending: bool) -> int:
    at = state.seek(offset + 1, lambda m: m.kind in _SMALL)
    return _rank_count(state, at, descending)


def earliest(state: State, mark: Mark) -> int:
    """`the first album of each artist`: the earliest by its date or year."""
    table = state.table_of(state.mark(1))
    if mark.text.lower() != "first" or not mark.unknown or table is None:
        return 0
    found = state.concept("time", table)
    if found is None or found[0].table != table:
        return 0
    state.ranks.append(Rank(found[0], False, _limit(state), table))
    return 1


def most(state: State, mark: Mark) -> int:
    """`the most cities`, `the largest number of flights`."""
    if mark.kind != "most" or mark.cue is None:
        return 0
    offset = state.seek(1, lambda m: m.kind in (*_SMALL, "count") or m.text == "of")
    if took := _most_done(state, mark, offset):
        return took
    return _rank_count(state, offset, mark.cue.arg == "desc")


def _most_done(state: State, mark: Mark, offset: int) -> int:
    """`the most played track`: the rows that a participle speaks of are counted for each track."""
    done, of = state.mark(offset), state.table_of(state.mark(offset + 1))
    token = done.token if done is not None else None
    if done is None or token is None or of is None or token.lower == token.lemma:
        return 0
    if done.thing is None:
        return 0
    named = [link.table for link in done.thing.tables if link.score > 0.7]
    dates = [
        link.column.table for link in done.thing.columns
        if link.column.kind == "date" and link.score > 0.7
    ]  # fmt: skip
    table = next((t for t in (*named, *dates) if t != of and state.many(of, t)), "")
    if not table:
        return 0
    assert mark.cue is not None
    by = Agg("count", table=table)
    state.ranks.append(Rank(by, mark.cue.arg == "desc", _limit(state), table))
    return offset + 1


def _rank_count(state: State, at: int, descending: bool) -> int:
    """Rank by how many of the thing at an offset there are."""
    mark = state.mark(at)
    plural = at
    while mark is not None and mark.unknown and plural < at + 2:
        plural += 1
        mark = state.mark(plural)
    table = state.table_of(mark)
    if mark is not None and (special := figure(state, mark)) is not None:
        state.ranks.append(Rank(special, descending, _limit(state)))
        return plural + 1
    if table is not None:
        held = _held(state, table)
        by: Expr = Agg("sum", held) if held is not None else Agg("count", table=table)
        state.ranks.append(Rank(by, descending, _limit(state), table))
        state.mentioned.setdefault(table, 1.0)
        if not state.asking or state.heads:
            return plural + 1
        return plural
    if mark is not None and mark.thing is not None and mark.thing.columns:
        col = state.column_of(mark, ranked(state))
        listed = [head for head in state.heads if head.kind != "agg"]
        row = _row_follows(state, plural)
        if col is not None and state.numeric(col) and state.asking and not listed and not row:
            state.aggs.append("max" if descending else "min")
            return plural
        if (
            col is not None
            and plural > at
            and not state.numeric(col)
            and state.asking
            and not listed
        ):
            # An adjective nobody knows between `most` and a column: what occurs most often.
            state.ranks.append(Rank(None, descending, _limit(state)))
            return plural
        if col is not None:
            by = col if state.numeric(col) else Agg("count", col, True)
            by = Agg("count", table=col.table) if kind_of(state, col, mark) else by
            if _added_up(state, col):
                by = Agg("sum", col)
            state.ranks.append(Rank(by, descending, _limit(state), col.table))
            return plural + 1
    earned = _verb_of_money(state)
    state.ranks.append(Rank(earned, descending, _limit(state)))
    if state.event is None and earned is None:
        state.doubt("what there is most of")
    return max(at, 1)


def _held(state: State, table: str) -> Col | None:
    """Return the amounts in a table that says how much there is: the most stock."""
    if not stocked(state, table):
        return None
    numbers = [c for c in state.schema.tables[table].columns if c.kind == "number" and not c.key]
    amounts = [c for c in numbers if len(c.words) == 1 and c.words[0] in ("quantity", "amount")]
    return Col(table, amounts[0].name) if len(amounts) == 1 else None


def _verb_of_money(state: State) -> Expr | None:
    """`spent the most`: what the verb before it adds up, which need not be shown then."""
    offset = -1
    while state.kind(offset) == "stop":
        offset -= 1
    verb = state.mark(offset)
    rows = [head.table for head in state.heads if head.kind == "table"]
    table = rows[0] if len(rows) == len(state.heads) == 1 else ""
    for link in verb.thing.columns if verb is not None and verb.thing is not None else ():
        col = Col(link.column.table, link.column.name)
        if link.column.table == table and link.score > 0.7 and state.numeric(col):
            return col
    last = state.heads[-1] if state.heads else None
    if verb is not None and last is not None and last.words == verb.text and last.kind == "agg":
        if len(state.heads) > 1:
            state.heads.pop()
        return last.expr
    return earning(state, verb)


def _added_up(state: State, col: Col) -> bool:
    """The most of something that stands in many rows of each is their sum."""
    words = set(state.info(col).words)
    summed = state.numeric(col) and not words & lexicon.AVERAGED and "year" not in words
    return summed and state.many(ranked(state), col.table)


def common(state: State, mark: Mark) -> int:
    """`the most common type`: what occurs in most rows."""
    if mark.kind != "common" or mark.cue is None:
        return 0
    by = _portion(state) if mark.text.lower().startswith("predominant") else None
    of = state.table_of(state.mark(1))
    plain = [head for head in state.heads if head.kind == "column" and head.table == of]
    if by is None and of is not None and plain and len(plain) == len(state.heads):
        # `the fee of the most popular plan`: the row of most rows that point to it.
        met = [e.table for e in state.schema.around(of) if e.to_table == of and e.table != of]
        if met:
            count = Agg("count", table=met[0])
            state.ranks.append(Rank(count, mark.cue.arg == "desc", _limit(state), of))
            return 2
    state.ranks.append(Rank(by, mark.cue.arg == "desc", _limit(state)))
    return 1


def _portion(state: State) -> Col | None:
    """What predominates has the largest share, where the data says what share that is."""
    for table in dict.fromkeys((*(head.table for head in state.heads), state.subject)):
        if table in state.schema.tables:
            for column in state.schema.tables[table].columns:
                if column.kind == "number" and {"percentage", "share", "percent", "portion"} & set(
                    column.words
                ):
                    return Col(table, column.name)
    return None
