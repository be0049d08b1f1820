"""Calling tools of others: their arguments as text for a person, and what they gave."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from engine.live_session import LiveSession
from engine.ports import Checked, PortError, ToolInfo
from engine.state import ItemState
from engine.text import whole_in
from engine.world import World
from protocol.events import ItemCompleted, ToolCalled
from protocol.ids import CallerId, RunId
from protocol.items import ErrorInfo, Finding, Tool


def text_of_call(arguments: Mapping[str, Any]) -> str:
    """Write arguments as JSON that a person can read and change; the same for the same."""
    return msgspec.json.format(msgspec.json.encode(arguments, order="sorted"), indent=2).decode()


def check_call(name: str, text: str, offered: Sequence[ToolInfo]) -> Checked:
    """Say whether a tool can be called like this at all."""
    found = next((tool for tool in offered if tool.name == name), None)
    if found is None:
        return _refused("unknown_tool", f"There is no tool {name!r} here.")
    try:
        msgspec.json.decode(text, type=dict[str, Any])
    except msgspec.MsgspecError as error:
        return _refused("bad_call", f"The arguments are not a JSON object: {error}.")
    return Checked(ok=True, rules=found.rules)


def _refused(code: str, words: str) -> Checked:
    return Checked(ok=False, findings=(Finding(code=code, message=words),))


def content_of_call(item: ItemState, result: Any = None, error: str | None = None) -> Tool:
    """Return a call as content."""
    try:
        arguments = msgspec.json.decode(item.text or "{}", type=dict[str, Any])
    except msgspec.MsgspecError:
        arguments = {}
    return Tool(name=item.name or "", arguments=arguments, result=result, error=error)


async def call_tool(world: World, live: LiveSession, run: RunId, item: ItemState) -> None:
    """Call the tool once, and show what it gave."""
    caller = live.state.owner or CallerId("")
    arguments = content_of_call(item).arguments
    # Kept before it is called: whoever finds this later knows that it may have had effects.
    await live.until_kept(live.record(ToolCalled(run=run, item=item.item)))
    result, failed = None, None
    try:
        result = whole_in(await world.tools.call(item.name or "", arguments, caller))
    except PortError as failure:
        failed = failure.info
    live.record(_completed(run, item, result, failed))


def _completed(run: RunId, item: ItemState, result: Any, failed: ErrorInfo | None) -> ItemCompleted:
    return ItemCompleted(
        run=run,
        item=item.item,
        content=content_of_call(item, result, failed.message if failed is not None else None),
        outcome="failed" if failed is not None else "ok",
        error=failed,
    )
