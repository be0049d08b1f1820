"""Chat completions: the API of OpenAI that many speak, such as Groq, Ollama, vLLM and llama.cpp."""

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any, Final

from engine.models.wires import (
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
    ToolSpec,
    Used,
)
from engine.models.wires.clients import Lazy, Place, spoken

_ENDS: Final = {"length": "length", "content_filter": "refused"}


class Chat:
    """`Wire` to one server that speaks chat completions."""

    def __init__(self, place: Place) -> None:
        self.host = place.host
        self._place = place
        self._sdk = Lazy("openai", "AsyncOpenAI", place)

    def listen(self, request: Request) -> AsyncIterator[Heard]:
        """Send a request and say what comes back."""

        def begin(client: Any) -> Any:
            return client.chat.completions.create(**_body(request, self.host))

        return spoken(self._sdk, self._place, request, begin, _heard)

    async def models(self) -> tuple[str, ...]:
        """List the models that can be asked there."""
        return await self._sdk.models()

    async def close(self) -> None:
        """Let go of connections."""
        await self._sdk.close()


def _body(request: Request, host: str) -> dict[str, Any]:
    body: dict[str, Any] = {
        "model": request.model,
        "messages": [
            {"role": "system", "content": request.system},
            *map(_message, request.messages),
        ],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if request.tools:
        body["tools"] = [_tool(tool) for tool in request.tools]
    if request.answer_tokens is not None:
        # OpenAI has renamed it; most others know the old name only.
        ours = host.endswith("openai.com")
        body["max_completion_tokens" if ours else "max_tokens"] = request.answer_tokens
    if request.temperature is not None:
        body["temperature"] = request.temperature
    return body


def _message(message: Message) -> Mapping[str, Any]:
    match message:
        case Said():
            return {"role": message.role, "content": message.text}
        case CallMade():
            function = {"name": message.tool, "arguments": json.dumps(message.arguments)}
            call = {"id": message.id, "type": "function", "function": function}
            return {"role": "assistant", "content": None, "tool_calls": [call]}
        case CallGave():
            return {"role": "tool", "tool_call_id": message.id, "content": message.text}


def _tool(tool: ToolSpec) -> Mapping[str, Any]:
    function = {"name": tool.name, "description": tool.description, "parameters": tool.schema}
    return {"type": "function", "function": function}


def _heard(chunk: Any) -> Iterator[Heard]:
    usage = getattr(chunk, "usage", None)
    if usage is not None:
        details = getattr(usage, "prompt_tokens_details", None)
        cached = getattr(details, "cached_tokens", None)
        yield Used(usage.prompt_tokens, usage.completion_tokens, cached)
    for choice in chunk.choices or ():
        delta = choice.delta
        if delta is not None:
            yield from _of_delta(delta)
        if choice.finish_reason:
            yield Ended(_ENDS.get(choice.finish_reason, "stop"))  # type: ignore[arg-type]  # a table of literals


def _of_delta(delta: Any) -> Iterator[Heard]:
    # Not OpenAI's own: the one is said by DeepSeek, vLLM and llama.cpp, the other by Groq, Ollama.
    thought = getattr(delta, "reasoning_content", None) or getattr(delta, "reasoning", None)
    if isinstance(thought, str):
        yield Reasoning(thought)
    if delta.content:
        yield Text(delta.content)
    for call in delta.tool_calls or ():
        place = str(call.index if call.index is not None else call.id)
        function = call.function
        if function is not None and function.name:
            yield CallOpened(place, call.id or "", function.name)
        if function is not None and function.arguments:
            yield CallMore(place, function.arguments)
