"""The only place where messages become bytes, and bytes messages.

JSON is what is kept and shown; MessagePack is the same message for those who ask for it.
"""

from collections.abc import Callable, Iterable, Iterator
from difflib import get_close_matches
from typing import Any, Final, Literal, get_args

import msgspec

from protocol.commands import AnyClientMessage, AnyCommand
from protocol.events import AnyEvent, Attachment, Gates, Record, RunOptions, UnknownEvent
from protocol.ids import CommandId, Epoch, SessionId
from protocol.items import Part, Step
from protocol.pages import Page
from protocol.refusals import Refused
from protocol.replies import (
    AnyServerMessage,
    PageMessage,
    Refusal,
    Reply,
    ServerPing,
    ServerPong,
    Snapshot,
    UnknownMessage,
    Welcome,
)

Encoding = Literal["json", "msgpack"]

JSON: Final = "askwire.v1.json"
MSGPACK: Final = "askwire.v1.msgpack"
SUBPROTOCOLS: Final[dict[str, Encoding]] = {JSON: "json", MSGPACK: "msgpack"}


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a record stands, and of what type it is; read without the rest."""

    seq: int
    at: str
    type: str


class _Peek(msgspec.Struct, frozen=True, kw_only=True):
    type: str = ""
    id: str | None = None


class _RawPage(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="page"):
    session: SessionId
    epoch: Epoch
    after: int
    upto: int
    records: tuple[msgspec.Raw, ...]


_Incoming = Welcome | Reply | Refusal | _RawPage | Snapshot | ServerPing | ServerPong

_json_lines: Final = msgspec.json.Encoder().encode_lines
_json_encode: Final = msgspec.json.Encoder().encode
_event: Final = msgspec.json.Decoder(AnyEvent)
_place: Final = msgspec.json.Decoder(Place)
_raws: Final = msgspec.json.Decoder(tuple[msgspec.Raw, ...])
_client: Final[dict[Encoding, Callable[[bytes | str], AnyClientMessage]]] = {
    "json": msgspec.json.Decoder[AnyClientMessage](AnyClientMessage).decode,
    "msgpack": msgspec.msgpack.Decoder[AnyClientMessage](AnyClientMessage).decode,  # type: ignore[dict-item]  # it takes bytes only, and is given nothing else
}
_server: Final = msgspec.json.Decoder[_Incoming](_Incoming)
_any: Final[dict[Encoding, Callable[[bytes | str], Any]]] = {
    "json": msgspec.json.Decoder().decode,
    "msgpack": msgspec.msgpack.Decoder().decode,  # type: ignore[dict-item]  # as above
}
_peek: Final[dict[Encoding, Callable[[bytes | str], _Peek]]] = {
    "json": msgspec.json.Decoder(_Peek).decode,
    "msgpack": msgspec.msgpack.Decoder(_Peek).decode,  # type: ignore[dict-item]  # as above
}

_NOT_READABLE: Final = (msgspec.MsgspecError, UnicodeError, RecursionError)
_PARTS: Final[dict[str, type[Part]]] = {
    "attachments": Attachment,
    "gates": Gates,
    "options": RunOptions,
    "plan": Step,
}

CLIENT_TYPES: Final = tuple(
    str(part.__struct_config__.tag)
    for union in get_args(AnyClientMessage)
    for part in (get_args(union) or (union,))
)


# --- Records and pages ------------------------------------------------------------------------


def encode_records(events: Iterable[AnyEvent], after: int, at: str) -> bytes:
    """Return the events as records right after position `after`, in the form a `Page` keeps."""
    # All are encoded by one call, a line each; no line holds a line break of its own.
    lines = _json_lines(events)[1:-1].decode()
    if not lines:
        return b""
    place = f',"at":"{at}",'
    rest = enumerate(lines.split("\n{"), after + 1)
    return ",".join([f'{{"seq":{seq}{place}{event}' for seq, event in rest]).encode()


def decode_record(raw: bytes | msgspec.Raw) -> Record:
    """Read one record. What a newer server says that is not known here is kept as it came."""
    place = _place.decode(raw)
    try:
        event: AnyEvent | UnknownEvent = _event.decode(raw)
    except msgspec.ValidationError:
        event = UnknownEvent(type=place.type, raw=bytes(raw))
    return Record(seq=place.seq, at=place.at, event=event)


def decode_records(records: bytes) -> list[Record]:
    """Read the records of a page."""
    return [decode_record(raw) for raw in split_records(records)]


def split_records(records: bytes) -> tuple[msgspec.Raw, ...]:
    """Return the records of a page, each as its own bytes."""
    return _raws.decode(b"[%b]" % records)


def place_of(raw: bytes | msgspec.Raw) -> Place:
    """Return where a record stands, without reading the rest of it."""
    return _place.decode(raw)


def encode_record(record: Record) -> bytes:
    """Return one record as its flat JSON object."""
    if isinstance(record.event, UnknownEvent):
        return record.event.raw
    return encode_records((record.event,), record.seq - 1, record.at)


def page_message(page: Page) -> PageMessage:
    """Return the page with its records read."""
    return PageMessage(
        session=page.session,
        epoch=page.epoch,
        after=page.after,
        upto=page.upto,
        records=tuple(decode_records(page.records)),
    )


def transcode(frame: bytes) -> bytes:
    """Return a JSON message as MessagePack."""
    return msgspec.msgpack.encode(msgspec.json.decode(frame))


# --- Messages ---------------------------------------------------------------------------------


def encode(message: AnyServerMessage | AnyClientMessage, encoding: Encoding = "json") -> bytes:
    """Return a message as bytes."""
    if isinstance(message, PageMessage):
        data = _page_of(message).frame()
        return data if encoding == "json" else transcode(data)
    return _json_encode(message) if encoding == "json" else msgspec.msgpack.encode(message)


def encode_value(value: Any) -> bytes:
    """Return any of our structs, or plain values, as JSON."""
    return _json_encode(value)


def _page_of(message: PageMessage) -> Page:
    return Page(
        session=message.session,
        epoch=message.epoch,
        after=message.after,
        upto=message.upto,
        records=b",".join(encode_record(record) for record in message.records),
    )


def decode_client(data: bytes | str, encoding: Encoding = "json") -> AnyClientMessage:
    """Read what a client sent. Raise `Refused` (`bad_message`, `unknown_type`), saying why."""
    try:
        message = _client[encoding](data)
    except msgspec.ValidationError as error:
        raise _refusal_of(data, encoding, str(error)) from None
    except _NOT_READABLE as error:
        raise Refused("bad_message", f"this is not {encoding}: {error}") from None
    _refuse_unknown_in_parts(message, data, encoding)
    return message


def _refuse_unknown_in_parts(
    message: AnyClientMessage, data: bytes | str, encoding: Encoding
) -> None:
    """Refuse a typo by name in a part, too: it stands in events as well, and is open there."""
    given = [name for name in _PARTS if getattr(message, name, None)]
    if not given:
        return
    tree = _any[encoding](data)
    for name in given:
        known = _PARTS[name].__struct_fields__
        for part in tree[name] if isinstance(tree[name], list) else (tree[name],):
            for field in part:
                if field not in known:
                    wrong = f"Object contains unknown field `{field}` - at `$.{name}`"
                    raise Refused("bad_message", wrong)


def _refusal_of(data: bytes | str, encoding: Encoding, wrong: str) -> Refused:
    try:
        type_ = _peek[encoding](data).type
    except _NOT_READABLE:
        return Refused("bad_message", wrong)
    if type_ and type_ not in CLIENT_TYPES:
        near = get_close_matches(type_, CLIENT_TYPES, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        return Refused("unknown_type", f"there is no message of type {type_!r}{hint}")
    return Refused("bad_message", wrong)


def id_of(data: bytes | str, encoding: Encoding = "json") -> CommandId | None:
    """Return the id of a message that could not be read whole, if at least that can be."""
    try:
        found = _peek[encoding](data).id
    except _NOT_READABLE:
        return None
    return None if found is None else CommandId(found)


def decode_server(
    data: bytes | str, encoding: Encoding = "json"
) -> AnyServerMessage | UnknownMessage:
    """Read what a server sent. A message of an unknown type is kept as it came."""
    raw = _as_json(data, encoding)
    try:
        message: _Incoming = _server.decode(raw)
    except msgspec.ValidationError:
        type_ = _peek["json"](raw).type
        if type_ in SERVER_TYPES:
            raise
        return UnknownMessage(type=type_, raw=raw)
    if isinstance(message, _RawPage):
        return PageMessage(
            session=message.session,
            epoch=message.epoch,
            after=message.after,
            upto=message.upto,
            records=tuple(decode_record(part) for part in message.records),
        )
    return message


def _as_json(data: bytes | str, encoding: Encoding) -> bytes:
    if encoding == "msgpack":
        return _json_encode(msgspec.msgpack.decode(data if isinstance(data, bytes) else b""))
    return data.encode() if isinstance(data, str) else data


def _tags(union: Any) -> Iterator[str]:
    for part in get_args(union):
        if get_args(part):
            yield from _tags(part)
        else:
            yield str(part.__struct_config__.tag)


EVENT_TYPES: Final = frozenset(_tags(AnyEvent))
SERVER_TYPES: Final = frozenset(_tags(AnyServerMessage))
COMMAND_TYPES: Final = frozenset(_tags(AnyCommand))
