"""Which home kernels have, changed while the server runs, for all sessions or for one."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec

from engine.kernels.jupyter_server import Remote
from engine.ports import Desk, Inspection, Kernel, KernelFailed, Kernels
from protocol.choices import KernelHome
from protocol.ids import SessionId


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """A home: IPython or a plain worker on this machine, or a Jupyter Server elsewhere."""

    kind: Literal["ipykernel", "eval", "jupyter_server"] = "ipykernel"
    remote: Remote | None = None

    def require_sense(self) -> None:
        """Raise `KernelFailed` if it makes no sense."""
        if (self.kind == "jupyter_server") != (self.remote is not None):
            raise KernelFailed("bad_choice", "A Jupyter server needs an address, others have none.")


Finder = Callable[[SessionId, KernelHome], Choice]


def home_of(choice: Choice) -> KernelHome:
    """Return a choice as a log may tell of it."""
    shown = choice.remote.shown if choice.remote is not None else None
    return KernelHome(kind=choice.kind, url=shown)


def without_token(_: SessionId, home: KernelHome) -> Choice:
    """Return what a log speaks of, as far as a log may say it."""
    remote = Remote(url=home.url) if home.url is not None else None
    return Choice(kind=home.kind, remote=remote)


class ChosenKernels:
    """Keeps the promises of the `Kernels` port with the home that was chosen last.

    `make` builds the adapter of a choice; each is built once, when it is first needed. `find`
    returns the choice that a session's log speaks of; it may block for a moment. A session moves to
    a new choice with its next `get`; what runs is not disturbed until then. So a session can begin
    without a home that is worth the name, and be given one when there is one.
    """

    def __init__(
        self,
        make: Callable[[Choice], Kernels],
        choice: Choice,
        find: Finder = without_token,
    ) -> None:
        self._make = make
        self._find = find
        self._made: dict[Choice, Kernels] = {}
        self._homes: dict[SessionId, Choice] = {}
        self._own: dict[SessionId, Choice | None] = {}
        self._locks: dict[SessionId, asyncio.Lock] = {}
        self._desk: Desk | None = None
        choice.require_sense()
        self.choice = choice

    def serve(self, desk: Desk) -> None:
        """Let kernels of all homes ask at this desk."""
        self._desk = desk
        for kernels in self._made.values():
            kernels.serve(desk)

    def choose(self, choice: Choice) -> None:
        """Give kernels another home from now on. Raise `KernelFailed` if it makes no sense."""
        choice.require_sense()
        self.choice = choice

    def choose_for(self, session: SessionId, choice: Choice | None) -> None:
        """Give one session a home of its own, or with None the one that all have."""
        if choice is not None:
            choice.require_sense()
        self._own[session] = choice

    async def choice_of(self, session: SessionId) -> Choice:
        """Return where the session's next kernel will live."""
        return await self._own_choice(session) or self.choice

    async def is_own(self, session: SessionId) -> bool:
        """Tell whether a home was chosen for this session."""
        return await self._own_choice(session) is not None

    async def _own_choice(self, session: SessionId) -> Choice | None:
        """Return what was chosen for a session: by this server, or by one before it."""
        if session not in self._own and self._desk is not None:
            home = await self._desk.home(session)
            found = await asyncio.to_thread(self._find, session, home) if home else None
            self._own.setdefault(session, found)
        return self._own.get(session)

    def of(self, choice: Choice) -> Kernels:
        """Return the adapter of a choice, built now if it was not needed before."""
        if choice not in self._made:
            self._made[choice] = made = self._make(choice)
            if self._desk is not None:
                made.serve(self._desk)
        return self._made[choice]

    async def get(self, session: SessionId, workspace: Path) -> Kernel:
        """Return the session's kernel in the chosen home, ending one that it has elsewhere."""
        async with self._locks.setdefault(session, asyncio.Lock()):
            choice, former = await self.choice_of(session), self._homes.get(session)
            if former is not None and former != choice:
                await self._made[former].release(session)
                del self._homes[session]
                await self._close_unused(former)
            self._homes[session] = choice
            return await self.of(choice).get(session, workspace)

    def current(self, session: SessionId) -> Kernel | None:
        """Return the session's living kernel, wherever it lives."""
        home = self._homes.get(session)
        return self._made[home].current(session) if home is not None else None

    def held(self, session: SessionId) -> Inspection | None:
        """Return what the session's kernel held when it was ended for idleness, if it was."""
        home = self._homes.get(session)
        return self._made[home].held(session) if home is not None else None

    async def release(self, session: SessionId) -> None:
        """End the session's kernel, if it has one."""
        async with self._locks.setdefault(session, asyncio.Lock()):
            home = self._homes.pop(session, None)
            self._own.pop(session, None)  # its log knows
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
        used = {self.choice, *self._homes.values(), *self._own.values()}
        if home not in used:
            kernels = self._made.pop(home, None)
            if kernels is not None:
                await kernels.close()
