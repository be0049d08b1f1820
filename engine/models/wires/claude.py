"""Messages: the API of Anthropic."""

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any, Final

from engine.models.wires import (
    CallClosed,
    CallGave,
    CallMade,
    CallMore,
    CallOpened,
    Ended,
    Heard,
    Message,
    Reasoning,
    Request,
    Said,
    Text,
    Used,
)
from engine.models.wires.clients import Lazy, Place, spoken

ANSWER_TOKENS: Final = 8192
"""This API wants to be told how much it may write."""
_ENDS: Final = {
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "refused",
}


class Claude:
    """`Wire` to one server that speaks messages."""

    def __init__(self, place: Place) -> None:
        self.host = place.host
        self._place = place
        self._sdk = Lazy("anthropic", "AsyncAnthropic", place)

    def listen(self, request: Request) -> AsyncIterator[Heard]:
        """Send a request and say what comes back."""

        def begin(client: Any) -> Any:
            return client.messages.create(**_body(request))

        return spoken(self._sdk, self._place, request, begin, _Read().heard)

    async def models(self) -> tuple[str, ...]:
        """List the models that can be asked there."""
        return await self._sdk.models()

    async def close(self) -> None:
        """Let go of connections."""
        await self._sdk.close()


def _body(request: Request) -> dict[str, Any]:
    # The same from round to round, so it is marked to be read once.
    system = [{"type": "text", "text": request.system, "cache_control": {"type": "ephemeral"}}]
    body: dict[str, Any] = {
        "model": request.model,
        "max_tokens": request.answer_tokens or ANSWER_TOKENS,
        "system": system,
        "messages": _messages(request.messages),
        "stream": True,
    }
    if request.tools:
        body["tools"] = [
            {"name": tool.name, "description": tool.description, "input_schema": tool.schema}
            for tool in request.tools
        ]
    if request.temperature is not None:
        body["temperature"] = request.temperature
    return body


def _messages(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """Put neighbours of one role together: here the roles take turns."""
    found: list[dict[str, Any]] = []
    for message in messages:
        role, block = _block(message)
        if found and found[-1]["role"] == role:
            found[-1]["content"].append(block)
        else:
            found.append({"role": role, "content": [block]})
    return found


def _block(message: Message) -> tuple[str, dict[str, Any]]:
    match message:
        case Said():
            return message.role, {"type": "text", "text": message.text}
        case CallMade():
            call = {"type": "tool_use", "id": message.id, "name": message.tool}
            return "assistant", {**call, "input": dict(message.arguments)}
        case CallGave():
            gave = {"type": "tool_result", "tool_use_id": message.id, "content": message.text}
            return "user", gave if message.ok else {**gave, "is_error": True}


class _Read:
    """Reads one answer. Tokens are told in parts: what was read first, what was written last."""

    def __init__(self) -> None:
        self._calls: set[int] = set()

    def heard(self, event: Any) -> Iterator[Heard]:
        """Say what an event of the stream means."""
        match event.type:
            case "message_start":
                yield _used(event.message.usage)
            case "content_block_start" if event.content_block.type == "tool_use":
                self._calls.add(event.index)
                yield CallOpened(str(event.index), event.content_block.id, event.content_block.name)
            case "content_block_delta":
                yield from self._delta(event.index, event.delta)
            case "content_block_stop" if event.index in self._calls:
                yield CallClosed(str(event.index))
            case "message_delta":
                yield _used(event.usage)
                if event.delta.stop_reason:
                    yield Ended(_ENDS.get(event.delta.stop_reason, "stop"))  # type: ignore[arg-type]  # a table of literals
            case _:
                pass

    def _delta(self, index: int, delta: Any) -> Iterator[Heard]:
        match delta.type:
            case "text_delta":
                yield Text(delta.text)
            case "thinking_delta":
                yield Reasoning(delta.thinking)
            case "input_json_delta":
                yield CallMore(str(index), delta.partial_json)
            case _:
                pass


def _used(usage: Any) -> Used:
    fresh = getattr(usage, "input_tokens", None)
    cached = getattr(usage, "cache_read_input_tokens", None)
    made = getattr(usage, "cache_creation_input_tokens", None)
    read = None if fresh is None else fresh + (cached or 0) + (made or 0)
    return Used(read, usage.output_tokens, cached)
