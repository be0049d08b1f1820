"""The analyst: the `Model` that answers without weights, keys or a network."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Sequence
from typing import Any, TypeGuard

import msgspec

from engine.models.builtin import answers, charts, explaining, replies, suggesting, summaries, typed
from engine.models.builtin.alternatives import alternatives
from engine.models.builtin.chips import chips
from engine.models.builtin.compiler import Reading
from engine.models.builtin.conversation import remark
from engine.models.builtin.dialogue import compile_dialogue
from engine.models.builtin.linking import Linker
from engine.models.builtin.plan import Period, Query
from engine.models.builtin.profile import Profile, profile
from engine.models.builtin.schema import Schema
from engine.ports import (
    Answered,
    CallDelta,
    Called,
    CallStarted,
    Catalogue,
    ModelEvent,
    Person,
    Prompt,
    Spent,
    Turn,
)
from protocol.choices import DataPolicy

_KEPT = 8
"""Schemas whose index is kept; the one longest unused goes first."""


class Builtin:
    """`Model` that compiles questions to SQL. It keeps an index per catalogue, nothing of any
    session.
    """

    name = "builtin"
    outside = False
    data: DataPolicy | None = None

    def __init__(self) -> None:
        self._linkers: dict[tuple[str, str, str], Linker] = {}

    async def think(self, prompt: Prompt) -> AsyncIterator[ModelEvent]:
        """Propose the next round: a plan, then the query, then chart and answer."""
        if prompt.catalogue is None or not prompt.catalogue.tables:
            events = _say(prompt, "There is no data to ask yet. Add a source, then ask again.")
        else:
            linker = await self._linker(prompt.catalogue)
            # A long dialogue takes some tens of milliseconds: too long for the event loop.
            events = await asyncio.to_thread(_round, linker, prompt)
        for event in events:
            yield event
        yield Spent(model=self.name, input_tokens=0, output_tokens=0, cost=0.0)

    async def _linker(self, catalogue: Catalogue) -> Linker:
        """Return the index of a catalogue, made in a thread because a large one takes a while."""
        key = (catalogue.source, catalogue.version, catalogue.dialect)
        linker = self._linkers.pop(key, None)
        if linker is None or linker.schema.catalogue.tables != catalogue.tables:
            linker = await asyncio.to_thread(lambda: Linker(Schema(catalogue)))
        self._linkers[key] = linker
        while len(self._linkers) > _KEPT:
            del self._linkers[next(iter(self._linkers))]
        return linker


def examples(catalogue: Catalogue) -> tuple[str, ...]:
    """Return three questions that can be asked of any schema; takes a moment for a large one."""
    return suggesting.questions(Linker(Schema(catalogue)))


class Moment(msgspec.Struct, frozen=True):
    """Where a run stands: what was asked, and what was called and answered since."""

    question: str
    feedback: tuple[str, ...]
    calls: tuple[tuple[Called, Answered | None], ...]
    earlier: tuple[str, ...]

    @property
    def last_said(self) -> str:
        """What a person said last."""
        return self.feedback[-1] if self.feedback else self.question

    def last(self, tool: str) -> tuple[Called, Answered | None] | None:
        """Return the latest call of a tool in this run, with its answer."""
        return next((pair for pair in reversed(self.calls) if pair[0].tool == tool), None)


def moment(prompt: Prompt) -> Moment:
    """Find out from the turns what this round is about."""
    start = 0
    for place, turn in enumerate(prompt.turns):
        if isinstance(turn, Person) and not turn.feedback:
            start = place
    answered = {turn.call: turn for turn in prompt.turns if isinstance(turn, Answered)}
    now = prompt.turns[start:]
    said = [turn.text for turn in prompt.turns[:start] if isinstance(turn, Person)]
    opening = now[0].text if now and isinstance(now[0], Person) else prompt.question
    calls = tuple((t, answered.get(t.call)) for t in _since_feedback(now) if isinstance(t, Called))
    feedback = tuple(turn.text for turn in now[1:] if _asks(turn))
    return Moment(opening, feedback, calls, tuple(said))


def _asks(turn: Turn) -> TypeGuard[Person]:
    """Tell whether a person said what they want; a verdict in words is not that."""
    return isinstance(turn, Person) and turn.verdict is None


def _since_feedback(turns: Sequence[Turn]) -> Sequence[Turn]:
    """What was proposed before a person asked for something else is proposed anew."""
    last = max((n for n, turn in enumerate(turns) if _asks(turn)), default=0)
    return turns[last:]


def _round(linker: Linker, prompt: Prompt) -> list[ModelEvent]:
    now = moment(prompt)
    if (said := _remarked(linker, now, prompt)) is not None:
        return said
    ready = _ready(linker, now)
    if ready is not None:
        return _profiled(linker, prompt, now, ready)
    refused = next((a for _, a in reversed(now.calls) if a is not None), None)
    reading = _read(linker, now, prompt)
    if reading.query is None:
        return _lost(linker, prompt, reading)
    if _ambiguous(prompt, now, reading):
        return _ask(prompt, reading)
    ran = now.last("run_sql")
    if ran is not None and ran[1] is not None and ran[1].ok:
        return _conclude(linker, prompt, reading, ran[0], ran[1])
    if refused is not None and not refused.ok:
        return _stopped(prompt, refused, ran is not None)
    if now.last("make_plan") is None and "make_plan" in (prompt.tools or ("make_plan",)):
        return _plan(linker, prompt, reading)
    return _query(prompt, reading)


def _remarked(linker: Linker, now: Moment, prompt: Prompt) -> list[ModelEvent] | None:
    """Answer what is said of the conversation; taking back is answered by what then stands."""
    kind = remark(now.last_said)
    if not kind:
        return None
    reading = _read(linker, now, prompt)
    if kind == "undo" and reading.query is not None:
        return None
    text, offers = replies.reply(linker, kind, reading)
    return _answer(prompt, text, (), offers)


def _read(linker: Linker, now: Moment, prompt: Prompt) -> Reading:
    said = (*now.earlier, now.question, *now.feedback)
    return compile_dialogue(linker, said, today(prompt), _chosen(prompt))


def _chosen(prompt: Prompt) -> frozenset[str]:
    """Return what a person chose between readings, in the whole session: it still holds."""
    asked = {t.call for t in prompt.turns if isinstance(t, Called) and t.tool == "ask_user"}
    answers = [t for t in prompt.turns if isinstance(t, Answered) and t.call in asked]
    return frozenset(text for answer in answers for text in answer.text.split("; ") if text)


def _ambiguous(prompt: Prompt, now: Moment, reading: Reading) -> bool:
    """Whether a person should choose between readings, and has not been asked yet."""
    return bool(reading.choices) and "ask_user" in prompt.tools and now.last("ask_user") is None


def _ask(prompt: Prompt, reading: Reading) -> list[ModelEvent]:
    prompts = [
        {
            "title": f"What is “{word}”?",
            "text": f"“{word}” may mean several things here. Which one do you mean?",
            "options": list(options),
        }
        for word, options in reading.choices[:3]
    ]
    return [Called(call=_id(prompt, "ask"), tool="ask_user", arguments={"prompts": prompts})]


def _ready(linker: Linker, now: Moment) -> Profile | None:
    """Return what needs no plan: SQL that was typed, or a question about the data itself."""
    text = now.last_said
    if (sql := typed.query(text, linker.schema.dialect)) is not None:
        return Profile(sql=sql, explanation="Runs the SQL as it was typed.", typed=True)
    return profile(linker, text)


def _profiled(linker: Linker, prompt: Prompt, now: Moment, ready: Profile) -> list[ModelEvent]:
    if not ready.sql:
        return _answer(prompt, ready.text)
    ran = now.last("run_sql")
    if ran is None:
        if now.last("make_plan") is None and "make_plan" in (prompt.tools or ("make_plan",)):
            steps = [ready.explanation.rstrip("."), "Answer with the figures"]
            arguments: dict[str, Any] = {"steps": steps, "reading": []}
            return _call(_id(prompt, "plan"), "make_plan", "\n".join(steps), arguments)
        refused = next((a for _, a in now.calls if a is not None and not a.ok), None)
        if refused is not None:
            return _stopped(prompt, refused, False)
        arguments = {"sql": ready.sql, "explanation": ready.explanation}
        return _call(_id(prompt, "sql"), "run_sql", ready.sql, arguments)
    called, result = ran
    if result is None or not result.ok:
        result = result or Answered(call=called.call, ok=False)
        why = typed.faults(linker, ready.sql) if ready.typed else ""
        return _stopped(prompt, result, True, why)
    events: list[ModelEvent] = []
    if ready.spec is not None and "make_chart" in (prompt.tools or ("make_chart",)):
        arguments = {"call": called.call, "spec": ready.spec, "title": ready.spec["title"]}
        events += _call(_id(prompt, "chart"), "make_chart", "", arguments)
    text = summaries.summary(ready.kind, ready.about, result) or answers.answer(None, result)
    return events + _answer(prompt, text, (called.call,))


def today(prompt: Prompt) -> dt.date:
    """Return the date of the question; without one, relative times count from the year 2000."""
    try:
        return dt.date.fromisoformat(prompt.today[:10])
    except ValueError:
        return dt.date(2000, 1, 1)


def _id(prompt: Prompt, tool: str) -> str:
    """Return an id for a call that no other call of the session has."""
    number = sum(1 for turn in prompt.turns if isinstance(turn, Called)) + 1
    return f"{tool}-{number}"


def _call(call: str, tool: str, text: str, arguments: dict[str, Any]) -> list[ModelEvent]:
    """Stream a call's main text line by line, then the call as a whole."""
    deltas = [CallDelta(call=call, text=piece) for piece in text.splitlines(keepends=True)]
    done = Called(call=call, tool=tool, arguments=arguments)
    return [CallStarted(call=call, tool=tool), *deltas, done]


def _shown(linker: Linker, query: Query, day: dt.date) -> list[dict[str, Any]]:
    """Return the chips of a plan as the wire has them, each with what it could be instead."""
    return [
        {
            "role": chip.role,
            "text": chip.text,
            "id": chip.id,
            "choices": [text for text, _ in alternatives(linker, query, chip, day)],
        }
        for chip in chips(query)
    ]


def _plan(linker: Linker, prompt: Prompt, reading: Reading) -> list[ModelEvent]:
    assert reading.query is not None
    wanted = reading.chart not in ("", "table") or bool(reading.query.group)
    steps = explaining.steps(reading.query, wanted)
    arguments = {"steps": steps, "reading": _shown(linker, reading.query, today(prompt))}
    return _call(_id(prompt, "plan"), "make_plan", "\n".join(steps), arguments)


def _query(prompt: Prompt, reading: Reading) -> list[ModelEvent]:
    assert reading.query is not None
    arguments = {"sql": reading.sql, "explanation": explaining.sentence(reading.query)}
    return _call(_id(prompt, "sql"), "run_sql", reading.sql, arguments)


def _conclude(
    linker: Linker, prompt: Prompt, reading: Reading, called: Called, result: Answered
) -> list[ModelEvent]:
    assert reading.query is not None
    ours = called.arguments.get("sql") == reading.sql
    count = result.row_count if result.row_count is not None else len(result.rows)
    events: list[ModelEvent] = []
    spec = charts.chart(reading.query, reading.chart, result.columns, result.rows, count)
    if spec is not None and "make_chart" in (prompt.tools or ("make_chart",)):
        title = str(spec["title"])
        arguments = {"call": called.call, "spec": spec, "title": title}
        events += _call(_id(prompt, "chart"), "make_chart", "", arguments)
    text = answers.answer(reading.query if ours else None, result)
    text += _ahead(reading.query, result, today(prompt)) + _unsure(reading)
    offers = suggesting.following(linker, reading.query, reading.sql)
    suggestions = ((reading.alone, *offers) if reading.alone else offers)[:3]
    return events + _answer(prompt, text, (called.call,), suggestions)


def _ahead(query: Query, result: Answered, day: dt.date) -> str:
    """Say that a time without rows is still to come."""
    starts = [cond.start for cond in query.where if isinstance(cond, Period) and cond.start]
    empty = not result.row_count or all(cell in (None, 0) for row in result.rows for cell in row)
    if not empty or not any(start[:10] > day.isoformat() for start in starts):
        return ""
    return " That time is still to come, and I do not foretell."


def _unsure(reading: Reading) -> str:
    """Own up to what was not read or only guessed."""
    words = [word for word in reading.unread if not word.startswith("~")]
    said = ""
    if words:
        said += f"\n\nI did not use: {', '.join(words[:6])}."
    if reading.missed:
        missed = " and ".join(f"“{w}”" for w in reading.missed[:4] if w not in words)
        said += f"\n\nI read this without {missed}: I do not know that here." if missed else ""
    if reading.doubts:
        said += f"\n\nNot certain: {'; '.join(reading.doubts[:3])}."
    if not said and reading.confidence < 0.5:
        said = "\n\nI am not sure that I read this as it was meant."
    return f"{said} Please check the plan." if said else ""


def _answer(
    prompt: Prompt, text: str, sources: tuple[str, ...] = (), suggestions: tuple[str, ...] = ()
) -> list[ModelEvent]:
    arguments = {"text": text, "sources": list(sources), "suggestions": list(suggestions)}
    return _call(_id(prompt, "answer"), "answer", text, arguments)


def _say(prompt: Prompt, text: str) -> list[ModelEvent]:
    return _answer(prompt, text)


def _lost(linker: Linker, prompt: Prompt, reading: Reading) -> list[ModelEvent]:
    """Say that the question was not understood, and what could be asked instead."""
    text, offers = replies.lost(linker, reading)
    return _answer(prompt, text, (), offers)


def _stopped(prompt: Prompt, refused: Answered, ran: bool, why: str = "") -> list[ModelEvent]:
    """A proposal was turned down, or the query failed: say so and end."""
    reason = f": {refused.text}" if refused.text else ""
    what = "The query was not run or did not succeed" if ran else "Nothing was run"
    return _answer(prompt, why or f"{what}{reason.rstrip('.')}.")
