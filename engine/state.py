"""What a session is at one moment: the structs that events are folded into."""

from collections.abc import Mapping

import msgspec

from engine.gates import Granted
from protocol.events import (
    Activity,
    ApprovalRequested,
    Attachment,
    CheckFinished,
    Gates,
    InputRequested,
    ItemOutcome,
    Mode,
    QuestionAsked,
    RunOptions,
    SessionStatus,
    Settled,
    Subject,
    Usage,
)
from protocol.ids import ApprovalId, CallerId, InputId, ItemId, Key, QuestionId, RunId, SessionId
from protocol.items import AnyContent, Column, Kind, Language


class Unlawful(Exception):
    """An event that may not happen now: a bug of ours."""


class ItemState(msgspec.Struct, frozen=True, kw_only=True):
    """How far an item is.

    `text` is what was checked; `asked` the gates it came to; `verdict`, `remark` and `edited` what
    the last of them got; `approved` the digest that got a yes.
    """

    item: ItemId
    kind: Kind
    of: ItemId | None = None
    language: Language | None = None
    source: str | None = None
    name: str | None = None
    columns: tuple[Column, ...] = ()
    round: int = 0
    check: CheckFinished | None = None
    text: str | None = None
    asked: tuple[Subject, ...] = ()
    verdict: Settled | None = None
    remark: str | None = None
    edited: str | None = None
    approved: str | None = None
    busy: bool = False
    outcome: ItemOutcome | None = None
    content: AnyContent | None = None

    @property
    def open(self) -> bool:
        """Whether it is not completed yet."""
        return self.outcome is None


class RunState(msgspec.Struct, frozen=True, kw_only=True):
    """A run: queued or going on. `items` in the order in which they began."""

    run: RunId
    text: str
    by: CallerId
    key: Key | None = None
    attachments: tuple[Attachment, ...] = ()
    options: RunOptions = RunOptions()
    round: int = 0
    in_round: bool = False
    items: Mapping[ItemId, ItemState] = msgspec.field(default_factory=dict)
    usage: Usage = Usage()


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """The state of one session. A session that does not exist yet has no owner."""

    session: SessionId
    owner: CallerId | None = None
    name: str = ""
    source: str | None = None
    model: str | None = None
    agent: str | None = None
    mode: Mode = "none"
    gates: Gates | None = None
    status: SessionStatus = "active"
    activity: Activity = "idle"
    run: RunState | None = None
    queue: tuple[RunState, ...] = ()
    last: RunId | None = None
    approvals: Mapping[ApprovalId, ApprovalRequested] = msgspec.field(default_factory=dict)
    questions: Mapping[QuestionId, QuestionAsked] = msgspec.field(default_factory=dict)
    inputs: Mapping[InputId, InputRequested] = msgspec.field(default_factory=dict)
    free: Mapping[ItemId, ItemState] = msgspec.field(default_factory=dict)
    settled: frozenset[str] = frozenset()
    granted: frozenset[Granted] = frozenset()

    def item(self, item: ItemId) -> ItemState | None:
        """Return an item of the run that goes on, or a run-less one that is open."""
        if self.run is not None and item in self.run.items:
            return self.run.items[item]
        return self.free.get(item)


def scope_of(item: ItemState) -> str:
    """Return where an item would act: its source, its tool, or the kernel."""
    return item.source or item.name or ("kernel" if item.language == "python" else "")
