"""Why a socket was closed, and what its client should do.

440x: do not come back unchanged. 45xx and 101x: come back, with full-jitter back-off from 0.25 to
15 s, and follow from where you were.
"""

from typing import Final

import msgspec


class Close(msgspec.Struct, frozen=True, kw_only=True):
    """A WebSocket close code (RFC 6455, section 7.4) with our reason and advice."""

    code: int
    reason: str
    advice: str
    reconnect: bool


BAD_FRAME: Final = Close(
    code=4400,
    reason="bad frame",
    advice="Send one message a frame, as text for JSON and as binary for MessagePack.",
    reconnect=False,
)
WHO_ARE_YOU: Final = Close(
    code=4401,
    reason="who are you",
    advice="Get a token once and come back with it.",
    reconnect=False,
)
NOT_YOURS: Final = Close(
    code=4403,
    reason="not yours",
    advice="This origin or caller may not use this server.",
    reconnect=False,
)
NO_HELLO: Final = Close(
    code=4408,
    reason="no hello",
    advice="Send hello within five seconds of opening.",
    reconnect=False,
)
FRAME_TOO_LARGE: Final = Close(
    code=4413,
    reason="frame too large",
    advice="Keep frames within the limit that welcome told; upload files over HTTP.",
    reconnect=False,
)
TOO_MANY: Final = Close(
    code=4429,
    reason="too many",
    advice="Send fewer commands a second, or follow fewer sessions on one socket.",
    reconnect=False,
)
TOO_SLOW: Final = Close(
    code=4508,
    reason="too slow",
    advice="No byte was taken for a while. Follow again from where you were.",
    reconnect=True,
)
OUR_FAULT: Final = Close(
    code=1011,
    reason="our fault",
    advice="Something broke here. Come back and follow from where you were.",
    reconnect=True,
)
RESTARTING: Final = Close(
    code=1012,
    reason="restarting",
    advice="The server comes back in a moment; nothing is lost.",
    reconnect=True,
)
OVERLOADED: Final = Close(
    code=1013,
    reason="overloaded",
    advice="Come back a little later.",
    reconnect=True,
)

CLOSES: Final = (
    BAD_FRAME,
    WHO_ARE_YOU,
    NOT_YOURS,
    NO_HELLO,
    FRAME_TOO_LARGE,
    TOO_MANY,
    TOO_SLOW,
    OUR_FAULT,
    RESTARTING,
    OVERLOADED,
)
