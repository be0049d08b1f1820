"""Approvals: what waits, and the person's answer to it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody

from engine.engine import Engine
from engine.live_session import LiveSession
from gateway.dialects.dsagent.composing import plain, plan_of, steps_of, text_of
from gateway.dialects.dsagent.requests import request_of
from gateway.dialects.dsagent.shapes import PlanStep
from gateway.dialects.dsagent.shapes import Request as Waiting
from gateway.families.dsagent.finding import COMMAND, found
from gateway.families.dsagent.parameters import SessionName
from gateway.families.dsagent.refusing import Declined
from gateway.families.dsagent.sessions import SHOWN
from protocol.commands import ApprovalResolve
from protocol.events import ApprovalRequested, Verdict
from protocol.items import Error, Plan
from protocol.refusals import Refused
from protocol.replies import Caller

ACTIONS: Final[dict[str, Verdict]] = {
    "approve": "approve",
    "reject": "reject",
    "modify": "edit",
    "retry": "retry",
    "skip": "skip",
    "feedback": "feedback",
}
NO_CHANGE: Final = "Modify action requires modified_plan or modified_code"


class PendingPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A plan that waits."""

    raw_text: str
    steps: Sequence[PlanStep]


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a person is waited for, and what for. The original ends at `pending_answer`."""

    enabled: bool
    mode: str
    awaiting_feedback: bool
    awaiting_type: str | None = None
    pending_plan: PendingPlan | None = None
    pending_code: str | None = None
    pending_error: str | None = None
    pending_answer: str | None = None
    approval_id: str | None = None
    options: Sequence[str] = ()
    message: str | None = None
    expires_at: str | None = None


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A person's answer. `approval_id` makes sure that it is for what the person saw."""

    action: str
    message: str | None = None
    modified_plan: str | None = None
    modified_code: str | None = None
    approval_id: str | None = None


class Remark(msgspec.Struct, frozen=True, kw_only=True):
    """What may come with a plain yes or no: their VS Code extension sends it as a body."""

    feedback: str | None = None
    reason: str | None = None
    message: str | None = None
    approval_id: str | None = None


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """It was taken."""

    success: bool = True
    message: str


# --- Translations ---


def pending(live: LiveSession, approval: str | None = None) -> ApprovalRequested | None:
    """Return the approval that waits: the one named, or the first."""
    waiting: Mapping[Any, ApprovalRequested] = live.state.approvals
    if approval is not None:
        return waiting.get(approval)
    return next(iter(waiting.values()), None)


def waiting_of(live: LiveSession, request: ApprovalRequested) -> Waiting:
    """Return an approval as this family shows it."""
    seen = live.viewer.show().items.get(request.item)
    if seen is None:
        return request_of(request, None, None, None, None)
    plan = plan_of(seen.content) if isinstance(seen.content, Plan) else None
    error = seen.error.message if seen.error is not None else None
    for other in live.viewer.show().items.values():
        if other.of == request.item and isinstance(other.content, Error):
            error = plain(other.content.traceback or other.content.message)
    return request_of(request, plan, seen.language, seen.source, error)


def status_of(live: LiveSession) -> Status:
    """Return what is waited for."""
    mode = SHOWN.get(live.state.mode, live.state.mode)
    request = pending(live)
    if request is None:
        return Status(enabled=mode != "none", mode=mode, awaiting_feedback=False)
    it = waiting_of(live, request)
    plan = it.plan
    return Status(
        enabled=True,
        mode=mode,
        awaiting_feedback=True,
        awaiting_type=it.request_type,
        pending_plan=PendingPlan(raw_text=plan.raw_text, steps=plan.steps) if plan else None,
        pending_code=it.code,
        pending_error=it.error,
        pending_answer=it.answer,
        approval_id=it.approval_id,
        options=it.options,
        message=it.message,
        expires_at=it.expires_at,
    )


def resolution(live: LiveSession, answer: Answer) -> ApprovalResolve:
    """Return the command for an answer, or decline it in the original's words and order."""
    request = pending(live, answer.approval_id)
    if request is None and live.state.mode == "none":
        raise Declined(400, "HITL is not enabled for this session")
    if request is None:
        raise Declined(400, "Agent is not awaiting feedback")
    action = answer.action.lower()
    if action not in ACTIONS:
        raise Declined(400, f"Unknown action: {action}")
    verdict = ACTIONS[action]
    if verdict == "feedback" and not (answer.message or "").strip():
        raise Declined(400, "Feedback action requires a message")
    # Going on after a failure, with the model told of it, is what their `approve` means there.
    if verdict == "approve" and verdict not in request.options and "skip" in request.options:
        verdict = "skip"
    command = ApprovalResolve(
        id=COMMAND,
        session=live.session,
        approval=request.approval,
        verdict=verdict,
        text=answer.message,
        digest=request.digest,
    )
    return command if verdict != "edit" else _edited(command, request, answer)


def _edited(
    command: ApprovalResolve, request: ApprovalRequested, answer: Answer
) -> ApprovalResolve:
    plan, code = answer.modified_plan, answer.modified_code
    if not plan and not code:
        raise Declined(400, NO_CHANGE)
    if request.subject == "plan":
        steps = steps_of(plan or "")
        if not steps:
            raise Declined(400, f"{NO_CHANGE}: a plan waits, so modified_plan")
        return msgspec.structs.replace(command, plan=steps)
    if not code:
        raise Declined(400, f"{NO_CHANGE}: code waits, so modified_code")
    return msgspec.structs.replace(command, code=text_of(code))


def words_of(answer: Answer) -> str:
    """Return what is said of an answer that was taken."""
    match answer.action.lower():
        case "approve":
            return "Approved"
        case "reject":
            return "Rejected - task aborted"
        case "modify":
            changed = "Plan" if answer.modified_plan else "Code"
            return f"{changed} modification accepted"
        case "retry":
            return "Retrying operation"
        case "skip":
            return "Step skipped"
        case _:
            return "Feedback sent"


def remark_of(body: bytes) -> Remark:
    """Read what came with a yes or no. The original reads no body, so none can be wrong."""
    try:
        return msgspec.json.decode(body, type=Remark)
    except msgspec.DecodeError:
        return Remark()


# --- Asking the engine ---


async def known(engine: Engine, caller: Caller, session_id: str) -> LiveSession:
    """Return a session of the caller's, or say that there is none as these paths do."""
    try:
        return await found(engine, caller, session_id)
    except (Refused, Declined) as none:
        raise Declined(404, f"No agent found for session {session_id}") from none


async def answered(engine: Engine, caller: Caller, session_id: str, answer: Answer) -> Done:
    """Give an answer. Of two who answer at once one is told that it was answered already."""
    live = await known(engine, caller, session_id)
    await engine.handle(caller, resolution(live, answer))
    return Done(message=words_of(answer))


# --- Handlers ---


@get("/api/sessions/{session_id:str}/hitl/status", operation_id="dsagent.hitl.status")
async def get_status(
    session_id: SessionName, caller: NamedDependency[Caller], engine: NamedDependency[Engine]
) -> Status:
    """Say whether a person is waited for, and what for."""
    return status_of(await known(engine, caller, session_id))


@post(
    "/api/sessions/{session_id:str}/hitl/respond",
    operation_id="dsagent.hitl.respond",
    status_code=200,
)
async def respond(
    session_id: SessionName,
    data: JSONBody[Answer],
    caller: NamedDependency[Caller],
    engine: NamedDependency[Engine],
) -> Done:
    """Answer with any action: approve, reject, modify, retry, skip, feedback."""
    return await answered(engine, caller, session_id, data)


@post(
    "/api/sessions/{session_id:str}/hitl/approve",
    operation_id="dsagent.hitl.approve",
    status_code=200,
)
async def approve(
    request: Request[Any, Any, Any],
    session_id: SessionName,
    caller: NamedDependency[Caller],
    engine: NamedDependency[Engine],
    message: FromQuery[str | None] = None,
) -> Done:
    """Say yes, with a word to the model if there is one."""
    remark = remark_of(await request.body())
    text = message or remark.feedback or remark.message
    answer = Answer(action="approve", message=text, approval_id=remark.approval_id)
    return await answered(engine, caller, session_id, answer)


@post(
    "/api/sessions/{session_id:str}/hitl/reject",
    operation_id="dsagent.hitl.reject",
    status_code=200,
)
async def reject(
    request: Request[Any, Any, Any],
    session_id: SessionName,
    caller: NamedDependency[Caller],
    engine: NamedDependency[Engine],
    message: FromQuery[str | None] = None,
) -> Done:
    """Say no: the task is aborted."""
    remark = remark_of(await request.body())
    text = message or remark.reason or remark.feedback or remark.message
    answer = Answer(action="reject", message=text, approval_id=remark.approval_id)
    return await answered(engine, caller, session_id, answer)


ROUTES = (get_status, respond, approve, reject)
