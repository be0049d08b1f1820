"""Conditions: values that stand in the data, and yes-or-no columns."""

from engine.models.builtin import lexicon
from engine.models.builtin import values as truths
from engine.models.builtin.derivation import nouns
from engine.models.builtin.marking import Mark
from engine.models.builtin.plan import (
    All,
    Col,
    Compare,
    Cond,
    Missing,
    Not,
    Op,
    RateOf,
    Value,
)  # fmt: skip
from engine.models.builtin.reading import directions
from engine.models.builtin.reading.choosing import choose, parallel
from engine.models.builtin.reading.measures import stocked
from engine.models.builtin.reading.state import Filter, Head, State
from engine.models.builtin.values import Hit
from engine.models.builtin.words import lemma, stem

_SMALL = ("stop", "all", "be", "than", "any")


def rate(state: State, mark: Mark) -> int:
    """`attendance rate`, `share of insured`: of a yes-or-no column, how often it is yes."""
    after = state.mark(1)
    word = after.token.lemma if after is not None and after.token is not None else ""
    if word not in ("rate", "percentage", "share", "ratio"):
        return 0
    if mark.unknown and mark.token is not None and state.asking:
        return _rate_of_value(state, mark.token.lemma)
    if mark.thing is None:
        return 0
    flags = [link.column for link in mark.thing.columns if link.column.kind == "bool"]
    if not flags or not state.asking:
        return 0
    col = Col(flags[0].table, flags[0].name)
    yes = Compare(col, "=", Value(truths.truth(flags[0], True)))
    state.heads.append(Head("agg", col.table, RateOf(yes), mark.text))
    state.names[RateOf(yes)] = "percentage"
    state.aggs = []
    return 2


def _rate_of_value(state: State, said: str) -> int:
    """`cancellation rate`: how often a column holds the word that the noun is made of."""
    near = (state.subject, *state.mentioned, *state.schema.tables)
    for table in dict.fromkeys(name for name in near if name in state.schema.tables):
        for column in state.schema.tables[table].columns:
            few = column.info.distinct is not None and column.info.distinct <= 20
            if column.kind != "text" or column.key or not few:
                continue
            value = next((v for v in column.info.samples if _made(said, v)), None)
            if value is not None:
                col = Col(table, column.name)
                agg = RateOf(Compare(col, "=", Value(value)))
                state.heads.append(Head("agg", table, agg, said))
                state.names[agg] = f"{said}_rate"
                return 2
    return 0


def _made(noun: str, value: str) -> bool:
    """Whether a noun is made of the verb that a value is a form of."""
    base = lemma(value) if value.isalpha() else ""
    return bool(base) and (noun in nouns(base) or stem(noun) == stem(base))


def flag(state: State, mark: Mark) -> int:
    """`official languages`, `is full time`: a yes-or-no column is a condition."""
    if mark.thing is None or not mark.thing.columns or state.table_of(mark) is not None:
        return 0
    col = state.column_of(mark)
    if (
        col is None
        or state.info(col).kind != "bool"
        or state.kind(-1) == "each"
        or mark.thing.columns[0].score < 0.6
    ):
        return 0
    if mark.thing.values and mark.thing.values[0].score > mark.thing.columns[0].score:
        return 0
    if state.asking and not state.heads and mark.text.lower().endswith("s"):
        _members(state, col, mark)
    after = state.mark(1)
    if (
        state.asking
        and state.kind(-1) in ("ask", "and")
        and (after is None or after.kind in ("prep", "and"))
    ):
        return 0
    if state.aggs:
        state.doubt(f"{col.column} is a condition, no number")
    if state.negated and _merged_flag(state, col):
        return 1
    wanted = not state.negated
    said, words = mark.text.lower(), state.info(col).words
    for opposite in lexicon.OPPOSITES:
        if said.startswith(opposite) and not any(word.startswith(opposite) for word in words):
            wanted = not wanted
            break
    far = state.negated and state.many(_main(state), col.table) and not wanted
    state.negated = far  # `who never skipped a track`: no row says that they did
    wanted = wanted or far
    value = truths.truth(state.info(col), wanted)
    state.add(
        Compare(col, "=", Value(value, "yes" if wanted else "no")),
        col.table,
        words=("" if wanted else "not ") + mark.text,
    )
    return 1


def _members(state: State, col: Col, mark: Mark) -> None:
    """`club members`, where people are members or not: those of whom it is true."""
    words = state.info(col).words
    if words[-1] in lexicon.PEOPLE and len(words) > 1 and mark.last - mark.first >= len(words):
        state.heads.append(Head("table", col.table, None, mark.text))


def _merged_flag(state: State, col: Col) -> bool:
    """`where English is not official` denies that one row says both."""
    last = state.filters[-1] if state.filters else None
    if (
        last is None
        or last.tables != frozenset({col.table})
        or last.negated
        or not state.many(_main(state), col.table)
    ):
        return False
    if state.kind(-1) not in ("stop", "not", "be"):
        return False
    both = All((last.cond, Compare(col, "=", Value(truths.truth(state.info(col), True)))))
    state.filters[-1] = Filter(both, last.tables, True, last.clause, last.link, last.words)
    state.negated = False
    return True


def gone(state: State, mark: Mark) -> int:
    """`out of stock`: nothing is left of it."""
    if mark.text.lower() != "out of":
        return 0
    col = state.column_of(state.mark(1))
    table = state.table_of(state.mark(1))
    if table is not None and stocked(state, table):
        amounts = [c for c in state.schema.tables[table].columns if c.words == ("quantity",)]
        col = Col(table, amounts[0].name) if amounts else col
    if col is None or not state.numeric(col):
        return 0
    state.add(Compare(col, "=", Value(0)), col.table, words=f"no {col.column}")
    return 2


_NOW = frozenset({"current", "active", "ongoing", "present"})
_GONE = frozenset({"former", "ended", "terminated"})
_BACK = frozenset("return back resolve complete finish checkout discharge settle".split())
_ENDING = frozenset("end leave terminate close expire cancel until to exit quit left".split())


def still(state: State, mark: Mark) -> int:
    """`cars that are still out`: what would end it has no date yet."""
    near = (state.mark(step) for step in (1, 2, 3))
    if mark.text.lower() != "still" or not state.heads:
        return 0
    if any(m is not None and m.thing is not None and m.thing.values for m in near):
        return 0
    tables = dict.fromkeys((_main(state), *state.tables, *state.mentioned))
    ends = [
        Col(name, c.name) for name in tables if name in state.schema.tables
        for c in state.schema.tables[name].columns
        if c.kind == "date" and set(c.words) & (_ENDING | _BACK) and c.info.nullable
    ]  # fmt: skip
    if len(ends) != 1 or _over(state, ends[0]):
        return 0
    state.add(Missing(ends[0]), ends[0].table, words="still")
    return 1


def _over(state: State, end: Col) -> bool:
    """Whether the words after it say themselves what is or is not so."""
    words = {m.token.lemma for m in state.marks[state.at + 1 :] if m.token is not None}
    return bool(words & set(state.info(end).words)) or state.negated


def ongoing(state: State, mark: Mark) -> int:
    """`current employees`, `active contracts`: the date on which they end is not there yet."""
    said, table = mark.text.lower(), state.table_of(state.mark(1))
    known = mark.thing is not None and mark.thing.score > 0.6
    if said not in _NOW | _GONE or table is None or known:
        return 0
    ends = [
        c for c in state.schema.tables[table].columns
        if c.kind == "date" and set(c.words) & _ENDING and c.info.nullable
    ]  # fmt: skip
    if len(ends) != 1:
        state.doubt(f"what {said} means")
        return 1
    missing = Missing(Col(table, ends[0].name))
    state.add(missing if said in _NOW else Not(missing), table, words=said)
    return 1


def signed(state: State, mark: Mark) -> int:
    """`a negative balance`, `positive growth`."""
    sign = {"negative": "<", "positive": ">"}.get(mark.text.lower())
    if sign is None or (mark.thing is not None and mark.thing.values):
        return 0
    col = state.column_of(state.mark(1), state.focus)
    if col is None or not state.numeric(col):
        return 0
    state.add(Compare(col, sign, Value(0)), col.table, words=f"{mark.text} {col.column}")  # type: ignore[arg-type]
    return 2


def value(state: State, mark: Mark) -> int:
    """A value that stands in the data is a condition on its column."""
    if mark.thing is None or not mark.thing.values:
        return 0
    best = mark.thing.values[0]
    if _acts(state, mark):
        state.asking = False
        _done(state, mark)
        return 1
    if (col := _compared(state, mark)) is not None:
        state.column, state.asking = col, False
        return 1
    table = state.table_of(mark)
    if (
        table is not None
        and best.score <= mark.thing.tables[0].score + 0.1
        and not best.score > 0.99
    ):
        return 0
    if (
        mark.thing.columns
        and mark.thing.columns[0].score >= best.score - 0.05
        and state.column is None
    ) and not (mark.text[:1].isupper() and mark.first):
        return 0
    hit = choose(state, mark)
    if hit is None:
        return 0
    col, text = hit
    if (both := _either(state, col, text)) is not None:
        state.add(both, col.table, words=text)
        state.column = None
        return 1
    op: Op = "!=" if state.negated and not state.many(_main(state), col.table) else "="
    if op == "!=":
        state.negated = False
    cond = Compare(col, op, _value(state, mark, col, text))
    state.add(cond, col.table, words=f"{' '.join(state.info(col).words)} {op} {text}")
    state.column = None
    return 1


def _acts(state: State, mark: Mark) -> bool:
    """`which sponsors support teams`: between two nouns stands what the one does to the other."""
    opened = bool(state.marks) and state.marks[0].kind == "which" and state.asking
    helped = any(m.kind in ("be", "have", "do", "rel") for m in state.marks[: state.at])
    after = state.mark(state.seek(1, lambda m: m.kind in ("stop", "all")))
    plain = mark.token is not None and not mark.token.proper and mark.token.kind == "word"
    before = state.mark(-1)
    said = after is not None and (after.kind == "most" or state.table_of(after) is not None)
    nouns_around = state.table_of(before) is not None and said
    return opened and not helped and plain and nouns_around and before is not None


def _done(state: State, mark: Mark) -> None:
    """`which agent sold the most houses`: the rows that the verb speaks of are met."""
    near = state.kind(1) == "most" or state.kind(2) == "most"
    table = mark.thing.tables[0].table if near and mark.thing and mark.thing.tables else ""
    if table and table not in (_main(state), *state.tables):
        state.tables.append(table)


def _compared(state: State, mark: Mark) -> Col | None:
    """`waiters paid less than …`: a participle says which number of theirs is compared."""
    token, thing, table = mark.token, mark.thing, _main(state)
    if token is None or thing is None or token.lower == token.lemma or not state.heads:
        return None
    if state.kind(1) not in ("op", "comp") or any(hit.table == table for hit in thing.values):
        return None
    own = (link.column for link in thing.columns if link.column.table == table)
    numbers = [Col(table, column.name) for column in own if column.kind == "number"]
    return numbers[0] if len(numbers) == 1 else None


def _either(state: State, col: Col, text: str) -> Cond | None:
    """A team plays at home or away: where two keys lead to it and none is named, by either."""
    if col.via or col.table == _main(state):
        return None
    edges = parallel(state, col.table)
    if len(edges) < 2 or edges[0].table != _main(state):
        return None
    both = directions.either(state, Hit(col.table, col.column, text, 1.0), edges)
    if both is None:
        state.doubt(f"{text} may be meant in several ways")
    return both


def _value(state: State, mark: Mark, col: Col, text: str) -> Value:
    """A value as it is stored, with the word for it where its owner gave one."""
    assert mark.thing is not None
    said = mark.text if mark.thing.owned and mark.text.lower() != text.lower() else ""
    info = state.info(col)
    if info.kind in ("number", "bool") and text.lstrip("-").isdecimal() and not info.coded:
        return Value(int(text), said)
    return Value(text, said)


def _main(state: State) -> str:
    tables = [head.table for head in state.heads if head.table]
    return tables[0] if tables else state.subject
