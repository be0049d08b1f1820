"""How many cases Hypothesis tries a law on, and which.

`make test` tries the same cases each time, so that what fails there was broken by the change at
hand. `make laws TIMES=20` tries other ones at each call, and twenty times as many: what it finds
becomes an `@example` of its law.
"""

import os
from typing import Final

from hypothesis import settings

TIMES: Final = "ASKWIRE_LAWS_TIMES"
USUAL: Final = 100


def tried(cases: int) -> int:
    """Return on how many cases a law is tried now that is tried on so many usually."""
    return cases * (asked() or 1)


def asked() -> int:
    """Return how many times as many cases somebody asked for, 0 if nobody did."""
    return int(os.environ.get(TIMES, "0"))


def keep() -> None:
    """Make this the way of every law."""
    settings.register_profile(
        "laws", max_examples=tried(USUAL), deadline=None, derandomize=not asked(), print_blob=True
    )
    settings.load_profile("laws")
