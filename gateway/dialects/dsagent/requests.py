"""What waits for a person, in their words; and their actions in ours."""

from gateway.dialects.dsagent.composing import code_of
from gateway.dialects.dsagent.shapes import PlanShape, Request
from protocol.events import ApprovalRequested, Subject
from protocol.items import Language

TYPES: dict[Subject, str] = {
    "plan": "plan",
    "sql": "code",
    "python": "code",
    "tool": "code",
    "error": "error",
    "answer": "answer",
}


def request_of(
    request: ApprovalRequested,
    plan: PlanShape | None,
    language: Language | None,
    source: str | None,
    error: str | None,
) -> Request:
    """Return an approval as `hitl_request`. Where code failed, both are told."""
    kind = TYPES[request.subject]
    text = request.text or ""
    return Request(
        request_type=kind,
        plan=plan if kind == "plan" else None,
        code=code_of(language, text, source) if kind in ("code", "error") else None,
        error=(error or "The code failed.") if kind == "error" else None,
        answer=text if kind == "answer" else None,
        message=request.reason,
        approval_id=request.approval,
        options=actions_of(request),
        expires_at=request.expires_at,
    )


def actions_of(request: ApprovalRequested) -> tuple[str, ...]:
    """Return what may be answered: our verdicts, in their words."""
    names = {"edit": "modify"}
    offered = [names.get(verdict, str(verdict)) for verdict in request.options]
    # Going on after a failure is what their `approve` means there: the model reads the error.
    if "skip" in offered and "approve" not in offered:
        offered.insert(0, "approve")
    return tuple(offered)
