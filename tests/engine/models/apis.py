"""The APIs of models, as their documents show them: a real HTTP server that says what it is told,
byte by byte if need be, breaks off where it should, and notes who hung up.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Literal

import msgspec


class Calls(msgspec.Struct, frozen=True, kw_only=True):
    """A call of a tool, its arguments in the pieces in which they come."""

    id: str
    tool: str
    pieces: tuple[str, ...]


class Saying(msgspec.Struct, frozen=True, kw_only=True):
    """What a model says in one answer, whatever API carries it."""

    thought: tuple[str, ...] = ()
    text: tuple[str, ...] = ()
    calls: tuple[Calls, ...] = ()
    end: Literal["stop", "length", "refused", ""] = "stop"
    read: int | None = 120
    written: int | None = 30
    cached: int = 20


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """One HTTP answer. Then the connection ends well, is cut, or nothing more comes."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    pieces: int = 0
    """How many bytes at once; 0: all."""
    then: Literal["end", "cut", "hang"] = "end"


class Asked(msgspec.Struct, frozen=True):
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    raw: bytes


class Api:
    """The server: gives its answers one after another, the last one for ever."""

    def __init__(self, answers: Sequence[Answer]) -> None:
        self._answers = list(answers)
        self.asked: list[Asked] = []
        self.came = asyncio.Event()
        """Somebody asked."""
        self.left = asyncio.Event()
        """Somebody hung up before everything was said."""
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection."""
        try:
            while (asked := await _request(reader)) is not None:
                self.asked.append(asked)
                self.came.set()
                answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
                if not await self._say(answer, reader, writer):
                    return
        except (ConnectionError, asyncio.IncompleteReadError):
            self.left.set()
        finally:
            writer.close()

    async def _say(
        self, answer: Answer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        streams = answer.status == 200 and answer.body.startswith((b"data:", b"event:", b":"))
        kind = "text/event-stream" if streams else "application/json"
        lines = [f"HTTP/1.1 {answer.status} X", f"content-type: {kind}"]
        lines += [f"{name}: {value}" for name, value in answer.headers]
        lines += ["transfer-encoding: chunked", "", ""]
        writer.write("\r\n".join(lines).encode())
        size = answer.pieces or len(answer.body) or 1
        for at in range(0, len(answer.body), size):
            piece = answer.body[at : at + size]
            writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            await writer.drain()
            await asyncio.sleep(0)
        if answer.then == "cut":
            return False
        if answer.then == "hang":
            await reader.read()
            self.left.set()
            return False
        writer.write(b"0\r\n\r\n")
        await writer.drain()
        return True


async def _request(reader: asyncio.StreamReader) -> Asked | None:
    line = await reader.readline()
    if not line:
        return None
    headers: dict[str, str] = {}
    while (header := await reader.readline()).strip():
        name, _, value = header.decode().partition(":")
        headers[name.lower()] = value.strip()
    raw = await reader.readexactly(int(headers.get("content-length", "0")))
    return Asked(line.decode().split()[1], headers, json.loads(raw) if raw else {}, raw)


@asynccontextmanager
async def api(*answers: Answer) -> AsyncIterator[Api]:
    """Serve these answers on a free port until the block ends."""
    found = Api(answers)
    server = await asyncio.start_server(found.serve, "127.0.0.1", 0)
    found.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    try:
        yield found
    finally:
        server.close()


# --- What each API makes of a saying ---


def chat(saying: Saying) -> bytes:
    """Chat completions, as OpenAI documents it and llama.cpp, vLLM and Groq speak it."""
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    deltas += [{"reasoning_content": text} for text in saying.thought]
    deltas += [{"content": text} for text in saying.text]
    for place, call in enumerate(saying.calls):
        function = {"name": call.tool, "arguments": ""}
        opened = {"index": place, "id": call.id, "type": "function", "function": function}
        deltas.append({"tool_calls": [opened]})
    for place, piece in _in_turns(saying.calls):
        deltas.append({"tool_calls": [{"index": place, "function": {"arguments": piece}}]})
    common = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    chunks = [
        {**common, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
        for delta in deltas
    ]
    if saying.end:
        reason = {"stop": "stop", "length": "length", "refused": "content_filter"}[saying.end]
        reason = "tool_calls" if saying.calls and reason == "stop" else reason
        last = {"index": 0, "delta": {}, "finish_reason": reason}
        chunks.append({**common, "choices": [last]})
        if saying.read is not None:
            usage = {
                "prompt_tokens": saying.read,
                "completion_tokens": saying.written,
                "total_tokens": saying.read + (saying.written or 0),
                "prompt_tokens_details": {"cached_tokens": saying.cached},
            }
            chunks.append({**common, "choices": [], "usage": usage})
    lines = [f"data: {json.dumps(chunk, ensure_ascii=False)}\n\n" for chunk in chunks]
    return "".join((": ping\n\n", *lines, "data: [DONE]\n\n" if saying.end else "")).encode()


def responses(saying: Saying) -> bytes:
    """Responses: typed events, numbered, each item opened and closed."""
    events: list[dict[str, Any]] = [
        {"type": "response.created", "response": _response("in_progress")}
    ]
    if saying.thought:
        events += [
            {
                "type": "response.reasoning_summary_text.delta",
                "item_id": "rs_1",
                "output_index": 0,
                "summary_index": 0,
                "delta": text,
            }
            for text in saying.thought
        ]
    events += [
        {
            "type": "response.output_text.delta",
            "item_id": "msg_1",
            "output_index": 1,
            "content_index": 0,
            "delta": text,
            "logprobs": [],
        }
        for text in saying.text
    ]
    items = [
        {
            "type": "function_call",
            "id": f"fc_{place}",
            "call_id": call.id,
            "name": call.tool,
            "arguments": "",
            "status": "in_progress",
        }
        for place, call in enumerate(saying.calls)
    ]
    for place, item in enumerate(items):
        events.append(
            {"type": "response.output_item.added", "output_index": place + 2, "item": item}
        )
    for place, piece in _in_turns(saying.calls):
        events.append(
            {
                "type": "response.function_call_arguments.delta",
                "item_id": f"fc_{place}",
                "output_index": place + 2,
                "delta": piece,
            }
        )
    if saying.end:
        for place, (item, call) in enumerate(zip(items, saying.calls, strict=True)):
            done = {**item, "arguments": "".join(call.pieces), "status": "completed"}
            index = place + 2
            events.append(
                {"type": "response.output_item.done", "output_index": index, "item": done}
            )
        events.append(_completed(saying))
    lines = [
        f"event: {event['type']}\ndata: "
        f"{json.dumps({**event, 'sequence_number': place}, ensure_ascii=False)}\n\n"
        for place, event in enumerate(events)
    ]
    return "".join(lines).encode()


def _completed(saying: Saying) -> dict[str, Any]:
    response = _response("completed" if saying.end == "stop" else "incomplete")
    if saying.end != "stop":
        reason = {"length": "max_output_tokens", "refused": "content_filter"}[saying.end]
        response["incomplete_details"] = {"reason": reason}
    if saying.read is not None:
        response["usage"] = {
            "input_tokens": saying.read,
            "input_tokens_details": {"cached_tokens": saying.cached, "cache_write_tokens": 0},
            "output_tokens": saying.written,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": saying.read + (saying.written or 0),
        }
    return {"type": f"response.{response['status']}", "response": response}


def _response(status: str) -> dict[str, Any]:
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "status": status,
        "model": "m",
        "output": [],
        "error": None,
        "incomplete_details": None,
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
    }


def messages(saying: Saying) -> bytes:
    """Messages, as Anthropic documents it: blocks one after another, and pings in between."""
    start: dict[str, Any] = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {
            "input_tokens": (saying.read or saying.cached) - saying.cached,
            "cache_read_input_tokens": saying.cached,
            "output_tokens": 1,
        },
    }
    events: list[dict[str, Any]] = [{"type": "message_start", "message": start}, {"type": "ping"}]
    blocks: list[tuple[dict[str, Any], list[dict[str, Any]]]] = []
    if saying.thought:
        deltas = [{"type": "thinking_delta", "thinking": text} for text in saying.thought]
        signed = {"type": "signature_delta", "signature": "EqQB"}
        blocks.append(({"type": "thinking", "thinking": "", "signature": ""}, [*deltas, signed]))
    if saying.text:
        deltas = [{"type": "text_delta", "text": text} for text in saying.text]
        blocks.append(({"type": "text", "text": ""}, deltas))
    for call in saying.calls:
        deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in call.pieces]
        block = {"type": "tool_use", "id": call.id, "name": call.tool, "input": {}}
        blocks.append((block, deltas))
    for place, (block, deltas) in enumerate(blocks):
        events.append({"type": "content_block_start", "index": place, "content_block": block})
        events += [
            {"type": "content_block_delta", "index": place, "delta": delta} for delta in deltas
        ]
        if saying.end or place + 1 < len(blocks):
            events.append({"type": "content_block_stop", "index": place})
    if saying.end:
        reason = {"stop": "end_turn", "length": "max_tokens", "refused": "refusal"}[saying.end]
        reason = "tool_use" if saying.calls and reason == "end_turn" else reason
        delta = {"stop_reason": reason, "stop_sequence": None}
        usage = {"output_tokens": saying.written or 0}
        events.append({"type": "message_delta", "delta": delta, "usage": usage})
        events.append({"type": "message_stop"})
    lines = [
        f"event: {event['type']}\ndata: {json.dumps(event, ensure_ascii=False)}\n\n"
        for event in events
    ]
    return "".join(lines).encode()


def _in_turns(calls: Sequence[Calls]) -> list[tuple[int, str]]:
    """Mix the pieces of parallel calls: an API may send them as they come."""
    longest = max((len(call.pieces) for call in calls), default=0)
    return [
        (place, call.pieces[turn])
        for turn in range(longest)
        for place, call in enumerate(calls)
        if turn < len(call.pieces)
    ]


SPOKEN: dict[str, Callable[[Saying], bytes]] = {
    "openai": chat,
    "responses": responses,
    "anthropic": messages,
}
TOO_LONG: dict[str, bytes] = {
    "openai": json.dumps(
        {
            "error": {
                "message": "This model's maximum context length is 4096 tokens. However, your "
                "messages resulted in 9000 tokens. Please reduce the length of the messages.",
                "type": "invalid_request_error",
                "param": "messages",
                "code": "context_length_exceeded",
            }
        }
    ).encode(),
    "responses": json.dumps(
        {
            "error": {
                "message": "Your input exceeds the context window of this model.",
                "type": "invalid_request_error",
                "param": "input",
                "code": "context_length_exceeded",
            }
        }
    ).encode(),
    "anthropic": json.dumps(
        {
            "type": "error",
            "error": {
                "type": "invalid_request_error",
                "message": "prompt is too long: 9000 tokens > 4096 maximum",
            },
        }
    ).encode(),
}
