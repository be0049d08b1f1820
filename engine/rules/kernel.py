"""Rules for a person's own Python and SQL."""

from engine.effects import EndKernel, InterruptKernel, ResetKernel, RunCode, RunQuery, StopItem
from engine.given import Given
from engine.kept import RESTORE
from engine.rules.decision import Decision
from engine.state import Session
from protocol.commands import (
    KernelExecute,
    KernelInterrupt,
    KernelReset,
    KernelRestart,
    KernelRestore,
    QueryCancel,
    QueryRun,
)
from protocol.events import CheckFinished, ItemDelta, ItemStarted, KernelRestarted
from protocol.ids import ItemId
from protocol.refusals import Refused


def execute(session: Session, command: KernelExecute, given: Given) -> Decision:
    """Run a person's own Python, beside any run."""
    if not command.code.strip():
        raise Refused("text_empty", "there is no code")
    item = ItemId(given.fresh)
    started = ItemStarted(item=item, kind="code", language="python")
    shown = ItemDelta(item=item, text=command.code)
    effect = RunCode(item=item, code=command.code)
    return Decision(events=(started, shown), effects=(effect,), names=item)


def interrupt_kernel(session: Session, command: KernelInterrupt, given: Given) -> Decision:
    """Stop what the kernel does, if it does anything."""
    # A cell of a person's own may still wait for its kernel to start.
    own = any(item.language == "python" for item in session.free.values())
    items = session.run.items.values() if session.run is not None else ()
    if not own and not any(item.busy and item.language == "python" for item in items):
        raise Refused("kernel_idle", "no code is running that could be stopped")
    return Decision(effects=(InterruptKernel(),))


def reset_kernel(session: Session, command: KernelReset, given: Given) -> Decision:
    """Forget the variables."""
    restarted = KernelRestarted(by=given.by, reason="reset")
    return Decision(events=(restarted,), effects=(ResetKernel(),))


def restart_kernel(session: Session, command: KernelRestart, given: Given) -> Decision:
    """End the kernel; the next code starts another."""
    restarted = KernelRestarted(by=given.by, reason="restart")
    return Decision(events=(restarted,), effects=(EndKernel(),))


def restore_kernel(session: Session, command: KernelRestore, given: Given) -> Decision:
    """Bring variables back: an empty kernel, and in it the cells that worked, all in one."""
    if not given.kept_code:
        raise Refused("text_empty", "there are no cells that could be run again")
    item = ItemId(given.fresh)
    emptied = KernelRestarted(by=given.by, reason=RESTORE)
    started = ItemStarted(item=item, kind="code", language="python", title="Cells run again")
    shown = ItemDelta(item=item, text=given.kept_code)
    effects = (ResetKernel(), RunCode(item=item, code=given.kept_code))
    return Decision(events=(emptied, started, shown), effects=effects, names=item)


def run_query(session: Session, command: QueryRun, given: Given) -> Decision:
    """Run a person's own SQL, which the guard has allowed."""
    checked = given.checked
    if checked is None or not checked.ok:
        found = checked.findings if checked is not None else ()
        words = "; ".join(finding.message for finding in found) or "it could not be checked"
        raise Refused("guard_refused", words)
    item = ItemId(given.fresh)
    started = ItemStarted(item=item, kind="code", language="sql", source=command.source)
    finished = CheckFinished(
        item=item, ok=True, findings=checked.findings, sql=checked.sql, text=command.sql
    )
    query = RunQuery(item=item, source=command.source, sql=command.sql, max_rows=command.max_rows)
    return Decision(events=(started, finished), effects=(query,), names=item)


def cancel_query(session: Session, command: QueryCancel, given: Given) -> Decision:
    """Stop a query of one's own; its item then says so."""
    if command.item not in session.free:
        raise Refused("unknown_item", f"no query {command.item!r} is running")
    return Decision(effects=(StopItem(item=command.item),))
