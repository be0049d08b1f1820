"""Marking: a question becomes a row of marks, each a cue, a thing of the schema, a time or a
number.
"""

import datetime as dt
from collections.abc import Sequence, Set
from functools import lru_cache

import msgspec
from rapidfuzz import fuzz, process

from engine.models.builtin.lexicon import CUES, Cue
from engine.models.builtin.linking import Linker
from engine.models.builtin.things import Thing
from engine.models.builtin.times import Time, times
from engine.models.builtin.words import Token, known

_LONGEST_CUE = max(len(phrase) for phrase in CUES)
_STRONG = frozenset(
    {"agg", "common", "sup", "most", "count", "not", "each", "op", "comp", "between"}
)
_BARE = frozenset({"top", "dir", "chart", "growth", "running", "null", "times", "share", "same"})


class Mark(msgspec.Struct, frozen=True):
    """Some tokens and what they are. Exactly the fields that apply are set."""

    first: int
    last: int
    text: str
    cue: Cue | None = None
    thing: Thing | None = None
    time: Time | None = None
    number: float | int | None = None
    token: Token | None = None

    @property
    def kind(self) -> str:
        """The kind of its cue, if it is one."""
        return self.cue.kind if self.cue is not None else ""

    @property
    def unknown(self) -> bool:
        """Whether nothing is known of it."""
        return not (self.cue or self.thing or self.time or self.number is not None)


def marks(words: Sequence[Token], linker: Linker, today: dt.date) -> list[Mark]:
    """Choose the best reading of every token: long and sure beats short and vague."""
    found: list[tuple[float, Mark]] = []
    for thing in linker.things(words):
        if thing.score or words[thing.first].kind == "quoted":
            weight = thing.size * thing.score + (0.3 if thing.size > 1 else 0.0) + _named(thing)
            found.append((weight, _mark(words, thing.first, thing.last, thing=thing)))
    for time in times(words, today):
        size = time.last - time.first
        # `which year` asks for a column of that name, if there is one.
        asked = time.unit and time.first and words[time.first - 1].lower in ("which", "what")
        weight = 0.9 if asked else size * 1.1 + 0.2
        found.append((weight, _mark(words, time.first, time.last, time=time)))
    whole = frozenset(
        link.column.words[0]
        for _, mark in found
        if mark.thing is not None
        for link in mark.thing.columns
        if link.score > 0.99 and len(link.column.words) == 1 and link.column.kind == "number"
    ) & {"amount", "total", "quantity"}
    found.extend(_cues(words, whole))
    return _settled(_chosen(words, found))


def _named(thing: Thing) -> float:
    whole = thing.size > 1 and any(not link.loose and link.score > 0.95 for link in thing.columns)
    if thing.owned:
        return 0.9
    return 0.2 if whole or (thing.values and thing.values[0].score >= 0.99) else 0.0


def _mark(
    words: Sequence[Token],
    first: int,
    last: int,
    cue: Cue | None = None,
    thing: Thing | None = None,
    time: Time | None = None,
) -> Mark:
    text = " ".join(token.text for token in words[first:last])
    single = words[first] if last - first == 1 else None
    number = single.value if single is not None and thing is None and time is None else None
    return Mark(first, last, text, cue, thing, time, number, single)


def _cues(words: Sequence[Token], whole: Set[str]) -> list[tuple[float, Mark]]:
    found: list[tuple[float, Mark]] = []
    lowers = [
        _spelled(token, place == 0) if token.kind != "quoted" else '"'
        for place, token in enumerate(words)
    ]
    for first in range(len(words)):
        for size in range(min(_LONGEST_CUE, len(words) - first), 0, -1):
            cue = CUES.get(tuple(lowers[first : first + size]))
            if cue is None or words[first].value is not None or not _fits(words, first, size, cue):
                continue
            if cue.kind in ("agg", "count", "most") and _claimed(words, first, size, whole):
                continue
            base = 1.2 if cue.kind in _STRONG else 0.95 if cue.kind in _BARE else 0.8
            weight = base + (size - 1) * 0.85 + (0.3 if size > 1 else 0.0)
            found.append((weight, _mark(words, first, first + size, cue=cue)))
    return found


_LONG = sorted({word for phrase in CUES for word in phrase if len(word) >= 6})


@lru_cache(maxsize=4_000)
def _corrected(word: str) -> str:
    found = process.extractOne(word, _LONG, scorer=fuzz.ratio, score_cutoff=85)
    return str(found[0]) if found is not None else word


def _spelled(token: Token, first: bool = False) -> str:
    """Return a word as it is written right: `avarage`; words that exist stay as they are."""
    strange = token.kind == "word" and len(token.lower) >= 6 and (first or not token.proper)
    return _corrected(token.lower) if strange and not known(token.lower) else token.lower


def _claimed(words: Sequence[Token], first: int, size: int, whole: Set[str]) -> bool:
    """`total amount` is no mere total where a column is called amount."""
    return any(words[place].lemma in whole for place in range(first, first + size)) and size > 1


def _fits(words: Sequence[Token], first: int, size: int, cue: Cue) -> bool:
    """Turn down phrases that mean this only in some places."""
    word = words[first].lower
    if cue.kind == "ask" and size == 1 and word in ("name", "select", "report", "see", "get"):
        return first == 0 and not (len(words) > 1 and words[1].lower in ("of", "'s"))
    if cue.kind == "ask" and word in ("what", "whats") and size > 1:
        return first == 0 or words[first - 1].lower not in ("than",)
    if word == "draw" and size == 1 and first:
        return words[first - 1].lower not in ("a", "the", "any", "no")  # how a match may end
    if cue.kind == "order" and word == "rank" and size == 1:
        return first == 0 or (first == 1 and words[0].lower == "please")
    if cue.kind == "top" and cue.arg == "" and word == "first":
        return first + 1 < len(words) and words[first + 1].value is not None
    return True


def _chosen(words: Sequence[Token], found: list[tuple[float, Mark]]) -> list[Mark]:
    taken: dict[int, Mark] = {}
    free = [True] * len(words)
    for _, mark in sorted(found, key=lambda pair: (-pair[0], pair[1].first)):
        if all(free[mark.first : mark.last]):
            for place in range(mark.first, mark.last):
                free[place] = False
            taken[mark.first] = mark
        elif (best := taken.get(mark.first)) is not None and best.last == mark.last:
            taken[mark.first] = _merged(best, mark)
        elif (
            best is not None
            and best.kind in ("share", "agg")
            and mark.thing is not None
            and best.thing is None
        ):
            # `percentage of`: the first word may be a column.
            taken[mark.first] = _merged(best, mark)
    for place in range(len(words)):
        if free[place]:
            taken[place] = _mark(words, place, place + 1)
    return [taken[place] for place in sorted(taken)]


def _settled(row: list[Mark]) -> list[Mark]:
    """`total` is a sum before a column, and a column of that name where nothing follows."""
    found: list[Mark] = []
    for place, mark in enumerate(row):
        if mark.cue is not None and mark.thing is not None:
            after = next(
                (
                    m
                    for m in row[place + 1 :]
                    if m.kind not in ("stop", "all", "distinct") and m.text != "of"
                ),
                None,
            )
            exact = any(link.score > 0.93 for link in mark.thing.columns)
            bound = after is not None and (
                after.thing is not None
                or after.kind in ("agg", "count", "and")
                or after.text == ","
            )
            before = found[-1].kind if found else ""
            unread = after is not None and after.unknown and after.text[:1].isalpha()
            bound = (bound and mark.kind != "share") or before in ("comp", "than", "op") or unread
            if exact and not bound and mark.kind in ("agg", "share", "sup", "count", "op"):
                mark = msgspec.structs.replace(mark, cue=None)
            else:
                mark = msgspec.structs.replace(mark, thing=None)
        found.append(mark)
    return found


def _merged(best: Mark, other: Mark) -> Mark:
    """Keep a second reading of the same words where readers can choose between them."""
    if best.time is None and other.time is not None:
        return msgspec.structs.replace(best, time=other.time)
    if best.thing is None and other.thing is not None:
        return msgspec.structs.replace(best, thing=other.thing)
    return best
