"""Exit codes, and the way to say that a command cannot be done as it was given."""

from typing import Final

ANSWERED: Final = 0
FAILED: Final = 1
USAGE: Final = 2
REJECTED: Final = 3
INTERRUPTED: Final = 130


class Usage(Exception):
    """The command does not make sense as given; the message says what would."""


def code_of(outcome: str) -> int:
    """Return the exit code for the end of a run."""
    return {"answered": ANSWERED, "rejected": REJECTED}.get(outcome, FAILED)
