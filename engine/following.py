"""Reading logs from a position on: following, resuming and replaying are this one piece of code.

A reader is a position, not a queue: what it has not read yet stays in the log. A slow reader costs
no memory and slows nobody.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Literal, Protocol

from engine.live import LiveLog
from protocol.ids import Epoch, SessionId
from protocol.pages import Page
from protocol.refusals import Refused
from protocol.replies import Snapshot
from protocol.results import Followed

After = int | Literal["tail", "snapshot"]
Told = Page | Snapshot


class Logs(Protocol):
    """Where a follower finds logs, already allowed to its caller."""

    async def open(self, session: SessionId) -> LiveLog:
        """Return the log, or raise `Refused`."""
        ...

    async def snapshot(self, session: SessionId) -> Snapshot:
        """Return the fold of the log up to where it is kept."""
        ...


class _Place:
    """A reader's position in one log. Its `ring` is what the log calls."""

    __slots__ = ("_follower", "after", "log", "session")

    def __init__(self, follower: "Follower", log: LiveLog, after: int) -> None:
        self._follower = follower
        self.session = log.session
        self.log = log
        self.after = after

    def ring(self) -> None:
        self._follower.hear(self)


class Follower:
    """Reads any number of logs, each from its own position, fairly in turn.

    Wait for `ready`, clear it, then `take` until there is nothing: the bell is taken before the log
    is read, so no news can fall in between. `ready` may also be set from outside, by whoever shares
    the wait.
    """

    def __init__(self, logs: Logs, ready: asyncio.Event | None = None) -> None:
        self.ready = ready or asyncio.Event()
        self._logs = logs
        self._places: dict[SessionId, _Place] = {}
        self._fresh: dict[SessionId, _Place] = {}
        self._snapshots: dict[SessionId, Snapshot] = {}

    def __len__(self) -> int:
        return len(self._places)

    def position(self, session: SessionId) -> tuple[Epoch, int] | None:
        """Return where the reader stands in a log that it follows."""
        place = self._places.get(session)
        return None if place is None else (place.log.epoch, place.after)

    async def follow(
        self, session: SessionId, epoch: Epoch | None = None, after: After = 0
    ) -> Followed:
        """Read this log from `after` on, or from now, or a snapshot first.

        A position that cannot be served (another epoch, or one that never was) gives a snapshot.
        """
        log = await self._logs.open(session)
        recovered = True
        if after == "tail":
            start = log.kept
        elif after == "snapshot" or after > log.kept or after < 0 or _other(epoch, log, after):
            recovered = after == "snapshot"
            snapshot = await self._logs.snapshot(session)
            self._snapshots[session] = snapshot
            start = snapshot.upto
            # It may have been let go meanwhile; from here to the listening nobody else has a turn.
            log = await self._logs.open(session)
        else:
            start = after
        self._place(log, start)
        return Followed(epoch=log.epoch, recovered=recovered, upto=log.kept)

    def _place(self, log: LiveLog, after: int) -> None:
        self.unfollow(log.session, keep_snapshot=True)
        place = _Place(self, log, after)
        self._places[log.session] = place
        log.listen(place.ring)
        self.hear(place)

    def unfollow(self, session: SessionId, *, keep_snapshot: bool = False) -> None:
        """Read this log no more."""
        place = self._places.pop(session, None)
        self._fresh.pop(session, None)
        if not keep_snapshot:
            self._snapshots.pop(session, None)
        if place is not None:
            place.log.unlisten(place.ring)

    def hear(self, place: _Place) -> None:
        """Note that a log has news."""
        self._fresh[place.session] = place
        self.ready.set()

    async def take(self) -> Told | None:
        """Return what is next of any log, or None when the reader has seen everything kept."""
        while self._fresh:
            session, place = next(iter(self._fresh.items()))
            snapshot = self._snapshots.pop(session, None)
            if snapshot is not None:
                return snapshot
            if place.log.broken is not None:
                await self._again(place)
                continue
            page = await place.log.read(place.after)
            if self._places.get(session) is not place:
                continue
            if page is None:
                # Everything is read; or the log is gone, and nothing will come of asking again.
                self._fresh.pop(session, None)
                continue
            place.after = page.upto
            # To the end of the queue, so that one loud session does not silence the others.
            self._fresh.pop(session, None)
            if page.upto < place.log.kept:
                self._fresh[session] = place
            return page
        return None

    async def _again(self, place: _Place) -> None:
        """Find the log anew after it broke: what was not kept has not happened."""
        self._fresh.pop(place.session, None)
        place.log.unlisten(place.ring)
        try:
            await self.follow(place.session, place.log.epoch, place.after)
        except Refused:
            self.unfollow(place.session)

    async def stream(self) -> AsyncIterator[Told]:
        """Yield everything there is and will be."""
        while True:
            self.ready.clear()
            while (told := await self.take()) is not None:
                yield told
            await self.ready.wait()

    def close(self) -> None:
        """Read nothing more."""
        for session in tuple(self._places):
            self.unfollow(session)


def _other(epoch: Epoch | None, log: LiveLog, after: int) -> bool:
    """Return whether a position belongs to another history. A reader at the start has none yet."""
    if epoch is None:
        return False
    return epoch != log.epoch and after > 0
