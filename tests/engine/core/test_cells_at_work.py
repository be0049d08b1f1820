"""What one cell may ask of the server, and that it ends with the cell."""

import asyncio
from pathlib import Path

import pytest

from engine.agent.cells import MOST_QUESTIONS, CellAtWork
from engine.kernels.scripted import ScriptedKernels
from engine.ports import Kernel, PortError
from protocol import commands as c
from protocol import events as e
from protocol.ids import ItemId, SessionId
from tests.rig import Rig, id_, last


def test_a_cell_asks_the_model_a_few_times() -> None:
    cell = CellAtWork(None, ItemId("i_1"))
    for _ in range(MOST_QUESTIONS):
        cell.question()
    with pytest.raises(PortError) as refused:
        cell.question()
    assert refused.value.info.code == "too_many_calls"


class StartingForEver(ScriptedKernels):
    """Kernels of which none is ever there."""

    def __init__(self) -> None:
        super().__init__()
        self.wanted = asyncio.Event()

    async def get(self, session: SessionId, workspace: Path) -> Kernel:
        self.wanted.set()
        await asyncio.Event().wait()
        raise AssertionError("it never comes")


async def test_a_cell_whose_kernel_still_starts_can_be_interrupted() -> None:
    kernels = StartingForEver()
    async with Rig(kernels=kernels).running() as rig:
        session = await rig.session()
        await rig.send(c.KernelExecute(id=id_(), session=session, code="1"))
        await kernels.wanted.wait()
        await rig.send(c.KernelInterrupt(id=id_(), session=session))
        done = last(await rig.until(session, e.ItemCompleted), e.ItemCompleted)
        assert done.outcome == "interrupted"


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
