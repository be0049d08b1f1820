"""The frames of the wire's description, retyped by hand: they decode, and say the same again."""

from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from protocol.codec import (
    COMMAND_TYPES,
    EVENT_TYPES,
    SERVER_TYPES,
    decode_client,
    decode_record,
    decode_server,
    encode,
    encode_record,
)
from protocol.events import ItemCompleted, UnknownEvent
from protocol.items import AnyContent
from protocol.replies import Reply
from protocol.results import RESULTS

WIRE = Path(__file__).parents[1] / "golden" / "wire"


def lines(name: str) -> list[str]:
    return (WIRE / name).read_text("utf-8").splitlines()


def label(line: str) -> str:
    return str(msgspec.json.decode(line)["type"])


def json(data: bytes | str) -> Any:
    return msgspec.json.decode(data)


@pytest.mark.parametrize("line", lines("up.jsonl"), ids=label)
def test_what_a_client_sends(line: str) -> None:
    message = decode_client(line)
    assert json(encode(message)) == json(line)
    packed = encode(message, "msgpack")
    assert decode_client(packed, "msgpack") == message


@pytest.mark.parametrize("line", lines("down.jsonl"), ids=label)
def test_what_a_server_sends(line: str) -> None:
    message = decode_server(line)
    said = encode(message)  # type: ignore[arg-type]  # none of these is unknown
    assert json(said) == _without_pending(json(line))
    assert decode_server(said) == message


@pytest.mark.parametrize("line", lines("records.jsonl"), ids=label)
def test_what_is_told(line: str) -> None:
    placed = line.replace("{", '{"seq":7,"at":"2026-11-22T10:00:00Z",', 1)
    record = decode_record(placed.encode())
    assert not isinstance(record.event, UnknownEvent)
    assert json(encode_record(record)) == json(placed)


def test_there_is_a_frame_of_each_message_and_each_kind_of_content() -> None:
    up, down, told = ({label(line) for line in lines(f"{name}.jsonl")} for name in NAMES)
    assert up == COMMAND_TYPES | {"hello", "ping", "pong"}
    assert down == SERVER_TYPES
    assert told == EVENT_TYPES
    kinds = {
        record.event.content.__struct_config__.tag
        for record in map(_record, lines("records.jsonl"))
        if isinstance(record.event, ItemCompleted)
    }
    known = {part.__struct_config__.tag for part in get_args(AnyContent)}
    assert known - kinds == {"artifact"}, "kinds of which the description shows nothing"


def test_each_result_that_the_description_shows_is_one_of_ours() -> None:
    shown = [
        reply.result
        for reply in map(decode_server, lines("down.jsonl"))
        if isinstance(reply, Reply)
    ]
    results = list(dict.fromkeys(RESULTS.values()))
    for struct in results:
        assert any(_is(struct, result) for result in shown), struct


NAMES = ("up", "down", "records")


def _record(line: str) -> Any:
    return decode_record(line.replace("{", '{"seq":7,"at":"t",', 1).encode())


def _is(struct: type[msgspec.Struct], result: Any) -> bool:
    try:
        return bool(msgspec.json.encode(msgspec.convert(result, struct)) == encode_plain(result))
    except msgspec.ValidationError:
        return False


def encode_plain(value: Any) -> bytes:
    return msgspec.json.encode(value)


def _without_pending(value: Any) -> Any:
    """A step that is pending need not say so: the description does, our server does not."""
    if isinstance(value, dict):
        return {
            key: _without_pending(inner)
            for key, inner in value.items()
            if (key, inner) != ("status", "pending")
        }
    if isinstance(value, list):
        return [_without_pending(inner) for inner in value]
    return value
