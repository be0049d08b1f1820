"""The kernels of many sessions: shared machine, nothing shared."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from engine.kernels.isolation import Ground
from engine.kernels.pool import KernelPool, PoolSettings
from engine.ports import KernelFailed, Raised
from protocol.ids import SessionId
from tests.engine.kernels.talk import LIGHT, LIMITS, POOL, a_pool, ended, said, value

pytestmark = pytest.mark.kernel
HERE = Path(__file__).parents[3]


async def test_a_session_keeps_its_kernel_and_another_has_its_own(tmp_path: Path) -> None:
    async with a_pool(tmp_path, LIGHT) as pool:
        one = await pool.get(SessionId("s_1"), tmp_path / "one")
        two = await pool.get(SessionId("s_2"), tmp_path / "two")
        await said(one, "x = 1; open('mine', 'w').write('secret')")
        assert await pool.get(SessionId("s_1"), tmp_path / "one") is one
        assert pool.current(SessionId("s_1")) is one
        assert pool.current(SessionId("s_3")) is None
        assert [o.name for o in await said(two, "x") if isinstance(o, Raised)] == ["NameError"]
        stolen = await said(two, f"open('{tmp_path}/one/mine').read()")
        assert ended(stolen).outcome == "failed"
        await pool.release(SessionId("s_1"))
        await pool.release(SessionId("s_1"))
        assert pool.current(SessionId("s_1")) is None
        assert (tmp_path / "one" / "mine").read_text() == "secret"


async def test_two_who_ask_at_once_get_the_same_kernel(tmp_path: Path) -> None:
    async with a_pool(tmp_path, LIGHT) as pool:
        one, two = await asyncio.gather(
            *(pool.get(SessionId("s_1"), tmp_path / "w") for _ in range(2))
        )
        assert one is two


async def test_a_warm_kernel_answers_at_once_and_has_the_sessions_files(tmp_path: Path) -> None:
    work = tmp_path / "work"
    settings = msgspec.structs.replace(POOL, warm=1, warm_up="import json", workspaces=work)
    async with a_pool(tmp_path, settings) as pool:
        data = work / "s_1" / "data"
        data.mkdir(parents=True)
        (data / "file.csv").write_text("a,b")
        await pool.open()
        await pool.warmed()
        before = time.perf_counter()
        kernel = await pool.get(SessionId("s_1"), work / "s_1")
        assert await value(kernel, "open('data/file.csv').read()") == "'a,b'"
        took = time.perf_counter() - before
        assert took < 5, took  # 0.05 on a quiet machine; this only says that nothing hangs
        await said(kernel, "open('new', 'w').write('n')")
        assert (work / "s_1" / "new").read_text() == "n"
        await pool.warmed()
        other = await pool.get(SessionId("s_2"), work / "s_2")
        assert await value(other, "import os; os.listdir('.')") == "[]"
    assert sorted(path.name for path in work.iterdir()) == ["s_1", "s_2"]
    assert list((tmp_path / "runs").iterdir()) == []


async def test_idle_sessions_cost_three_kernels_however_many_there_are(tmp_path: Path) -> None:
    now = [0.0]
    settings = msgspec.structs.replace(LIGHT, most_idle=3, idle_grace=60.0, most=6)
    ground = Ground(python=sys.executable, runs=tmp_path / "runs")
    pool = KernelPool(ground, settings, clock=lambda: now[0])
    sessions = [SessionId(f"s_{number}") for number in range(12)]

    def living() -> int:
        return sum(pool.current(session) is not None for session in sessions)

    try:
        for number, session in enumerate(sessions):
            kernel = await pool.get(session, tmp_path / f"w{number}")
            await said(kernel, f"x = {number}")
            assert living() <= 6
            now[0] += 1
        now[0] = time.monotonic() + 10_000  # a kernel tells the time of its last cell itself
        await pool.sweep()
        assert living() <= 3
        held = pool.held(sessions[0])
        assert held is not None
        assert [(v.name, v.preview) for v in held.variables] == [("x", "0")]
    finally:
        await pool.close()


async def test_busy_kernels_are_not_taken_away(tmp_path: Path) -> None:
    settings = msgspec.structs.replace(POOL, most=1)
    async with a_pool(tmp_path, settings) as pool:
        kernel = await pool.get(SessionId("s_1"), tmp_path / "one")
        outputs = kernel.run("x = input()", LIMITS)
        await anext(outputs)
        with pytest.raises(KernelFailed) as failed:
            await pool.get(SessionId("s_2"), tmp_path / "two")
        assert failed.value.info.code == "too_many_kernels"
        assert failed.value.info.hint
        await kernel.reply("")
        assert ended([o async for o in outputs]).outcome == "ok"
        assert await value(await pool.get(SessionId("s_2"), tmp_path / "two"), "2") == "2"


async def test_a_workspace_over_its_quota_ends_the_cell_in_words(tmp_path: Path) -> None:
    settings = msgspec.structs.replace(LIGHT, workspace_bytes=5_000_000)
    async with a_pool(tmp_path, settings) as pool:
        kernel = await pool.get(SessionId("s_1"), tmp_path / "w")
        code = (
            "import time\n"
            "for i in range(40):\n"
            "    open(f'f{i}', 'wb').write(bytes(1_000_000))\n"
            "input()"
        )
        last = ended(await said(kernel, code))
        assert last.error is not None
        assert (last.outcome, last.error.code) == ("died", "disk_limit")
        assert await value(await pool.get(SessionId("s_1"), tmp_path / "w"), "1") == "1"


async def test_a_closed_pool_leaves_no_process_and_no_folder(tmp_path: Path) -> None:
    async with a_pool(tmp_path, LIGHT) as pool:
        kernel = await pool.get(SessionId("s_1"), tmp_path / "w")
        await said(kernel, "x = 1")
    assert list((tmp_path / "runs").iterdir()) == []
    assert not _alive(os.getpid())


async def test_what_a_killed_server_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    dead = await asyncio.create_subprocess_exec(sys.executable, "-c", "")
    await dead.wait()
    work, runs = tmp_path / "work", tmp_path / "runs"
    kept = (work / "s_1", work / f".warm-{os.getpid()}-1", runs / "k1-x", runs / "other")
    gone = (work / f".warm-{dead.pid}-1", runs / f"k{dead.pid}-x", runs / f"w{dead.pid}-x")
    for folder in (*kept, *gone):
        folder.mkdir(parents=True)
    async with a_pool(tmp_path, msgspec.structs.replace(LIGHT, workspaces=work)) as pool:
        await pool.open()
        assert [folder.exists() for folder in kept] == [True] * 4
        assert [folder.exists() for folder in gone] == [False] * 3


async def test_a_python_that_is_not_there_is_told_of(tmp_path: Path) -> None:
    pool = KernelPool(Ground(python="/nowhere/python", runs=tmp_path), PoolSettings())
    try:
        with pytest.raises(KernelFailed) as failed:
            await pool.get(SessionId("s_1"), tmp_path / "w")
        assert "/nowhere/python" in failed.value.info.message + str(failed.value.info.hint)
    finally:
        await pool.close()


SERVER = """
import asyncio, sys
from pathlib import Path
from engine.kernels.isolation import Ground
from engine.kernels.pool import KernelPool, PoolSettings
from engine.ports import KernelLimits

async def main():
    base = Path(sys.argv[1])
    pool = KernelPool(Ground(python=sys.executable, runs=base / "runs"), PoolSettings(kind="eval"))
    kernel = await pool.get("s_1", base / "w")
    async for output in kernel.run("print('up', flush=True)\\nwhile True: pass", KernelLimits()):
        print("up", flush=True)

asyncio.run(main())
"""


def test_kernels_die_with_their_server(tmp_path: Path) -> None:
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(tmp_path)], cwd=HERE, stdout=subprocess.PIPE
    )
    assert server.stdout is not None
    assert server.stdout.readline() == b"up\n"
    children = _alive(server.pid)
    assert children
    server.send_signal(signal.SIGKILL)
    server.wait()
    deadline = time.monotonic() + 5
    while any(Path(f"/proc/{pid}").exists() for pid in children):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _alive(parent: int) -> list[int]:
    """Return the launchers that `parent` started, and their children."""
    found: list[int] = []
    waiting = [parent]
    while waiting:
        pid = waiting.pop()
        for path in Path(f"/proc/{pid}/task").glob("*/children"):
            waiting += (children := [int(word) for word in path.read_text().split()])
            found += [c for c in children if b"launch.py" in _command(c)]
    return found


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
