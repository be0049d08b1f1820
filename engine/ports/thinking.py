"""What proposes the next step: models."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from engine.ports.data import Catalogue
from engine.ports.tools import ToolInfo
from protocol.choices import DataPolicy, Verdict
from protocol.ids import ResultId
from protocol.items import Cell, Column


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """The person said something: a question, or feedback on what was proposed.

    `verdict` is what they answered to a gate, where `text` is that verdict in words and perhaps
    more, and not something to be asked instead.
    """

    text: str
    feedback: bool = False
    verdict: Verdict | None = None


class Called(msgspec.Struct, frozen=True, kw_only=True):
    """The model called a tool."""

    call: str
    tool: str
    arguments: Mapping[str, Any]


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """What the call gave. For a table: columns, the first rows (if policy lets them out), size.

    `failure` is the end of `text` that says what went wrong, rather than what was printed.
    """

    call: str
    ok: bool
    text: str = ""
    failure: str = ""
    columns: tuple[Column, ...] = ()
    rows: Sequence[Sequence[Cell]] = ()
    row_count: int | None = None
    result: ResultId | None = None


Turn = Person | Called | Answered


class Prompt(msgspec.Struct, frozen=True, kw_only=True):
    """All a model may know. `turns` are the whole session, oldest first, what is new last."""

    question: str
    turns: tuple[Turn, ...]
    catalogue: Catalogue | None = None
    tools: tuple[str, ...] = ()
    offered: tuple[ToolInfo, ...] = ()
    """Tools of others, beside `tools`: called by name, with arguments as their schemas say."""
    today: str = ""
    """The date of the question, ISO 8601; a model has no clock of its own."""
    round: int = 1
    begins: int = 0
    """The place in `turns` where the run that goes on began."""
    data: DataPolicy = "results"
    """What of the data this model may be told. What it may not is taken out of the rest already."""


class Thinking(msgspec.Struct, frozen=True, kw_only=True):
    """More text of the model's reasoning."""

    text: str


class CallStarted(msgspec.Struct, frozen=True, kw_only=True):
    """A tool call begins; its main text (plan, SQL, Python, answer) may stream as `CallDelta`."""

    call: str
    tool: str


class CallDelta(msgspec.Struct, frozen=True, kw_only=True):
    """More of the call's main text, already unescaped."""

    call: str
    text: str


class Dropped(msgspec.Struct, frozen=True, kw_only=True):
    """A call that began was none after all: its `text` was an aside, or came too early."""

    call: str
    text: str = ""


class Asking(msgspec.Struct, frozen=True, kw_only=True):
    """A request is about to leave this server. Fields as `protocol.events.ModelAsked` has them."""

    model: str
    to: str
    tables: tuple[str, ...] = ()
    samples: int = 0
    rows: int = 0
    results: tuple[ResultId, ...] = ()
    size: int = 0


class Spent(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens of one call of the model; `cost` in US dollars where it is known."""

    model: str
    input_tokens: int
    output_tokens: int
    cost: float | None = None
    cached_tokens: int = 0
    estimated: bool = False


ModelEvent = Thinking | CallStarted | CallDelta | Called | Dropped | Asking | Spent


class Model(Protocol):
    """Something that proposes the next step.

    Tools and their arguments:
    `make_plan {steps: [text, …], reading?: [{role, text, id?, choices?}, …]}` ·
    `run_sql {sql, source?, explanation?}` · `run_python {code, explanation?}` ·
    `make_chart {call, spec, title?}` (Vega-Lite without data; the rows of that call are bound) ·
    `ask_user {prompts: [{title, text, options?, multiple?, free_text?}, …]}` ·
    `answer {text, sources?: [call, …], suggestions?: [text, …]}`, which ends the run.
    """

    name: str
    outside: bool
    """Whether what it is told leaves this process; then a policy says what that may be."""
    data: DataPolicy | None
    """What it may be told where neither run nor session says; None: what the server says."""

    def think(self, prompt: Prompt) -> AsyncIterator[ModelEvent]:
        """Propose one round: any reasoning, then at least one complete `Called`.

        Each streamed call ends with its `Called`, which is authoritative. Cancellable between any
        two events; closing the iterator closes what is behind it. An outside model says `Asking`
        before anything leaves. Raise `ModelFailed`.
        """
        ...
