"""A clock that is set back, or jumps ahead, changes times but neither order nor outcome."""

from datetime import datetime, timedelta

import pytest

from engine.clock import Clock, stamp_of
from protocol import events as e
from tests.engine.core.talk import ROUNDS, answer
from tests.rig import Rig


class SetClock(Clock):
    """A clock that people set while it runs."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong_by = timedelta()

    def now(self) -> datetime:
        return super().now() + self.wrong_by

    def stamp(self) -> str:
        return stamp_of(self.now())


@pytest.mark.parametrize("jump", [timedelta(hours=-1), timedelta(days=1)])
async def test_a_run_goes_on_while_the_clock_jumps(jump: timedelta) -> None:
    clock = SetClock()
    rig = Rig(ROUNDS, clock=clock)
    async with rig.running():
        session = await rig.session(mode="review_first")
        await rig.ask(session)
        await rig.until(session, e.ApprovalRequested)
        clock.wrong_by = jump
        await answer(rig, session, "approve")
        events = await rig.until(session, e.RunFinished)
        (finished,) = [event for event in events if isinstance(event, e.RunFinished)]
        assert finished.outcome == "answered"
        assert finished.elapsed_ms is not None
        assert finished.elapsed_ms >= 0
        assert events == await rig.log(session)
