"""What every kernel promises, whatever runs behind it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from engine.kernels.jupyter_server import RemoteKernels
from engine.kernels.pool import KernelPool
from engine.ports import (
    Asked,
    Completion,
    Ended,
    Kernel,
    KernelLimits,
    Kernels,
    Printed,
    Raised,
    Returned,
)
from protocol.ids import SessionId
from tests.engine.kernels.jupyter import a_jupyter_server
from tests.engine.kernels.talk import LIGHT, LIMITS, POOL, a_pool, ended, printed, said, value

pytestmark = [pytest.mark.kernel, pytest.mark.asyncio(loop_scope="module")]

NewKernel = Callable[[], Awaitable[Kernel]]


@pytest_asyncio.fixture(
    loop_scope="module", scope="module", params=["ipykernel", "eval", "jupyter_server"]
)
async def new_kernel(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[NewKernel]:
    """A function that gives a kernel: the same one until it dies, then a fresh one."""
    folder = tmp_path_factory.mktemp("kernels")
    async with _kernels(request.param, folder) as kernels:

        async def get() -> Kernel:
            return await kernels.get(SessionId("s_contract"), folder / "workspace")

        yield get


@asynccontextmanager
async def _kernels(kind: str, folder: Path) -> AsyncIterator[Kernels]:
    if kind == "jupyter_server":
        async with a_jupyter_server(folder) as remote:
            kernels = RemoteKernels(remote)
            try:
                yield kernels
            finally:
                await kernels.close()
        return
    async with a_pool(folder, msgspec.structs.replace(POOL, kind=kind)) as pool:
        yield pool


@pytest_asyncio.fixture(loop_scope="module")
async def kernel(new_kernel: NewKernel) -> Kernel:
    return await new_kernel()


async def test_it_shows_text_and_the_last_value(kernel: Kernel) -> None:
    outputs = await said(kernel, "import sys\nprint('out')\nprint('err', file=sys.stderr)\n6 * 7")
    assert printed(outputs) == "out\n"
    assert printed(outputs, "stderr") == "err\n"
    assert [o for o in outputs if not isinstance(o, Printed)] == [
        Returned(text="42"),
        Ended(outcome="ok"),
    ]


async def test_text_arrives_while_the_cell_still_runs(kernel: Kernel) -> None:
    outputs = kernel.run("print('before', flush=True)\nx = input('go? ')\nprint(x)", LIMITS)
    assert await anext(outputs) == Printed(stream="stdout", text="before\n")
    assert await anext(outputs) == Asked(prompt="go? ")
    await kernel.reply("yes")
    rest = [output async for output in outputs]
    assert printed(rest) == "yes\n"
    assert ended(rest).outcome == "ok"


async def test_a_password_is_asked_for_as_one(kernel: Kernel) -> None:
    outputs = kernel.run("import getpass\nlen(getpass.getpass('secret: '))", LIMITS)
    assert await anext(outputs) == Asked(prompt="secret: ", password=True)
    await kernel.reply("abc")
    assert [o async for o in outputs] == [Returned(text="3"), Ended(outcome="ok")]


async def test_a_reply_that_nobody_waits_for_is_nothing(kernel: Kernel) -> None:
    await kernel.reply("stray")
    assert await value(kernel, "1 + 1") == "2"


async def test_variables_stay_until_reset(kernel: Kernel) -> None:
    await said(kernel, "kept = 5")
    assert await value(kernel, "kept") == "5"
    await kernel.reset()
    outputs = await said(kernel, "kept")
    assert [o.name for o in outputs if isinstance(o, Raised)] == ["NameError"]
    assert ended(outputs).outcome == "failed"


async def test_a_traceback_shows_the_code_of_people_only(kernel: Kernel) -> None:
    outputs = await said(kernel, "def broken():\n    return 1 / 0\n\nbroken()")
    raised = next(o for o in outputs if isinstance(o, Raised))
    assert (raised.name, raised.message) == ("ZeroDivisionError", "division by zero")
    assert "broken" in raised.traceback
    for internal in ("ipykernel", "kernels/inside", "interactiveshell"):
        assert internal not in raised.traceback
    assert ended(outputs) == Ended(outcome="failed")


async def test_a_syntax_error_is_an_exception_too(kernel: Kernel) -> None:
    outputs = await said(kernel, "for for")
    assert [o.name for o in outputs if isinstance(o, Raised)] == ["SyntaxError"]
    assert ended(outputs).outcome == "failed"


async def test_an_empty_cell_is_over_at_once(kernel: Kernel) -> None:
    assert await said(kernel, "") == [Ended(outcome="ok")]


@pytest.mark.parametrize(
    "endless", ["while True: pass", "import time\ntime.sleep(1000)", "input()"]
)
async def test_an_interrupt_stops_the_cell_and_keeps_the_rest(kernel: Kernel, endless: str) -> None:
    await said(kernel, "kept = 7")
    outputs = kernel.run(f"print('started', flush=True)\n{endless}", LIMITS)
    await anext(outputs)
    async with asyncio.timeout(15):
        await kernel.interrupt()
        rest = [output async for output in outputs]
    assert ended(rest) == Ended(outcome="interrupted")
    assert await value(kernel, "kept") == "7"


async def test_an_interrupt_of_nothing_is_nothing(kernel: Kernel) -> None:
    await kernel.interrupt()
    assert await value(kernel, "2") == "2"


async def test_code_that_ignores_interrupts_is_ended_by_force(new_kernel: NewKernel) -> None:
    kernel = await new_kernel()
    stubborn = """
import signal
signal.signal(signal.SIGINT, signal.SIG_IGN)
print('started', flush=True)
while True:
    pass
"""
    outputs = kernel.run(stubborn, LIMITS)
    await anext(outputs)
    async with asyncio.timeout(15):
        await kernel.interrupt()
        last = ended([output async for output in outputs])
    assert last.outcome == "died"
    assert last.error is not None
    assert last.error.code == "interrupt_forced"
    assert (await kernel.inspect()).state == "dead"
    assert await value(await new_kernel(), "'again'") == "'again'"


async def test_a_cell_over_its_time_is_interrupted_and_says_so(kernel: Kernel) -> None:
    await said(kernel, "kept = 8")
    last = ended(await said(kernel, "while True: pass", KernelLimits(max_seconds=0.3)))
    assert last.outcome == "interrupted"
    assert last.error is not None
    assert last.error.code == "time_limit"
    assert last.error.hint
    assert await value(kernel, "kept") == "8"


async def test_a_person_may_think_longer_than_the_code_may_run(kernel: Kernel) -> None:
    outputs = kernel.run("x = input()\nx", KernelLimits(max_seconds=0.5))
    await anext(outputs)
    await asyncio.sleep(0.8)  # the very thing under test is that time passes
    await kernel.reply("done")
    assert [o async for o in outputs] == [Returned(text="'done'"), Ended(outcome="ok")]


async def test_closing_the_iterator_stops_the_cell(kernel: Kernel) -> None:
    outputs = kernel.run("print('started', flush=True)\nwhile True: pass", LIMITS)
    await anext(outputs)
    await outputs.aclose()  # type: ignore[attr-defined]
    async with asyncio.timeout(15):
        assert await value(kernel, "'free'") == "'free'"


async def test_cells_run_in_the_order_in_which_they_came(kernel: Kernel) -> None:
    await said(kernel, "order = []")
    async with asyncio.TaskGroup() as group:
        for number in range(5):
            group.create_task(said(kernel, f"order.append({number})"))
    assert await value(kernel, "order") == "[0, 1, 2, 3, 4]"


async def test_output_over_the_limit_is_cut_and_marked(kernel: Kernel) -> None:
    limits = KernelLimits(max_output_bytes=10_000)
    outputs = await said(kernel, "for _ in range(100_000): print('x' * 99)", limits)
    assert ended(outputs) == Ended(outcome="ok", truncated=True)
    assert 10_000 <= len(printed(outputs)) < 10_200
    assert "more was printed" in printed(outputs)
    assert not ended(await said(kernel, "print('fine')", limits)).truncated


async def test_memory_without_end_is_refused_and_the_kernel_lives(kernel: Kernel) -> None:
    if kernel.isolation.startswith("remote"):
        pytest.skip("the limits of a remote kernel are its server's own")
    await said(kernel, "kept = 9")
    outputs = await said(kernel, "held = []\nwhile True: held.append(bytearray(1 << 26))")
    last = ended(outputs)
    assert last.error is not None
    assert (last.outcome, last.error.code) == ("failed", "memory_limit")
    await said(kernel, "held = None")
    assert await value(kernel, "kept") == "9"


async def test_a_kernel_that_kills_itself_is_told_of_at_once(new_kernel: NewKernel) -> None:
    kernel = await new_kernel()
    async with asyncio.timeout(3):
        last = ended(await said(kernel, "import os\nos.kill(os.getpid(), 9)"))
    assert last.error is not None
    assert (last.outcome, last.error.code) == ("died", "kernel_died")
    assert last.error.hint
    assert await said(kernel, "1") == [Ended(outcome="died", error=last.error)]
    assert (await kernel.inspect()).state == "dead"
    assert await value(await new_kernel(), "'again'") == "'again'"


async def test_an_inspection_says_what_there_is(kernel: Kernel) -> None:
    await kernel.reset()
    await said(kernel, "import math\nnumber = 3\nwords = ['a', 'b']\n_hidden = 1")
    held = await kernel.inspect()
    assert held.state == "idle"
    assert held.imports == ("math",)
    assert [(v.name, v.type, v.preview) for v in held.variables] == [
        ("number", "int", "3"),
        ("words", "list", "2 elements"),
    ]


async def test_an_inspection_of_a_busy_kernel_answers_at_once(kernel: Kernel) -> None:
    outputs = kernel.run("x = input()", LIMITS)
    await anext(outputs)
    async with asyncio.timeout(1):
        assert (await kernel.inspect()).state == "busy"
    await kernel.reply("")
    assert [o async for o in outputs] == [Ended(outcome="ok")]


async def test_code_can_be_completed(kernel: Kernel) -> None:
    await said(kernel, "number_of_things = 3\nwords = ['a']")
    found = await kernel.complete("x = number_of", 13)
    assert found == Completion(matches=("number_of_things",), start=4, end=13)
    code = "words.appe\nafter"
    found = await kernel.complete(code, 10)
    assert [code[: found.start] + match for match in found.matches] == ["words.append"] or (
        found.matches == ("words.append",)
    )
    assert (await kernel.complete("nothing_like_it", 15)).matches == ()


async def test_a_completion_of_a_busy_kernel_answers_at_once(kernel: Kernel) -> None:
    outputs = kernel.run("x = input()", LIMITS)
    await anext(outputs)
    async with asyncio.timeout(1):
        assert await kernel.complete("pri", 3) == Completion()
    await kernel.reply("")
    assert [o async for o in outputs] == [Ended(outcome="ok")]


async def test_looking_completing_and_running_never_take_each_others_replies(
    kernel: Kernel,
) -> None:
    async def one(number: int) -> None:
        if number % 3 == 1:
            assert (await kernel.inspect()).state in ("idle", "busy")
        elif number % 3 == 2:
            matches = (
                await kernel.complete(f"def f{number}(): retur", 18 + len(str(number)))
            ).matches
            assert matches in ((), ("return",))
        else:
            outputs = await said(kernel, f"print('p{number}')\n{number}")
            assert printed(outputs) == f"p{number}\n"
            assert outputs[-2:] == [Returned(text=str(number)), Ended(outcome="ok")]

    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        for number in range(200):
            group.create_task(one(number))


async def test_closing_twice_is_once(tmp_path: Path) -> None:
    async with a_pool(tmp_path, LIGHT) as pool:
        kernel = await pool.get(SessionId("s_1"), tmp_path / "w")
        await kernel.close()
        await kernel.close()
        assert ended(await said(kernel, "1")).outcome == "died"
        assert isinstance(pool, KernelPool)
