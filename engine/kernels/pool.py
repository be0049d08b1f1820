"""The kernels of all sessions: started when needed, warm ahead of time, ended when long idle."""

import asyncio
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from engine.kernels.broker import Handler
from engine.kernels.conversation import Conversation
from engine.kernels.homes import warm_name
from engine.kernels.isolation import Ground, Measured, choose
from engine.kernels.starter import Kind, Started, Starter
from engine.ports import Inspection, Kernel, KernelFailed, KernelLimits
from engine.tasks import Tasks
from engine.workspace.quota import usage
from protocol.ids import SessionId
from protocol.items import ErrorInfo

WARM_UP = (
    "try:\n    import pandas, matplotlib.pyplot\nexcept ImportError:\n    pass\n"
    "else:\n    del pandas, matplotlib\n"
)
SWEEP_EVERY = 1.0


class PoolSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How many kernels there may be, and how long. `minimum` refuses a lower level of isolation."""

    limits: KernelLimits = KernelLimits()
    minimum: int = 0
    most: int = 16
    most_idle: int = 3
    idle_grace: float = 60.0
    """Seconds after its last cell in which a kernel is kept, even when there are many."""
    idle_seconds: float = 1800.0
    warm: int = 0
    kind: Kind = "ipykernel"
    workspace_bytes: int = 2 * 1024 * 1024 * 1024
    warm_up: str = WARM_UP
    """Code that a warm kernel runs ahead of time."""
    workspaces: Path | None = None
    """The folder that holds the sessions' workspaces; warm kernels need it, to move in."""


class _Resident:
    """A session's kernel and when it last worked."""

    def __init__(self, started: Started, now: float) -> None:
        self.kernel = started.kernel
        self.home = started.home
        self.used_at = now


class KernelPool:
    """Keeps the promises of the `Kernels` port."""

    def __init__(
        self,
        ground: Ground,
        settings: PoolSettings,
        handler: Handler | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._handler = handler
        self._ground = ground
        self._settings = settings
        self._clock = clock
        self._tasks = Tasks()
        self._starter: Starter | None = None
        self._measured: Measured | None = None
        self._residents: dict[SessionId, _Resident] = {}
        self._warm: list[Started] = []
        self._filling = asyncio.Lock()
        self._locks: dict[SessionId, asyncio.Lock] = {}
        self._opening = asyncio.Lock()
        self._at_once = asyncio.Semaphore(2)
        self._remembered: dict[SessionId, Inspection] = {}
        self._closed = False

    # --- The port ---

    async def get(self, session: SessionId, workspace: Path) -> Kernel:
        """Return the session's kernel, starting one if it has none or the last one died."""
        async with self._locks.setdefault(session, asyncio.Lock()):
            resident = self._residents.get(session)
            if resident is not None and resident.kernel.alive:
                resident.used_at = self._clock()
                return resident.kernel
            if resident is not None:
                await self._end(session)
            starter = await self.open()
            await self._make_room()
            started = await self._take_warm(workspace) or await self._start(starter, workspace)
            if self._closed:
                await started.kernel.close()
                raise KernelFailed("shutting_down", "The server is shutting down.")
            if started.broker is not None:
                started.broker.session = session
            self._residents[session] = _Resident(started, self._clock())
            self._remembered.pop(session, None)
            self._tasks.start(self._keep_warm(), "warm kernels")
            return started.kernel

    def current(self, session: SessionId) -> Kernel | None:
        """Return the session's living kernel, never starting one."""
        resident = self._residents.get(session)
        return resident.kernel if resident is not None and resident.kernel.alive else None

    async def release(self, session: SessionId) -> None:
        """End the session's kernel, if it has one, and forget what it held."""
        async with self._locks.setdefault(session, asyncio.Lock()):
            await self._end(session)
        self._remembered.pop(session, None)
        self._locks.pop(session, None)

    async def close(self) -> None:
        """End all kernels."""
        self._closed = True
        await self._tasks.close()
        warm, self._warm = self._warm, []
        for started in warm:
            await self._discard(started)
        for session in list(self._residents):
            await self._end(session)
        if self._starter is not None:
            self._starter.close()

    # --- Beyond the port ---

    @property
    def measured(self) -> Measured | None:
        """What isolation is in force; None before the first kernel or `open`."""
        return self._measured

    def remembered(self, session: SessionId) -> Inspection | None:
        """Return what an idle kernel held when it was ended, so that its cells can be run again."""
        return self._remembered.get(session)

    async def open(self) -> Starter:
        """Measure isolation once, begin to keep order; below the minimum raise `KernelFailed`."""
        async with self._opening:
            if self._starter is not None:
                return self._starter
            self._measured = best = (await choose(self._ground))[0]
            if best.level < 0:
                raise KernelFailed(
                    "isolation_refused",
                    f"No kernel can be started here: {best.problem}",
                    "`askwire doctor` says what is missing and how to get it.",
                )
            if best.level < self._settings.minimum:
                raise KernelFailed(
                    "isolation_too_low",
                    f"Isolation level {self._settings.minimum} is demanded, "
                    f"and this machine reaches {max(best.level, 0)}.",
                    "`askwire doctor` says what is missing and how to get it.",
                )
            self._starter = Starter(
                self._ground, best, self._settings.limits, self._handler, self._settings.kind
            )
            await asyncio.to_thread(self._starter.homes.sweep, self._settings.workspaces)
            self._tasks.start(self._keep_order(), "kernel order")
            self._tasks.start(self._keep_warm(), "warm kernels")
            return self._starter

    async def sweep(self) -> None:
        """End the dead, the long idle, and the idle beyond the number that is kept."""
        now = self._clock()
        idle: list[tuple[float, SessionId]] = []
        for session, resident in list(self._residents.items()):
            if not resident.kernel.alive:
                await self._end_quietly(session)
            elif resident.kernel.busy:
                resident.used_at = now
                await self._measure(resident)
            else:
                idle.append((max(resident.used_at, resident.kernel.idle_since), session))
        idle.sort(reverse=True)
        for place, (since, session) in enumerate(idle):
            age = now - since
            beyond = place >= self._settings.most_idle and age >= self._settings.idle_grace
            if beyond or age >= self._settings.idle_seconds:
                await self._evict(session)

    async def warmed(self) -> None:
        """Wait until the warm kernels are ready; mostly for tests and benchmarks."""
        async with self._filling:
            pass
        await self._keep_warm()

    # --- Inside ---

    async def _keep_order(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_EVERY)
            await self.sweep()

    async def _measure(self, resident: _Resident) -> None:
        """End a kernel whose workspace has outgrown its quota while it works."""
        most = self._settings.workspace_bytes
        used = await asyncio.to_thread(usage, resident.home.workspace, most)
        if used > most:
            await resident.kernel.fail(
                ErrorInfo(
                    code="disk_limit",
                    message=f"The workspace grew over {most // 1_000_000} MB; the code was ended.",
                    hint="Delete files that are not needed. The variables are gone.",
                )
            )

    async def _start(self, starter: Starter, workspace: Path) -> Started:
        async with self._at_once:
            return await starter.start(workspace)

    async def _make_room(self) -> None:
        while len(self._residents) >= self._settings.most:
            idle = [
                (r.used_at, session)
                for session, r in self._residents.items()
                if not r.kernel.busy or not r.kernel.alive
            ]
            if not idle:
                raise KernelFailed(
                    "too_many_kernels",
                    f"All {self._settings.most} kernels are at work.",
                    "Try again when one of them has finished.",
                )
            await self._evict(min(idle)[1])

    async def _evict(self, session: SessionId) -> None:
        kernel = self.current(session)
        if isinstance(kernel, Conversation):
            held = await kernel.inspect()
            if held.state == "busy":
                return  # it was given work while we looked
            self._remembered[session] = held
        await self._end_quietly(session)

    async def _end_quietly(self, session: SessionId) -> None:
        lock = self._locks.setdefault(session, asyncio.Lock())
        if not lock.locked():  # whoever holds it is about to use or replace it
            async with lock:
                await self._end(session)

    async def _end(self, session: SessionId) -> None:
        resident = self._residents.pop(session, None)
        if resident is not None:
            await resident.kernel.close()

    # --- Warm kernels ---

    async def _take_warm(self, workspace: Path) -> Started | None:
        starter = self._starter
        while self._warm and starter is not None:
            started = self._warm.pop()
            if not started.kernel.alive:
                await self._discard(started)
                continue
            try:
                home = await asyncio.to_thread(starter.homes.move_in, started.home, workspace)
            except OSError:
                await self._discard(started)
                return None  # another disk, perhaps: start one in place
            return msgspec.structs.replace(started, home=home)
        return None

    async def _keep_warm(self) -> None:
        starter, folder = self._starter, self._settings.workspaces
        if starter is None or folder is None or not starter.moves_in:
            return
        async with self._filling:
            while len(self._warm) < self._settings.warm and not self._closed:
                try:
                    await self._warm_one(starter, folder / warm_name(time.monotonic_ns()))
                except KernelFailed:
                    return  # the next `get` tries again and says why

    async def _warm_one(self, starter: Starter, place: Path) -> None:
        try:
            started = await self._start(starter, place)
        except BaseException:
            shutil.rmtree(place, ignore_errors=True)  # empty: nothing to wait for
            raise
        self._warm.append(started)
        await started.kernel.prepare(self._settings.warm_up)

    async def _discard(self, started: Started) -> None:
        await started.kernel.close()
        if self._starter is not None:
            await asyncio.to_thread(self._starter.homes.remove, started.home, True)
