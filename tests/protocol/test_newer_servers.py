"""A client meets a newer server: what it does not know is kept, and nothing else suffers."""

import msgspec
import pytest

from protocol.codec import decode_record, decode_server, encode, encode_record, page_message
from protocol.events import ItemCompleted, Record, RunStarted, UnknownEvent
from protocol.pages import Page
from protocol.replies import PageMessage, Reply, UnknownMessage

STARTED = b'{"seq":1,"at":"t","type":"run.started","run":"r","text":"x","by":"me"}'
DANCED = b'{"seq":2,"at":"t","type":"robot.danced","run":"r","steps":[1,2]}'
HOLOGRAM = (
    b'{"seq":3,"at":"t","type":"item.completed","item":"i","content":{"kind":"hologram","depth":3}}'
)


def test_an_event_of_an_unknown_type_is_kept_as_it_came() -> None:
    record = decode_record(DANCED)
    assert record == Record(seq=2, at="t", event=UnknownEvent(type="robot.danced", raw=DANCED))
    assert encode_record(record) == DANCED


def test_content_of_an_unknown_kind_is_kept_as_it_came() -> None:
    record = decode_record(HOLOGRAM)
    assert record.event == UnknownEvent(type="item.completed", raw=HOLOGRAM)
    assert encode_record(record) == HOLOGRAM


def test_a_choice_that_is_not_known_is_kept_as_it_came() -> None:
    raw = b'{"seq":4,"at":"t","type":"run.finished","run":"r","outcome":"bored"}'
    assert decode_record(raw).event == UnknownEvent(type="run.finished", raw=raw)


def test_a_field_that_is_not_known_is_passed_over() -> None:
    raw = STARTED[:-1] + b',"mood":"good"}'
    assert decode_record(raw).event == RunStarted(run="r", text="x", by="me")
    inner = b'{"seq":3,"at":"t","type":"item.completed","item":"i","content":%b}'
    raw = inner % b'{"kind":"plan","steps":[{"text":"a","colour":"red"}],"glow":true}'
    assert isinstance(decode_record(raw).event, ItemCompleted)


def test_a_page_with_all_of_it_moves_the_position() -> None:
    records = b",".join((STARTED, DANCED, HOLOGRAM))
    page = Page(session="s", epoch="e", after=0, upto=3, records=records)
    told = decode_server(page.frame())
    assert isinstance(told, PageMessage)
    assert told == page_message(page)
    assert [record.seq for record in told.records] == [1, 2, 3]
    assert encode(told) == page.frame()


def test_a_message_of_an_unknown_type_is_kept_as_it_came() -> None:
    raw = b'{"type":"weather","sun":true}'
    assert decode_server(raw) == UnknownMessage(type="weather", raw=raw)
    packed = msgspec.msgpack.encode({"type": "weather", "sun": True})
    assert decode_server(packed, "msgpack") == UnknownMessage(type="weather", raw=raw)


def test_a_field_of_a_reply_that_is_not_known_is_passed_over() -> None:
    assert decode_server(b'{"type":"reply","id":"7","result":{"upto":3},"took":1}') == Reply(
        id="7", result={"upto": 3}
    )


@pytest.mark.parametrize(
    "raw",
    [b'{"type":"page","session":"s"}', b'{"type":"reply"}', b"[]", b'{"type":7}'],
)
def test_a_known_message_that_is_broken_is_an_error(raw: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        decode_server(raw)
