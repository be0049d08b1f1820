"""What a run does next, read off its state. Pure.

A run has no program counter of its own: whoever holds the session asks here what comes next, does
it, and records it. So a run goes on after a restart, after an approval, on another machine, by the
same code that drives it live.
"""

import msgspec

from engine.gates import Granted, Policy, rule_for
from engine.plans import plan_text
from engine.state import (
    ItemState,
    RunState,
    Session,
    digest_for,
    made_by_python,
    policy_for,
    scope_of,
    subject_of,
)
from protocol.events import GateRule, RunOutcome, Subject
from protocol.ids import ItemId
from protocol.items import Answer, ErrorInfo, Plan


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to do."""


class Rest(Step, frozen=True, kw_only=True):
    """Nothing: the run is over, or a person has the word."""


class Think(Step, frozen=True, kw_only=True):
    """Ask the model for the next round."""

    round: int


class CloseRound(Step, frozen=True, kw_only=True):
    """Everything of this round is done."""


class Ask(Step, frozen=True, kw_only=True):
    """Wait for a person before this item goes on; `again` if what got a yes is not this."""

    item: ItemId
    subject: Subject
    text: str
    scope: str
    digest: str
    again: bool = False


class Execute(Step, frozen=True, kw_only=True):
    """Run what the item proposes. `approved` says that a person said yes to exactly this."""

    item: ItemId
    approved: bool = False


class Skip(Step, frozen=True, kw_only=True):
    """Complete the item without running it."""

    item: ItemId
    why: str


class Refuse(Step, frozen=True, kw_only=True):
    """Complete the item as refused by the guard."""

    item: ItemId


class Again(Step, frozen=True, kw_only=True):
    """Propose a failed item once more, as it was or as a person changed it."""

    item: ItemId
    text: str


class Finish(Step, frozen=True, kw_only=True):
    """The run is over."""

    outcome: RunOutcome
    answer: str | None = None
    error: ErrorInfo | None = None


def next_step(
    session: Session,
    max_rounds: int,
    always: frozenset[Granted] = frozenset(),
    max_tokens: int | None = None,
) -> Step:
    """Return what the run does next. `always` is what its owner has allowed in every session."""
    run = session.run
    if run is None or session.activity != "working":
        return Rest()
    gates = _Gates(session, always)
    # Plans first, wherever the model put them: nobody is asked about a plan that is being followed.
    for item in sorted(_of_round(run), key=lambda item: item.kind != "plan"):
        step = _step_of(gates, item)
        if step is not None:
            return step
    return _after_items(session, run, max_rounds, max_tokens)


def step_for(session: Session, item: ItemId, always: frozenset[Granted]) -> Step | None:
    """Return what one item that code waits for needs next, apart from its run."""
    found = session.item(item)
    return None if found is None else _of_proposal(_Gates(session, always), found)


class _Gates:
    """The gates of a run as they stand now."""

    def __init__(self, session: Session, always: frozenset[Granted]) -> None:
        self.session = session
        self._policy: Policy = policy_for(session)
        self._granted = session.granted | always

    def rule(self, subject: Subject, item: ItemState) -> GateRule:
        """Return what holds for an item at one of its gates."""
        return rule_for(self._policy, subject, scope_of(item), self._granted)

    def digest(self, subject: Subject, item: ItemState, text: str) -> str:
        """Return what a yes would have to be for."""
        return digest_for(self.session, subject, item, text)

    def others(self, item: ItemState) -> list[ItemState]:
        """Return the other items of the round."""
        assert self.session.run is not None
        return [other for other in _of_round(self.session.run) if other.item != item.item]

    def ask(self, subject: Subject, item: ItemState, text: str) -> Ask:
        """Ask a person; about the same item once more if its yes was for something else."""
        return Ask(
            item=item.item,
            subject=subject,
            text=text,
            scope=scope_of(item),
            digest=self.digest(subject, item, text),
            again=subject in item.asked,
        )


def _of_round(run: RunState) -> list[ItemState]:
    return [item for item in run.items.values() if item.round == run.round]


def _after_items(session: Session, run: RunState, max_rounds: int, max_tokens: int | None) -> Step:
    answer = _answer_of(run)
    if answer is not None:
        return Finish(outcome="answered", answer=answer)
    if run.in_round:
        return CloseRound()
    if run.round >= (run.options.max_rounds or max_rounds):
        message = f"no answer after {run.round} rounds"
        hint = "Ask for less at once, or allow more rounds."
        return Finish(
            outcome="exhausted",
            error=ErrorInfo(code="rounds_exhausted", message=message, hint=hint),
        )
    bounds = [most for most in (run.options.max_tokens, max_tokens) if most is not None]
    spent = run.usage.input_tokens + run.usage.output_tokens
    if bounds and spent >= min(bounds):
        return Finish(
            outcome="exhausted",
            error=ErrorInfo(
                code="tokens_exhausted",
                message=f"no answer after {spent} tokens",
                hint="Ask for less at once, or allow more tokens.",
            ),
        )
    return Think(round=run.round + 1)


def _answer_of(run: RunState) -> str | None:
    for item in reversed(_of_round(run)):
        accepted = not item.asked or item.verdict == "approve"
        if isinstance(item.content, Answer) and item.outcome == "ok" and accepted:
            return item.content.text
    return None


def _step_of(gates: _Gates, item: ItemState) -> Step | None:
    if made_by_python(gates.session, item):
        # Its cell goes on with it, and tells code of a failure; but who says no means the run.
        return _ended(item) if not item.open and item.verdict in ("reject", "expired") else None
    match item.kind:
        case "plan":
            return _of_plan(gates, item)
        case "code" | "tool" if item.open:
            return _of_proposal(gates, item)
        case "code" | "tool":
            return _of_failed(gates, item)
        case "answer":
            return _of_answer(gates, item)
        case _:
            return None


def _of_plan(gates: _Gates, item: ItemState) -> Step | None:
    if not isinstance(item.content, Plan):
        return None
    if item.verdict in ("reject", "expired"):
        return _ended(item)
    # What follows a plan is its work: once that has begun, the plan is no longer a question.
    if item.verdict == "feedback" or any(_begun(other) for other in gates.others(item)):
        return None
    return _unless_approved(gates, "plan", item, plan_text(item.content))


def _begun(item: ItemState) -> bool:
    return item.kind in ("code", "tool") and bool(item.busy or item.asked or not item.open)


def _unless_approved(gates: _Gates, subject: Subject, item: ItemState, text: str) -> Ask | None:
    """Ask, where a gate is shut and a person has not said yes to just this."""
    if gates.rule(subject, item) != "ask":
        return None
    if item.approved == gates.digest(subject, item, text):
        return None
    return gates.ask(subject, item, text)


def _of_proposal(gates: _Gates, item: ItemState) -> Step | None:
    """Code, or a call of a tool, is proposed and has not run."""
    if item.check is None or item.text is None:
        return None
    if _told_otherwise(gates, item):
        return Skip(item=item.item, why="the plan is to be changed first")
    if not item.check.ok:
        return Refuse(item=item.item)
    match item.verdict:
        case "reject":
            return Skip(item=item.item, why=item.remark or "rejected")
        case "expired":
            return Skip(item=item.item, why="nobody answered in time")
        case "skip" | "feedback":
            return Skip(item=item.item, why=item.remark or "skipped")
        case _:
            return _of_checked(gates, item, item.text)


def _of_checked(gates: _Gates, item: ItemState, text: str) -> Step:
    subject = subject_of(item)
    rule = gates.rule(subject, item)
    if rule == "never":
        return Skip(item=item.item, why="this session only writes code, it does not run it")
    if item.approved == gates.digest(subject, item, text):
        return Execute(item=item.item, approved=True)
    # What was asked about once needs its yes, whatever the rule has become: a changed text too.
    if rule == "ask" or item.asked:
        return gates.ask(subject, item, text)
    return Execute(item=item.item)


def _told_otherwise(gates: _Gates, item: ItemState) -> bool:
    """Return whether a plan of this round is to be changed, so that its code must not run."""
    return any(
        plan.kind == "plan" and plan.verdict in ("feedback", "reject", "expired")
        for plan in gates.others(item)
    )


def _of_failed(gates: _Gates, item: ItemState) -> Step | None:
    """A proposal is completed: a rejected one ends the run, a failed one may be asked about."""
    if item.verdict in ("reject", "expired"):
        return _ended(item)
    if item.outcome != "failed" or item.text is None:
        return None
    if "error" not in item.asked:
        asks = gates.rule("error", item) == "ask"
        return gates.ask("error", item, item.text) if asks else None
    if item.verdict in ("retry", "edit") and not _tried_again(gates, item):
        return Again(item=item.item, text=item.edited or item.text)
    return None


def _tried_again(gates: _Gates, item: ItemState) -> bool:
    # A query that Python made is `of` that Python too, and is no second try.
    return any(
        other.of == item.item and (other.kind, other.language) == (item.kind, item.language)
        for other in gates.others(item)
    )


def _of_answer(gates: _Gates, item: ItemState) -> Step | None:
    if item.open or not isinstance(item.content, Answer) or item.outcome != "ok":
        return None
    if item.verdict in ("reject", "expired"):
        return _ended(item)
    if item.verdict == "feedback":
        return None
    return _unless_approved(gates, "answer", item, item.content.text)


def _ended(item: ItemState) -> Finish:
    """End the run: a person said no, or nobody said anything in time."""
    error = ErrorInfo(code="rejected", message=item.remark or "A person said no.")
    if item.verdict == "expired":
        error = ErrorInfo(
            code="approval_expired",
            message="Nobody answered in time, so the run was ended.",
            hint="Ask again; how long an approval waits is set by 'approval_seconds'.",
        )
    return Finish(outcome="rejected", error=error)
