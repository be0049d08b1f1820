"""What a command gives when it is granted: the `result` of its reply."""

from typing import Any, Final, Literal

from protocol.commands import (
    ApprovalResolve,
    ApprovalRevoke,
    Command,
    InputReply,
    KernelComplete,
    KernelExecute,
    KernelInspect,
    KernelInterrupt,
    KernelReset,
    KernelRestart,
    KernelRestore,
    QueryCancel,
    QueryRun,
    QuestionAnswer,
    RunCancel,
    RunStart,
    RunSteer,
    SessionArchive,
    SessionCreate,
    SessionDelete,
    SessionFollow,
    SessionUnfollow,
    SessionUpdate,
)
from protocol.ids import Epoch, ItemId, RunId, SessionId
from protocol.items import Column, Part


class Created(Part, frozen=True, kw_only=True):
    """The new session and where its log stands."""

    session: SessionId
    epoch: Epoch
    upto: int


class Upto(Part, frozen=True, kw_only=True):
    """Done; its events stand at or before this position."""

    upto: int


class Followed(Part, frozen=True, kw_only=True):
    """Pages follow. Not `recovered`: the position could not be served, a snapshot comes first."""

    epoch: Epoch
    recovered: bool
    upto: int


class RunAccepted(Part, frozen=True, kw_only=True):
    """The run that was started or queued; or the one that got this text as feedback."""

    run: RunId
    upto: int


class ItemAccepted(Part, frozen=True, kw_only=True):
    """The item in which the work shows."""

    item: ItemId
    upto: int


class VariableSeen(Part, frozen=True, kw_only=True):
    """A name in the kernel. `size` is in bytes where it is known."""

    name: str
    type: str
    preview: str = ""
    size: int | None = None


class FrameSeen(Part, frozen=True, kw_only=True):
    """A data frame in the kernel."""

    name: str
    rows: int
    columns: tuple[Column, ...] = ()


class KernelSeen(Part, frozen=True, kw_only=True):
    """What the kernel holds. Variables are missing while it is busy.

    In the state `none` they say what it held when it was ended for idleness. `cells` counts what
    `kernel.restore` would run again.
    """

    state: Literal["none", "starting", "idle", "busy", "dead"]
    isolation: str = ""
    variables: tuple[VariableSeen, ...] = ()
    dataframes: tuple[FrameSeen, ...] = ()
    imports: tuple[str, ...] = ()
    environment: str = ""
    cells: int = 0


class KernelCompleted(Part, frozen=True, kw_only=True):
    """What could stand in place of the code from `start` to `end`."""

    matches: tuple[str, ...] = ()
    start: int = 0
    end: int = 0


class Unfollowed(Part, frozen=True, kw_only=True):
    """No more pages of that session on this connection."""

    upto: int = 0


AnyResult = (
    Created
    | Upto
    | Followed
    | RunAccepted
    | ItemAccepted
    | KernelSeen
    | KernelCompleted
    | Unfollowed
)

RESULTS: Final[dict[type[Command], type[Any]]] = {
    SessionCreate: Created,
    SessionUpdate: Upto,
    SessionArchive: Upto,
    SessionDelete: Upto,
    SessionFollow: Followed,
    SessionUnfollow: Unfollowed,
    RunStart: RunAccepted,
    RunSteer: Upto,
    RunCancel: Upto,
    ApprovalResolve: Upto,
    ApprovalRevoke: Upto,
    QuestionAnswer: Upto,
    InputReply: Upto,
    KernelExecute: ItemAccepted,
    KernelInterrupt: Upto,
    KernelReset: Upto,
    KernelRestart: Upto,
    KernelInspect: KernelSeen,
    KernelComplete: KernelCompleted,
    KernelRestore: ItemAccepted,
    QueryRun: ItemAccepted,
    QueryCancel: Upto,
}
