"""What plain HTTP says when the server goes away while somebody listens."""

import asyncio
from pathlib import Path

import httpx

from protocol.closes import RESTARTING
from tests.gateway.serving import Served, serving


async def until_over(served: Served, listening: "asyncio.Task[httpx.Response]") -> httpx.Response:
    """Say goodbye until the listener has heard it: it may not have begun to listen yet."""
    async with asyncio.timeout(20):
        while not listening.done():
            served.app.state.heart.close_all(RESTARTING)
            await asyncio.wait({listening}, timeout=0.05)
    return listening.result()


async def test_a_stream_and_a_long_poll_end_when_the_server_goes_away(tmp_path: Path) -> None:
    """An open stream kept the whole server from stopping."""
    async with serving(tmp_path) as served:
        session = (await served.command(type="session.create"))["result"]["session"]
        events = f"{served.url}/api/v1/sessions/{session}/events"
        async with (
            httpx.AsyncClient(trust_env=False, timeout=60) as client,
            asyncio.TaskGroup() as group,
        ):
            accept = {"Accept": "text/event-stream"}
            stream = group.create_task(client.get(events, headers=accept))
            assert (await until_over(served, stream)).status_code == 200
            poll = group.create_task(client.get(events, params={"after": 1, "wait": 60}))
            assert (await until_over(served, poll)).status_code == 204
