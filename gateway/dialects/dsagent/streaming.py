"""Moments as server-sent events: names, payloads and bytes as the original writes them."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from gateway.dialects.dsagent.moments import (
    AnyMoment,
    Executed,
    Executing,
    Over,
    Planned,
    Replied,
    RoundOver,
    Thinking,
    ToolCalling,
    ToolEnded,
    Waiting,
)

LONGEST: Final = 500
"""How many characters of a tool's argument are told."""
RESULT: Final = 1000
_SECRET: Final = re.compile(r"pass(word|wd)?|secret|token|key|auth|credential", re.IGNORECASE)

Event = tuple[str, dict[str, Any]]


def events(moment: AnyMoment) -> tuple[Event, ...]:
    """Return what is said of a moment: none, one or several events."""
    match moment:
        case Thinking(message=message):
            return (("thinking", {"message": message}),)
        case Replied(content=content):
            return (("llm_response", {"content": content}),)
        case Planned(plan=plan):
            return (("plan", _plain(plan)),)
        case Waiting(request=request):
            return (("hitl_request", _plain(request)),)
        case Executing(code=code):
            return (("code_executing", {"code": code}),)
        case Executed(result=result):
            return (("code_result", _plain(result)),)
        case ToolCalling() | ToolEnded():
            return (_tool(moment),)
        case RoundOver(round=number, response=response):
            over = ("round_complete", {"round": number, **_plain(response)})
            return (over, ("done", {})) if moment.asks else (over,)
        case Over():
            return _over(moment)
        case _:
            return ()


def _over(over: Over) -> tuple[Event, ...]:
    match over.outcome:
        case "failed":
            return (("error", {"error": over.text}),)
        case "stopped":
            # Theirs stops without a word after its last round; nobody should have to guess why.
            return (("llm_response", {"content": f"[{over.text}]"}), ("done", {}))
        case _:
            return (("done", {}),)


def ends(moment: AnyMoment) -> bool:
    """Return whether a stream of one chat is over with this."""
    return isinstance(moment, Over) or (isinstance(moment, RoundOver) and moment.asks)


def frame(event: Event, id: str | None = None) -> bytes:
    """Return one event as bytes. The original writes JSON with spaces, and in ASCII."""
    name, data = event
    place = f"id: {id}\n" if id is not None else ""
    return f"{place}event: {name}\ndata: {json.dumps(data)}\n\n".encode()


def _tool(moment: ToolCalling | ToolEnded) -> Event:
    if isinstance(moment, ToolCalling):
        arguments = redacted(moment.arguments)
        return "tool_calling", {"tool_name": moment.tool_name, "arguments": arguments}
    name = "tool_success" if moment.success else "tool_failed"
    return name, tool_result(moment)


def tool_result(ended: ToolEnded) -> dict[str, Any]:
    """Return what a tool gave."""
    return {
        "tool_name": ended.tool_name,
        "success": ended.success,
        "result": ended.result[:RESULT] if ended.result is not None else None,
        "error": ended.error,
        "execution_time_ms": ended.execution_time_ms,
    }


def redacted(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return arguments without what sounds like a secret, and long texts cut."""
    return {
        name: "[REDACTED]"
        if _SECRET.search(name)
        else value[:LONGEST]
        if isinstance(value, str)
        else value
        for name, value in arguments.items()
    }


def _plain(shape: msgspec.Struct) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.to_builtins(shape)
    return found
