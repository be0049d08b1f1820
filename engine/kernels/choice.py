"""Which home kernels have, changed while the server runs."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec

from engine.kernels.jupyter_server import Remote
from engine.ports import Kernel, KernelFailed, Kernels
from protocol.ids import SessionId


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """A home: IPython or a plain worker on this machine, or a Jupyter Server elsewhere."""

    kind: Literal["ipykernel", "eval", "jupyter_server"] = "ipykernel"
    remote: Remote | None = None


class ChosenKernels:
    """Keeps the promises of the `Kernels` port with the home that was chosen last.

    `make` builds the adapter of a choice; each is built once, when it is first needed. A session
    moves to a new choice with its next `get`; what runs is not disturbed until then.
    """

    def __init__(self, make: Callable[[Choice], Kernels], choice: Choice) -> None:
        self._make = make
        self._made: dict[Choice, Kernels] = {}
        self._homes: dict[SessionId, Choice] = {}
        self._locks: dict[SessionId, asyncio.Lock] = {}
        self.choice = choice

    def choose(self, choice: Choice) -> None:
        """Give kernels another home from now on. Raise `KernelFailed` if it makes no sense."""
        if (choice.kind == "jupyter_server") != (choice.remote is not None):
            raise KernelFailed("bad_choice", "A Jupyter server needs an address, others have none.")
        self.choice = choice

    async def get(self, session: SessionId, workspace: Path) -> Kernel:
        """Return the session's kernel in the chosen home, ending one that it has elsewhere."""
        async with self._locks.setdefault(session, asyncio.Lock()):
            choice, former = self.choice, self._homes.get(session)
            if former is not None and former != choice:
                await self._made[former].release(session)
                del self._homes[session]
                await self._close_unused(former)
            if choice not in self._made:
                self._made[choice] = self._make(choice)
            self._homes[session] = choice
            return await self._made[choice].get(session, workspace)

    def current(self, session: SessionId) -> Kernel | None:
        """Return the session's living kernel, wherever it lives."""
        home = self._homes.get(session)
        return self._made[home].current(session) if home is not None else None

    async def release(self, session: SessionId) -> None:
        """End the session's kernel, if it has one."""
        async with self._locks.setdefault(session, asyncio.Lock()):
            home = self._homes.pop(session, None)
            if home is not None:
                await self._made[home].release(session)
                await self._close_unused(home)
        self._locks.pop(session, None)

    async def close(self) -> None:
        """End all kernels in all homes."""
        made, self._made = self._made, {}
        self._homes.clear()
        for kernels in made.values():
            await kernels.close()

    async def _close_unused(self, home: Choice) -> None:
        if home != self.choice and home not in self._homes.values():
            kernels = self._made.pop(home, None)
            if kernels is not None:
                await kernels.close()
