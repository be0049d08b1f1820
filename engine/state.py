"""What a session is at one moment: the structs that events are folded into."""

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from engine.gates import Granted, Policy, digest_of, policy_of
from protocol.events import (
    Activity,
    ApprovalRequested,
    Attachment,
    CheckFinished,
    DataPolicy,
    Gates,
    InputRequested,
    ItemOutcome,
    KernelHome,
    Labels,
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

WAITING: Final = (ApprovalRequested, QuestionAsked, InputRequested)
"""What a person is asked, and what may expire."""


class Unlawful(Exception):
    """An event that may not happen now: a bug of ours."""


class ItemState(msgspec.Struct, frozen=True, kw_only=True):
    """How far an item is.

    `text` is what was checked; `asked` the gates it came to; `verdict`, `remark` and `edited` what
    the last of them got; `approved` the digest that got a yes. `busy` says that it was begun, and
    may have had effects.
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


class Settlement(msgspec.Struct, frozen=True, kw_only=True):
    """How an approval or a question was settled: by whom, and an approval's verdict."""

    by: CallerId | None = None
    verdict: Settled | None = None


class Remembered(msgspec.Struct, frozen=True, kw_only=True):
    """What an approval let be remembered, and whether in every session."""

    grant: Granted
    always: bool = False


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
    data: DataPolicy | None = None
    home: KernelHome | None = None
    labels: Labels = msgspec.field(default_factory=dict)
    status: SessionStatus = "active"
    activity: Activity = "idle"
    run: RunState | None = None
    queue: tuple[RunState, ...] = ()
    last: RunId | None = None
    approvals: Mapping[ApprovalId, ApprovalRequested] = msgspec.field(default_factory=dict)
    questions: Mapping[QuestionId, QuestionAsked] = msgspec.field(default_factory=dict)
    inputs: Mapping[InputId, InputRequested] = msgspec.field(default_factory=dict)
    free: Mapping[ItemId, ItemState] = msgspec.field(default_factory=dict)
    settled: Mapping[str, Settlement] = msgspec.field(default_factory=dict)
    remembered: Mapping[ApprovalId, Remembered] = msgspec.field(default_factory=dict)

    @property
    def granted(self) -> frozenset[Granted]:
        """What was allowed in this session alone and not taken back.

        What is allowed in every session is kept beside them (`engine.grants`), in one place.
        """
        return frozenset(kept.grant for kept in self.remembered.values() if not kept.always)

    def waiting(self) -> Iterator[ApprovalRequested | QuestionAsked | InputRequested]:
        """Yield all that a person is asked and has not answered."""
        yield from self.approvals.values()
        yield from self.questions.values()
        yield from self.inputs.values()

    def item(self, item: ItemId) -> ItemState | None:
        """Return an item of the run that goes on, or a run-less one that is open."""
        if self.run is not None and item in self.run.items:
            return self.run.items[item]
        return self.free.get(item)


def name_of(asked: ApprovalRequested | QuestionAsked | InputRequested) -> str:
    """Return the id of what a person is asked."""
    match asked:
        case ApprovalRequested():
            return asked.approval
        case QuestionAsked():
            return asked.question
        case InputRequested():
            return asked.input


def policy_for(session: Session) -> Policy:
    """Return the policy of the gates that holds for the run that goes on, or the next one."""
    mode = session.run.options.mode if session.run is not None else None
    return policy_of(mode or session.mode, session.gates)


def digest_for(session: Session, subject: Subject, item: ItemState, text: str) -> str:
    """Return what a yes to this text of this item holds for, as things stand."""
    rules = item.check.rules if item.check is not None else None
    return digest_of(subject, text, scope_of(item), policy_for(session), rules)


def subject_of(item: ItemState) -> Subject:
    """Return which gate a proposal of this item comes to."""
    if item.kind == "tool":
        return "tool"
    return "sql" if item.language == "sql" else "python"


def made_by_python(session: Session, item: ItemState) -> bool:
    """Tell whether code in a kernel asked for this item, which waits for it.

    Such an item belongs to its cell: it begins and ends while that runs, and nobody else goes on
    with it.
    """
    cell = session.item(item.of) if item.of is not None else None
    if cell is None or cell.language != "python":
        return False
    return item.kind == "tool" or (item.kind == "code" and item.language == "sql")


def scope_of(item: ItemState) -> str:
    """Return where an item would act: its source, its tool, or the kernel."""
    return item.source or item.name or ("kernel" if item.language == "python" else "")
