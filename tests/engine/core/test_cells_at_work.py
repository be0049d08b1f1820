"""What one cell may ask of the server, and that it ends with the cell."""

import asyncio

import pytest

from engine.agent.cells import MOST_QUESTIONS, CellAtWork
from engine.ports import PortError
from protocol.ids import ItemId


def test_a_cell_asks_the_model_a_few_times() -> None:
    cell = CellAtWork(None, ItemId("i_1"))
    for _ in range(MOST_QUESTIONS):
        cell.question()
    with pytest.raises(PortError) as refused:
        cell.question()
    assert refused.value.info.code == "too_many_calls"


async def test_what_a_cell_asked_for_ends_with_it() -> None:
    cell = CellAtWork(None, ItemId("i_1"))
    begun, ended = asyncio.Event(), asyncio.Event()

    async def answer() -> None:
        with cell.call():
            begun.set()
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()

    async with asyncio.TaskGroup() as group:
        task = group.create_task(answer())
        await begun.wait()
        await cell.over()
        assert task.cancelled()
    assert ended.is_set()
