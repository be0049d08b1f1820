"""A query that its source expects much of waits for a person, also where no gate is shut."""

import pytest

from engine.gates import Ceiling, too_dear
from engine.ports import Abilities, Estimate
from engine.world import Bounds
from protocol import commands as c
from protocol import events as e
from protocol.events import EstimateInfo, Mode
from tests.engine.core.talk import ROUNDS, SAY, SQL, answer
from tests.rig import COUNT, Rig, id_, last

UNASKED = Ceiling(rows=1_000, cost=50_000)
DEAR = Estimate(rows=12_000_000, bytes=96_000_000, cost=10.0)


@pytest.mark.parametrize(
    ("estimate", "words"),
    [
        (None, None),
        (EstimateInfo(), None),
        (EstimateInfo(rows=1_000, cost=50_000), None),
        (EstimateInfo(rows=1_001), "expects 1,001 rows; more than 1,000 are"),
        (EstimateInfo(rows=1, cost=50_001.5), "cost at 50,002; more than 50,000 is"),
    ],
)
def test_only_what_is_expected_above_a_ceiling_is_asked_about(
    estimate: EstimateInfo | None, words: str | None
) -> None:
    said = too_dear(estimate, UNASKED)
    assert (said is None) if words is None else (said is not None and words in said)
    assert too_dear(estimate, Ceiling()) is None


def rig(estimate: Estimate | None = DEAR, unasked: Ceiling = UNASKED, times: int = 1) -> Rig:
    rounds = ROUNDS if times == 1 else (SQL, SAY) * times
    made = Rig(rounds, bounds=Bounds(unasked=unasked))
    made.source.abilities = Abilities(estimate=True)
    if estimate is not None:
        made.source.estimates[made.source.check(COUNT).sql] = estimate
    return made


@pytest.mark.parametrize("mode", ["none", "auto_execute", "plan_only"])
async def test_a_dear_query_waits_whatever_the_mode(mode: Mode) -> None:
    async with rig().running() as running:
        session = await running.session(mode=mode)
        await running.ask(session)
        if mode == "plan_only":
            await answer(running, session, "approve")
        asked = await answer(running, session, "approve")
        events = await running.until(session, e.RunFinished)
        assert last(events, e.RunFinished).outcome == "answered"
        assert (asked.subject, asked.text, asked.remembers) == ("sql", COUNT, None)
        assert asked.reason is not None
        assert asked.reason.startswith("The source expects 12,000,000 rows")
        assert asked.estimate == EstimateInfo(rows=12_000_000, bytes=96_000_000, cost=10.0)
        assert len(running.source.ran) == 1


async def test_a_dear_query_that_is_turned_down_never_runs() -> None:
    async with rig().running() as running:
        session = await running.session()
        await running.ask(session)
        await answer(running, session, "reject")
        events = await running.until(session, e.RunFinished)
        assert last(events, e.RunFinished).outcome == "rejected"
        assert running.source.ran == []


async def test_approving_holds_for_exactly_the_text_that_was_shown() -> None:
    async with rig().running() as running:
        session = await running.session()
        await running.ask(session)
        asked = last(await running.until(session, e.ApprovalRequested), e.ApprovalRequested)
        cheaper = f"{COUNT} WHERE id = 1"
        await answer(running, session, "edit", code=cheaper)
        await running.until(session, e.ApprovalResolved)
        await running.until(session, e.RoundFinished, 2)
        assert running.source.ran == [running.source.check(cheaper).sql]
        assert asked.digest


@pytest.mark.parametrize(
    ("estimate", "unasked"),
    [
        (None, UNASKED),
        (Estimate(rows=10, cost=5.0), UNASKED),
        (DEAR, Ceiling()),
    ],
)
async def test_other_queries_go_on(estimate: Estimate | None, unasked: Ceiling) -> None:
    async with rig(estimate, unasked).running() as running:
        session = await running.session()
        await running.ask(session)
        events = await running.until(session, e.RunFinished)
        assert not any(isinstance(event, e.ApprovalRequested) for event in events)


async def test_a_grant_for_the_session_does_not_open_it() -> None:
    async with rig(times=2).running() as running:
        session = await running.session(mode="review_first")
        await running.ask(session)
        first = await answer(running, session, "approve", remember="session")
        assert first.reason is not None
        assert first.remembers is not None
        await running.until(session, e.RunFinished)
        await running.ask(session)
        second = await answer(running, session, "approve")
        await running.until(session, e.RunFinished, 2)
        assert second.remembers is None


async def test_a_restart_while_it_waits_asks_nothing_twice() -> None:
    async with rig().running() as running:
        session = await running.session()
        await running.ask(session)
        await running.until(session, e.ApprovalRequested)
        await running.restarted()
        await answer(running, session, "approve")
        events = await running.until(session, e.RunFinished)
        assert sum(isinstance(event, e.ApprovalRequested) for event in events) == 1


async def test_a_cancel_takes_the_question_down() -> None:
    async with rig().running() as running:
        session = await running.session()
        await running.ask(session)
        asked = last(await running.until(session, e.ApprovalRequested), e.ApprovalRequested)
        await running.send(c.RunCancel(id=id_(), session=session, run=asked.run))
        events = await running.until(session, e.RunFinished)
        assert last(events, e.ApprovalResolved).verdict == "cancelled"
