"""Talking with kernels in tests."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from engine.kernels.environment import find
from engine.kernels.isolation import Ground
from engine.kernels.pool import KernelPool, PoolSettings
from engine.ports import Ended, Kernel, KernelLimits, KernelOutput, Printed, Returned

PYTHON = find(Path(sys.prefix), sys.executable).python
"""What kernels get here too: the environment of their own, where set-up has made it."""
LIMITS = KernelLimits(max_seconds=90)
POOL = PoolSettings(limits=KernelLimits(memory_bytes=2 << 30, processes=32))
LIGHT = msgspec.structs.replace(POOL, kind="eval")
"""There in a fraction of the time: for all that IPython has no part in."""


async def said(kernel: Kernel, code: str, limits: KernelLimits = LIMITS) -> list[KernelOutput]:
    """Run a cell and return all that it shows."""
    return [output async for output in kernel.run(code, limits)]


def ended(outputs: list[KernelOutput]) -> Ended:
    """Return the last word."""
    last = outputs[-1]
    assert isinstance(last, Ended)
    assert not any(isinstance(output, Ended) for output in outputs[:-1])
    return last


def printed(outputs: list[KernelOutput], stream: str = "stdout") -> str:
    """Return all text of a stream."""
    return "".join(o.text for o in outputs if isinstance(o, Printed) and o.stream == stream)


async def value(kernel: Kernel, code: str) -> str:
    """Run a cell that must work and return the repr of its last expression."""
    outputs = await said(kernel, code)
    assert ended(outputs).outcome == "ok", outputs
    return next(o.text for o in outputs if isinstance(o, Returned))


@asynccontextmanager
async def a_pool(folder: Path, settings: PoolSettings = POOL) -> AsyncIterator[KernelPool]:
    """Give a pool whose kernels live under `folder`."""
    pool = KernelPool(Ground(python=PYTHON, runs=folder / "runs"), settings)
    try:
        yield pool
    finally:
        await pool.close()
