"""The fold of a log into moments: what DSAgent's clients are told of, in their order.

A model's reply is theirs as a whole, ours item by item: it is told when the first thing is done
with it (a gate, code that begins to run, the end of the round). Nothing is taken from deltas that a
finished item may have lost, so a replay says what the live stream said.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from gateway.dialects.dsagent.composing import execution_of, plan_of
from gateway.dialects.dsagent.moments import (
    AnyMoment,
    Executed,
    Executing,
    Over,
    Settling,
    Thinking,
    ToolCalling,
    ToolEnded,
    Waiting,
)
from gateway.dialects.dsagent.replying import Said, planned, reply, round_over
from gateway.dialects.dsagent.requests import request_of
from gateway.dialects.dsagent.state import Piece, Round, State, makes_result
from protocol.events import (
    ApprovalRequested,
    ApprovalResolved,
    CheckFinished,
    CodeStarted,
    InputReplied,
    InputRequested,
    ItemCompleted,
    ItemDelta,
    ItemStarted,
    KernelBusy,
    QuestionAnswered,
    QuestionAsked,
    Record,
    RoundFinished,
    RoundStarted,
    RunFinished,
    RunStarted,
    UnknownEvent,
)
from protocol.ids import ItemId, ResultId, RunId
from protocol.items import Cell, Code, Plan, Table, Thought, Tool

PROCESSING: Final = "Processing..."
_Fold = Callable[[State, Any, str], Said]


def say(state: State, record: Record) -> Said:
    """Fold one record: the state after it, and what is to be told."""
    event = record.event
    if isinstance(event, UnknownEvent) or state.over:
        return state, ()
    if state.only is not None and event.run != state.only:
        return state, ()
    fold = _FOLDS.get(type(event))
    return (state, ()) if fold is None else fold(state, event, record.at)


def last_words(state: State) -> tuple[AnyMoment, ...]:
    """Close what is open, for a stream that ends before its run does."""
    if state.over:
        return ()
    text = "The server goes away for a moment; the run goes on when it is back."
    return (Over(run=state.run or state.only, outcome="failed", text=text),)


def wanted(record: Record) -> ResultId | None:
    """Return the result whose first rows belong to this record: give them to `shown` before it."""
    event = record.event
    if isinstance(event, ItemCompleted) and isinstance(event.content, Table):
        return event.content.result
    return None


def shown(state: State, item: ItemId, rows: Sequence[Sequence[Cell]]) -> State:
    """Return the state with the first rows of a table."""
    return msgspec.structs.replace(state, rows={**state.rows, item: rows})


# --- Runs and rounds ---


def _run_started(state: State, event: RunStarted, _: str) -> Said:
    begun = State(
        only=state.only,
        note=state.note,
        run=event.run,
        user_message=event.text,
        free=state.free,
    )
    return begun, ()


def _round_started(state: State, event: RoundStarted, _: str) -> Said:
    begun = msgspec.structs.replace(state, round=Round(number=event.round, open=True), rows={})
    return begun, (Thinking(run=event.run, round=event.round, message=_message(state, event)),)


def _message(state: State, event: RoundStarted) -> str:
    return state.note if state.note and event.round == 1 else PROCESSING


def _round_finished(state: State, event: RoundFinished, at: str) -> Said:
    state, said = reply(state)
    if state.round.silent:
        return state.with_round(open=False), said
    state, over = round_over(state, at)
    return state, (*said, over)


def _run_finished(state: State, event: RunFinished, at: str) -> Said:
    if state.run != event.run:
        # It was taken out of the queue before it began.
        over = Over(run=event.run, outcome="aborted")
        return msgspec.structs.replace(state, over=state.only is not None), (over,)
    state, said = reply(state)
    aborted = event.outcome in ("cancelled", "rejected")
    moments: list[AnyMoment] = [*said]
    ends = state.round.open and event.outcome != "failed" and not state.round.silent
    if aborted or ends:
        state, closed = round_over(state, at, complete=True, answer=event.answer, aborted=aborted)
        moments.append(closed)
    moments.append(_over(event))
    ended = State(only=state.only, note=state.note, free=state.free, over=state.only is not None)
    return ended, tuple(moments)


def _over(event: RunFinished) -> Over:
    error = event.error
    words = " ".join(filter(None, (error.message, error.hint))) if error is not None else ""
    match event.outcome:
        case "answered":
            return Over(run=event.run, outcome="done")
        case "cancelled" | "rejected":
            return Over(run=event.run, outcome="aborted", text=words)
        case "exhausted":
            return Over(run=event.run, outcome="stopped", text=words)
        case _:
            return Over(run=event.run, outcome="failed", text=words or "the run failed")


# --- Items ---


def _item_started(state: State, event: ItemStarted, _: str) -> Said:
    parent = state.piece(event.of)
    if event.of is not None and parent is not None and event.kind != "code":
        parents = {**state.parents, event.item: event.of}
        return _executing(msgspec.structs.replace(state, parents=parents), event.of)
    if event.of is not None and (parent is None or not parent.over):
        # What Python makes of it is what is told.
        piece = Piece(language=event.language, source=event.source)
        return msgspec.structs.replace(state, nested={**state.nested, event.item: piece}), ()
    if event.kind == "code":
        return _code_started(state, event), ()
    if event.run is None:
        return state, ()
    if not state.round.replied:
        state = state.with_round(said={**state.round.said, event.item: None})
    if event.kind != "tool":
        return state, ()
    called = ToolCalling(run=event.run, tool_name=event.name or "", arguments=event.arguments or {})
    return state, (called,)


def _code_started(state: State, event: ItemStarted) -> State:
    piece = Piece(language=event.language, source=event.source)
    if event.run is None:
        return msgspec.structs.replace(state, free={**state.free, event.item: piece})
    before = state.piece(event.of)
    if event.of is not None and before is not None:
        state = state.with_piece(event.of, msgspec.structs.replace(before, old=True))
    elif not state.round.replied:
        state = state.with_round(said={**state.round.said, event.item: None})
    return state.with_round(pieces={**state.round.pieces, event.item: piece})


def _item_delta(state: State, event: ItemDelta, _: str) -> Said:
    # Only a person's own code comes in no other way before it has run.
    piece = state.free.get(event.item)
    if piece is None or event.text is None:
        return state, ()
    more = msgspec.structs.replace(piece, text=piece.text + event.text, proposed=True)
    return state.with_piece(event.item, more), ()


def _checked(state: State, event: CheckFinished, _: str) -> Said:
    piece = state.piece(event.item)
    if piece is None:
        return state, ()
    checked = msgspec.structs.replace(
        piece,
        text=event.text or piece.text,
        explanation=event.explanation or piece.explanation,
        proposed=True,
    )
    return state.with_piece(event.item, checked), ()


def _item_completed(state: State, event: ItemCompleted, _: str) -> Said:
    content = event.content
    parent = state.parents.get(event.item)
    if parent is not None:
        piece = state.piece(parent)
        if piece is None or not makes_result(content):
            return state, ()
        parts = (*piece.parts, (event.item, content))
        return state.with_piece(parent, msgspec.structs.replace(piece, parts=parts)), ()
    match content:
        case Code():
            return _code_completed(state, event, content)
        case Plan() if event.run is not None:
            return _plan_completed(state, event.item, content)
        case Thought() if event.run is not None:
            return state.with_round(thoughts=(*state.round.thoughts, content.text)), ()
        case Tool() if event.run is not None:
            return _tool_completed(state, event, content)
        case _:
            return (_kept(state, event) if event.run is not None else state), ()


def _kept(state: State, event: ItemCompleted) -> State:
    if event.item not in state.round.said:
        return state
    return state.with_round(said={**state.round.said, event.item: event.content})


def _plan_completed(state: State, item: ItemId, plan: Plan) -> Said:
    if not plan.steps:
        return state, ()  # It was stopped before it said anything.
    state = msgspec.structs.replace(state, plan=plan_of(plan))
    if item in state.round.said and not state.round.replied and state.round.said[item] is None:
        return state.with_round(said={**state.round.said, item: plan}, plan_said=True), ()
    state, replied = reply(state)
    state, plan_said = planned(state)
    return state, (*replied, *plan_said)


def _tool_completed(state: State, event: ItemCompleted, tool: Tool) -> Said:
    ended = ToolEnded(
        run=event.run,
        tool_name=tool.name,
        success=event.outcome == "ok",
        result=None if tool.result is None else str(tool.result),
        error=tool.error,
        execution_time_ms=event.elapsed_ms or 0,
    )
    return _kept(state, event), (ended,)


# --- Code that runs ---


def _busy(state: State, event: CodeStarted | KernelBusy, _: str) -> Said:
    return _executing(state, event.item) if event.item is not None else (state, ())


def _executing(state: State, item: ItemId) -> Said:
    """Tell that code begins to run, once."""
    piece = state.piece(item)
    if piece is None or piece.executing or piece.over:
        return state, ()
    state, said = reply(state)
    state = state.with_piece(item, msgspec.structs.replace(piece, executing=True))
    return state, (*said, Executing(run=_run_of(state, item), code=piece.shown))


def _run_of(state: State, item: ItemId) -> RunId | None:
    return None if item in state.free else state.run


def _code_completed(state: State, event: ItemCompleted, content: Code) -> Said:
    piece = state.piece(event.item)
    if piece is None:
        return state, ()
    piece = msgspec.structs.replace(
        piece, text=content.text or piece.text, proposed=piece.proposed or event.run is None
    )
    state = state.with_piece(event.item, piece)
    said: tuple[AnyMoment, ...] = ()
    if event.outcome == "skipped" or not piece.proposed or _never_ran(piece, event):
        over = msgspec.structs.replace(piece, over=True)
        return state.with_piece(event.item, over), said
    state, said = _executing(state, event.item)
    piece = state.piece(event.item) or piece
    ok = event.outcome == "ok"
    result = execution_of(piece.parts, state.rows, ok, event.error)
    over = msgspec.structs.replace(piece, over=True, result=result)
    state = state.with_piece(event.item, over)
    if item_free := event.item in state.free:
        left = {item: kept for item, kept in state.free.items() if item != event.item}
        state = msgspec.structs.replace(state, free=left)
    run = None if item_free else state.run
    return state, (*said, Executed(run=run, code=piece.shown, result=result))


def _never_ran(piece: Piece, event: ItemCompleted) -> bool:
    """Return whether it was stopped while it still waited for its gate."""
    return event.outcome == "interrupted" and not piece.executing


# --- A person has the word ---


def _approval_requested(state: State, event: ApprovalRequested, _: str) -> Said:
    state, said = reply(state)
    piece = state.piece(event.item) or state.nested.get(event.item) or Piece()
    error = piece.result.error if piece.result is not None else None
    request = request_of(event, state.plan, piece.language, piece.source, error)
    return state, (*said, Waiting(run=event.run, request=request))


def _approval_resolved(state: State, event: ApprovalResolved, _: str) -> Said:
    settled = Settling(run=event.run, verdict=event.verdict, approval_id=event.approval)
    return state, (settled,)


def _question_asked(state: State, event: QuestionAsked, at: str) -> Said:
    lines = [" ".join(filter(None, (p.title, p.text, *p.options))) for p in event.prompts]
    return _asks(state, "\n".join(lines), at)


def _input_requested(state: State, event: InputRequested, at: str) -> Said:
    if event.run is None:
        return state, ()
    return _asks(state, event.prompt or "The code waits for a line of input.", at)


def _asks(state: State, question: str, at: str) -> Said:
    """End the round for the client with the question as its answer: the next chat is the reply."""
    state = state.with_round(said={**state.round.said, ItemId(question): question})
    state, said = reply(state)
    number, pieces = state.round.number, state.round.pieces
    state, over = round_over(state, at, answer=question, asks=True)
    return state.with_round(number=number, open=True, pieces=pieces), (*said, over)


def _question_answered(state: State, event: QuestionAnswered, _: str) -> Said:
    text = "; ".join(", ".join(answer) for answer in event.answers)
    return msgspec.structs.replace(state, user_message=text or None), ()


def _input_replied(state: State, event: InputReplied, _: str) -> Said:
    return state, ()


_FOLDS: Final[dict[type[Any], _Fold]] = {
    RunStarted: _run_started,
    RunFinished: _run_finished,
    RoundStarted: _round_started,
    RoundFinished: _round_finished,
    ItemStarted: _item_started,
    ItemDelta: _item_delta,
    ItemCompleted: _item_completed,
    CheckFinished: _checked,
    CodeStarted: _busy,
    KernelBusy: _busy,
    ApprovalRequested: _approval_requested,
    ApprovalResolved: _approval_resolved,
    QuestionAsked: _question_asked,
    QuestionAnswered: _question_answered,
    InputRequested: _input_requested,
    InputReplied: _input_replied,
}
