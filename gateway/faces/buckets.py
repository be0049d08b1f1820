"""Token buckets: how many commands a client may send."""

import time
from collections.abc import Callable


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
