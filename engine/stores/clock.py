"""The time a store writes beside what it keeps."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]

RECEIPT_LIFE = timedelta(days=7)
"""How long a retry of a command is known as one."""


def utc_now() -> datetime:
    """Return the time, with its zone."""
    return datetime.now(UTC)


def in_text(moment: datetime) -> str:
    """Return a time as it stands on the wire: UTC, to the millisecond."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
