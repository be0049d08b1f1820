"""The time a store writes beside what it keeps."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]

RECEIPT_LIFE = timedelta(days=7)
"""How long a retry of a command is known as one."""


def utc_now() -> datetime:
    """Return the time, with its zone."""
    return datetime.now(UTC)
