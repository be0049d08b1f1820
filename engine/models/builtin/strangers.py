"""Strangers: words of a question that mean nothing here, and whether it can be read without."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import msgspec
from rapidfuzz import fuzz, process

from engine.models.builtin.lexicon import CUES, LIGHT
from engine.models.builtin.linking import Linker
from engine.models.builtin.marking import Mark
from engine.models.builtin.plan import Col, Compare, Value
from engine.models.builtin.reading.state import State
from engine.models.builtin.words import known

_ASKS = frozenset({"agg", "count", "each", "order", "share", "growth", "running"})
FORETELLING = frozenset({"forecast", "predict", "prediction", "extrapolate", "prognosis"})
"""What the data cannot tell: it holds what was."""
_BEFORE = frozenset({"stop", "all", "distinct", "any", "be", "have"})


class Strangers(msgspec.Struct, frozen=True):
    """`blocking` words are what was asked for; without the `missed` ones it may be another
    question.
    """

    blocking: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()


def strangers(state: State) -> Strangers:
    """Return the words of a question that nobody knows, each as it was written."""
    unread = {word.removeprefix("~") for word in state.unread}
    blocking: list[str] = []
    missed: list[str] = []
    for first, last in _spans(state.marks, unread):
        words = state.marks[first:last]
        text = " ".join(mark.text for mark in words)
        if any(_foretells(mark) for mark in words) or _blocks(state, first, last):
            blocking.append(text)
        elif not all(_slight(mark) for mark in words) and not _verb(state.marks, first, last):
            missed.append(text)
    blocking += [*_loose(state), *_unseen(state)]
    return Strangers(tuple(dict.fromkeys(blocking)), tuple(dict.fromkeys(missed)))


def _loose(state: State) -> list[str]:
    """`under 20`: a comparison nobody knows what with."""
    return [
        f"{before.text} {mark.text}"
        for before, mark in pairwise(state.marks)
        if mark.number is not None and mark.text in state.unread
        and before.kind in ("op", "comp", "between")
    ]  # fmt: skip


def _unseen(state: State) -> list[str]:
    """Values that were guessed to stand in a column of which all values are known."""
    found: list[str] = []
    for each in state.filters:
        cond = each.cond
        if not isinstance(cond, Compare) or not isinstance(cond.right, Value) or cond.op != "=":
            continue
        if not isinstance(cond.left, Col) or not isinstance(cond.right.value, str):
            continue
        info = state.info(cond.left).info
        whole = info.distinct is not None and 0 < info.distinct <= len(info.samples)
        said = any(cond.right.value in doubt and "not seen" in doubt for doubt in state.doubts)
        if whole and said and cond.right.value not in info.samples:
            found.append(cond.right.value)
    return found


def _spans(marks: Sequence[Mark], unread: set[str]) -> Iterator[tuple[int, int]]:
    """Go through the runs of unknown words."""
    first = 0
    while first < len(marks):
        last = first
        while last < len(marks) and _strange(marks[last], unread):
            last += 1
        if last > first:
            yield first, last
        first = max(last, first + 1)


def _strange(mark: Mark, unread: set[str]) -> bool:
    return mark.unknown and mark.text in unread and any(char.isalnum() for char in mark.text)


def _slight(mark: Mark) -> bool:
    return mark.token is not None and (mark.token.lemma in LIGHT or mark.token.lower in LIGHT)


def _foretells(mark: Mark) -> bool:
    return mark.token is not None and mark.token.lemma in FORETELLING


def _named(mark: Mark) -> bool:
    """Whether a word is a name, or no word of the language: it cannot be a manner of speaking."""
    token = mark.token
    if token is None or token.kind != "word":
        return token is not None and token.kind == "quoted"
    plain = token.lower.removesuffix("'s")
    return (token.proper and mark.first > 0) or not (known(plain) or known(token.lemma))


def _verb(marks: Sequence[Mark], first: int, last: int) -> bool:
    """`customers bought`, `that work in`: what somebody did, which the tables say anyway."""
    if last - first > 1 or first == 0 or _named(marks[first]):
        return False
    token, before = marks[first].token, marks[first - 1]
    past = (
        token is not None
        and token.lower != token.lemma
        and not token.lower.endswith(("s", "est", "er"))
    )
    return past or before.kind in ("do", "rel", "have")


def _blocks(state: State, first: int, last: int) -> bool:
    """Whether nothing is left of a question without these words."""
    marks = state.marks
    at = first - 1
    while at >= 0 and marks[at].kind in _BEFORE:
        at -= 1
    before = marks[at] if at >= 0 else None
    after = marks[last] if last < len(marks) else None
    thing = after is not None and after.thing is not None
    if any(_named(mark) for mark in marks[first:last]):
        return (
            before is None
            or thing
            or before.kind in _ASKS
            or before.kind in ("prep", "ask", "which", "not", "op", "like", "and", "or", "how")
            or before.thing is not None
        )
    grouped = before is not None and (
        before.kind == "each" or (before.kind == "prep" and before.text.lower() == "by")
    )
    if all(_slight(mark) for mark in marks[first:last]) or (thing and not grouped):
        return False
    if before is None:
        return not state.heads or _guessed(state, first)
    noun = not _verb(marks, first, last)
    return noun and (
        grouped or before.kind in _ASKS or (before.kind in ("ask", "which") and not state.heads)
    )


def _guessed(state: State, first: int) -> bool:
    """Whether what is asked for was named nowhere before the first group or condition."""
    for mark in state.marks[first + 1 :]:
        if mark.kind in ("each", "prep", "order"):
            return True
        if mark.thing is not None:
            return False
    return False


def near(linker: Linker, words: Sequence[str]) -> tuple[str, ...]:
    """Return words that are known and look most like those that are not, at most three."""
    found: list[str] = []
    for word in words[:3]:
        said = word.lower()
        least = 75 if known(said) else 55
        found += [close for close in linker.near(said, 2) if _like(said, close, least)]
        if not known(said):
            cues = process.extract(said, _spoken(), scorer=fuzz.ratio, limit=1, score_cutoff=80)
            found += [str(match[0]) for match in cues]
    return tuple(dict.fromkeys(found))[:3]


def _like(one: str, other: str, least: int) -> bool:
    """A short word inside a long one is no likeness."""
    return fuzz.ratio(one, other) >= least or (len(other) > 3 and one.startswith(other))


def _spoken() -> list[str]:
    return sorted({phrase[0] for phrase in CUES if len(phrase) == 1 and len(phrase[0]) > 4})
