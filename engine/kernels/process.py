"""One isolated process: started, read, ended, and its death noticed.

Started by the event loop's own thread, because the process dies with the thread that started it.
"""

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable
from typing import Any

import msgspec

from engine.kernels.inside.guard import MEMORY_LIMIT, PROCESS_LIMIT
from engine.kernels.inside.launch import REFUSED
from engine.kernels.recipes import Home, Order, Recipe, command, environment, orders
from engine.ports import KernelFailed
from engine.tasks import Tasks
from protocol.items import ErrorInfo

KEPT = 8_192
GENTLE = 1.0
"""Seconds between asking a process to end and killing it."""


class IsolatedProcess:
    """A process behind a recipe. `on_death` is called once, with its exit code, when it is gone."""

    def __init__(self, process: asyncio.subprocess.Process, has_namespace: bool) -> None:
        self._process = process
        self._has_namespace = has_namespace
        self._tasks = Tasks()
        self._last_words = bytearray()
        self.report: dict[str, Any] = {}

    @property
    def pid(self) -> int:
        """The id of its outermost process."""
        return self._process.pid

    def watch(self, on_death: Callable[[ErrorInfo], None]) -> None:
        """From now on drop what it prints and tell of its death."""
        self._tasks.start(self._drop_output(), "kernel output")
        self._tasks.start(self._wait(on_death), "kernel death")

    async def line(self) -> dict[str, Any]:
        """Return the next line of its report."""
        assert self._process.stdout is not None
        try:
            line = await self._process.stdout.readline()
            said = msgspec.json.decode(line, type=dict[str, Any])
        except ValueError:
            said = {}
        if not said:
            raise KernelFailed("kernel_not_started", "The kernel ended as it started.", self._why())
        if "refused" in said:
            raise KernelFailed(
                "isolation_refused", f"The kernel could not be isolated: {said['refused']}."
            )
        return said

    def _why(self) -> str | None:
        text = self._last_words.decode(errors="replace").strip()
        return text.splitlines()[-1][:500] if text else None

    def listen(self) -> None:
        """Keep the last words of its standard error from the start."""
        self._tasks.start(self._hear_errors(), "kernel errors")

    async def _hear_errors(self) -> None:
        assert self._process.stderr is not None
        while chunk := await self._process.stderr.read(65_536):
            self._last_words += chunk
            del self._last_words[:-KEPT]

    async def _drop_output(self) -> None:
        assert self._process.stdout is not None
        while await self._process.stdout.read(65_536):
            pass

    async def _wait(self, on_death: Callable[[ErrorInfo], None]) -> None:
        on_death(death_of(await self._process.wait(), self._why()))

    async def ends_within(self, seconds: float) -> bool:
        """Tell whether it is over by then."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._process.wait()
        return self._process.returncode is not None

    async def kill(self) -> None:
        """End it now."""
        if not self._has_namespace:
            # Its launcher sweeps up what a namespace would have taken along.
            self._signal(signal.SIGTERM)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(GENTLE):
                    await self._process.wait()
        self._signal(signal.SIGKILL)
        await self._process.wait()

    def _signal(self, number: signal.Signals) -> None:
        # Not `send_signal`: it polls first, and takes the exit code away from who waits for it.
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._process.pid, number)

    async def close(self) -> None:
        """End it and everything that listens to it."""
        await self.kill()
        await self._tasks.close()


async def start(
    recipe: Recipe, home: Home, order: Order, python: str, readable: tuple[str, ...]
) -> IsolatedProcess:
    """Start the launcher with its orders; raise `KernelFailed` if that cannot be done."""
    words = command(recipe, home, python, readable)
    try:
        process = await asyncio.create_subprocess_exec(
            *words,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment(recipe, home, python),
            cwd="/",
            start_new_session=True,
        )
    except OSError as error:
        message = f"{words[0]} could not be run: {error}."
        raise KernelFailed("kernel_not_started", message) from error
    started = IsolatedProcess(process, has_namespace=recipe.namespaces != "none")
    started.listen()
    assert process.stdin is not None
    with contextlib.suppress(ConnectionError):  # it ended already: `line` will say so
        process.stdin.write(orders(recipe, home, order, os.getpid()))
        await process.stdin.drain()
        process.stdin.close()
    return started


def death_of(code: int, last_words: str | None) -> ErrorInfo:
    """Say what an exit code means."""
    code = 128 - code if code < 0 else code
    if code == PROCESS_LIMIT:
        return ErrorInfo(
            code="process_limit",
            message="The code started more processes than a kernel may have; the kernel was ended.",
            hint="Its variables are gone. Start fewer processes.",
        )
    if code == MEMORY_LIMIT:
        return ErrorInfo(
            code="memory_limit",
            message="The code used more memory than a kernel may have; the kernel was ended.",
            hint="Its variables are gone. Work on less data, or aggregate in SQL first.",
        )
    if code == REFUSED:
        return ErrorInfo(code="isolation_refused", message="The kernel could not be isolated.")
    how = f"by signal {code - 128}" if code > 128 else f"with exit code {code}"
    return ErrorInfo(
        code="kernel_died",
        message=f"The kernel ended {how}.",
        hint=f"Its variables are gone; run the cells again. {last_words or ''}".strip(),
    )
