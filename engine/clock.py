"""The clock, as an argument: what decides is never the one that looks at it."""

import time
from datetime import UTC, datetime, timedelta


class Clock:
    """Wall-clock time, UTC."""

    def __init__(self) -> None:
        self._millisecond = -1
        self._stamp = ""

    def now(self) -> datetime:
        """Return the time, with its zone."""
        return datetime.now(UTC)

    def stamp(self) -> str:
        """Return the time as the wire has it: RFC 3339, milliseconds, `Z`."""
        millisecond = time.time_ns() // 1_000_000
        if millisecond != self._millisecond:
            self._millisecond = millisecond
            self._stamp = stamp_of(datetime.fromtimestamp(millisecond / 1000, UTC))
        return self._stamp

    def after(self, seconds: float) -> str:
        """Return the time so many seconds from now, as the wire has it."""
        return stamp_of(self.now() + timedelta(seconds=seconds))


def stamp_of(moment: datetime) -> str:
    """Return a moment as RFC 3339 in UTC, milliseconds, `Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def stamp_at(seconds: float) -> str:
    """Return Unix seconds as the wire has times."""
    return stamp_of(datetime.fromtimestamp(seconds, UTC))


def moment_of(stamp: str) -> datetime:
    """Read a moment from the wire."""
    return datetime.fromisoformat(stamp)
