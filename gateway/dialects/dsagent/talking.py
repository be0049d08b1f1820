"""Moments as messages of DSAgent's socket: one envelope, sent while things happen.

Theirs tells of a round only when it is over, and sends no `complete` where the last reply did not
say it was one; here code is told before it runs, and each chat ends with `complete`.
"""

from typing import Any, Final

import msgspec

from gateway.dialects.dsagent.composing import ABORTED
from gateway.dialects.dsagent.moments import (
    AnyMoment,
    Executed,
    Executing,
    Over,
    Planned,
    RoundOver,
    Settling,
    Thinking,
    ToolCalling,
    ToolEnded,
    Waiting,
)
from gateway.dialects.dsagent.streaming import redacted, tool_result
from protocol.events import Settled

SETTLED: Final[dict[Settled, str]] = {
    "approve": "Approved",
    "reject": "Rejected - task aborted",
    "edit": "Modification accepted",
    "retry": "Retrying",
    "skip": "Step skipped",
    "feedback": "Feedback sent",
    "expired": "Expired - task aborted",
    "cancelled": "Task cancelled",
}

Message = tuple[str, dict[str, Any]]


class Envelope(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What every message stands in. `id` is ours: where to go on from after a lost connection."""

    type: str
    data: dict[str, Any]
    timestamp: str
    session_id: str
    id: str | None = None


def messages(moment: AnyMoment) -> tuple[Message, ...]:
    """Return what is said of a moment: none, one or several messages."""
    match moment:
        case Thinking(round=1, message=message):
            return (("thinking", {"message": message}),)
        case Planned(plan=plan):
            return (("plan", msgspec.to_builtins(plan)),)
        case Waiting(request=request):
            return (("hitl_request", msgspec.to_builtins(request)),)
        case Settling(verdict=verdict):
            told = {"accepted": True, "message": SETTLED[verdict]}
            return (("hitl_response", told),)
        case Executing(code=code):
            return (("code_executing", {"code": code}),)
        case Executed():
            return _executed(moment)
        case ToolCalling():
            arguments = redacted(moment.arguments)
            return (("tool_calling", {"tool_name": moment.tool_name, "arguments": arguments}),)
        case ToolEnded():
            return (("tool_result", tool_result(moment)),)
        case RoundOver():
            return _round_over(moment)
        case Over():
            return _over(moment)
        case _:
            return ()


def _executed(moment: Executed) -> tuple[Message, ...]:
    result = ("code_result", msgspec.to_builtins(moment.result))
    if moment.run is not None or moment.result.success:
        return (result,)
    # The answer to an `execute` that failed: there, and only there, `code` is the source code.
    return result, failure(moment.result.error or "", moment.code)


def _round_over(over: RoundOver) -> tuple[Message, ...]:
    response = over.response
    is_partial = not response.is_complete and not over.asks
    said: list[Message] = [("response", {"content": response.content, "is_partial": is_partial})]
    if response.answer is not None:
        said.append(("answer", {"answer": response.answer}))
    if over.asks:
        said.append(complete("Your answer is needed"))
    return tuple(said)


def _over(over: Over) -> tuple[Message, ...]:
    match over.outcome:
        case "failed":
            return failure(over.text), complete("Task failed")
        case "stopped":
            told: Message = ("response", {"content": f"[{over.text}]", "is_partial": False})
            return told, complete("Task stopped")
        case "aborted":
            return (complete(ABORTED),)
        case _:
            return (complete("Task completed"),)


def failure(text: str, code: str | None = None) -> Message:
    """Return that something went wrong."""
    return "error", {"error": text, "code": code}


def complete(text: str) -> Message:
    """Return that a chat is over, however it went."""
    return "complete", {"message": text}
