"""Kernels change their home while the server runs."""

import sys
from pathlib import Path

import msgspec
import pytest

from engine.kernels.choice import Choice, ChosenKernels
from engine.kernels.isolation import Ground
from engine.kernels.jupyter_server import Remote
from engine.kernels.pool import KernelPool
from engine.ports import Handed, KernelFailed, Kernels, Wanted
from protocol.choices import KernelHome
from protocol.ids import SessionId
from protocol.items import ErrorInfo
from tests.engine.kernels.talk import POOL, value

ONE, TWO = SessionId("s_1"), SessionId("s_2")
WORKER, IPYTHON = Choice(kind="eval"), Choice(kind="ipykernel")
ASK = "import sys; 'IPython' in sys.modules"


@pytest.mark.kernel
async def test_a_session_moves_with_its_next_cell(tmp_path: Path) -> None:
    made: list[KernelPool] = []

    def make(choice: Choice) -> Kernels:
        ground = Ground(python=sys.executable, runs=tmp_path / f"runs{len(made)}")
        made.append(KernelPool(ground, msgspec.structs.replace(POOL, kind=choice.kind)))
        return made[-1]

    kernels = ChosenKernels(make, WORKER)
    try:
        worker = await kernels.get(ONE, tmp_path / "w")
        assert await value(worker, ASK) == "False"
        assert await value(worker, "open('kept', 'w').write('x')") == "1"
        kernels.choose(IPYTHON)
        assert kernels.current(ONE) is worker
        moved = await kernels.get(ONE, tmp_path / "w")
        assert await value(moved, ASK) == "True"
        assert await value(moved, "open('kept').read()") == "'x'"
        assert (await worker.inspect()).state == "dead"
        assert kernels.current(TWO) is None
        await kernels.release(ONE)
        await kernels.release(ONE)
        assert kernels.current(ONE) is None
        assert len(made) == 2
    finally:
        await kernels.close()


class Log:
    """A desk that knows what the log of a session says."""

    async def hand(self, session: SessionId, wanted: Wanted) -> Handed:
        raise AssertionError("nobody asks")

    async def home(self, session: SessionId) -> KernelHome | None:
        return KernelHome(kind="eval") if session == ONE else None

    def lost(self, session: SessionId, why: ErrorInfo) -> None:
        raise AssertionError("nothing is lost")


async def test_what_was_chosen_before_the_server_began_still_holds() -> None:
    kernels = ChosenKernels(lambda _: pytest.fail("nothing is made"), IPYTHON)
    kernels.serve(Log())
    assert [await kernels.choice_of(session) for session in (ONE, TWO)] == [WORKER, IPYTHON]
    assert [await kernels.is_own(session) for session in (ONE, TWO)] == [True, False]
    kernels.choose_for(ONE, None)
    assert await kernels.choice_of(ONE) == IPYTHON


def test_a_choice_without_sense_is_refused() -> None:
    kernels = ChosenKernels(lambda _: pytest.fail("nothing is made"), WORKER)
    for choice in (
        Choice(kind="jupyter_server"),
        Choice(kind="eval", remote=Remote(url="http://host")),
    ):
        with pytest.raises(KernelFailed):
            kernels.choose(choice)
    assert kernels.choice == WORKER
