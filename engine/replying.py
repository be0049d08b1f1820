"""What the reply to a command that was granted says."""

from typing import Any

from engine.live_session import LiveSession
from protocol.commands import (
    AnyCommand,
    KernelExecute,
    KernelRestore,
    QueryRun,
    RunStart,
    SessionCreate,
)
from protocol.results import Created, ItemAccepted, RunAccepted, Upto


def result_of(live: LiveSession, command: AnyCommand, names: str, upto: int) -> Any:
    """Return the result; `names` is what the rule made or reached, `upto` where the log ends."""
    match command:
        case SessionCreate():
            return Created(session=live.session, epoch=live.epoch, upto=upto)
        case RunStart():
            return RunAccepted(run=names, upto=upto)  # type: ignore[arg-type]  # the rule names a run
        case KernelExecute() | KernelRestore() | QueryRun():
            return ItemAccepted(item=names, upto=upto)  # type: ignore[arg-type]  # … or an item
        case _:
            return Upto(upto=upto)
