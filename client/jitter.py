"""How long to wait before the next try. Pure but for the dice, which are handed in."""

import random
from collections.abc import Callable
from typing import Final

SHORTEST: Final = 0.25
LONGEST: Final = 15.0


class Jitter:
    """Full jitter: any time between nothing and a bound that doubles with each failure.

    Clients that lost the same server come back spread out. Call `reset` only once something good
    was heard: a socket that opens and closes again is not good yet.
    """

    def __init__(self, dice: Callable[[], float] = random.random) -> None:
        self._dice = dice
        self._tries = 0

    def next(self) -> float:
        """Return the seconds to wait now."""
        bound = min(SHORTEST * 2.0 ** min(self._tries, 16), LONGEST)
        self._tries += 1
        return self._dice() * bound

    def reset(self) -> None:
        """Begin with short waits again."""
        self._tries = 0
