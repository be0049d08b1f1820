"""What a run leaves half done when nobody performs it any more, and how far its plan is. Pure."""

from collections.abc import Callable, Mapping

import msgspec

from engine.agent.asking import requested
from engine.endings import interrupted
from engine.gates import digest_of
from engine.given import Given
from engine.state import (
    ItemState,
    RunState,
    Session,
    made_by_python,
    policy_for,
    scope_of,
    subject_of,
)
from protocol.events import (
    AnyEvent,
    ApprovalResolved,
    CheckFinished,
    InputReplied,
    ItemCompleted,
    ItemDelta,
    ItemStarted,
)
from protocol.ids import ApprovalId, CallerId, ItemId
from protocol.items import AnyContent, Plan


def tidy(
    session: Session,
    partial: Mapping[ItemId, AnyContent],
    new_id: Callable[[str], str],
    expires_at: str | None = None,
) -> tuple[AnyEvent, ...]:
    """Close what was open when the last performer ended, before another goes on.

    Half-written items are interrupted, and so is half of a table: its query only reads, so it runs
    again. Python that had begun may have had effects, and so may a tool: it is recorded as
    interrupted, proposed once more, and waits for a person whatever the mode says.
    """
    run = session.run
    if run is None or session.approvals or session.questions:
        return ()
    given = Given(by=session.owner or CallerId(""), partial=partial)
    events: list[AnyEvent] = [
        InputReplied(run=run.run, input=asked.input)
        for asked in session.inputs.values()
        if asked.run is not None
    ]
    for item in reversed(tuple(run.items.values())):
        if not item.open or (_waits_to_run(item) and not made_by_python(session, item)):
            continue
        events.append(interrupted(item, run.run, given))
        if item.busy and item.text is not None:
            events.extend(_proposed_again(session, run, item, new_id, expires_at))
    return tuple(events)


def stranded(session: Session) -> tuple[ApprovalResolved | InputReplied, ...]:
    """Answer what Python asked that is gone: a query's approval, a line. Nobody waits for them."""
    return (
        *(
            ApprovalResolved(run=asked.run, approval=asked.approval, verdict="cancelled")
            for asked in session.approvals.values()
            if (item := session.item(asked.item)) is not None and made_by_python(session, item)
        ),
        *(
            InputReplied(run=asked.run, input=asked.input)
            for asked in session.inputs.values()
            if asked.run is not None
        ),
    )


def _waits_to_run(item: ItemState) -> bool:
    """Return whether the item is proposed whole and has not had effects."""
    return item.kind in ("code", "tool") and item.check is not None and not item.busy


def _proposed_again(
    session: Session,
    run: RunState,
    item: ItemState,
    new_id: Callable[[str], str],
    expires_at: str | None,
) -> tuple[AnyEvent, ...]:
    again, text = ItemId(new_id("i")), item.text or ""
    subject, scope = subject_of(item), scope_of(item)
    rules = item.check.rules if item.check is not None else None
    return (
        ItemStarted(
            run=run.run,
            item=again,
            kind=item.kind,
            of=item.item,
            language=item.language,
            name=item.name,
        ),
        ItemDelta(run=run.run, item=again, text=text),
        CheckFinished(run=run.run, item=again, ok=True, text=text, rules=rules),
        requested(
            run.run,
            ApprovalId(new_id("a")),
            item=again,
            subject=subject,
            text=text,
            scope=scope,
            digest=digest_of(subject, text, scope, policy_for(session), rules),
            reason="The server stopped while this ran. It may have had effects; run it again?",
            expires_at=expires_at,
        ),
    )


def plan_progress(session: Session, *, over: bool) -> ItemCompleted | None:
    """Return the plan with its steps marked as far as the run is, if that says anything new.

    A model does not say which step its code serves, so steps are counted: each piece of work done
    moves the mark by one, and the last step is done when the run is.
    """
    run = session.run
    plans = [item for item in run.items.values() if item.kind == "plan"] if run else []
    if run is None or not plans or not isinstance(plans[-1].content, Plan):
        return None
    plan = plans[-1].content
    done = len(plan.steps) if over else min(_pieces_done(run), len(plan.steps) - 1)
    steps = tuple(
        msgspec.structs.replace(
            step, status="done" if place < done else "active" if place == done else "pending"
        )
        for place, step in enumerate(plan.steps)
    )
    if steps == plan.steps:
        return None
    content = msgspec.structs.replace(plan, steps=steps)
    return ItemCompleted(run=run.run, item=plans[-1].item, content=content)


def _pieces_done(run: RunState) -> int:
    return sum(
        item.kind == "code" and item.outcome == "ok" and not _asked_by_code(run, item)
        for item in run.items.values()
    )


def _asked_by_code(run: RunState, item: ItemState) -> bool:
    cell = run.items.get(item.of) if item.of is not None else None
    return cell is not None and cell.language == "python" and item.language == "sql"
