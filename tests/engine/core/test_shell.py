"""The shell keeps its word when callers leave, texts are odd, and nobody follows."""

import asyncio
from typing import Any

import pytest

from engine.ports import (
    Append,
    Asked,
    CallDelta,
    Called,
    CallStarted,
    Conflict,
    StoreFailed,
)
from engine.stores.memory import MemoryStore
from protocol import commands as c
from protocol import events as e
from protocol.codec import encode_records
from protocol.commands import RunStart
from protocol.ids import ItemId, Key, RunId
from protocol.pages import Page
from protocol.refusals import Refused
from tests.engine.core.talk import ROUNDS
from tests.rig import ME, Rig, id_, key, last

HALF = (
    CallStarted(call="c", tool="answer"),
    CallDelta(call="c", text="a \ud83d half"),
    Called(call="c", tool="answer", arguments={"text": "a \ud83d half"}),
)


class Slow(MemoryStore):
    """A store whose appends take until they are let."""

    def __init__(self) -> None:
        super().__init__()
        self.let = asyncio.Event()
        self.let.set()
        self.asked = asyncio.Event()

    async def append(self, append: Append) -> None:
        self.asked.set()
        await self.let.wait()
        await super().append(append)


async def test_half_a_character_of_a_model_does_not_stop_the_log() -> None:
    async with Rig((HALF,)).running() as rig:
        session = await rig.session()
        await rig.ask(session)
        async with asyncio.timeout(20):
            events = await rig.until(session, e.RunFinished)
    assert last(events, e.RunFinished).answer == "a \N{REPLACEMENT CHARACTER} half"


async def test_a_question_whose_asker_left_while_it_was_kept_is_worked_on() -> None:
    store = Slow()
    async with Rig(ROUNDS, store=store).running() as rig:
        session = await rig.session()
        store.let.clear()
        store.asked.clear()
        asking = asyncio.create_task(rig.ask(session))
        await store.asked.wait()
        asking.cancel()
        await asyncio.wait([asking])
        store.let.set()
        async with asyncio.timeout(20):
            await rig.until(session, e.RunFinished)


async def test_what_was_not_kept_for_somebody_who_left_is_no_fault(
    caplog: pytest.LogCaptureFixture,
) -> None:
    store = Slow()
    async with Rig(ROUNDS, store=store).running() as rig:
        session = await rig.session()
        store.let.clear()
        store.asked.clear()
        asking = asyncio.create_task(rig.ask(session))
        await store.asked.wait()
        asking.cancel()
        await asyncio.wait([asking])
        await store.drop(session)  # its place is taken
        store.let.set()
        live = rig.engine.rooms._sessions[session]
        with pytest.raises(Conflict):
            await live.until_kept(live.head)
        await rig.engine.rest()
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_a_retry_does_not_end_with_the_first_try() -> None:
    store = Slow()
    async with Rig(ROUNDS, store=store).running() as rig:
        session = await rig.session()
        store.let.clear()
        store.asked.clear()
        start = RunStart(id=id_(), session=session, text="how many?", key=key("k"))
        first = asyncio.create_task(rig.send(start))
        await store.asked.wait()
        again = asyncio.create_task(rig.send(start))
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.wait([first])
        store.let.set()
        async with asyncio.timeout(20):
            await asyncio.wait([again])
        assert not again.cancelled()
        log = await rig.log(session)
        assert sum(isinstance(event, e.RunStarted) for event in log) == 1


async def test_a_line_asked_by_hand_is_answered_when_its_cell_is_stopped() -> None:
    async with Rig((), {"shout()": [Asked(prompt="how loud?")]}).running() as rig:
        session = await rig.session()
        made = await rig.send(c.KernelExecute(id=id_(), session=session, code="shout()"))
        await rig.until(session, e.InputRequested)
        await rig.send(c.QueryCancel(id=id_(), session=session, item=made.item))
        await rig.until(session, e.ItemCompleted)
        await rig.engine.rest()
        live = await rig.engine.session(ME, session)
        assert not live.state.inputs


async def test_a_line_asked_by_hand_is_answered_after_a_restart() -> None:
    async with Rig((), {"shout()": [Asked(prompt="how loud?")]}).running() as rig:
        session = await rig.session()
        await rig.send(c.KernelExecute(id=id_(), session=session, code="shout()"))
        await rig.until(session, e.InputRequested)
        await rig.restarted()
        live = await rig.engine.session(ME, session)
        assert not live.state.inputs


async def test_who_follows_a_log_that_is_gone_is_told_nothing_and_costs_nothing() -> None:
    async with Rig().running() as rig:
        session = await rig.session()
        follower = rig.engine.follower(ME)
        await rig.store.drop(session)
        await follower.follow(session)
        async with asyncio.timeout(20):
            assert await follower.take() is None
        follower.close()


async def test_a_session_that_was_let_go_while_it_was_looked_up_is_not_written_twice() -> None:
    """Else who follows it by then would not hear of it."""
    async with Rig(ROUNDS).running() as rig:
        session = await rig.session()
        stale = await rig.engine.session(ME, session)
        rig.engine.rooms.forget(session)
        follower = rig.engine.follower(ME)
        await follower.follow(session, after="tail")
        assert not rig.engine.rooms.is_held(stale)
        await rig.send(c.SessionUpdate(id=id_(), session=session, name="new"))
        told = await follower.take()
        assert told is not None
        follower.close()


async def test_a_log_that_breaks_a_rule_does_not_keep_the_others_from_being_served() -> None:
    async with Rig(ROUNDS, pause=0.01).running() as rig:
        broken, good = await rig.session(), await rig.session()
        for session in (broken, good):
            await rig.ask(session)
            await rig.until(session, e.RoundStarted)
        await rig.engine.close()
        head = await rig.store.head(broken)
        assert head is not None
        twice = e.RunStarted(run=RunId("r_x"), text="?", by=ME.id)
        page = Page(
            session=broken,
            epoch=head.epoch,
            after=head.upto,
            upto=head.upto + 1,
            records=encode_records([twice], head.upto, "2026-11-22T10:00:00.000Z"),
        )
        await rig.store.append(Append(page=page))
        rig.engine = rig._engine()
        await rig.engine.start()
        async with asyncio.timeout(20):
            await rig.until(good, e.RunFinished)


async def test_what_works_for_a_session_is_forgotten_when_it_is_done() -> None:
    async with Rig(ROUNDS).running() as rig:
        session = await rig.session()
        await rig.ask(session)
        await rig.until(session, e.RunFinished)
        await rig.engine.rest()
        await asyncio.sleep(0)
        assert not rig.engine._work


@pytest.mark.parametrize(
    ("fields", "code"),
    [({"key": Key("k" * 201)}, "bad_message"), ({"name": "n" * 501}, "bad_message")],
)
async def test_what_is_kept_for_long_is_bounded(fields: Any, code: str) -> None:
    async with Rig().running() as rig:
        session = await rig.session()
        command = c.SessionUpdate(id=id_(), session=session, **fields)
        with pytest.raises(Refused) as refused:
            await rig.send(command)
        assert refused.value.code == code


async def test_what_is_said_to_a_run_is_bounded_as_a_question_is() -> None:
    async with Rig(ROUNDS).running() as rig:
        session = await rig.session(mode="full")
        run = (await rig.ask(session)).run
        await rig.until(session, e.ApprovalRequested)
        with pytest.raises(Refused, match="at most 20000"):
            await rig.send(c.RunSteer(id=id_(), session=session, run=run, text="x" * 20_001))


async def test_what_is_written_after_the_end_is_refused_and_not_waited_for() -> None:
    async with Rig().running() as rig:
        session = await rig.session()
        live = await rig.engine.session(ME, session)
    with pytest.raises(StoreFailed):
        live.record(e.SessionUpdated(session=session, by=ME.id, name="late"))
    with pytest.raises(StoreFailed):
        await live.until_kept(live.head)


async def test_a_log_that_nobody_follows_holds_no_pages() -> None:
    async with Rig(ROUNDS).running() as rig:
        session = await rig.session()
        await rig.ask(session)
        await rig.until(session, e.RunFinished)
        await rig.engine.rest()
        live = await rig.engine.session(ME, session)
        assert not live._tail
        assert not live._frames


async def test_what_cannot_be_written_breaks_the_log_and_leaves_nobody_waiting() -> None:
    async with Rig().running() as rig:
        session = await rig.session()
        live = await rig.engine.session(ME, session)
        begun = e.ItemStarted(item=ItemId("i"), kind="code", language="python")
        odd = e.ItemDelta(item=begun.item, text="half a \ud800 letter")
        async with asyncio.timeout(20):
            with pytest.raises(StoreFailed, match="cannot be kept"):
                await live.until_kept(live.record(begun, odd))
        assert not (await rig.engine.session(ME, session)).state.free
