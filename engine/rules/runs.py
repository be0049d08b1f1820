"""Rules for runs: start, steer, cancel."""

from engine.effects import Halt, Work
from engine.endings import cancelled, dropped, next_run
from engine.given import Given
from engine.rules.decision import Decision
from engine.state import RunState, Session
from protocol.commands import RunCancel, RunStart, RunSteer
from protocol.events import ApprovalResolved, RunQueued, RunStarted, RunSteered
from protocol.ids import RunId
from protocol.refusals import Refused


def start_run(session: Session, command: RunStart, given: Given) -> Decision:
    """Begin; or, while an approval waits, take the text as feedback on it."""
    text = command.text.strip()
    if not text:
        raise Refused("text_empty", "ask something: the text is empty")
    must_be_read(text, given)
    run = session.run
    if run is None:
        return _begun(session, command, text, given)
    if session.approvals:
        return _as_feedback(session, run, text, given)
    match command.when_busy:
        case "reject":
            raise Refused("run_active", f"run {run.run} is still going", retry_after=1.0)
        case "enqueue":
            return _queued(session, command, text, given)
        case "interrupt":
            return _interrupting(session, command, text, given)


def must_be_read(text: str, given: Given) -> None:
    """Refuse a text that nobody would read to its end."""
    if len(text) > given.max_text:
        raise Refused("text_too_long", f"{len(text)} characters; at most {given.max_text} are read")


def _begun(session: Session, command: RunStart, text: str, given: Given) -> Decision:
    run = RunId(given.fresh)
    started = RunStarted(
        run=run,
        text=text,
        by=given.by,
        key=command.key,
        attachments=command.attachments,
        options=command.options,
    )
    return Decision(events=(started,), effects=(Work(run=run),), names=run)


def _queued(session: Session, command: RunStart, text: str, given: Given) -> Decision:
    if len(session.queue) >= given.max_queue:
        raise Refused("queue_full", f"{len(session.queue)} questions wait already", retry_after=5.0)
    run = RunId(given.fresh)
    queued = RunQueued(
        run=run,
        text=text,
        by=given.by,
        key=command.key,
        attachments=command.attachments,
        options=command.options,
    )
    return Decision(events=(queued,), names=run)


def _interrupting(session: Session, command: RunStart, text: str, given: Given) -> Decision:
    assert session.run is not None
    begun = _begun(session, command, text, given)
    return Decision(
        events=(*cancelled(session, given), *begun.events),
        effects=(Halt(run=session.run.run), *begun.effects),
        names=begun.names,
    )


def _as_feedback(session: Session, run: RunState, text: str, given: Given) -> Decision:
    approval = next(iter(session.approvals.values()))
    resolved = ApprovalResolved(
        run=run.run, approval=approval.approval, verdict="feedback", by=given.by, text=text
    )
    return Decision(events=(resolved,), effects=(Work(run=run.run),), names=run.run)


def steer_run(session: Session, command: RunSteer, given: Given) -> Decision:
    """Tell the run something; the next round hears it."""
    run = _going(session, command.run)
    if not command.text.strip():
        raise Refused("text_empty", "say something: the text is empty")
    must_be_read(command.text, given)
    return Decision(events=(RunSteered(run=run.run, text=command.text.strip(), by=given.by),))


def cancel_run(session: Session, command: RunCancel, given: Given) -> Decision:
    """Stop the run; questions that wait on it are answered first. A queued run leaves the queue."""
    if command.run == session.last:
        return Decision(names=command.run)
    if any(run.run == command.run for run in session.queue):
        return Decision(events=(dropped(command.run),), names=command.run)
    run = _going(session, command.run)
    following = next_run(session)
    begun = tuple(Work(run=event.run) for event in following)
    return Decision(
        events=(*cancelled(session, given), *following),
        effects=(Halt(run=run.run), *begun),
        names=run.run,
    )


def _going(session: Session, run: RunId) -> RunState:
    if session.run is None or session.run.run != run:
        raise Refused("unknown_run", f"run {run!r} is not going on in session {session.session!r}")
    return session.run
