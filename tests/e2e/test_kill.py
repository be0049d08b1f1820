"""A server that is killed: what was asked goes on, what was seen stays, and nothing comes twice."""

import asyncio
import signal

import pytest

from client import Askwire
from protocol.events import (
    ApprovalRequested,
    ItemCompleted,
    ItemDelta,
    ItemStarted,
    RunFinished,
)
from protocol.items import Code
from tests.e2e.servers import Server
from tests.e2e.watching import approve_all, log_of, same, watching

pytestmark = pytest.mark.e2e
QUESTION = "How many orders per region?"


async def restart(server: Server, how: signal.Signals = signal.SIGKILL) -> None:
    await asyncio.to_thread(server.end, how)
    await asyncio.to_thread(server.start)


async def test_an_approval_outlives_the_server(server: Server) -> None:
    async with Askwire(server.url) as wire:
        session = await wire.sessions.create(source="shop", mode="full")
        async with watching(session) as watch:
            run = await session.ask(QUESTION)
            asked: ApprovalRequested = await watch.event(ApprovalRequested)
            await restart(server)
            screen = await session.screen()
            assert [seen.verdict for seen in screen.approvals.values()] == [None]
            assert list(screen.approvals) == [asked.approval]
            assert screen.activity == "waiting"
            finished = await approve_all(watch, run)
            assert finished.outcome == "answered"
            await watch.upto((await log_of(wire, session))[-1].seq)
        same(watch.records, await log_of(wire, session))


async def test_a_run_that_was_killed_at_work_is_finished(server: Server) -> None:
    async with Askwire(server.url) as wire:
        session = await wire.sessions.create(source="shop", mode="none")
        async with watching(session) as watch:
            run = await session.ask(QUESTION)
            await watch.event(ItemDelta)
            await restart(server)
            finished: RunFinished = await watch.event(RunFinished)
            assert (finished.run, finished.outcome) == (run.id, "answered")
            await watch.upto((await log_of(wire, session))[-1].seq)
        same(watch.records, await log_of(wire, session))
        # It can be asked again: nothing of the killed process is in the way.
        assert (await (await session.ask(QUESTION)).result()).outcome == "answered"


@pytest.mark.kernel
async def test_code_that_was_killed_while_it_printed_is_marked_and_not_run_again(
    server: Server,
) -> None:
    async with Askwire(server.url) as wire:
        session = await wire.sessions.create()
        code = "import time\nfor n in range(10**6):\n    print(n, flush=True)\n    time.sleep(0.01)"
        async with watching(session) as watch:
            async with asyncio.TaskGroup() as group:
                doing = group.create_task(session.execute(code))
                await watch.until(
                    lambda record: (
                        isinstance(record.event, ItemDelta) and record.event.stream == "stdout"
                    )
                )
                await restart(server)
                done = await doing
            assert done.outcome == "interrupted"
            assert isinstance(done.content, Code)
            await watch.upto((await log_of(wire, session))[-1].seq)
        started = [r.event.item for r in watch.records if isinstance(r.event, ItemStarted)]
        completed = [r.event.item for r in watch.records if isinstance(r.event, ItemCompleted)]
        assert sorted(started) == sorted(completed)
        assert len(set(started)) == len(started)


async def test_a_server_that_is_told_to_stop_says_goodbye_and_its_clients_come_back(
    server: Server,
) -> None:
    async with Askwire(server.url) as wire:
        told: list[tuple[str, str]] = []
        wire.on_state(lambda state: told.append((state, wire.connection.trouble)))
        session = await wire.sessions.create(source="shop", mode="full")
        async with watching(session) as watch:
            run = await session.ask(QUESTION)
            await watch.event(ApprovalRequested)
            await restart(server, signal.SIGTERM)
            assert (await approve_all(watch, run)).outcome == "answered"
        state, trouble = told[0]
        assert state == "offline"
        assert "1012" in trouble
        assert wire.state == "live"


async def test_a_command_that_was_sent_while_the_server_was_away_acts_once(
    server: Server,
) -> None:
    async with Askwire(server.url) as wire:
        session = await wire.sessions.create(source="shop")
        await asyncio.to_thread(server.end)
        async with asyncio.timeout(100), asyncio.TaskGroup() as group:
            asking = group.create_task(session.ask(QUESTION))
            await wire.until("offline")
            assert not asking.done()
            await asyncio.to_thread(server.start)
        assert (await asking.result().result()).outcome == "answered"
        assert len((await session.screen()).runs) == 1
