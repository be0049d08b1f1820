"""Who decided what, and when: what `GET /api/v1/audit` tells."""

from typing import Literal

import msgspec

from protocol.choices import Gates, Mode, Remember, Settled, Subject
from protocol.ids import ApprovalId, CallerId, ItemId, RunId, SessionId

What = Literal["verdict", "revoked", "mode"]


class Decided(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One decision. Of a verdict: what was asked about, when, and what was said of it.

    `by` is missing where nobody decided: the approval expired, or its run ended. `digest` names
    what was approved, after an edit what it was changed to; `scope` where it acts. A mode with a
    `run` holds for that run alone.
    """

    session: SessionId
    seq: int
    at: str
    what: What
    by: CallerId | None = None
    run: RunId | None = None
    approval: ApprovalId | None = None
    item: ItemId | None = None
    subject: Subject | None = None
    scope: str | None = None
    verdict: Settled | None = None
    asked_at: str | None = None
    expires_at: str | None = None
    digest: str | None = None
    text: str | None = None
    remark: str | None = None
    diff: str | None = None
    remember: Remember | None = None
    mode: Mode | None = None
    gates: Gates | None = None


class Audited(msgspec.Struct, frozen=True, kw_only=True):
    """Some decisions, each session's in their order. `next`, if any, is where to go on."""

    items: list[Decided]
    next: str | None = None
