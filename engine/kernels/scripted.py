"""Kernels that give what they were told to give, for tests and demonstrations: no Python runs."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

from engine.ports import Completion, Desk, Ended, Inspection, Kernel, KernelLimits, KernelOutput
from protocol.ids import SessionId


class ScriptedKernel:
    """`Kernel` that answers each code of `script` with its outputs, and ends every other at once.

    While `held` is not set, a cell waits after its first output.
    """

    isolation = "L4: scripted, nothing runs"
    environment = "its own: plain Python"

    def __init__(self, script: Mapping[str, Sequence[KernelOutput]]) -> None:
        self.ran: list[str] = []
        self.replies: list[str] = []
        self.held = asyncio.Event()
        self.held.set()
        self._script = script
        self._answered = asyncio.Event()

    async def run(self, code: str, limits: KernelLimits) -> AsyncIterator[KernelOutput]:
        """Give the outputs of this code, and its end."""
        self.ran.append(code)
        outputs = self._script.get(code, ())
        for output in outputs:
            yield output
            await self.held.wait()
            if type(output).__name__ == "Asked":
                await self._answered.wait()
                self._answered.clear()
        if not outputs or not isinstance(outputs[-1], Ended):
            yield Ended(outcome="ok")

    async def interrupt(self) -> None:
        """Let a held cell go."""
        self.held.set()

    async def reply(self, text: str) -> None:
        """Take a line."""
        self.replies.append(text)
        self._answered.set()

    async def reset(self) -> None:
        """Nothing is kept."""

    async def inspect(self) -> Inspection:
        """Say that nothing is there."""
        return Inspection(state="idle", isolation=self.isolation, environment=self.environment)

    async def complete(self, code: str, cursor: int) -> Completion:
        """Know nothing of code."""
        return Completion()

    async def close(self) -> None:
        """Nothing is open."""


class ScriptedKernels:
    """One scripted kernel for every session."""

    def __init__(self, script: Mapping[str, Sequence[KernelOutput]] | None = None) -> None:
        self.kernel = ScriptedKernel(script or {})
        self.desk: Desk | None = None
        self._started: set[SessionId] = set()

    def serve(self, desk: Desk) -> None:
        """Know whom to ask; a test asks in the kernel's place."""
        self.desk = desk

    async def get(self, session: SessionId, workspace: Path) -> Kernel:
        """Return the kernel."""
        self._started.add(session)
        return self.kernel

    def current(self, session: SessionId) -> Kernel | None:
        """Return the kernel if the session has asked for it."""
        return self.kernel if session in self._started else None

    def held(self, session: SessionId) -> Inspection | None:
        """None is ever ended for idleness."""
        return None

    async def release(self, session: SessionId) -> None:
        """Forget that the session asked for it."""
        self._started.discard(session)

    async def close(self) -> None:
        """Nothing is open."""
