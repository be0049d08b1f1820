"""Bounds that no single process knows of, each ending in words; deaths that no cell tells of."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from engine.kernels import meter
from engine.kernels.isolation import Ground
from engine.kernels.pool import KernelPool, PoolSettings
from engine.ports import Handed, KernelLimits, Wanted
from protocol.choices import KernelHome
from protocol.ids import SessionId
from protocol.items import ErrorInfo
from tests.engine.kernels.talk import POOL, PYTHON, ended, said, value

pytestmark = pytest.mark.kernel

ONE = SessionId("s_one")
LONG = KernelLimits(max_seconds=60)


class Ears:
    """A desk that has nothing to hand out, and hears what is lost."""

    def __init__(self) -> None:
        self.told: asyncio.Queue[tuple[SessionId, ErrorInfo]] = asyncio.Queue()

    async def hand(self, session: SessionId, wanted: Wanted) -> Handed:
        raise AssertionError("nobody asks")

    async def home(self, session: SessionId) -> KernelHome | None:
        return None

    def lost(self, session: SessionId, why: ErrorInfo) -> None:
        self.told.put_nowait((session, why))

    async def next(self) -> tuple[SessionId, str]:
        async with asyncio.timeout(60):
            session, why = await self.told.get()
        return session, why.code


@asynccontextmanager
async def a_pool(folder: Path, ears: Ears, **limits: float) -> AsyncIterator[KernelPool]:
    bounds = msgspec.structs.replace(POOL.limits, **limits)
    settings: PoolSettings = msgspec.structs.replace(POOL, kind="eval", limits=bounds)
    pool = KernelPool(Ground(python=PYTHON, runs=folder / "runs"), settings, ears)
    try:
        yield pool
    finally:
        await pool.close()


async def test_processor_time_is_bounded_for_a_cell_its_processes_and_its_threads(
    tmp_path: Path,
) -> None:
    ears = Ears()
    children = (
        "import subprocess, sys\n"
        "all_ = [subprocess.Popen([sys.executable, '-c', 'while True: pass']) for _ in range(2)]\n"
        "[one.wait() for one in all_]"
    )
    thread = (
        "import threading\n"
        "def burn():\n    while True: pass\n"
        "threading.Thread(target=burn, daemon=True).start()"
    )
    async with a_pool(tmp_path, ears, cpu_seconds=0.5) as pool:
        kernel = await pool.get(ONE, tmp_path / "w")
        await said(kernel, "kept = 8")
        for code in ("while True: pass", children):
            last = ended(await said(kernel, code, LONG))
            assert last.error is not None, code
            assert (last.outcome, last.error.code) == ("interrupted", "cpu_limit"), code
        assert await value(kernel, "kept") == "8"
        assert ended(await said(kernel, thread)).outcome == "ok"
        assert await ears.next() == (ONE, "cpu_limit"), "it goes on after its cell"
        assert await value(await pool.get(ONE, tmp_path / "w"), "'usable'") == "'usable'"


async def test_memory_of_all_processes_together_is_bounded(tmp_path: Path) -> None:
    hoard = (
        "import subprocess, sys\n"
        "hold = \"import time; kept = b'x' * 300_000_000; time.sleep(60)\"\n"
        "all_ = [subprocess.Popen([sys.executable, '-c', hold]) for _ in range(3)]\n"
        "[one.wait() for one in all_]"
    )
    async with a_pool(tmp_path, Ears(), memory_bytes=600_000_000) as pool:
        kernel = await pool.get(ONE, tmp_path / "w")
        last = ended(await said(kernel, hoard, LONG))
        assert (last.outcome, last.error.code if last.error else "") == ("died", "memory_limit")
        assert await value(await pool.get(ONE, tmp_path / "w"), "'usable'") == "'usable'"


async def test_a_death_between_cells_is_told_of(tmp_path: Path) -> None:
    ears = Ears()
    code = "import os, threading\nthreading.Timer(0.2, os._exit, [3]).start()"
    async with a_pool(tmp_path, ears) as pool:
        kernel = await pool.get(ONE, tmp_path / "w")
        assert ended(await said(kernel, code)).outcome == "ok"
        assert await ears.next() == (ONE, "kernel_died")
        await pool.release(ONE)
    assert ears.told.empty(), "an end that was asked for is not told of"


def test_kernels_are_kept_warm_only_where_there_is_room() -> None:
    assert meter.room_for(1 << 20, 0) > 0
    assert meter.room_for(1 << 20, 1 << 60) == 0


def test_a_process_that_is_not_there_has_used_nothing() -> None:
    assert meter.used([0]) == {}
    assert meter.memory_bytes([2**22 + 1], 0) == 0
