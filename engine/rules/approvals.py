"""Rules for what a person is asked: approvals, questions, Python's input."""

import difflib

from engine.effects import Feed, Work
from engine.gates import digest_of
from engine.given import Given
from engine.plans import plan_text
from engine.ports import Checked
from engine.rules.decision import Decision
from engine.state import Session, Settlement, policy_for, scope_of
from protocol.commands import ApprovalResolve, ApprovalRevoke, InputReply, QuestionAnswer
from protocol.events import (
    AnyEvent,
    ApprovalRequested,
    ApprovalResolved,
    ApprovalRevoked,
    Change,
    CheckFinished,
    InputReplied,
    ItemCompleted,
    QuestionAnswered,
    Remember,
)
from protocol.items import Plan
from protocol.refusals import Refused


def resolve_approval(session: Session, command: ApprovalResolve, given: Given) -> Decision:
    """Answer a gate: once, with a verdict that was offered, for exactly what was shown."""
    request = session.approvals.get(command.approval)
    if request is None:
        settled = session.settled.get(command.approval)
        if settled is not None:
            raise Refused("approval_settled", told(settled))
        raise Refused("unknown_approval", f"no approval {command.approval!r} waits here")
    if command.verdict not in request.options:
        offered = ", ".join(request.options)
        raise Refused("verdict_not_offered", f"{command.verdict!r} is not among {offered}")
    if command.digest is not None and command.digest != request.digest:
        raise Refused("digest_changed", "what would run is not what you saw; look again")
    if command.verdict == "feedback" and not (command.text or "").strip():
        raise Refused("text_empty", "say what should be different")
    changed, extra = _edited(session, request, command, given.checked)
    resolved = ApprovalResolved(
        run=request.run,
        approval=request.approval,
        verdict=command.verdict,
        by=given.by,
        text=command.text,
        changed=changed,
        remember=_remembered(request, command),
        digest=_digest(session, request, changed, given.checked),
    )
    effects = (Work(run=request.run),) if request.run is not None else ()
    return Decision(events=(resolved, *extra), effects=effects, names=request.approval)


def _remembered(request: ApprovalRequested, command: ApprovalResolve) -> Remember | None:
    """Return what is kept of a wish to remember: only a yes can be, where that was offered."""
    yes = command.verdict in ("approve", "edit") and request.remembers is not None
    return command.remember if yes and command.remember != "once" else None


def _digest(
    session: Session, request: ApprovalRequested, changed: Change | None, checked: Checked | None
) -> str | None:
    """Return what an edit lets run: the changed text, as the guard has judged it just now."""
    item = session.item(request.item)
    if changed is None or item is None or request.subject == "error":
        return None
    rules = checked.rules if checked is not None else ""
    return digest_of(request.subject, changed.after, scope_of(item), policy_for(session), rules)


def told(settled: Settlement) -> str:
    """Say in words who was quicker, and how it was settled."""
    match settled.verdict:
        case "expired":
            return "nobody answered in time: this has expired"
        case "cancelled":
            who = f" by {settled.by}" if settled.by is not None else ""
            return f"this was taken back{who}: its run is over"
        case None:
            return f"{settled.by or 'the end of the run'} has answered this already"
        case verdict:
            return f"{settled.by or 'somebody'} has answered this already: {verdict}"


def revoke_approval(session: Session, command: ApprovalRevoke, given: Given) -> Decision:
    """Take back what an approval let be remembered: from the next step on it is asked again."""
    kept = session.remembered.get(command.approval)
    if kept is not None:
        # Somebody may have allowed the same twice: taken back, it is asked about again.
        same = [approval for approval, other in session.remembered.items() if other == kept]
        events = tuple(ApprovalRevoked(approval=approval, by=given.by) for approval in same)
        return Decision(events=events, names=command.approval)
    if command.approval in session.settled or command.approval in session.approvals:
        return Decision(names=command.approval)
    raise Refused("unknown_approval", f"there was no approval {command.approval!r} here")


def _edited(
    session: Session, request: ApprovalRequested, command: ApprovalResolve, checked: Checked | None
) -> tuple[Change | None, tuple[AnyEvent, ...]]:
    """Return the edit as a change, and what must be said of the changed step."""
    if command.verdict != "edit":
        return None, ()
    item = session.item(request.item)
    if request.subject == "plan":
        if not command.plan:
            raise Refused("edit_missing", "an edit of a plan needs 'plan': its steps")
        old = item.content if item is not None else None
        reading = old.reading if isinstance(old, Plan) else ()
        new = Plan(steps=command.plan, reading=reading)
        completed = ItemCompleted(run=request.run, item=request.item, content=new)
        return change(request.text or "", plan_text(new)), (completed,)
    if command.code is None or not command.code.strip():
        raise Refused("edit_missing", "an edit needs 'code': the text that shall run")
    if checked is None or not checked.ok:
        found = checked.findings if checked is not None else ()
        words = "; ".join(finding.message for finding in found) or "it could not be checked"
        raise Refused("edit_refused", words)
    edit = change(request.text or "", command.code)
    if request.subject == "error":
        return edit, ()
    finished = CheckFinished(
        run=request.run,
        item=request.item,
        ok=True,
        findings=checked.findings,
        sql=checked.sql or None,
        text=command.code,
        explanation=item.check.explanation if item is not None and item.check else None,
        rules=checked.rules or None,
    )
    return edit, (finished,)


def change(before: str, after: str) -> Change:
    """Return an edit with its unified diff."""
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), "proposed", "edited", lineterm=""
    )
    return Change(before=before, after=after, diff="\n".join(lines))


def answer_question(session: Session, command: QuestionAnswer, given: Given) -> Decision:
    """Answer what the run asked: for each prompt a list of texts."""
    asked = session.questions.get(command.question)
    if asked is None:
        settled = session.settled.get(command.question)
        if settled is not None:
            raise Refused("approval_settled", told(settled))
        raise Refused("unknown_question", f"no question {command.question!r} waits here")
    if len(command.answers) != len(asked.prompts):
        raise Refused(
            "answers_mismatch",
            f"{len(asked.prompts)} prompts were asked, {len(command.answers)} answers came",
        )
    answered = QuestionAnswered(
        run=asked.run, question=asked.question, answers=command.answers, by=given.by
    )
    effects = (Work(run=asked.run),) if asked.run is not None else ()
    return Decision(events=(answered,), effects=effects)


def reply_input(session: Session, command: InputReply, given: Given) -> Decision:
    """Give Python its line. The text goes to the kernel and nowhere else."""
    asked = session.inputs.get(command.input)
    if asked is None:
        raise Refused("unknown_input", f"no input {command.input!r} waits here")
    replied = InputReplied(run=asked.run, input=asked.input, by=given.by)
    return Decision(events=(replied,), effects=(Feed(input=asked.input, text=command.text),))
