"""What a client wishes: commands, in the imperative. What each gives stands in `protocol.results`.

Every command has an `id`, which its one reply carries, and may have a `key`, which makes a retry
act once. To add a command: a struct here, its result in `results.RESULTS`, a rule in `engine`, a
test.
"""

from typing import Literal

import msgspec

from protocol.events import (
    Attachment,
    DataPolicy,
    Gates,
    Labels,
    Mode,
    Remember,
    RunOptions,
    SessionStatus,
    Verdict,
)
from protocol.ids import (
    ApprovalId,
    CommandId,
    Epoch,
    InputId,
    ItemId,
    Key,
    QuestionId,
    RunId,
    SessionId,
)
from protocol.items import Count, Positive, Step

WhenBusy = Literal["reject", "enqueue", "interrupt"]


class ClientMessage(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    tag_field="type",
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """Anything a client sends. A field that is not known is refused by name."""


class Following(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """Where a client stands in a session, as it comes (back)."""

    session: SessionId
    epoch: Epoch | None = None
    after: Count | Literal["tail", "snapshot"] = 0


class Hello(ClientMessage, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="hello"):
    """The first frame. `token` or `ticket` only where the handshake did not say who it is."""

    id: CommandId
    client: str = ""
    token: str | None = None
    ticket: str | None = None
    follow: tuple[Following, ...] = ()


class Ping(ClientMessage, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="ping"):
    """Are you there? Either side may ask; the other says `pong`."""

    id: CommandId | None = None


class Pong(ClientMessage, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="pong"):
    """I am here."""

    id: CommandId | None = None


class Command(ClientMessage, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A wish."""

    id: CommandId
    key: Key | None = None


# --- Sessions ---------------------------------------------------------------------------------


class SessionCreate(
    Command, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="session.create"
):
    """Open a session, under an own id if one is given."""

    session: SessionId | None = None
    name: str = ""
    source: str | None = None
    model: str | None = None
    agent: str | None = None
    mode: Mode = "none"
    gates: Gates | None = None
    data: DataPolicy | None = None
    labels: Labels = {}


class SessionUpdate(
    Command, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="session.update"
):
    """Change what is given. Status `active` wakes an archived session and undoes a delete.

    Labels are added to those there are; an empty text takes one away.
    """

    session: SessionId
    name: str | None = None
    source: str | None = None
    model: str | None = None
    mode: Mode | None = None
    gates: Gates | None = None
    data: DataPolicy | None = None
    labels: Labels | None = None
    status: SessionStatus | None = None


class SessionArchive(
    Command, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="session.archive"
):
    """Put a session away. A run that is going on is cancelled."""

    session: SessionId


class SessionDelete(
    Command, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="session.delete"
):
    """Delete a session. A run that is going on is cancelled.

    It can be brought back for a while; with `files`, without its files, which go at once.
    """

    session: SessionId
    files: bool = False


class SessionFollow(
    Command, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="session.follow"
):
    """Send me every page after this position: a number, `tail` (from now on) or `snapshot`."""

    session: SessionId
    epoch: Epoch | None = None
    after: Count | Literal["tail", "snapshot"] = 0


class SessionUnfollow(
    Command, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="session.unfollow"
):
    """Send me no more of this session on this connection."""

    session: SessionId


# --- Runs -------------------------------------------------------------------------------------


class RunStart(Command, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="run.start"):
    """Ask a question. Free text while an approval waits is feedback on that approval."""

    session: SessionId
    text: str
    attachments: tuple[Attachment, ...] = ()
    options: RunOptions | None = None
    when_busy: WhenBusy = "reject"


class RunSteer(Command, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="run.steer"):
    """Tell the run something while it works."""

    session: SessionId
    run: RunId
    text: str


class RunCancel(Command, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="run.cancel"):
    """Stop the run, and what it runs."""

    session: SessionId
    run: RunId


class ApprovalResolve(
    Command, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="approval.resolve"
):
    """Answer an approval. `digest`, if given, must be that of the request."""

    session: SessionId
    approval: ApprovalId
    verdict: Verdict
    text: str | None = None
    plan: tuple[Step, ...] | None = None
    code: str | None = None
    remember: Remember = "once"
    digest: str | None = None


class ApprovalRevoke(
    Command, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="approval.revoke"
):
    """Take back what this approval let be remembered, for the session or for always."""

    session: SessionId
    approval: ApprovalId


class QuestionAnswer(
    Command, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="question.answer"
):
    """Answer a question: for each of its prompts a list of texts."""

    session: SessionId
    question: QuestionId
    answers: tuple[tuple[str, ...], ...]


class InputReply(Command, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="input.reply"):
    """Type a line into Python's `input()`."""

    session: SessionId
    input: InputId
    text: str


# --- Kernel and queries -----------------------------------------------------------------------


class KernelExecute(
    Command, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="kernel.execute"
):
    """Run Python of one's own in the session's kernel."""

    session: SessionId
    code: str


class KernelInterrupt(
    Command, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="kernel.interrupt"
):
    """Stop what the kernel is doing; variables stay."""

    session: SessionId


class KernelReset(
    Command, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="kernel.reset"
):
    """Forget all variables."""

    session: SessionId


class KernelRestart(
    Command, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="kernel.restart"
):
    """End the kernel; the next code starts a fresh one."""

    session: SessionId


class KernelInspect(
    Command, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="kernel.inspect"
):
    """Say what the kernel holds."""

    session: SessionId


class KernelComplete(
    Command, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="kernel.complete"
):
    """Say how code could go on at a place, by what the kernel holds."""

    session: SessionId
    code: str
    cursor: Count


class KernelRestore(
    Command, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="kernel.restore"
):
    """Empty the kernel and run the cells again that worked so far, all in one, as one's own."""

    session: SessionId


class QueryRun(Command, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="query.run"):
    """Run SQL of one's own, through the guard."""

    session: SessionId
    source: str
    sql: str
    max_rows: Positive | None = None


class QueryCancel(
    Command, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="query.cancel"
):
    """Stop a query that `query.run` started."""

    session: SessionId
    item: ItemId


SessionCommand = (
    SessionCreate | SessionUpdate | SessionArchive | SessionDelete | SessionFollow | SessionUnfollow
)
RunCommand = RunStart | RunSteer | RunCancel
PersonCommand = ApprovalResolve | ApprovalRevoke | QuestionAnswer | InputReply
WorkCommand = (
    KernelExecute
    | KernelInterrupt
    | KernelReset
    | KernelRestart
    | KernelInspect
    | KernelComplete
    | KernelRestore
    | QueryRun
    | QueryCancel
)
AnyCommand = SessionCommand | RunCommand | PersonCommand | WorkCommand
AnyClientMessage = Hello | Ping | Pong | AnyCommand
