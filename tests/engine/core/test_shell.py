"""The shell keeps its word when callers leave, texts are odd, and nobody follows."""

import asyncio

from engine.ports import Append, Asked, CallDelta, Called, CallStarted
from engine.stores.memory import MemoryStore
from protocol import commands as c
from protocol import events as e
from protocol.commands import RunStart
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
