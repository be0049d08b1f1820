"""What can go wrong between a client and its server. What a server refuses is `Refused`."""

from typing import Final

from protocol.closes import CLOSES, Close

ADVICE: Final[dict[int, Close]] = {close.code: close for close in CLOSES}


class Closed(Exception):
    """The server closed for good, or the client was left: nothing more comes of this connection."""

    def __init__(self, code: int, reason: str, advice: str = "") -> None:
        super().__init__(f"closed with {code}: {reason}" + (f". {advice}" if advice else ""))
        self.code = code
        self.reason = reason
        self.advice = advice


class Unreachable(Exception):
    """No server answered in time."""


def may_return(code: int | None) -> bool:
    """Say whether a client may come back after this close code; none means that the line broke."""
    if code is None:
        return True
    known = ADVICE.get(code)
    # 44xx that a newer server may say means the same as those that are known.
    return known.reconnect if known is not None else not 4400 <= code < 4500


def closed(code: int, reason: str) -> Closed:
    """Return the failure for a close code, with the advice that is known for it."""
    known = ADVICE.get(code)
    if known is None:
        return Closed(code, reason)
    return Closed(code, reason or known.reason, known.advice)
