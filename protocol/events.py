"""What happened. Events are facts in the past tense; a record is an event with its place.

An event is never edited and never withdrawn; a later event says otherwise. New fields must have
defaults, so that an old log still decodes. To add an event: a struct here, its name in `AnyEvent`,
a row in `engine.session`, a test.
"""

from typing import Any, Literal

import msgspec

from protocol.choices import (
    Activity as Activity,
)
from protocol.choices import (
    Attachment as Attachment,
)
from protocol.choices import (
    Change as Change,
)
from protocol.choices import (
    DataPolicy as DataPolicy,
)
from protocol.choices import (
    EstimateInfo as EstimateInfo,
)
from protocol.choices import (
    GateRule as GateRule,
)
from protocol.choices import (
    Gates as Gates,
)
from protocol.choices import (
    ItemOutcome as ItemOutcome,
)
from protocol.choices import (
    Labels as Labels,
)
from protocol.choices import (
    Mode as Mode,
)
from protocol.choices import (
    Prompted as Prompted,
)
from protocol.choices import (
    Remember as Remember,
)
from protocol.choices import (
    RunOptions as RunOptions,
)
from protocol.choices import (
    RunOutcome as RunOutcome,
)
from protocol.choices import (
    SessionStatus as SessionStatus,
)
from protocol.choices import (
    Settled as Settled,
)
from protocol.choices import (
    Subject as Subject,
)
from protocol.choices import (
    Usage as Usage,
)
from protocol.choices import (
    Verdict as Verdict,
)
from protocol.ids import (
    ApprovalId,
    CallerId,
    InputId,
    ItemId,
    Key,
    QuestionId,
    ResultId,
    RunId,
    SessionId,
)
from protocol.items import (
    AnyContent,
    Cell,
    Column,
    ErrorInfo,
    Finding,
    Kind,
    Language,
)


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", omit_defaults=True):
    """Something that happened in a session. `run` is present on everything that a run causes.

    Events that only a run can cause say `msgspec.field()`: theirs has no default again.
    """

    run: RunId | None = None


# --- Sessions ---------------------------------------------------------------------------------


class SessionCreated(Event, frozen=True, kw_only=True, tag="session.created"):
    """A session exists. The first record of every session's log."""

    session: SessionId
    owner: CallerId
    by: CallerId
    name: str = ""
    source: str | None = None
    model: str | None = None
    agent: str | None = None
    mode: Mode = "none"
    gates: Gates | None = None
    data: DataPolicy | None = None
    labels: Labels = {}


class SessionUpdated(Event, frozen=True, kw_only=True, tag="session.updated"):
    """Fields that are present have changed. `activity` is told in a caller's inbox only."""

    session: SessionId
    by: CallerId
    name: str | None = None
    source: str | None = None
    model: str | None = None
    mode: Mode | None = None
    gates: Gates | None = None
    data: DataPolicy | None = None
    labels: Labels | None = None
    status: SessionStatus | None = None
    activity: Activity | None = None


class SessionArchived(Event, frozen=True, kw_only=True, tag="session.archived"):
    """Put away; it can be read, and woken by `session.update` with status `active`."""

    session: SessionId
    by: CallerId


class SessionDeleted(Event, frozen=True, kw_only=True, tag="session.deleted"):
    """To be forgotten. Until the server purges it, status `active` brings it back.

    With `files`, its files are gone at once, for good.
    """

    session: SessionId
    by: CallerId
    files: bool = False


# --- Runs -------------------------------------------------------------------------------------


class RunQueued(Event, frozen=True, kw_only=True, tag="run.queued"):
    """A question waits until the run before it is over."""

    run: RunId = msgspec.field()
    text: str
    by: CallerId
    attachments: tuple[Attachment, ...] = ()
    options: RunOptions | None = None
    key: Key | None = None


class RunStarted(Event, frozen=True, kw_only=True, tag="run.started"):
    """Work on a question has begun."""

    run: RunId = msgspec.field()
    text: str
    by: CallerId
    attachments: tuple[Attachment, ...] = ()
    options: RunOptions | None = None
    key: Key | None = None


class RunSteered(Event, frozen=True, kw_only=True, tag="run.steered"):
    """A person said something to the run while it works; the next round hears it."""

    run: RunId = msgspec.field()
    text: str
    by: CallerId


class RunFinished(Event, frozen=True, kw_only=True, tag="run.finished"):
    """The run is over. Nothing of this run follows."""

    run: RunId = msgspec.field()
    outcome: RunOutcome
    answer: str | None = None
    error: ErrorInfo | None = None
    usage: Usage = Usage()
    elapsed_ms: int = 0


class RoundStarted(Event, frozen=True, kw_only=True, tag="round.started"):
    """The model is asked for the next step. Rounds count from 1."""

    run: RunId = msgspec.field()
    round: int


class RoundFinished(Event, frozen=True, kw_only=True, tag="round.finished"):
    """All that the model asked for in this round is done."""

    run: RunId = msgspec.field()
    round: int


# --- Items ------------------------------------------------------------------------------------


class ItemStarted(Event, frozen=True, kw_only=True, tag="item.started"):
    """Something begins to appear, `of` the item it comes from; the rest is what is known."""

    item: ItemId
    kind: Kind
    of: ItemId | None = None
    language: Language | None = None
    source: str | None = None
    columns: tuple[Column, ...] | None = None
    name: str | None = None
    arguments: dict[str, Any] | None = None
    title: str | None = None


class ItemDelta(Event, frozen=True, kw_only=True, tag="item.delta"):
    """More of an open item: text; text of a stream; rows; or a display of a MIME type.

    A display with an id takes the place of an earlier one of the item with the same `display`.
    """

    item: ItemId
    text: str | None = None
    stream: Literal["stdout", "stderr"] | None = None
    rows: list[list[Cell]] | None = None
    mime: str | None = None
    data: Any = None
    display: str | None = None


class ItemCompleted(Event, frozen=True, kw_only=True, tag="item.completed"):
    """The item as it is for good; what its deltas said no longer counts."""

    item: ItemId
    content: AnyContent
    outcome: ItemOutcome = "ok"
    error: ErrorInfo | None = None
    elapsed_ms: int | None = None


class CheckFinished(Event, frozen=True, kw_only=True, tag="check.finished"):
    """The guard has read a proposal: `text` is what was given, `sql` what will run.

    `rules` names what it was judged by: where the source points and what policy holds there. It is
    said again, with what is new, when the guard judges otherwise just before the text runs.
    """

    item: ItemId
    ok: bool
    findings: tuple[Finding, ...] = ()
    sql: str | None = None
    text: str | None = None
    explanation: str | None = None
    rules: str | None = None


class CodeStarted(Event, frozen=True, kw_only=True, tag="code.started"):
    """The code has passed every gate: its kernel or source is got ready, and given it."""

    item: ItemId


class ToolCalled(Event, frozen=True, kw_only=True, tag="tool.called"):
    """The tool has been given its arguments: from here on it may have had effects."""

    item: ItemId


class ArtifactCreated(Event, frozen=True, kw_only=True, tag="artifact.created"):
    """A file appeared in the workspace. `size` is in bytes."""

    name: str
    mime: str
    size: int
    url: str
    item: ItemId | None = None


# --- Questions to a person --------------------------------------------------------------------


class ApprovalRequested(Event, frozen=True, kw_only=True, tag="approval.requested"):
    """The run waits for a person.

    Exactly one `approval.resolved` with this id follows, also when the run is cancelled: a client
    may rely on it to take its card down. `digest` names exactly what would run (text, source,
    policy); `text` is that text. In an inbox `session` says where it waits.
    """

    approval: ApprovalId
    item: ItemId
    subject: Subject
    options: tuple[Verdict, ...] = ("approve", "reject")
    digest: str = ""
    text: str | None = None
    reason: str | None = None
    estimate: EstimateInfo | None = None
    expires_at: str | None = None
    remembers: str | None = None
    session: SessionId | None = None


class ApprovalResolved(Event, frozen=True, kw_only=True, tag="approval.resolved"):
    """The answer, by a person; or `cancelled` or `expired` when nobody gave one.

    After an edit, `digest` names what may run in place of what was asked about.
    """

    approval: ApprovalId
    verdict: Settled
    by: CallerId | None = None
    text: str | None = None
    changed: Change | None = None
    remember: Remember | None = None
    digest: str | None = None
    session: SessionId | None = None


class ApprovalRevoked(Event, frozen=True, kw_only=True, tag="approval.revoked"):
    """What this approval let be remembered holds no more: its gate asks again."""

    approval: ApprovalId
    by: CallerId


class QuestionAsked(Event, frozen=True, kw_only=True, tag="question.asked"):
    """The run asks the person something, and waits."""

    question: QuestionId
    prompts: tuple[Prompted, ...]
    item: ItemId | None = None
    session: SessionId | None = None


class QuestionAnswered(Event, frozen=True, kw_only=True, tag="question.answered"):
    """The answers, a list for each prompt; empty when the run ended without them."""

    question: QuestionId
    answers: tuple[tuple[str, ...], ...] = ()
    by: CallerId | None = None
    session: SessionId | None = None


class InputRequested(Event, frozen=True, kw_only=True, tag="input.requested"):
    """Python's `input()` waits. A `password` must not be shown while it is typed."""

    input: InputId
    prompt: str = ""
    password: bool = False
    item: ItemId | None = None


class InputReplied(Event, frozen=True, kw_only=True, tag="input.replied"):
    """The input was given, or its cell is over. What was typed is not told."""

    input: InputId
    by: CallerId | None = None


# --- Counting, kernels ------------------------------------------------------------------------


class ModelAsked(Event, frozen=True, kw_only=True, tag="model.asked"):
    """Something is about to leave this server, `to` a host: what of the data goes with it.

    Recorded once for each request. `tables` were described, `samples` counts values of columns,
    `rows` those of the `results` named; `size` is the request's, in bytes.
    """

    model: str
    to: str
    data: DataPolicy
    tables: tuple[str, ...] = ()
    samples: int = 0
    rows: int = 0
    results: tuple[ResultId, ...] = ()
    size: int = 0


class UsageCounted(Event, frozen=True, kw_only=True, tag="usage.counted"):
    """One call of a model was paid for.

    `cached_tokens` are those of the input that were cheaper because the model had them already.
    `estimated` says that we counted, since the model did not tell.
    """

    model: str
    input_tokens: int
    output_tokens: int
    cost: float | None = None
    cached_tokens: int = 0
    estimated: bool = False


class KernelStarted(Event, frozen=True, kw_only=True, tag="kernel.started"):
    """A fresh kernel serves the session, in this isolation, with this Python."""

    isolation: str = ""
    environment: str = ""


class KernelBusy(Event, frozen=True, kw_only=True, tag="kernel.busy"):
    """The kernel has been given the item's code: from here on it may have had effects."""

    item: ItemId | None = None


class KernelIdle(Event, frozen=True, kw_only=True, tag="kernel.idle"):
    """The kernel is done with the item."""

    item: ItemId | None = None


class KernelDied(Event, frozen=True, kw_only=True, tag="kernel.died"):
    """The kernel is gone, and with it its variables. `code` names why, such as `idle`."""

    reason: str = ""
    code: str | None = None


class KernelRestarted(Event, frozen=True, kw_only=True, tag="kernel.restarted"):
    """A person reset the kernel: its variables are gone."""

    by: CallerId | None = None
    reason: str = ""
    isolation: str = ""


SessionEvent = SessionCreated | SessionUpdated | SessionArchived | SessionDeleted
RunEvent = RunQueued | RunStarted | RunSteered | RunFinished | RoundStarted | RoundFinished
ItemEvent = (
    ItemStarted
    | ItemDelta
    | ItemCompleted
    | CheckFinished
    | CodeStarted
    | ToolCalled
    | ArtifactCreated
)
PersonEvent = (
    ApprovalRequested
    | ApprovalResolved
    | ApprovalRevoked
    | QuestionAsked
    | QuestionAnswered
    | InputRequested
    | InputReplied
)
KernelEvent = KernelStarted | KernelBusy | KernelIdle | KernelDied | KernelRestarted
ModelTold = ModelAsked | UsageCounted
AnyEvent = SessionEvent | RunEvent | ItemEvent | PersonEvent | ModelTold | KernelEvent


class UnknownEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event of a newer server, kept as it came."""

    type: str
    raw: bytes


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """An event with its place: `seq` in its session's log, `at` in time (RFC 3339, UTC, `Z`).

    On the wire the three are one flat object.
    """

    seq: int
    at: str
    event: AnyEvent | UnknownEvent
