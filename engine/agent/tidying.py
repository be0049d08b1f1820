"""What a run leaves half done when nobody performs it any more, and how far its plan is. Pure."""

from collections.abc import Callable, Mapping

import msgspec

from engine.endings import interrupted
from engine.gates import OPTIONS, digest_of, remembers
from engine.given import Given
from engine.state import ItemState, RunState, Session, scope_of
from protocol.events import (
    AnyEvent,
    ApprovalRequested,
    CheckFinished,
    InputReplied,
    ItemCompleted,
    ItemDelta,
    ItemStarted,
)
from protocol.ids import ApprovalId, CallerId, ItemId
from protocol.items import AnyContent, Plan


def tidy(
    session: Session, partial: Mapping[ItemId, AnyContent], new_id: Callable[[str], str]
) -> tuple[AnyEvent, ...]:
    """Close what was open when the last performer ended, before another goes on.

    Half-written items are interrupted, and so is half of a table: its query only reads, so it runs
    again. Python that had begun may have had effects: it is recorded as interrupted, proposed once
    more, and waits for a person whatever the mode says.
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
        if not item.open or _waits_to_run(item):
            continue
        events.append(interrupted(item, run.run, given))
        if item.busy and item.text is not None:
            events.extend(_proposed_again(run, item, new_id))
    return tuple(events)


def _waits_to_run(item: ItemState) -> bool:
    """Return whether the item is proposed whole and has not had effects."""
    return item.kind == "code" and item.check is not None and not item.busy


def _proposed_again(
    run: RunState, item: ItemState, new_id: Callable[[str], str]
) -> tuple[AnyEvent, ...]:
    again, text = ItemId(new_id("i")), item.text or ""
    scope = scope_of(item)
    return (
        ItemStarted(run=run.run, item=again, kind="code", of=item.item, language=item.language),
        ItemDelta(run=run.run, item=again, text=text),
        CheckFinished(run=run.run, item=again, ok=True, text=text),
        ApprovalRequested(
            run=run.run,
            approval=ApprovalId(new_id("a")),
            item=again,
            subject="python",
            options=OPTIONS["python"],
            digest=digest_of("python", text, scope),
            text=text,
            reason="The server stopped while this ran. It may have had effects; run it again?",
            remembers=remembers("python", scope),
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
    return sum(item.kind == "code" and item.outcome == "ok" for item in run.items.values())
