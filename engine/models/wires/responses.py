"""Responses: OpenAI's newer API, offered by few others. Nothing is kept there (`store: false`)."""

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

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
    WireFailed,
)
from engine.models.wires.clients import Lazy, Place, spoken
from engine.models.wires.failures import failure_of


class Responses:
    """`Wire` to one server that speaks responses."""

    def __init__(self, place: Place) -> None:
        self.host = place.host
        self._place = place
        self._sdk = Lazy("openai", "AsyncOpenAI", place)

    def listen(self, request: Request) -> AsyncIterator[Heard]:
        """Send a request and say what comes back."""

        def begin(client: Any) -> Any:
            return client.responses.create(**_body(request))

        return spoken(self._sdk, self._place, request, begin, _heard)

    async def models(self) -> tuple[str, ...]:
        """List the models that can be asked there."""
        return await self._sdk.models()

    async def close(self) -> None:
        """Let go of connections."""
        await self._sdk.close()


def _body(request: Request) -> dict[str, Any]:
    body: dict[str, Any] = {
        "model": request.model,
        "instructions": request.system,
        "input": [_message(message) for message in request.messages],
        "stream": True,
        "store": False,
    }
    if request.tools:
        body["tools"] = [
            {
                "type": "function",
                "name": tool.name,
                "description": tool.description,
                "parameters": tool.schema,
                "strict": False,
            }
            for tool in request.tools
        ]
    if request.answer_tokens is not None:
        body["max_output_tokens"] = request.answer_tokens
    if request.temperature is not None:
        body["temperature"] = request.temperature
    return body


def _message(message: Message) -> Mapping[str, Any]:
    match message:
        case Said():
            return {"role": message.role, "content": message.text}
        case CallMade():
            arguments = json.dumps(message.arguments)
            call = {"type": "function_call", "call_id": message.id, "name": message.tool}
            return {**call, "arguments": arguments}
        case CallGave():
            return {"type": "function_call_output", "call_id": message.id, "output": message.text}


def _heard(event: Any) -> Iterator[Heard]:
    match event.type:
        case "response.output_text.delta":
            yield Text(event.delta)
        case "response.reasoning_summary_text.delta" | "response.reasoning_text.delta":
            yield Reasoning(event.delta)
        case "response.output_item.added" if event.item.type == "function_call":
            yield CallOpened(str(event.output_index), event.item.call_id, event.item.name)
        case "response.function_call_arguments.delta":
            yield CallMore(str(event.output_index), event.delta)
        case "response.output_item.done" if event.item.type == "function_call":
            yield CallClosed(str(event.output_index))
        case "response.refusal.done":
            yield Ended("refused")
        case "response.completed" | "response.incomplete" | "response.failed":
            yield from _over(event.response)
        case "error":
            raise _failed(event.code, event.message)
        case _:
            pass


def _over(response: Any) -> Iterator[Heard]:
    usage = response.usage
    if usage is not None:
        cached = getattr(usage.input_tokens_details, "cached_tokens", None)
        yield Used(usage.input_tokens, usage.output_tokens, cached)
    if response.error is not None:
        raise _failed(response.error.code, response.error.message)
    reason = getattr(response.incomplete_details, "reason", None)
    if reason == "content_filter":
        yield Ended("refused")
    else:
        yield Ended("length" if reason == "max_output_tokens" else "stop")


class _InStream(Exception):
    """An error that the stream tells of; read like one that the SDK raises."""

    status_code = 400

    def __init__(self, code: str | None, message: str) -> None:
        super().__init__(message)
        self.body = {"code": code, "message": message}
        if code in ("rate_limit_exceeded", "server_error"):
            self.status_code = 429 if code.startswith("rate") else 500


def _failed(code: str | None, message: str) -> WireFailed:
    return failure_of(_InStream(code, message), None)
