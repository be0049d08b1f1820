"""Frames that no client should send. Each is refused in words that name what is wrong."""

from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protocol.codec import Encoding, decode_client, id_of
from protocol.refusals import Refused

DEEP = 100_000
OPEN = b'{"type":"run.start","id":"3","session":"s"'
START = {"type": "run.start", "id": "3", "session": "s", "text": "t"}


def options(text: str) -> bytes:
    return b'%b,"text":"t","options":%b}' % (OPEN, text.encode())


BAD: list[tuple[str, bytes | str, str, str, str | None]] = [
    ("empty", b"", "bad_message", "this is not json", None),
    ("not JSON", b"select 1", "bad_message", "this is not json", None),
    ("cut off", OPEN, "bad_message", "this is not json", None),
    ("two at once", b'{"type":"ping"} {}', "bad_message", "trailing characters", None),
    ("a list", b"[]", "bad_message", "Expected `object`, got `array`", None),
    ("a number", b"42", "bad_message", "Expected `object`, got `int`", None),
    ("null", b"null", "bad_message", "Expected `object`, got `null`", None),
    ("no type", b'{"id":"3"}', "bad_message", "missing required field `type`", "3"),
    ("type is a number", b'{"type":7,"id":"3"}', "bad_message", "Expected `str`", None),
    (
        "a type nearly right",
        b'{"type":"run.strat","id":"3"}',
        "unknown_type",
        "no message of type 'run.strat'; did you mean 'run.start'?",
        "3",
    ),
    (
        "a type from nowhere",
        b'{"type":"zzz","id":"3"}',
        "unknown_type",
        "there is no message of type 'zzz'",
        "3",
    ),
    (
        "a server's type",
        b'{"type":"welcome","id":"3"}',
        "unknown_type",
        "no message of type 'welcome'",
        "3",
    ),
    ("unknown field", OPEN + b',"text":"t","nope":1}', "bad_message", "unknown field `nope`", "3"),
    (
        "unknown option",
        options('{"max_row":5}'),
        "bad_message",
        "unknown field `max_row` - at `$.options`",
        "3",
    ),
    (
        "unknown field of an attachment",
        OPEN + b',"text":"t","attachments":[{"name":"a","path":"/etc"}]}',
        "bad_message",
        "unknown field `path` - at `$.attachments`",
        "3",
    ),
    (
        "unknown gate",
        b'{"type":"session.create","id":"3","gates":{"pyhton":"ask"}}',
        "bad_message",
        "unknown field `pyhton` - at `$.gates`",
        "3",
    ),
    (
        "unknown field where a client stands",
        b'{"type":"hello","id":"3","follow":[{"session":"s","since":1}]}',
        "bad_message",
        "unknown field `since` - at `$.follow[0]`",
        "3",
    ),
    ("wrong type", OPEN + b',"text":5}', "bad_message", "Expected `str`, got `int` - at", "3"),
    ("missing field", OPEN + b"}", "bad_message", "missing required field `text`", "3"),
    (
        "missing id",
        b'{"type":"run.start","session":"s","text":"t"}',
        "bad_message",
        "missing required field `id`",
        None,
    ),
    ("id is a number", b'{"type":"ping","id":3}', "bad_message", "Expected `str", None),
    (
        "a choice that is not offered",
        b'{"type":"approval.resolve","id":"3","session":"s","approval":"a","verdict":"maybe"}',
        "bad_message",
        "Invalid enum value 'maybe' - at `$.verdict`",
        "3",
    ),
    ("a deep list", b"[" * DEEP, "bad_message", "Expected `object`", None),
    ("deep objects", b'{"a":' * DEEP, "bad_message", "maximum recursion depth", None),
    ("deep in a text", OPEN + b',"text":' + b"[" * DEEP, "bad_message", "Expected `str`", None),
    (
        "deep in what is not known",
        OPEN + b',"nope":' + b"[" * DEEP + b"]" * DEEP + b"}",
        "bad_message",
        "unknown field `nope`",
        None,
    ),
    (
        "deep in an option",
        options('{"x":' * DEEP + "1" + "}" * DEEP),
        "bad_message",
        "maximum recursion depth",
        None,
    ),
    ("a huge number", options('{"max_rows":%s}' % ("9" * 4000)), "bad_message", "Expected", "3"),
    ("above 53 bits", options('{"max_rows":9007199254740993}'), "bad_message", "Expected", "3"),
    ("above 64 bits", options(f'{{"max_rows":{2**65}}}'), "bad_message", "Expected", "3"),
    ("infinite", options('{"max_seconds":1e999}'), "bad_message", "out of range", "3"),
    ("NaN", options('{"max_seconds":NaN}'), "bad_message", "this is not json", None),
    ("below zero", options('{"max_rows":-1}'), "bad_message", "Expected `int` >= 1", "3"),
    (
        "a position below zero",
        b'{"type":"session.follow","id":"3","session":"s","after":-1}',
        "bad_message",
        "Expected `int` >= 0",
        "3",
    ),
    ("half a character", OPEN + rb',"text":"\ud800"}', "bad_message", "this is not json", None),
    ("half, as text", OPEN.decode() + ',"text":"\ud800"}', "bad_message", "surrogates", None),
    ("not UTF-8", OPEN + b',"text":"\xff\xfe"}', "bad_message", "utf-8", "3"),
    ("UTF-16", '{"type":"ping"}'.encode("utf-16"), "bad_message", "this is not json", None),
    ("a byte order mark", b'\xef\xbb\xbf{"type":"ping"}', "bad_message", "not json", None),
]


@pytest.mark.parametrize(
    ("data", "code", "words", "id_"), [case[1:] for case in BAD], ids=[case[0] for case in BAD]
)
def test_a_bad_frame_is_refused_with_words(
    data: bytes | str, code: str, words: str, id_: str | None
) -> None:
    with pytest.raises(Refused) as caught:
        decode_client(data)
    assert caught.value.code == code
    assert words in caught.value.detail
    assert caught.value.advice == "fix"
    assert id_of(data) == id_


PACKED: list[tuple[str, bytes, str, str, str | None]] = [
    ("empty", b"", "bad_message", "this is not msgpack", None),
    ("no message at all", b"\xc1", "bad_message", "this is not msgpack", None),
    ("JSON", b'{"type":"ping"}', "bad_message", "", None),
    ("two at once", b"\x81\xa4type\xa4pingx", "bad_message", "trailing", None),
    ("a list", b"\x90", "bad_message", "Expected `object`", None),
    ("a key that is no text", b"\x81\x01\x02", "bad_message", "Expected `str`", None),
    ("not UTF-8", b"\x81\xa4type\xa2\xff\xfe", "bad_message", "utf-8", None),
    ("deep", b"\x91" * DEEP, "bad_message", "Expected `object`", None),
    ("deep objects", b"\x81\xa1a" * DEEP, "bad_message", "maximum recursion depth", None),
    ("more than there is", b"\xdf\xff\xff\xff\xff", "bad_message", "this is not msgpack", None),
    (
        "unknown type",
        msgspec.msgpack.encode(START | {"type": "run.stat"}),
        "unknown_type",
        "did you mean 'run.start'?",
        "3",
    ),
    (
        "unknown option",
        msgspec.msgpack.encode(START | {"options": {"max_row": 1}}),
        "bad_message",
        "unknown field `max_row`",
        "3",
    ),
    (
        "NaN",
        msgspec.msgpack.encode(START | {"options": {"max_seconds": float("nan")}}),
        "bad_message",
        "Expected `float` > 0",
        "3",
    ),
]


@pytest.mark.parametrize(
    ("data", "code", "words", "id_"),
    [case[1:] for case in PACKED],
    ids=[case[0] for case in PACKED],
)
def test_a_bad_packed_frame_is_refused_with_words(
    data: bytes, code: str, words: str, id_: str | None
) -> None:
    with pytest.raises(Refused) as caught:
        decode_client(data, "msgpack")
    assert caught.value.code == code
    assert words in caught.value.detail
    assert id_of(data, "msgpack") == id_


@given(data=st.binary(max_size=80), encoding=st.sampled_from(["json", "msgpack"]))
def test_no_bytes_do_more_than_be_refused(data: bytes, encoding: Encoding) -> None:
    with suppress(Refused):
        decode_client(data, encoding)
    id_of(data, encoding)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=3,
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    fields=st.dictionaries(
        st.sampled_from(["id", "session", "text", "options", "after", "gates", "verdict"]),
        json_values,
    ),
    type_=st.sampled_from(["run.start", "session.create", "session.follow", "hello", "ping"]),
)
def test_no_object_does_more_than_be_refused(fields: dict[str, Any], type_: str) -> None:
    try:
        data = msgspec.json.encode({"type": type_, **fields})
    except (UnicodeEncodeError, OverflowError):
        return
    with suppress(Refused):
        decode_client(data)
    id_of(data)
