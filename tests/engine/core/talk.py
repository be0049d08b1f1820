"""What the tests of runs share: a few scripts, a person who answers gates, a clock set by hand."""

from datetime import UTC, datetime, timedelta

from engine.clock import Clock, stamp_of
from engine.models.scripted import call
from protocol import commands as c
from protocol import events as e
from protocol.ids import SessionId
from tests.rig import COUNT, Rig, id_

PLAN = call("make_plan", "p", "count\n", steps=["count", "say it"])
SQL = call("run_sql", "c", COUNT, sql=COUNT)
SAY = call("answer", "a", "42 orders.", text="42 orders.")
ROUNDS = (PLAN, SQL, SAY)
SHOUT = call("run_python", "c", "shout()", code="shout()")


class Hand(Clock):
    """A clock that goes on when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.moment = datetime(2026, 11, 22, 10, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def stamp(self) -> str:
        return stamp_of(self.moment)

    def go_on(self, seconds: float) -> None:
        """Let time pass; whoever waits for it has to look."""
        self.moment += timedelta(seconds=seconds)


def kinds(events: list[e.AnyEvent]) -> list[str]:
    """Return the types of events, deltas left out."""
    tags = [str(type(event).__struct_config__.tag) for event in events]
    return [tag for tag in tags if tag != "item.delta"]


async def answer(rig: Rig, session: SessionId, verdict: str, **more: object) -> e.ApprovalRequested:
    """Wait for the next open approval and answer it."""
    events = await rig.until(session, e.ApprovalRequested)
    settled = {event.approval for event in events if isinstance(event, e.ApprovalResolved)}
    asked = [event for event in events if isinstance(event, e.ApprovalRequested)]
    while asked[-1].approval in settled:
        events = await rig.until(session, e.ApprovalRequested, len(asked) + 1)
        asked = [event for event in events if isinstance(event, e.ApprovalRequested)]
    await rig.send(
        c.ApprovalResolve(
            id=id_(),
            session=session,
            approval=asked[-1].approval,
            verdict=verdict,  # type: ignore[arg-type]  # a verdict
            digest=asked[-1].digest,
            **more,  # type: ignore[arg-type]  # fields of the command
        )
    )
    return asked[-1]
