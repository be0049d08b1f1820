"""Token buckets: how many commands a caller may send, by whatever door."""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from protocol.ids import CallerId
from protocol.refusals import Refused

KNOWN: Final = 10_000
"""How many callers are remembered; who was longest away begins with a full bucket again."""


class Bucket:
    """Lets through `rate` a second on average, and twice that at once."""

    def __init__(self, rate: float, now: Callable[[], float] = time.monotonic) -> None:
        self._rate = float(rate)
        self._most = 2.0 * rate
        self._left = self._most
        self._now = now
        self._at = now()

    def take(self) -> float:
        """Take one and return 0, or return the seconds until there is one."""
        now = self._now()
        self._left = min(self._most, self._left + (now - self._at) * self._rate)
        self._at = now
        if self._left >= 1:
            self._left -= 1
            return 0.0
        return (1 - self._left) / self._rate


class Buckets:
    """One bucket for each caller, however many sockets and requests they come with."""

    def __init__(self, rate: float, now: Callable[[], float] = time.monotonic) -> None:
        self.rate = rate
        self._now = now
        self._of: OrderedDict[CallerId, Bucket] = OrderedDict()

    def of(self, caller: CallerId) -> Bucket:
        """Return the caller's bucket."""
        bucket = self._of.get(caller)
        if bucket is None:
            bucket = self._of[caller] = Bucket(self.rate, self._now)
            if len(self._of) > KNOWN:
                self._of.popitem(last=False)
        self._of.move_to_end(caller)
        return bucket

    def count(self, caller: CallerId) -> None:
        """Count one command of a caller's. Raise `Refused` `rate_limited` if it is one too many."""
        wait = self.of(caller).take()
        if wait > 0:
            words = f"at most {self.rate:g} commands a second"
            raise Refused("rate_limited", words, retry_after=round(wait, 3))
