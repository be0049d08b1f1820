"""One request, made of a prompt: within a budget of tokens, the most useful things first."""

from collections.abc import Callable, Sequence
from typing import Final, Literal

import msgspec

from engine.models.prompting import words
from engine.models.prompting.tables import Described, definitions, described
from engine.models.prompting.toolbox import OWN
from engine.models.prompting.turns import Told, as_text, in_short, messages_of, runs_of
from engine.models.wires import CallGave, CallMade, Message, Request, Said, ToolSpec
from engine.ports import Asking, Person, Prompt

Form = Literal["calls", "tags"]
Count = Callable[[str], int]

_PER_MESSAGE: Final = 8
"""Tokens that an API's own marks around a message take, about."""
_ROWS: Final = (200, 50, 20, 5, 1)
_CHARS: Final = (6_000, 3_000, 1_500, 800, 400)


class Budget(msgspec.Struct, frozen=True, kw_only=True):
    """How many tokens a model can read, what is kept free for its answer, and for the tables."""

    context: int = 32_000
    answer: int = 4_000
    tables: int = 6_000

    def tighter(self, sent: int, limit: int | None) -> "Budget":
        """Return a budget for another try, since `sent` tokens were too many.

        `limit` is how many the model reads, where it said so. Our count and the model's differ, so
        there is room for that.
        """
        most = min(self.context, sent + self.answer)
        context = int(min(most * 0.6, limit * 0.75 if limit else most))
        return Budget(context=context, answer=min(self.answer, context // 4), tables=self.tables)


class Composed(msgspec.Struct, frozen=True, kw_only=True):
    """A request, what stands in it, and how many tokens it has, as we count."""

    request: Request
    asking: Asking
    tokens: int


def compose(
    prompt: Prompt, form: Form, budget: Budget, count: Count, request: Request, to: str
) -> Composed:
    """Fill a request in. It blocks for some tens of milliseconds: call it in a thread.

    Of what was said before, the run that goes on comes first; earlier runs are told in short, the
    latest first, as far as there is room.
    """
    tools = _tools(prompt) if form == "calls" else ()
    room = budget.context - budget.answer - count(str(tools))
    tables = _tables(prompt, min(budget.tables, room // 2), count)
    system = _system(prompt, form, tables)
    room -= count(system) + _PER_MESSAGE
    told, size = _going_on(prompt, room, count)
    before, spent = _before(prompt, room - size, count)
    messages = (*before, *told.messages)
    whole = msgspec.structs.replace(
        request,
        system=system,
        messages=messages if form == "calls" else as_text(messages),
        tools=tools,
    )
    asking = Asking(
        model=request.model,
        to=to,
        tables=tables.tables,
        samples=tables.samples,
        rows=told.rows,
        results=told.results,
        size=len(msgspec.json.encode(whole)),
    )
    tokens = budget.context - budget.answer - room + size + spent
    return Composed(request=whole, asking=asking, tokens=tokens)


def _tools(prompt: Prompt) -> tuple[ToolSpec, ...]:
    own = tuple(OWN[name] for name in prompt.tools if name in OWN)
    others = tuple(
        ToolSpec(name=tool.name, description=tool.description, schema=tool.schema)
        for tool in getattr(prompt, "offered", ())
    )
    return (*own, *others)


def _tables(prompt: Prompt, room: int, count: Count) -> Described:
    if prompt.catalogue is None:
        return Described(text="")
    asked = " ".join(turn.text for turn in prompt.turns if isinstance(turn, Person))
    return described(prompt.catalogue, f"{prompt.question} {asked}", room, count)


def _system(prompt: Prompt, form: Form, tables: Described) -> str:
    parts = [words.ROLE, words.TOOLS if form == "calls" else words.TAGS]
    if prompt.today:
        parts.append(f"Today is {prompt.today}.")
    if prompt.data != "results":
        parts += [words.LEFT_OUT[prompt.data], words.PLACES]
    catalogue = prompt.catalogue
    if catalogue is not None:
        parts.append(f"The database, {catalogue.dialect}:\n{tables.text or '(no tables)'}")
        defined = definitions(catalogue.meaning)
        if defined:
            parts.append(f"{words.METRICS}\n{defined}")
    return "\n\n".join(parts)


def _going_on(prompt: Prompt, room: int, count: Count) -> tuple[Told, int]:
    """Return the run that goes on, with as much of what it found as there is room for."""
    turns = prompt.turns[prompt.begins :] or (Person(text=prompt.question),)
    told, size = Told(messages=()), 0
    for rows, chars in zip(_ROWS, _CHARS, strict=True):
        told = messages_of(turns, rows, chars)
        size = _size(told.messages, count)
        if size <= room:
            return told, size
    return _without_oldest(told, room, count)


def _without_oldest(told: Told, room: int, count: Count) -> tuple[Told, int]:
    """Leave out the oldest steps of a long run; its question and its last steps stay."""
    messages = list(told.messages)
    while len(messages) > 4 and _size(messages, count) > room:
        # A call and what it gave go together.
        del messages[1 : 3 if isinstance(messages[1], CallMade) else 2]
    return msgspec.structs.replace(told, messages=tuple(messages)), _size(messages, count)


def _before(prompt: Prompt, room: int, count: Count) -> tuple[tuple[Message, ...], int]:
    """Return what was asked and found before, in short, as one exchange at the beginning."""
    found: list[str] = []
    spent = 0
    for turns in reversed(runs_of(prompt.turns, prompt.begins)):
        text = in_short(turns)
        size = count(text)
        if spent + size + 40 > room:
            found.append("(Earlier questions are left out.)")
            break
        found.append(text)
        spent += size
    if not found:
        return (), 0
    text = "Before this, in this conversation:\n\n" + "\n\n".join(reversed(found))
    return (Said(role="user", text=text), Said(role="assistant", text="Understood.")), spent + 40


def _size(messages: Sequence[Message], count: Count) -> int:
    return sum(_PER_MESSAGE + count(_text(message)) for message in messages)


def _text(message: Message) -> str:
    match message:
        case Said(text=text) | CallGave(text=text):
            return text
        case CallMade(tool=tool, arguments=arguments):
            return f"{tool} {arguments}"
