"""Merging: what is new takes the place of what it contradicts in the last question."""

import copy
import re

import msgspec

from engine.models.builtin import lexicon
from engine.models.builtin.following import lacks, refers
from engine.models.builtin.narrowing import narrow
from engine.models.builtin.plan import Agg, Col, Expr, Fn, Period
from engine.models.builtin.reading.choosing import dated
from engine.models.builtin.reading.state import Filter, Head, Rank, State

_PARTS = (
    "heads", "filters", "havings", "groupings", "orders", "ranks", "limit", "missing", "everything",
    "chart", "window", "share", "distinct", "tables",
)  # fmt: skip

_MORE = re.compile(r"^(and|also|with|plus)\b(?! (how|what|which|who))")
_UNFILTERED = re.compile(r"(remove|drop|clear|without|no)( the| all| any)* (filters?|conditions?)")
_UNLIMITED = re.compile(r"((show|list|give)( me)? )?(all( of)?( them| these| those)?|everything)")
_PERCENT = re.compile(r"\b(in|as) (a |the )?(percent|percentages?|%|shares?|share of the total)$")
_TURNS = frozenset({"instead", "too", "well", "now", "please"})


def merged(before: State, heard: State, text: str) -> State:
    """Return the last question with what was heard since; both stay as they are."""
    state = copied(before)
    said = text.lower().strip(" .?!,")
    _mark(state, heard)
    if refers(heard) and _added(before, heard) and not _MORE.match(said):
        _spoken_of(state)
    narrow(state, heard, said)
    _group(state, heard, said)
    _order(state, heard)
    _rank(state, heard)
    _measure(before, state, heard, said)
    if _PERCENT.search(said) and state.groupings:
        state.share = True
    if any(mark.kind == "info" for mark in heard.marks):
        _rows(state)
    return state


def tallied(state: State) -> State:
    """Return a question of rows in groups as one that counts them: that is what it came to."""
    heads = state.heads
    if len(heads) != 1 or heads[0].kind != "table" or state.ranks or state.havings:
        return state
    table = heads[0].table
    if not any(g.unit or g.expr is not None or g.table != table for g in state.groupings):
        return state
    found = copied(state)
    found.heads = [Head("agg", table, Agg("count", table=table), heads[0].words)]
    return found


def widened(before: State, text: str) -> State | None:
    """Return the last question about all rows, if a saying asks for no less than that."""
    said = text.lower().strip(" .?!,")
    state = copied(before)
    if _UNFILTERED.fullmatch(said):
        state.filters, state.havings, state.missing = [], [], []
        return state
    if _UNLIMITED.fullmatch(said) and (state.limit is not None or state.ranks):
        if not state.orders:
            state.orders = [(rank.by, rank.descending) for rank in state.ranks if rank.by]
        state.ranks, state.limit = [], None
        return state
    return None


def changes(before: State, after: State, heard: State) -> bool:
    """Whether anything is another now, or was at least understood."""
    if any(getattr(before, part) != getattr(after, part) for part in _PARTS):
        return True
    if refers(heard) and _who(heard):
        return True
    told = heard.filters or heard.groupings or heard.orders or heard.ranks
    return bool(told) or any(mark.kind in ("chart", "info") for mark in heard.marks)


def event(before: State) -> Col | None:
    """Return the date that a period is about if the last question spoke of one already."""
    if any(_yearly(before, each) for each in before.filters):
        return None
    for each in before.filters:
        if isinstance(each.cond, Period):
            return each.cond.left
    if not before.groupings and not before.ranks and not any(h.kind == "agg" for h in before.heads):
        return before.event
    return before.event or dated(before)


def _yearly(state: State, each: Filter) -> bool:
    left = getattr(each.cond, "left", None)
    return isinstance(left, Col) and "year" in state.info(left).words


def copied(state: State) -> State:
    """Return a state that can be changed, or made a plan of, without harm to this one."""
    found = copy.copy(state)
    for name, value in vars(state).items():
        if isinstance(value, list | dict | set):
            setattr(found, name, copy.copy(value))
    return found


def _mark(state: State, heard: State) -> None:
    state.chart = heard.chart or state.chart
    state.window = heard.window or state.window
    state.unread = [word for word in heard.unread if word.lstrip("~").lower() not in _TURNS]
    state.doubts = list(heard.doubts)
    state.choices, state.marks = list(heard.choices), list(heard.marks)
    state.mentioned = {**state.mentioned, **heard.mentioned}
    state.tables += [t for t in heard.tables if t not in state.tables]
    state.missing += [(table, len(state.filters)) for table, _ in heard.missing]
    state.distinct = state.distinct or heard.distinct


# --- Groups, order, figures -------------------------------------------------------------------


def _group(state: State, heard: State, said: str) -> None:
    if not heard.groupings:
        return
    more = said.startswith(("and ", "also ", "then ")) or said.endswith((" too", " as well"))
    dropped = {g.expr for g in state.groupings} if not more else set[Expr | None]()
    state.groupings = ([*state.groupings] if more else []) + list(heard.groupings)
    state.orders = [(by, down) for by, down in state.orders if by is None or by not in dropped]
    if all(grouping.unit is None for grouping in state.groupings):
        state.window = heard.window  # nothing grows from one name to the next
    if state.chart in ("line", "area") and not heard.chart:
        state.chart = ""
    if not heard.ranks and heard.limit is None and not more:
        state.limit = None if state.limit and not state.ranks else state.limit
    if not state.everything:
        return
    state.everything = False


def _order(state: State, heard: State) -> None:
    if not heard.orders:
        return
    found: list[tuple[Expr | None, bool]] = []
    directed = any(mark.kind == "dir" for mark in heard.marks)
    for by, down in heard.orders:
        key = _key(state, by)
        figure = isinstance(key, Agg) or any(h.kind == "agg" and h.expr == key for h in state.heads)
        found.append((key, down if directed or not figure else True))
    if len(found) == 1 and found[0][0] is None and state.orders:
        found = [(by, found[0][1]) for by, _ in state.orders]
    elif len(found) == 1 and found[0][0] is None and state.groupings:
        measure = next((h.expr for h in state.heads if h.kind == "agg"), None)
        found = [(measure, found[0][1])]
    state.orders = found
    state.ranks = [] if state.ranks and state.limit is None else state.ranks


def _key(state: State, by: Expr | None) -> Expr | None:
    """`by salary` means its average where that is what is shown, `by name` that of the groups."""
    if not isinstance(by, Col) or not state.groupings:
        return by
    for head in state.heads:
        if isinstance(head.expr, Agg) and head.expr.arg == by:
            return head.expr
    grouped = next((g.table for g in state.groupings if g.expr is None and g.unit is None), "")
    naming = set(state.info(by).words) & set(lexicon.NAMING)
    labels = state.schema.tables[grouped].labels if grouped in state.schema.tables else ()
    if naming and labels and by.table != grouped:
        return Col(grouped, labels[0])
    return by


def _rank(state: State, heard: State) -> None:
    """`top 3` of groups goes by their figure; a list that is ranked only gets another length."""
    limit = heard.limit
    rank = heard.ranks[0] if heard.ranks else None
    things = any(mark.thing is not None for mark in heard.marks)
    ends = [fn for fn in _functions(heard) if fn in ("min", "max")]
    if ends and not things and _ranked(state):
        down = ends[0] == "max"
        state.ranks = [msgspec.structs.replace(state.ranks[0], descending=down)]
        state.doubts = []
        return
    if rank is not None and rank.by is not None:
        state.ranks, state.limit, state.orders = list(heard.ranks), rank.limit, []
        figures = bool(state.heads) and all(head.kind == "agg" for head in state.heads)
        if isinstance(rank.by, Col) and figures and not state.groupings:
            state.heads = [Head("table", rank.by.table)]
        return
    limit = limit if rank is None else rank.limit or limit
    if rank is None and limit is None:
        return
    down = rank.descending if rank is not None else not _said(heard, "bottom")
    measure = next((h for h in state.heads if h.kind == "agg"), None)
    if state.ranks:
        turned = rank is not None and (rank.table != "?" or not rank.descending)
        state.ranks = [
            msgspec.structs.replace(old, limit=limit, descending=down if turned else old.descending)
            for old in state.ranks[:1]
        ]
    elif state.groupings and measure is not None and not _measured(state):
        state.ranks, state.orders = [Rank(measure.expr, down, limit, measure.table)], []
    elif rank is not None and rank.table != "?":
        state.ranks = list(heard.ranks)
    state.limit = limit


def _ranked(state: State) -> bool:
    return bool(state.ranks) and state.ranks[0].by is not None


def _measured(state: State) -> bool:
    """Whether groups are in the order of a figure already."""
    return any(by is not None and not isinstance(by, Col) for by, _ in state.orders)


def _said(heard: State, word: str) -> bool:
    return any(mark.text.lower().split()[:1] == [word] for mark in heard.marks)


def _added(before: State, heard: State) -> list[Head]:
    return [head for head in heard.heads if head not in before.heads]


def _measure(before: State, state: State, heard: State, said: str) -> None:
    """`the average instead`, `and the total`, `how many`: another figure of the same rows."""
    things = any(mark.thing is not None for mark in heard.marks)
    if not things and (fns := _functions(heard)) and _turned(state, fns, before):
        return
    fresh = _added(before, heard)
    if refers(heard) and not _MORE.match(said) and (fresh or _who(heard)):
        table = next((h.table for h in before.heads if h.table), before.subject)
        state.heads, state.everything = fresh or [Head("table", table)], False
        if before.groupings and all(head.kind == "agg" for head in fresh):
            state.ranks, state.limit = [], None
        return
    if not fresh:
        if not things and not heard.groupings and _counts(heard):
            _counted(state, before)
        return
    figures = [head for head in fresh if head.kind == "agg"]
    more = bool(_MORE.match(said))
    listed = all(head.kind != "agg" for head in before.heads)
    if lacks(heard):
        _most(state, before, fresh)
    elif figures and more and listed and before.heads and heard.marks[0].kind != "count":
        state.heads = [*before.heads, *figures]
    elif figures:
        state.heads = figures
        state.everything = False
        state.ranks = [] if not state.groupings else state.ranks
        state.limit = state.limit if state.groupings else None
        state.orders = [] if not state.groupings else state.orders
    else:
        state.heads = [*before.heads, *fresh] if more and listed else fresh
        state.everything = False
        if not listed:
            state.groupings, state.havings, state.orders, state.ranks = [], [], [], []
            state.window, state.share, state.chart, state.limit = "", False, "", None


def _who(heard: State) -> bool:
    """`who are they`: those that were counted."""
    return bool(heard.marks) and heard.marks[0].kind in ("which", "ask") and not _counts(heard)


def _functions(heard: State) -> list[Fn]:
    found: list[Fn] = []
    for mark in heard.marks:
        if mark.cue is not None and mark.kind == "agg":
            found.append(mark.cue.arg)  # type: ignore[arg-type]
        elif mark.cue is not None and mark.kind == "sup" and not mark.cue.concept:
            found.append("max" if mark.cue.arg == "desc" else "min")
    return found


def _turned(state: State, fns: list[Fn], before: State) -> bool:
    """Take other functions of the same columns."""
    listed = [h for h in before.heads if isinstance(h.expr, Col) and before.numeric(h.expr)]
    if listed and len(listed) == len(before.heads):
        state.heads = [Head("agg", h.table, Agg(fn, h.expr), h.words) for h in listed for fn in fns]
        state.ranks, state.orders, state.limit, state.doubts = [], [], None, []
        return True
    if not any(isinstance(h.expr, Agg) and h.expr.arg is not None for h in before.heads):
        return False
    state.heads = [
        Head("agg", h.table, Agg(fn, h.expr.arg, via=h.expr.via), h.words)
        for h in before.heads
        for fn in fns
        if isinstance(h.expr, Agg) and h.expr.arg is not None
    ]
    state.doubts = []
    old = {h.expr: new.expr for h, new in zip(before.heads, state.heads, strict=False)}
    state.orders = [(old.get(by, by) if by else by, down) for by, down in state.orders]
    state.ranks = [] if not state.groupings else state.ranks
    return True


def _counts(heard: State) -> bool:
    return any(mark.kind == "count" for mark in heard.marks)


def _counted(state: State, before: State) -> None:
    """`count them`: how many rows the last answer had."""
    table = next((h.table for h in before.heads if h.table), before.subject)
    state.heads = [Head("agg", table, Agg("count", table=table), "")]
    state.everything = False
    state.orders, state.ranks, state.limit, state.chart = [], [], None, ""


def _most(state: State, before: State, fresh: list[Head]) -> None:
    """`which flight had the most`: of what was counted before."""
    figure = next((h for h in before.heads if h.kind == "agg"), None)
    if figure is not None:
        down = state.ranks[0].descending if state.ranks else True
        state.groupings = []
        state.ranks = [Rank(figure.expr, down, 1, figure.table)]
    state.heads, state.everything, state.doubts = fresh, False, []


def _spoken_of(state: State) -> None:
    """`what do they cost`: those that were listed, in no groups."""
    state.groupings = []
    state.window, state.share, state.chart = "", False, ""


def _rows(state: State) -> None:
    """Show what was counted."""
    table = next((h.table for h in state.heads if h.table), state.subject)
    table = next((h.expr.table for h in state.heads if isinstance(h.expr, Agg)
                  and h.expr.table and not h.table), table)  # fmt: skip
    state.heads = [Head("table", table)]
    state.everything = True
    state.groupings, state.havings, state.orders, state.ranks = [], [], [], []
    state.window, state.share, state.chart, state.limit = "", False, "table", None
