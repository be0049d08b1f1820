"""The socket as AsyncAPI 3, seen from the server: it receives commands and sends pages."""

from typing import Any, Final

import msgspec

from protocol.codec import SUBPROTOCOLS, encode
from protocol.refusals import ADVICE
from protocol.schema import vocabulary
from protocol.schema.as_json_schema import definitions
from protocol.schema.examples import EXAMPLES
from protocol.schema.vocabulary import Struct, name_of, result_of, word_of

VERSION: Final = "3.1.0"
SOCKET: Final = {"$ref": "#/channels/socket"}
MORE: Final = (
    "One socket carries many sessions. A text frame holds one JSON message (`askwire.v1.json`), a "
    "binary frame the same message as MessagePack (`askwire.v1.msgpack`). Whatever the server "
    "shows comes in pages of the session's log; each command has exactly one answer."
)


def asyncapi() -> dict[str, Any]:
    """Return the AsyncAPI document."""
    messages = (*vocabulary.CLIENT, *vocabulary.SERVER)
    return {
        "asyncapi": VERSION,
        "info": {
            "title": "Askwire",
            "version": "1",
            "description": MORE,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {
            "socket": {
                "address": "/ws",
                "title": "The socket",
                "description": MORE,
                "messages": {
                    name_of(one): {"$ref": f"#/components/messages/{name_of(one)}"}
                    for one in messages
                },
                "bindings": {"ws": {"method": "GET", "headers": _headers()}},
            }
        },
        "operations": _operations(),
        "components": {
            "messages": {name_of(one): _message(one) for one in messages},
            "schemas": _moved(definitions()),
        },
        "x-refusals": dict(ADVICE),
    }


def _headers() -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"Sec-WebSocket-Protocol": {"enum": list(SUBPROTOCOLS)}},
    }


def _operations() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for struct in vocabulary.COMMANDS:
        word = word_of(struct)
        found[str(word.tag)] = {
            "action": "receive",
            "channel": SOCKET,
            "summary": word.promise,
            "messages": [_use(struct)],
            "reply": {"channel": SOCKET, "messages": [_named("Reply"), _named("Refusal")]},
            "x-result": {"$ref": f"#/components/schemas/{name_of(result_of(struct))}"},
        }
    found["open"] = {
        "action": "receive",
        "channel": SOCKET,
        "summary": "The first message of every connection.",
        "messages": [_named("Hello")],
        "reply": {"channel": SOCKET, "messages": [_named("Welcome"), _named("Refusal")]},
    }
    found["show"] = {
        "action": "send",
        "channel": SOCKET,
        "summary": "Pages of the sessions that are followed, from where each was left.",
        "messages": [_named("PageMessage"), _named("Snapshot")],
    }
    found["live"] = {
        "action": "send",
        "channel": SOCKET,
        "summary": "Every `heartbeat` seconds.",
        "messages": [_named("ServerPing")],
        "reply": {"channel": SOCKET, "messages": [_named("Pong")]},
    }
    found["alive"] = {
        "action": "receive",
        "channel": SOCKET,
        "summary": "Whenever a client wants to know.",
        "messages": [_named("Ping")],
        "reply": {"channel": SOCKET, "messages": [_named("ServerPong")]},
    }
    return found


def _use(struct: Struct) -> dict[str, str]:
    return _named(name_of(struct))


def _named(name: str) -> dict[str, str]:
    return {"$ref": f"#/channels/socket/messages/{name}"}


def _message(struct: Struct) -> dict[str, Any]:
    word = word_of(struct)
    return {
        "name": word.tag,
        "title": word.name,
        "summary": word.promise.splitlines()[0],
        "payload": {"$ref": f"#/components/schemas/{word.name}"},
        "examples": [{"payload": msgspec.json.decode(encode(EXAMPLES[struct]))}],
    }


def _moved(schema: Any) -> Any:
    """Return a schema with its references pointing to where AsyncAPI keeps schemas."""
    if isinstance(schema, dict):
        return {
            key: value.replace("#/$defs/", "#/components/schemas/")
            if key == "$ref"
            else _moved(value)
            for key, value in schema.items()
        }
    if isinstance(schema, list):
        return [_moved(part) for part in schema]
    return schema
