"""decode(encode(m)) == m, for every message, in both encodings."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.codec import (
    Encoding,
    decode_client,
    decode_record,
    decode_records,
    decode_server,
    encode,
    encode_record,
    encode_records,
    page_message,
    place_of,
    split_records,
    transcode,
)
from protocol.events import Record
from protocol.pages import Page
from protocol.schema import vocabulary
from protocol.schema.vocabulary import Struct
from tests.laws import tried
from tests.protocol.strategies import anything, events, records, texts

few = settings(max_examples=tried(10))
both = pytest.mark.parametrize("encoding", ["json", "msgpack"])


@both
@pytest.mark.parametrize("struct", vocabulary.CLIENT, ids=lambda struct: struct.__name__)
@few
@given(data=st.data())
def test_what_a_client_sends_arrives(struct: Struct, encoding: Encoding, data: Any) -> None:
    message = data.draw(anything(struct))
    assert decode_client(encode(message, encoding), encoding) == message


@both
@pytest.mark.parametrize("struct", vocabulary.SERVER, ids=lambda struct: struct.__name__)
@few
@given(data=st.data())
def test_what_a_server_sends_arrives(struct: Struct, encoding: Encoding, data: Any) -> None:
    message = data.draw(anything(struct))
    assert decode_server(encode(message, encoding), encoding) == message


@pytest.mark.parametrize("struct", vocabulary.EVENTS, ids=lambda struct: struct.__name__)
@few
@given(data=st.data())
def test_each_event_comes_back_out_of_the_log(struct: Struct, data: Any) -> None:
    event = data.draw(anything(struct))
    record = Record(seq=7, at="2026-11-22T10:00:00Z", event=event)
    raw = encode_record(record)
    assert decode_record(raw) == record
    place = place_of(raw)
    assert (place.seq, place.at, place.type) == (7, record.at, struct.__struct_config__.tag)


@pytest.mark.parametrize("struct", vocabulary.RESULTS, ids=lambda struct: struct.__name__)
@few
@given(data=st.data())
def test_each_result_arrives_in_a_reply(struct: Struct, data: Any) -> None:
    result = data.draw(anything(struct))
    reply = vocabulary.replies.Reply(id="7", result=result)
    told = decode_server(encode(reply))
    assert msgspec.convert(getattr(told, "result"), struct) == result  # noqa: B009  # any message


@pytest.mark.parametrize("struct", vocabulary.SCREENS, ids=lambda struct: struct.__name__)
@few
@given(data=st.data())
def test_each_part_of_a_screen_arrives(struct: Struct, data: Any) -> None:
    seen = data.draw(anything(struct))
    assert msgspec.json.decode(msgspec.json.encode(seen), type=struct) == seen


@few
@given(message=anything(vocabulary.replies.PageMessage))
def test_messagepack_says_what_json_says(message: Any) -> None:
    assert msgspec.msgpack.decode(transcode(encode(message))) == msgspec.json.decode(
        encode(message)
    )


@few
@given(written=st.lists(events, max_size=4), after=st.integers(0, 2**40))
def test_records_take_the_places_after_a_position(written: list[Any], after: int) -> None:
    raw = encode_records(written, after, "2026-11-22T10:00:00Z")
    assert [place_of(one).seq for one in split_records(raw)] == [
        after + 1 + place for place in range(len(written))
    ]
    assert [record.event for record in decode_records(raw)] == written


@few
@given(shown=st.lists(records(), max_size=4), session=texts, cut=st.integers(0, 4))
def test_a_page_says_the_same_as_its_parts_joined(
    shown: list[Record], session: str, cut: int
) -> None:
    cut = min(cut, len(shown))
    raws = [encode_record(record) for record in shown]
    first = Page(session=session, epoch="e", after=0, upto=cut, records=b",".join(raws[:cut]))
    rest = Page(
        session=session, epoch="e", after=cut, upto=len(raws), records=b",".join(raws[cut:])
    )
    whole = first.joined(rest)
    assert page_message(whole).records == tuple(shown)
    assert decode_server(whole.frame()) == page_message(whole)
    assert encode(page_message(whole)) == whole.frame()


@pytest.mark.parametrize(("after", "epoch"), [(2, "e"), (0, "e"), (1, "f")])
def test_pages_that_do_not_follow_each_other_are_not_joined(after: int, epoch: str) -> None:
    first = Page(session="s", epoch="e", after=0, upto=1, records=b"{}")
    with pytest.raises(ValueError, match="does not follow 1"):
        first.joined(Page(session="s", epoch=epoch, after=after, upto=9, records=b"{}"))


def test_a_number_that_is_none_becomes_null_and_never_broken_json() -> None:
    event = vocabulary.events.ItemDelta(item="i", rows=[[float("nan"), float("inf"), 1.5]])
    raw = encode_records((event,), 0, "2026-11-22T10:00:00Z")
    assert decode_record(raw).event == vocabulary.events.ItemDelta(
        item="i", rows=[[None, None, 1.5]]
    )
