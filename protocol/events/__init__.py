"""What happened. Events are facts in the past tense; a record is an event with its place.

An event is never edited and never withdrawn; a later event says otherwise. New fields must have
defaults, so that an old log still decodes. To add an event: a struct here, its name in `AnyEvent`,
a row in `engine.session`, a test.
"""

import msgspec

from protocol.choices import Activity as Activity
from protocol.choices import Attachment as Attachment
from protocol.choices import Change as Change
from protocol.choices import DataPolicy as DataPolicy
from protocol.choices import EstimateInfo as EstimateInfo
from protocol.choices import GateRule as GateRule
from protocol.choices import Gates as Gates
from protocol.choices import ItemOutcome as ItemOutcome
from protocol.choices import KernelHome as KernelHome
from protocol.choices import Labels as Labels
from protocol.choices import Mode as Mode
from protocol.choices import Prompted as Prompted
from protocol.choices import Remember as Remember
from protocol.choices import RunOptions as RunOptions
from protocol.choices import RunOutcome as RunOutcome
from protocol.choices import SessionStatus as SessionStatus
from protocol.choices import Settled as Settled
from protocol.choices import Subject as Subject
from protocol.choices import Usage as Usage
from protocol.choices import Verdict as Verdict
from protocol.events.fact import Event as Event
from protocol.events.items import ArtifactCreated as ArtifactCreated
from protocol.events.items import CheckFinished as CheckFinished
from protocol.events.items import CodeStarted as CodeStarted
from protocol.events.items import ItemCompleted as ItemCompleted
from protocol.events.items import ItemDelta as ItemDelta
from protocol.events.items import ItemStarted as ItemStarted
from protocol.events.items import ToolCalled as ToolCalled
from protocol.events.machines import KernelBusy as KernelBusy
from protocol.events.machines import KernelDied as KernelDied
from protocol.events.machines import KernelIdle as KernelIdle
from protocol.events.machines import KernelMoved as KernelMoved
from protocol.events.machines import KernelRestarted as KernelRestarted
from protocol.events.machines import KernelStarted as KernelStarted
from protocol.events.machines import ModelAsked as ModelAsked
from protocol.events.machines import UsageCounted as UsageCounted
from protocol.events.people import ApprovalRequested as ApprovalRequested
from protocol.events.people import ApprovalResolved as ApprovalResolved
from protocol.events.people import ApprovalRevoked as ApprovalRevoked
from protocol.events.people import InputReplied as InputReplied
from protocol.events.people import InputRequested as InputRequested
from protocol.events.people import QuestionAnswered as QuestionAnswered
from protocol.events.people import QuestionAsked as QuestionAsked
from protocol.events.runs import RoundFinished as RoundFinished
from protocol.events.runs import RoundStarted as RoundStarted
from protocol.events.runs import RunFinished as RunFinished
from protocol.events.runs import RunQueued as RunQueued
from protocol.events.runs import RunStarted as RunStarted
from protocol.events.runs import RunSteered as RunSteered
from protocol.events.sessions import SessionArchived as SessionArchived
from protocol.events.sessions import SessionCreated as SessionCreated
from protocol.events.sessions import SessionDeleted as SessionDeleted
from protocol.events.sessions import SessionUpdated as SessionUpdated

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
KernelEvent = KernelStarted | KernelBusy | KernelIdle | KernelDied | KernelRestarted | KernelMoved
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
