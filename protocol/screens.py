"""What a screen needs at once: the fold of a session's log, as a snapshot carries it."""

from typing import Any

import msgspec

from protocol.events import (
    Activity,
    ApprovalRequested,
    Attachment,
    Change,
    CheckFinished,
    DataPolicy,
    Gates,
    InputRequested,
    ItemOutcome,
    KernelHome,
    Labels,
    Mode,
    ModelAsked,
    QuestionAsked,
    Remember,
    RunOptions,
    RunOutcome,
    SessionStatus,
    Settled,
    Usage,
)
from protocol.ids import ApprovalId, CallerId, ItemId, Key, RunId, SessionId
from protocol.items import AnyContent, Cell, Column, Display, ErrorInfo, Kind, Language


class Seen(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Part of a screen. Not frozen: a fold fills it in, and hands it out when it is done."""


class ItemSeen(Seen, kw_only=True):
    """An item: open with what has come so far, or completed with its content."""

    item: ItemId
    kind: Kind
    run: RunId | None = None
    of: ItemId | None = None
    at: str = ""
    language: Language | None = None
    source: str | None = None
    columns: tuple[Column, ...] | None = None
    name: str | None = None
    arguments: dict[str, Any] | None = None
    title: str | None = None
    text: str = ""
    stdout: str = ""
    stderr: str = ""
    rows: list[list[Cell]] | None = None
    displays: list[Display] | None = None
    check: CheckFinished | None = None
    content: AnyContent | None = None
    outcome: ItemOutcome | None = None
    error: ErrorInfo | None = None
    elapsed_ms: int | None = None


class ApprovalSeen(Seen, kw_only=True):
    """An approval, open while `verdict` is missing."""

    request: ApprovalRequested
    at: str = ""
    verdict: Settled | None = None
    by: CallerId | None = None
    text: str | None = None
    changed: Change | None = None
    resolved_at: str | None = None


class RunSeen(Seen, kw_only=True):
    """A run: queued, going on, or over with its outcome."""

    run: RunId
    text: str
    by: CallerId
    at: str = ""
    queued: bool = False
    key: Key | None = None
    attachments: tuple[Attachment, ...] = ()
    options: RunOptions | None = None
    round: int = 0
    items: list[ItemId] = msgspec.field(default_factory=list)
    steered: list[str] = msgspec.field(default_factory=list)
    outcome: RunOutcome | None = None
    answer: str | None = None
    error: ErrorInfo | None = None
    usage: Usage | None = None
    asked: list[ModelAsked] = msgspec.field(default_factory=list)
    elapsed_ms: int | None = None


class ArtifactSeen(Seen, kw_only=True):
    """A file in the workspace. `size` is in bytes."""

    name: str
    mime: str
    size: int
    url: str


class Grant(Seen, kw_only=True):
    """Something that need not be asked again, until `approval.revoke` of its approval.

    `scope` says in words what it allows; `remember` whether here or in every session.
    """

    subject: str
    scope: str
    approval: ApprovalId
    remember: Remember = "session"
    by: CallerId | None = None
    at: str = ""


class Screen(Seen, kw_only=True):
    """The whole session, as a person sees it. `items` holds all, also those without a run."""

    session: SessionId
    name: str = ""
    owner: CallerId | None = None
    source: str | None = None
    model: str | None = None
    agent: str | None = None
    mode: Mode = "none"
    gates: Gates | None = None
    data: DataPolicy | None = None
    labels: Labels = msgspec.field(default_factory=dict)
    messages: int = 0
    status: SessionStatus = "active"
    activity: Activity = "idle"
    created_at: str = ""
    updated_at: str = ""
    runs: list[RunSeen] = msgspec.field(default_factory=list)
    items: dict[ItemId, ItemSeen] = msgspec.field(default_factory=dict)
    approvals: dict[ApprovalId, ApprovalSeen] = msgspec.field(default_factory=dict)
    questions: list[QuestionAsked] = msgspec.field(default_factory=list)
    inputs: list[InputRequested] = msgspec.field(default_factory=list)
    artifacts: list[ArtifactSeen] = msgspec.field(default_factory=list)
    grants: list[Grant] = msgspec.field(default_factory=list)
    kernel: str = ""
    isolation: str = ""
    home: KernelHome | None = None
    usage: Usage = msgspec.field(default_factory=Usage)


class Doing(Seen, kw_only=True):
    """A session as its owner's inbox tells of it."""

    session: SessionId
    name: str = ""
    source: str | None = None
    mode: Mode = "none"
    status: SessionStatus = "active"
    activity: Activity = "idle"
    created_at: str = ""
    updated_at: str = ""
    model: str | None = None
    labels: Labels = msgspec.field(default_factory=dict)
    messages: int = 0


class Inbox(Seen, kw_only=True):
    """The fold of a caller's inbox: their sessions, and the approvals that wait anywhere."""

    session: SessionId
    sessions: dict[SessionId, Doing] = msgspec.field(default_factory=dict)
    approvals: dict[ApprovalId, ApprovalRequested] = msgspec.field(default_factory=dict)
    questions: list[QuestionAsked] = msgspec.field(default_factory=list)
