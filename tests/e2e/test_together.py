"""Several clients, broken lines, other faces: everybody sees the same, and nobody stops a run."""

import asyncio
import json
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from client import Askwire, Refused
from protocol.codec import decode_record
from protocol.events import ApprovalRequested, ApprovalResolved, Record, RunFinished
from protocol.replies import Snapshot
from tests.e2e.network import network_to
from tests.e2e.servers import Server
from tests.e2e.watching import approve_all, log_of, same, watching

pytestmark = pytest.mark.e2e
QUESTION = "How many orders per region?"


async def test_an_approval_is_answered_by_one_of_two(server: Server) -> None:
    async with Askwire(server.url) as first, Askwire(server.url) as second:
        session = await first.sessions.create(source="shop", mode="plan_only")
        other = second.session(session.id)
        async with watching(session) as here, watching(other) as there:
            run = await session.ask(QUESTION)
            asked = await here.event(ApprovalRequested)
            assert await there.event(ApprovalRequested) == asked
            answers = await asyncio.gather(
                run.approve(asked), other.run(run.id).approve(asked), return_exceptions=True
            )
            refused = [answer for answer in answers if answer is not None]
            assert [no.code for no in refused if isinstance(no, Refused)] == ["approval_settled"]
            assert len(refused) == 1
            assert (await here.event(RunFinished)).outcome == "answered"
            assert (await there.event(RunFinished)).outcome == "answered"
        assert here.records == there.records
        answered = [r for r in here.records if isinstance(r.event, ApprovalResolved)]
        assert len(answered) == 1


@pytest.mark.kernel
async def test_a_line_that_breaks_again_and_again_loses_nothing(server: Server) -> None:
    code = (
        "import time\nfor n in range(120):\n    print('line', n, flush=True)\n    time.sleep(0.01)"
    )
    async with network_to(server.port) as network, Askwire(network.url) as wire:
        session = await wire.sessions.create()
        async with watching(session) as watch:
            async with asyncio.TaskGroup() as group:
                doing = group.create_task(session.execute(code))
                for seq in (8, 12, 16, 20, 24, 28):
                    await watch.upto(seq)
                    network.cut()
                done = await doing
            assert done.outcome == "ok"
            assert done.outputs[0].stdout == "".join(f"line {n}\n" for n in range(120))
            await watch.upto((await log_of(wire, session))[-1].seq)
        assert network.cuts == 6
        same(watch.records, await log_of(wire, session))


async def test_leaving_cancels_nothing(server: Server) -> None:
    async with Askwire(server.url) as wire:
        session = await wire.sessions.create(source="shop", mode="none")
        run = await session.ask(QUESTION)
    async with Askwire(server.url) as wire, asyncio.timeout(30):
        assert (await wire.session(session.id).run(run.id).result()).outcome == "answered"


async def test_all_faces_tell_the_same(server: Server) -> None:
    async with Askwire(server.url) as wire:
        session = await wire.sessions.create(source="shop", mode="full")
        async with watching(session) as watch:
            run = await session.ask(QUESTION)
            await watch.event(ApprovalRequested)
            upto = watch.records[-1].seq
            half, position = await asyncio.to_thread(events, server, session.id, None, upto)
            assert half == watch.records
            await approve_all(watch, run)
            end = (await log_of(wire, session))[-1].seq
            await watch.upto(end)
            rest, _ = await asyncio.to_thread(events, server, session.id, position, end)
        log = await log_of(wire, session)
        same(watch.records, log)
        same(half + rest, log)


async def test_an_inbox_tells_what_waits_in_any_session(server: Server) -> None:
    async with Askwire(server.url) as wire, asyncio.timeout(60):
        inbox = wire.inbox()
        assert isinstance(await anext(inbox), Snapshot)
        session = await wire.sessions.create(source="shop", mode="plan_only")
        run = await session.ask(QUESTION)
        async for told in inbox:
            assert isinstance(told, Record)
            if isinstance(told.event, ApprovalRequested):
                break
        assert told.event.session == session.id
        await run.approve(told.event)
        assert (await run.result()).outcome == "answered"


async def test_a_file_that_is_brought_can_be_asked(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "visits.csv"
    file.write_text("day,visits\n" + "".join(f"2025-01-{n:02d},{n}\n" for n in range(1, 32)))
    async with Askwire(server.url) as wire, asyncio.timeout(60):
        brought = await wire.upload(file)
        assert brought.source in [source.name for source in await wire.sources()]
        session = await wire.sessions.create()
        table = brought.tables[0]
        done = await session.query(f'SELECT day, visits FROM "{table}"', brought.source)
        (found,) = done.tables
        assert found.row_count == 31
        assert len(await found.rows()) == 31
        page = await found.page(limit=2, sort="visits", descending=True)
        assert [row[1] for row in page.rows] == [31, 30]
        target = tmp_path / "out.csv"
        await wire.export(found.result or "", "csv", target)
        assert len(target.read_text().splitlines()) == 32
        with pytest.raises(Refused, match="guard_refused"):
            await session.query(f'DELETE FROM "{table}"', brought.source)


def events(
    server: Server, session: str, position: str | None, upto: int
) -> tuple[list[Record], str]:
    """Read server-sent events from where `Last-Event-ID` says up to a position."""
    headers = {"Accept": "text/event-stream"}
    if position is not None:
        headers["Last-Event-ID"] = position
    request = urllib.request.Request(
        f"{server.url}/api/v1/sessions/{session}/events", None, headers
    )
    records: list[Record] = []
    with urllib.request.urlopen(request, timeout=20) as stream:
        id = ""
        for line in stream:
            name, _, value = line.decode().rstrip("\n").partition(": ")
            if name == "id":
                id = value
            elif name == "data":
                page: dict[str, Any] = json.loads(value)
                records += [decode_record(json.dumps(r).encode()) for r in page["records"]]
                if page["upto"] >= upto:
                    return records, id
    raise AssertionError("the stream ended")
