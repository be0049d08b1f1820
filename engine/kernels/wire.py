"""The messages of Jupyter kernels: packed, signed, read with suspicion.

A kernel runs code of people, so whatever comes from it may be wrong in any way.
"""

import datetime
import hashlib
import hmac
import uuid
from collections.abc import Sequence
from typing import Any

import msgspec

DELIMITER = b"<IDS|MSG>"
VERSION = "5.4"


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """Names a message. Fields we do not use may be missing."""

    msg_id: str = ""
    msg_type: str = ""
    session: str = ""
    username: str = ""
    date: str = ""
    version: str = VERSION


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One message. `size` is what it cost on the wire."""

    header: Header
    parent: Header = Header()
    content: dict[str, Any] = {}
    metadata: dict[str, Any] = {}
    size: int = 0


def request(kind: str, content: dict[str, Any], **metadata: Any) -> Message:
    """Return a new message of ours."""
    header = Header(
        msg_id=uuid.uuid4().hex,
        msg_type=kind,
        session="askwire",
        username="askwire",
        date=datetime.datetime.now(datetime.UTC).isoformat(),
    )
    return Message(header=header, content=content, metadata=metadata)


def answer(kind: str, content: dict[str, Any], to: Header) -> Message:
    """Return a message of ours that answers `to`."""
    return msgspec.structs.replace(request(kind, content), parent=to)


class Signer:
    """Packs and unpacks messages for one kernel's key."""

    def __init__(self, key: str) -> None:
        self._mac = hmac.new(key.encode(), digestmod=hashlib.sha256)
        self._encode = msgspec.json.Encoder().encode
        self._header = msgspec.json.Decoder(Header)
        self._object = msgspec.json.Decoder(dict[str, Any])

    def _sign(self, parts: Sequence[bytes]) -> bytes:
        mac = self._mac.copy()
        for part in parts:
            mac.update(part)
        return mac.hexdigest().encode()

    def pack(self, message: Message) -> list[bytes]:
        """Return the frames of a message."""
        parent: Any = message.parent if message.parent.msg_id else {}
        values: tuple[Any, ...] = (message.header, parent, message.metadata, message.content)
        parts = [self._encode(value) for value in values]
        return [DELIMITER, self._sign(parts), *parts]

    def unpack(self, frames: Sequence[bytes]) -> Message | None:
        """Return the message, or None for anything that is none or not signed with our key."""
        try:
            start = frames.index(DELIMITER)
            signature, *parts = frames[start + 1 : start + 6]
            if len(parts) != 4 or not hmac.compare_digest(signature, self._sign(parts)):
                return None
            return Message(
                header=self._header.decode(parts[0]),
                parent=self._header.decode(parts[1]),
                metadata=self._object.decode(parts[2]),
                content=self._object.decode(parts[3]),
                size=sum(map(len, parts)),
            )
        except (ValueError, RecursionError):  # msgspec's errors are ValueErrors
            return None
