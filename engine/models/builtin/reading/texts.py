"""Texts: patterns, quoted words, names nobody has seen, and what is missing."""

from engine.models.builtin import lexicon
from engine.models.builtin.marking import Mark
from engine.models.builtin.plan import (
    Col,
    Compare,
    Cond,
    Like,
    Missing,
    Not,
    Some,
    Value,
)  # fmt: skip
from engine.models.builtin.reading.choosing import focus, label
from engine.models.builtin.reading.state import Filter, State
from engine.models.builtin.schema import Column


def like(state: State, mark: Mark) -> int:
    """`contains 'East'`, `starting with the letter B`."""
    if mark.kind != "like" or mark.cue is None:
        return 0
    offset = state.seek(
        1,
        lambda m: (
            (m.kind in ("stop", "like") and (m.kind == "like" or not m.text[:1].isupper()))
            or m.text.lower()
            in ("letter", "word", "phrase", "string", "substring", "text", "letters")
        ),
    )
    following = state.mark(offset)
    if following is None:
        return 0
    single = following.token is not None and following.kind in ("", "stop")
    if not single and (following.thing is None or following.kind):
        return 0
    quoted = following.token is not None and following.token.kind == "quoted"
    said = (
        quoted or following.unknown or following.text[:1].isupper() or following.number is not None
    )
    here = _inside_of(state, offset + 1)[0]
    said = said or (here is not None and state.info(here).kind == "text")
    if not said or (state.table_of(following) is not None and not quoted):
        return 0
    col, took = _inside_of(state, offset + 1)
    col = col or state.column or _text_column(state)
    if col is None:
        return 0
    state.column = None
    offset += took
    text = following.text
    while not quoted and not took and (after := _written_on(state, offset + 1)) is not None:
        text, offset = f"{text} {after.text}", offset + 1
    cond: Cond = Like(col, mark.cue.arg, text)  # type: ignore[arg-type]
    while (other := _other(state, offset + 1)) is not None:
        more = Like(col, mark.cue.arg, other.text)  # type: ignore[arg-type]
        cond, text, offset = Some((cond, more)), f"{text} or {other.text}", offset + 2
    state.add(cond, col.table, words=f"{' '.join(state.info(col).words)} {mark.text} {text}")
    return offset + 1


def _written_on(state: State, offset: int) -> Mark | None:
    """`starts with The Blue`: a name goes on as long as it is written like one."""
    mark = state.mark(offset)
    if mark is None or not mark.text[:1].isupper() or mark.kind not in ("", "stop"):
        return None
    return mark


def _other(state: State, offset: int) -> Mark | None:
    """`ends with Inc or Ltd`: another text that may stand there as well."""
    mark, after = state.mark(offset + 1), state.mark(offset + 2)
    if state.kind(offset) != "or" or mark is None or mark.token is None or mark.kind:
        return None
    written = mark.token.kind == "quoted" or mark.token.proper
    return mark if written and (after is None or after.thing is None) else None


def _inside_of(state: State, start: int) -> tuple[Col | None, int]:
    """`'Hey' in its title`: the column comes after the text."""
    if state.kind(start) != "prep" or (state.mark(start) or state.marks[0]).text.lower() not in (
        "in",
        "within",
        "inside",
        "on",
    ):
        return None, 0
    offset = state.seek(start + 1, lambda m: m.kind == "stop")
    mark = state.mark(offset)
    if mark is None or mark.thing is None or not mark.thing.columns:
        return (state.column, offset - start) if offset > start + 1 else (None, 0)
    main = next((head.table for head in state.heads if head.table), state.subject)
    texts = [c for c in mark.thing.columns if c.column.kind == "text"]
    own = any(c.column.table == main for c in texts)
    if not own and mark.text.lower() in ("name", "names", "title", "titles"):
        labels = state.schema.tables[main].labels if main in state.schema.tables else ()
        return (Col(main, labels[0]), offset + 1 - start) if labels else (None, 0)
    said = state.info(state.column).words if state.column is not None else ()
    near = [c for c in texts if set(said) & set(c.column.words)] or texts
    if not near:
        return None, 0
    link = state.pick(near, state.column.table if state.column is not None else state.subject)
    return Col(link.column.table, link.column.name), offset + 1 - start


def _text_column(state: State) -> Col | None:
    for head in reversed(state.heads):
        if isinstance(head.expr, Col) and state.info(head.expr).kind == "text":
            return head.expr
    table = state.schema.tables.get(state.subject)
    if table is None:
        return None
    if table.labels:
        return Col(table.name, table.labels[0])
    texts = [c for c in table.columns if c.kind == "text" and not c.key]
    free = sorted((c for c in texts if set(c.words) & _FREE), key=_length, reverse=True)
    return Col(table.name, (free or texts)[0].name) if free or len(texts) == 1 else None


def _length(column: Column) -> int:
    """Return how much people write there: a comment is longer than its author's name."""
    return sum(map(len, column.info.samples[:20]))


_FREE = frozenset(
    "name title text body comment description note message subject content detail remark "
    "summary review".split()
)
"""What columns are called that hold what people wrote."""


def missing(state: State, mark: Mark) -> int:
    """`without a nickname`, `where the price is missing`."""
    if (col := _undone(state, mark)) is not None:
        state.add(Missing(col), col.table, words=mark.text)
        return 1
    if mark.kind == "null":
        col = state.column
        following = state.mark(state.seek(1, lambda m: m.kind == "stop"))
        took = 1
        if col is None and following is not None and following.thing is not None:
            col, took = state.column_of(following), 2
        if col is None:
            return 0
        state.column = None
        state.add(Missing(col), col.table, words=f"{' '.join(state.info(col).words)} missing")
        return took
    if (
        state.negated
        and not state.asking
        and mark.thing is not None
        and state.table_of(mark) is None
    ):
        after = state.mark(1)
        alone = after is None or after.kind in ("and", "or", "count") or _filed(state)
        alone = alone or (after is not None and after.kind == "stop" and state.mark(2) is None)
        alone = alone or (after is not None and not after.text[:1].isalnum())
        col = state.column_of(mark)
        if alone and col is not None and not mark.thing.values and state.info(col).kind != "bool":
            main = next((head.table for head in state.heads if head.table), state.subject)
            words = f"no {' '.join(state.info(col).words)}"
            if state.many(main, col.table):
                # `who never got a bonus`: in no row is there one.
                state.add(Not(Missing(col)), col.table, words=words)
                return 1
            state.add(Missing(col), col.table, words=words)
            state.filters[-1] = _positive(state.filters[-1])
            return 1
    return 0


def _filed(state: State) -> bool:
    """`without an email address`: a word more that says what sort of entry is missing."""
    after, last = state.mark(1), state.mark(2)
    word = after.token.lemma if after is not None and after.token is not None else ""
    return word in ("address", "number", "value", "entry") and (
        last is None or last.kind in ("and", "or") or not last.text[:1].isalnum()
    )


def _undone(state: State, mark: Mark) -> Col | None:
    """`unresolved`, `unassigned`: the date or key that would say so is not set."""
    said = mark.text.lower()
    if mark.thing is None or mark.cue is not None or mark.thing.values or mark.thing.tables:
        return None
    links = [link for link in mark.thing.columns if link.score > 0.5]
    denied = [
        link for link in links
        if said.startswith(lexicon.OPPOSITES)
        and not any(word.startswith(said[:3]) for word in link.column.words)
    ]  # fmt: skip
    if not denied or state.info(Col(denied[0].column.table, denied[0].column.name)).kind == "bool":
        return None
    best = state.pick(denied, state.subject)
    return Col(best.column.table, best.column.name)


def _positive(found: Filter) -> Filter:
    return Filter(found.cond, found.tables, False, found.clause, found.link, found.words)


def guess(state: State, mark: Mark) -> int:
    """A quoted text or a name nobody knows is compared with what it stands beside."""
    token = mark.token
    if token is None or mark.cue is not None or (mark.thing is not None and mark.thing.score):
        return 0
    quoted = token.kind == "quoted"
    if quoted or _held(state):
        inner, took = _inside_of(state, 1)
        free = quoted or token.proper
        if inner is not None and took and (free or set(state.info(inner).words) & _FREE):
            state.column = None
            state.add(
                Like(inner, "contains", token.text),
                inner.table,
                words=f"{inner.column} contains {token.text}",
            )
            return 1 + took
    if not quoted and not (token.proper and mark.first > 0 and token.kind == "word"):
        return 0
    before = state.mark(-1)
    col = state.column
    if col is None and before is not None and before.thing is not None:
        col = state.column_of(before)
    if col is None and quoted:
        col = _text_column(state)
    if col is None and not quoted:
        col = _told(state, mark)
        state.column = col
    if col is None and not quoted and before is not None and before.kind == "prep":
        col = _place_column(state)
        state.column = col
    if col is None or state.info(col).kind not in ("text", "date", "bool"):
        return 0
    if not quoted and state.column is None:
        return 0
    state.choices = [choice for choice in state.choices if choice[0] != mark.text]
    state.column = None
    if (
        state.heads
        and isinstance(state.heads[-1].expr, Col)
        and state.heads[-1].expr == col
        and len(state.heads) > 1
    ):
        state.heads.pop()
    text, took = token.text, 1
    while (
        not quoted
        and (after := state.mark(took)) is not None
        and after.token is not None
        and after.unknown
        and after.token.proper
    ):
        text, took = f"{text} {after.text}", took + 1
    if quoted and _within_values(state, col, text):
        state.add(Like(col, "contains", text), col.table, words=f"{col.column} contains {text}")
        return took
    negated = state.negated
    state.negated = False
    state.doubt(f"{text} was not seen in the data")
    state.add(
        Compare(col, "!=" if negated else "=", Value(text)),
        col.table,
        words=f"{' '.join(state.info(col).words)} = {text}",
    )
    return took


def _held(state: State) -> bool:
    """`with copper in their name`: a word that a text is said to hold."""
    before = state.mark(-1)
    return bool(state.heads) and before is not None and before.kind in ("rel", "have", "like")


def _within_values(state: State, col: Col, text: str) -> bool:
    """Whether a text is no value of a column but a part of some."""
    folded = text.lower()
    return any(folded in sample.lower() for sample in state.info(col).info.samples)


_PLACES = ("city", "town", "country", "region", "state", "location", "place", "district", "address")


def _place_column(state: State) -> Col | None:
    """Where an unknown name after `in` or `from` is most likely to stand."""
    for table in dict.fromkeys((focus(state), state.subject, *state.mentioned)):
        if table in state.schema.tables:
            for word in _PLACES:
                for column in state.schema.tables[table].columns:
                    if word in column.words and column.kind == "text":
                        return Col(table, column.name)
    return None


def _told(state: State, mark: Mark) -> Col | None:
    """Where a person said an unknown name stands; if nobody did, note that somebody should."""
    options: list[Col] = []
    for name in dict.fromkeys((focus(state), state.subject, *state.mentioned, *_around(state))):
        for column in state.schema.tables[name].columns if name in state.schema.tables else ():
            partly = column.info.distinct is None or column.info.distinct > len(column.info.samples)
            if column.kind == "text" and not column.key and partly:
                options.append(Col(name, column.name))
    for col in options:
        if label(col) in state.hints:
            return col
    if len(options) > 1 and mark.first > 0:
        state.choices.append((mark.text, tuple(label(col) for col in options[:4])))
    return None


def _around(state: State) -> list[str]:
    """Return the tables one key away from what is spoken of."""
    edges = state.schema.around(state.subject)
    return [t for edge in edges for t in (edge.table, edge.to_table)]
