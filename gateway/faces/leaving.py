"""Answers that take long: not for somebody who has left."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from litestar import Request

T = TypeVar("T")


async def unless_left(request: Request[Any, Any, Any], work: Coroutine[Any, Any, T]) -> T | None:
    """Await work that raises nothing of its own; None when the client has left meanwhile.

    To be called once the request's body is read: what comes then is the end of the connection.
    """
    async with asyncio.TaskGroup() as group:
        working = group.create_task(work)
        leaving = group.create_task(_left(request))
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        working.cancel()
        leaving.cancel()
    return None if working.cancelled() else working.result()


async def _left(request: Request[Any, Any, Any]) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
