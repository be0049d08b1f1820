"""Asking a person: what a request says, and for how long it waits."""

from engine.clock import Clock
from engine.gates import OPTIONS, remembers
from engine.state import Session
from engine.world import Bounds
from protocol.events import ApprovalRequested, EstimateInfo, Subject
from protocol.ids import ApprovalId, ItemId, RunId


def requested(
    run: RunId,
    approval: ApprovalId,
    *,
    item: ItemId,
    subject: Subject,
    text: str,
    scope: str,
    digest: str,
    reason: str | None = None,
    estimate: EstimateInfo | None = None,
    expires_at: str | None = None,
    remember: bool = True,
) -> ApprovalRequested:
    """Return the request for a step. With `remember`, it says what a person may allow for later."""
    return ApprovalRequested(
        run=run,
        approval=approval,
        item=item,
        subject=subject,
        options=OPTIONS[subject],
        digest=digest,
        text=text,
        reason=reason,
        estimate=estimate,
        expires_at=expires_at,
        remembers=remembers(subject, scope) if remember else None,
    )


def expiry(session: Session, bounds: Bounds, clock: Clock) -> str | None:
    """Return when what a person is asked now expires: as the session says, else the server."""
    own = session.gates.approval_seconds if session.gates is not None else None
    seconds = bounds.approval_seconds if own is None else own
    return clock.after(seconds) if seconds is not None and seconds > 0 else None
