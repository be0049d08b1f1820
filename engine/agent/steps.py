"""What a run does next, read off its state. Pure.

A run has no program counter of its own: whoever holds the session asks here what comes next, does
it, and records it. So a run goes on after a restart, after an approval, on another machine, by the
same code that drives it live.
"""

import msgspec

from engine.gates import Granted, Policy, digest_of, policy_of, rule_for
from engine.plans import plan_text
from engine.state import ItemState, RunState, Session, scope_of
from protocol.events import RunOutcome, Subject
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
    """Wait for a person before this item goes on."""

    item: ItemId
    subject: Subject
    text: str
    scope: str
    digest: str


class Execute(Step, frozen=True, kw_only=True):
    """Run the item's code. `digest` is what was approved, None where no gate is shut."""

    item: ItemId
    digest: str | None = None


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


def policy_for(session: Session) -> Policy:
    """Return what holds for the run that goes on."""
    mode = session.run.options.mode if session.run is not None else None
    return policy_of(mode or session.mode, session.gates)


def next_step(session: Session, max_rounds: int, always: frozenset[Granted] = frozenset()) -> Step:
    """Return what the run does next. `always` is what its owner has allowed in every session."""
    run = session.run
    session = msgspec.structs.replace(session, granted=session.granted | always)
    if run is None or session.activity != "working":
        return Rest()
    policy = policy_for(session)
    for item in _of_round(run):
        step = _step_of(session, policy, item)
        if step is not None:
            return step
    return _after_items(session, run, max_rounds)


def _of_round(run: RunState) -> list[ItemState]:
    return [item for item in run.items.values() if item.round == run.round]


def _after_items(session: Session, run: RunState, max_rounds: int) -> Step:
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
    return Think(round=run.round + 1)


def _answer_of(run: RunState) -> str | None:
    for item in reversed(_of_round(run)):
        accepted = not item.asked or item.verdict == "approve"
        if isinstance(item.content, Answer) and item.outcome == "ok" and accepted:
            return item.content.text
    return None


def _step_of(session: Session, policy: Policy, item: ItemState) -> Step | None:
    match item.kind:
        case "plan":
            return _of_plan(session, policy, item)
        case "code" if item.open:
            return _of_code(session, policy, item)
        case "code":
            return _of_failed(session, policy, item)
        case "answer":
            return _of_answer(session, policy, item)
        case _:
            return None


def _of_plan(session: Session, policy: Policy, item: ItemState) -> Step | None:
    if not isinstance(item.content, Plan):
        return None
    if item.verdict == "reject":
        return _rejected(item)
    rule = rule_for(policy, "plan", scope_of(item), session.granted)
    if rule == "ask" and not item.asked:
        return _ask(item, "plan", plan_text(item.content))
    return None


def _of_code(session: Session, policy: Policy, item: ItemState) -> Step | None:
    if item.check is None or item.text is None:
        return None
    if _told_otherwise(session, item):
        return Skip(item=item.item, why="the plan is to be changed first")
    if not item.check.ok:
        return Refuse(item=item.item)
    subject: Subject = "sql" if item.language == "sql" else "python"
    digest = digest_of(subject, item.text, scope_of(item))
    match item.verdict:
        case "reject":
            return Skip(item=item.item, why=item.remark or "rejected")
        case "skip" | "feedback":
            return Skip(item=item.item, why=item.remark or "skipped")
        case _:
            pass
    rule = rule_for(policy, subject, scope_of(item), session.granted)
    if rule == "never":
        return Skip(item=item.item, why="this session only writes code, it does not run it")
    if item.approved == digest:
        return Execute(item=item.item, digest=digest)
    # What was asked about once needs its yes, whatever the rule has become: a changed text too.
    if rule == "ask" or item.asked:
        return _ask(item, subject, item.text)
    return Execute(item=item.item)


def _told_otherwise(session: Session, item: ItemState) -> bool:
    """Return whether a plan of this round is to be changed, so that its code must not run."""
    assert session.run is not None
    return any(
        plan.kind == "plan" and plan.verdict in ("feedback", "reject")
        for plan in _of_round(session.run)
    )


def _of_failed(session: Session, policy: Policy, item: ItemState) -> Step | None:
    """A code item is completed: a rejected one ends the run, a failed one may be asked about."""
    if item.verdict == "reject":
        return _rejected(item)
    if item.outcome != "failed" or item.text is None:
        return None
    if "error" not in item.asked:
        rule = rule_for(policy, "error", scope_of(item), session.granted)
        return _ask(item, "error", item.text) if rule == "ask" else None
    if item.verdict in ("retry", "edit") and not _tried_again(session, item):
        return Again(item=item.item, text=item.edited or item.text)
    return None


def _tried_again(session: Session, item: ItemState) -> bool:
    assert session.run is not None
    return any(
        other.kind == "code" and other.of == item.item for other in session.run.items.values()
    )


def _of_answer(session: Session, policy: Policy, item: ItemState) -> Step | None:
    if item.open or not isinstance(item.content, Answer) or item.outcome != "ok":
        return None
    if item.verdict == "reject":
        return _rejected(item)
    rule = rule_for(policy, "answer", scope_of(item), session.granted)
    if rule == "ask" and not item.asked:
        return _ask(item, "answer", item.content.text)
    return None


def _ask(item: ItemState, subject: Subject, text: str) -> Ask:
    scope = scope_of(item)
    return Ask(
        item=item.item,
        subject=subject,
        text=text,
        scope=scope,
        digest=digest_of(subject, text, scope),
    )


def _rejected(item: ItemState) -> Finish:
    message = item.remark or "A person said no."
    return Finish(outcome="rejected", error=ErrorInfo(code="rejected", message=message))
