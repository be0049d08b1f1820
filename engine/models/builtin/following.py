"""Following: whether a saying can stand alone, or goes on from the last question."""

import re
from itertools import pairwise

from engine.models.builtin.marking import Mark
from engine.models.builtin.plan import Agg, Col
from engine.models.builtin.reading.state import State

_GOES_ON = re.compile(
    r"^(and|but|what about|how about|now|also|then|only|just|same|without|exclude|excluding|remove|"
    r"drop|not|as an?|sort|order|by|per|for each|show( me)? the rows|the rows|show rows|make it|"
    r"group|limit|plot it|chart it|or|(what|how) if|instead)\b"
)
_LEANS = re.compile(r"^(in|for|with|since|before|after|last|this|from|during|on|until)\b")
_TOP = re.compile(r"^(the )?(top|bottom|first|last)\s+(\d+|\w+)( (ones|by|rows|only|instead)\b|$)")
_INSTEAD = re.compile(r"\b(instead|as well|too)$")
_ONLY = re.compile(r"^(only|just)\b")
_NARROWS = re.compile(
    r"^(without|not|or|but|by|per|for|sort|order|group|limit|as|in|with|since|before|after|last|"
    r"this|from|during|on|until|same|make|top|bottom|and (in|for|from|by|per|without|with|to|on)|"
    r"(what|how) if)\b"
)
_FIRST = re.compile(
    r"((only|just|show|show me) )*(the )?(?P<end>first|top|last|bottom)( (one|row|1))?"
)
_OUT = re.compile(r"^(exclude|remove|drop|ignore|leave out|hide|except( for)?) (the )?", re.I)
_ABOUT = re.compile(r"^(and |but )?(what|how) about( the)? ")
_THEY = frozenset(
    "they them their theirs those these it its he him his she her hers ones one".split()
)
_LONGEST = 10


def follows(fresh: State, text: str) -> bool:
    """Whether a saying asks nothing by itself, or is told to go on from the last one."""
    plain = " ".join(text.lower().strip(" .?!,").split())
    if not fresh.heads and not fresh.everything:
        return True
    if len(fresh.marks) > _LONGEST:
        return False
    if _GOES_ON.match(plain) or _INSTEAD.search(plain) or _TOP.match(plain):
        return True
    if _LEANS.match(plain):
        return not any(mark.kind in ("count", "agg", "ask", "which") for mark in fresh.marks)
    return refers(fresh) or lacks(fresh)


def refers(state: State) -> bool:
    """Whether `they` or `their` points back: nothing was named before it."""
    for mark in state.marks:
        if _pronoun(mark):
            return True
        if mark.thing is not None and mark.thing.tables:
            return _ones(state, mark)
    return False


def _ones(state: State, mark: Mark) -> bool:
    """`how many sales did they make`: nobody who could be meant was named before."""
    later = state.marks[state.marks.index(mark) + 1 :]
    return any(
        one.kind == "do" and other.text.lower() in ("they", "it", "she", "he")
        for one, other in pairwise(later)
    )


def _pronoun(mark: Mark) -> bool:
    return any(word in _THEY for word in mark.text.lower().split()) and mark.thing is None


def lacks(state: State) -> bool:
    """`which flight had the most`: the most of what was spoken of before."""
    said = [mark for mark in state.marks if any(char.isalnum() for char in mark.text)]
    last = said[-1] if said else None
    bare = any(rank.by is None and rank.table != "?" for rank in state.ranks)
    return bare and last is not None and last.kind == "most"


def asks(fresh: State, text: str) -> bool:
    """Whether what goes on asks for another thing, rather than about other rows or groups."""
    plain = " ".join(text.lower().strip(" .?!,").split())
    if not fresh.heads:
        return False
    if _ONLY.match(plain):
        columns = all(head.kind == "column" for head in fresh.heads)
        return columns and not fresh.filters and not any(map(_participle, fresh.marks))
    if _ABOUT.match(plain) or _NARROWS.match(plain):
        return False
    return refers(fresh) or lacks(fresh) or any(head.kind == "agg" for head in fresh.heads)


def _participle(mark: Mark) -> bool:
    token = mark.token
    return token is not None and token.lower.endswith(("ed", "ing")) and token.lower != token.lemma


def retold(fresh: State, text: str, before: State) -> str:
    """Say `what about destinations` as what it changes: the groups, or what is measured."""
    plain = " ".join(text.strip(" .?!,").split())
    if (first := _FIRST.fullmatch(plain.lower())) is not None:
        return f"{'top' if first['end'] in ('first', 'top') else 'bottom'} 1"
    if _OUT.match(plain):
        return _OUT.sub("without ", plain)
    opening = _ABOUT.match(plain.lower())
    heads = [head for head in fresh.heads if head.kind in ("column", "table")]
    if opening is None or fresh.filters or len(heads) != 1 or len(fresh.heads) != 1:
        return text
    rest = plain[opening.end() :]
    col = heads[0].expr
    measured = isinstance(col, Col) and fresh.numeric(col)
    if measured:
        fn = next((h.expr.fn for h in before.heads if isinstance(h.expr, Agg)), "avg")
        return f"{_WORDS.get(fn, 'average')} {rest}"
    return f"by {rest}" if before.groupings else text


_WORDS = {"sum": "total", "min": "minimum", "max": "maximum", "median": "median"}
