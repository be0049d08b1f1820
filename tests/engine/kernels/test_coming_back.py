"""A kernel that was ended for idleness: its session is told, and can have it all again."""

from collections.abc import AsyncIterator

import msgspec
import pytest
import pytest_asyncio

from engine.kernels.isolation import Ground
from engine.kernels.pool import KernelPool
from protocol import commands as c
from protocol import events as e
from protocol.ids import SessionId
from protocol.items import Output
from protocol.refusals import Refused
from tests.engine.kernels.talk import POOL, PYTHON
from tests.rig import Rig, id_, last

pytestmark = [pytest.mark.kernel, pytest.mark.asyncio(loop_scope="module")]


class Hours:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def hours() -> Hours:
    return Hours()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def pool(tmp_path_factory: pytest.TempPathFactory, hours: Hours) -> AsyncIterator[KernelPool]:
    ground = Ground(python=PYTHON, runs=tmp_path_factory.mktemp("back") / "runs")
    settings = msgspec.structs.replace(POOL, kind="eval", most_idle=0, idle_grace=3_600.0)
    pool = KernelPool(ground, settings, clock=hours)
    try:
        yield pool
    finally:
        await pool.close()


@pytest_asyncio.fixture(loop_scope="module")
async def rig(pool: KernelPool) -> AsyncIterator[Rig]:
    async with Rig(kernels=pool).running() as rig:
        yield rig


async def cell(rig: Rig, session: SessionId, code: str) -> None:
    await rig.send(c.KernelExecute(id=id_(), session=session, code=code))
    await rig.engine.rest()


def results(events: list[e.AnyEvent]) -> list[str | None]:
    return [
        event.content.result
        for event in events
        if isinstance(event, e.ItemCompleted) and isinstance(event.content, Output)
    ]


async def test_its_session_is_told_and_sees_what_was_there(
    rig: Rig, pool: KernelPool, hours: Hours
) -> None:
    session = await rig.session()
    await cell(rig, session, "x = 41")
    await cell(rig, session, "1 / 0")
    await cell(rig, session, "y = x + 1")
    hours.now += 1e9
    await pool.sweep()
    hours.now = 0.0
    died = last(await rig.until(session, e.KernelDied), e.KernelDied)
    assert (died.run, died.code) == (None, "idle")
    seen = await rig.send(c.KernelInspect(id=id_(), session=session))
    assert (seen.state, seen.cells) == ("none", 2)
    assert [(v.name, v.preview) for v in seen.variables] == [("x", "41"), ("y", "42")]
    await rig.send(c.KernelRestore(id=id_(), session=session))
    await rig.engine.rest()
    await cell(rig, session, "y")
    assert results(await rig.log(session))[-1] == "42"
    seen = await rig.send(c.KernelInspect(id=id_(), session=session))
    assert (seen.state, seen.cells) == ("idle", 2), "what was run again counts as one"


async def test_running_again_begins_with_nothing(rig: Rig) -> None:
    session = await rig.session()
    await cell(rig, session, "counted = globals().get('counted', 0) + 1")
    await rig.send(c.KernelRestore(id=id_(), session=session))
    await rig.engine.rest()
    await cell(rig, session, "counted")
    assert results(await rig.log(session))[-1] == "1"


async def test_what_was_reset_does_not_come_back(rig: Rig) -> None:
    session = await rig.session()
    await cell(rig, session, "x = 1")
    await rig.send(c.KernelReset(id=id_(), session=session))
    with pytest.raises(Refused) as refused:
        await rig.send(c.KernelRestore(id=id_(), session=session))
    assert refused.value.code == "text_empty"


async def test_a_kernel_started_says_its_isolation_and_its_python(rig: Rig) -> None:
    session = await rig.session()
    await cell(rig, session, "1")
    started = last(await rig.log(session), e.KernelStarted)
    assert started.isolation.startswith("L")


async def test_code_is_completed_by_what_the_kernel_holds(rig: Rig) -> None:
    session = await rig.session()
    asked = c.KernelComplete(id=id_(), session=session, code="numb", cursor=4)
    assert (await rig.send(asked)).matches == ()
    await cell(rig, session, "number_of_things = 3")
    found = await rig.send(asked)
    assert (found.matches, found.start, found.end) == (("number_of_things",), 0, 4)
