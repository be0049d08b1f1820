"""What a person is asked, and what becomes of it."""

from protocol.choices import Change, EstimateInfo, Prompted, Remember, Settled, Subject, Verdict
from protocol.events.fact import Event
from protocol.ids import ApprovalId, CallerId, InputId, ItemId, QuestionId, SessionId


class ApprovalRequested(Event, frozen=True, kw_only=True, tag="approval.requested"):
    """The run waits for a person.

    Exactly one `approval.resolved` with this id follows, also when the run is cancelled: a client
    may rely on it to take its card down. `digest` names exactly what would run (text, source,
    policy); `text` is that text. In an inbox `session` says where it waits.
    """

    approval: ApprovalId
    item: ItemId
    subject: Subject
    options: tuple[Verdict, ...] = ("approve", "reject")
    digest: str = ""
    text: str | None = None
    reason: str | None = None
    estimate: EstimateInfo | None = None
    expires_at: str | None = None
    remembers: str | None = None
    session: SessionId | None = None


class ApprovalResolved(Event, frozen=True, kw_only=True, tag="approval.resolved"):
    """The answer, by a person; or `cancelled` or `expired` when nobody gave one.

    After an edit, `digest` names what may run in place of what was asked about.
    """

    approval: ApprovalId
    verdict: Settled
    by: CallerId | None = None
    text: str | None = None
    changed: Change | None = None
    remember: Remember | None = None
    digest: str | None = None
    session: SessionId | None = None


class ApprovalRevoked(Event, frozen=True, kw_only=True, tag="approval.revoked"):
    """What this approval let be remembered holds no more: its gate asks again."""

    approval: ApprovalId
    by: CallerId


class QuestionAsked(Event, frozen=True, kw_only=True, tag="question.asked"):
    """The run asks the person something, and waits."""

    question: QuestionId
    prompts: tuple[Prompted, ...]
    item: ItemId | None = None
    expires_at: str | None = None
    session: SessionId | None = None


class QuestionAnswered(Event, frozen=True, kw_only=True, tag="question.answered"):
    """The answers, a list for each prompt; empty when the run ended without them.

    `expired` when nobody answered in time; then the run is ended.
    """

    question: QuestionId
    answers: tuple[tuple[str, ...], ...] = ()
    by: CallerId | None = None
    expired: bool = False
    session: SessionId | None = None


class InputRequested(Event, frozen=True, kw_only=True, tag="input.requested"):
    """Python's `input()` waits. A `password` must not be shown while it is typed."""

    input: InputId
    prompt: str = ""
    password: bool = False
    item: ItemId | None = None
    expires_at: str | None = None


class InputReplied(Event, frozen=True, kw_only=True, tag="input.replied"):
    """The input was given, or its cell is over. What was typed is not told.

    `expired` when nobody gave it in time; then the cell is stopped, and the run that it is of.
    """

    input: InputId
    by: CallerId | None = None
    expired: bool = False
