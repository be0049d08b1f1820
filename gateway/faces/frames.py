"""Pages and snapshots as text, made once however many watch."""

from collections import OrderedDict
from typing import Final

from engine.following import Told
from protocol.codec import Encoding, encode, transcode
from protocol.ids import Epoch, SessionId
from protocol.pages import Page

KEPT: Final = 16
_Key = tuple[SessionId, Epoch, int, int, Encoding]


class Frames:
    """The frames of the last few pages: a hundred followers of one run share their text."""

    def __init__(self) -> None:
        self._known: OrderedDict[_Key, str | bytes] = OrderedDict()

    def of(self, told: Told, encoding: Encoding = "json") -> str | bytes:
        """Return text for JSON, bytes for MessagePack."""
        if not isinstance(told, Page):
            data = encode(told, encoding)
            return data.decode() if encoding == "json" else data
        key = (told.session, told.epoch, told.after, told.upto, encoding)
        known = self._known.get(key)
        if known is None:
            frame = told.frame()
            known = frame.decode() if encoding == "json" else transcode(frame)
            self._known[key] = known
            if len(self._known) > KEPT:
                self._known.popitem(last=False)
        return known


def size_of(frame: bytes | str) -> int:
    """Return how many bytes a frame has."""
    if isinstance(frame, bytes) or frame.isascii():
        return len(frame)
    return len(frame.encode("utf-8", "surrogatepass"))
