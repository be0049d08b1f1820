"""Dialogue: what is said after an answer changes the plan that was answered."""

import datetime as dt
from collections.abc import Sequence, Set

import msgspec

from engine.models.builtin import typed
from engine.models.builtin.changing import Edit, changed, edit
from engine.models.builtin.chips import chips
from engine.models.builtin.compiler import Reading, lost, settle
from engine.models.builtin.conversation import remark
from engine.models.builtin.following import asks as asks_anew
from engine.models.builtin.following import follows, retold
from engine.models.builtin.freely import Freely
from engine.models.builtin.linking import Linker
from engine.models.builtin.marking import marks
from engine.models.builtin.merging import changes, copied, event, merged, tallied, widened
from engine.models.builtin.profile import profile
from engine.models.builtin.reading.reader import read
from engine.models.builtin.reading.state import State
from engine.models.builtin.strangers import strangers
from engine.models.builtin.words import tokens
from protocol.changes import asks, change

_SHORT = 5
_REMEMBERED = 30
"""How many sayings back a plan may reach; changes by click do not count."""


class Step(msgspec.Struct, frozen=True):
    """What was understood after a saying: the question as it then stood, and clicks since."""

    state: State
    edits: tuple[Edit, ...] = ()
    alone: str = ""
    """The saying, if it was read afresh and yet may have been meant to go on."""


class _Talk:
    """One dialogue, read from its first saying on."""

    def __init__(self, linker: Linker, today: dt.date, hints: Set[str]) -> None:
        self.linker = linker
        self.today = today
        self.hints = hints
        self.steps: list[Step] = []

    def hear(self, text: str) -> Reading | None:
        """Take one saying in; return why not if it was not understood."""
        kind = remark(text)
        if kind == "undo":
            if self.steps:
                self.steps.pop()
            return None if self.steps else lost("nothing is left to undo")
        if kind == "anew":
            self.steps.clear()
        if kind or self._ready(text):
            return None
        return self._clicked(text) if asks(text) else self._said(text)

    def _ready(self, text: str) -> bool:
        """Whether a saying needs no plan, and leaves the last one as it is."""
        if typed.query(text, self.linker.schema.dialect) is not None:
            return True
        return profile(self.linker, text) is not None

    def _said(self, text: str) -> Reading | None:
        if self.steps and self.steps[-1].alone and text == otherwise(self.steps[-1].alone):
            self.steps.pop()
        if self.steps and (wide := widened(self.steps[-1].state, text)) is not None:
            self.steps.append(Step(wide, self.steps[-1].edits))
            return None
        fresh = self._listen(text)
        last = self.steps[-1].state if self.steps else None
        if last is not None and follows(fresh, text):
            said = retold(fresh, text, last)
            heard = self._listen(said, last, anew=said == text and asks_anew(fresh, text))
            odd = strangers(heard)
            state = merged(last, heard, text)
            unfit = settle(self.linker, copied(state)).query is None
            if odd.blocking or unfit or not changes(last, state, heard):
                words = odd.blocking or odd.missed
                why = lost("no change", heard)
                return msgspec.structs.replace(why, strange=words, kept=True, part=text.strip())
            self.steps.append(Step(tallied(state), self.steps[-1].edits))
            return None
        odd = strangers(fresh)
        reading = settle(self.linker, copied(fresh))
        if reading.query is not None and not odd.blocking:
            self.steps.append(Step(tallied(fresh), alone=_narrow(last, fresh, text)))
            return None
        why = lost(reading.why or "words that mean nothing here", fresh)
        return msgspec.structs.replace(why, strange=odd.blocking)

    def _clicked(self, text: str) -> Reading | None:
        if not self.steps:
            return lost("nothing was asked")
        step = self.steps[-1]
        made = _edited(self.linker, step.state, step.edits, text, self.today)
        if made is None:
            return lost("the last reading has no such part", part=text)
        self.steps.append(Step(step.state, (*step.edits, made)))
        return None

    def _listen(self, text: str, before: State | None = None, anew: bool = False) -> State:
        """Read a saying, in view of the question `before` it; it may ask for something anew."""
        words = tokens(text)
        state = State(self.linker, marks(words, self.linker, self.today), self.today, self.hints)
        if before is not None:
            state.subject = before.subject
            state.heads = [] if anew else list(before.heads)
            state.mentioned = {**before.mentioned, **state.mentioned}
            state.event = event(before)
            state.asking = anew
        return read(state)


def compile_dialogue(
    linker: Linker, said: Sequence[str], today: dt.date, hints: Set[str] = frozenset()
) -> Reading:
    """Read the last saying in view of those before it. Never raises, whatever the texts.

    `hints` are the choices a person made between readings.
    """
    talk = _Talk(linker, today, hints)
    why: Reading | None = None
    for text in _remembered(said):
        why = talk.hear(text)
    if why is not None:
        return why
    if not talk.steps:
        return lost("nothing was asked")
    step = talk.steps[-1]
    reading = settle(linker, copied(step.state))
    if reading.query is None:
        return reading
    missed = strangers(step.state).missed
    if not step.edits:
        return msgspec.structs.replace(
            reading, missed=missed, alone=otherwise(step.alone) if step.alone else ""
        )
    query = changed(linker.schema, reading.query, step.edits)
    return msgspec.structs.replace(
        settle(linker, copied(step.state), query), unread=(), doubts=(), choices=()
    )


def otherwise(said: str) -> str:
    """Return how to ask for the same as a figure of the last question's rows and groups."""
    return f"{said.strip(' .?!')} instead"


def _narrow(last: State | None, fresh: State, text: str) -> str:
    """Return the saying if it is a short figure after one that was filtered or grouped."""
    if last is None or not (last.filters or last.groupings) or len(fresh.marks) > _SHORT:
        return ""
    figures = any(head.kind == "agg" for head in fresh.heads)
    bare = not (fresh.filters or fresh.groupings or fresh.ranks or fresh.havings)
    return text if figures and bare else ""


def _remembered(said: Sequence[str]) -> list[str]:
    kept: list[str] = []
    for text in reversed(said):
        kept.append(text)
        if sum(not asks(each) for each in kept) == _REMEMBERED or len(kept) == 3 * _REMEMBERED:
            break
    return kept[::-1]


def _edited(
    linker: Linker, state: State, edits: Sequence[Edit], text: str, today: dt.date
) -> Edit | None:
    """Return what a click changes in the plan as it stands, with the clicks before it."""
    query = settle(linker, copied(state)).query
    if query is None:
        return None
    query = changed(linker.schema, query, edits)
    wanted = change(text, (chip.text for chip in chips(query)))
    if wanted is None:
        return None
    return edit(linker, query, wanted, today, Freely(linker, state, today))
