"""The kernels of all sessions: started when needed, warm ahead of time, ended when long idle."""

import asyncio
import logging
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from engine.kernels import meter
from engine.kernels.conversation import Conversation
from engine.kernels.ending import IDLE, OVER_MEMORY, over_disk, stop_burning
from engine.kernels.environment import Environment
from engine.kernels.homes import warm_name
from engine.kernels.isolation import Ground, Measured, choose
from engine.kernels.starter import Kind, Started, Starter
from engine.ports import Desk, Inspection, Kernel, KernelFailed, KernelLimits
from engine.tasks import Tasks
from engine.workspace.quota import usage
from protocol.ids import SessionId
from protocol.items import ErrorInfo

WARM_UP = (
    "try:\n    import pandas, matplotlib.pyplot\nexcept ImportError:\n    pass\n"
    "else:\n    del pandas, matplotlib\n"
)
SWEEP_EVERY = 1.0
WARM_BYTES, FREE_BYTES = 256 << 20, 512 << 20
"""What a warm kernel takes, and what must be left when it has."""


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


_log = logging.getLogger("askwire.kernels")


class _Resident:
    """A session's kernel, when it last worked, and what it had used when its last cell began."""

    def __init__(self, started: Started, now: float) -> None:
        self.kernel = started.kernel
        self.home = started.home
        self.pid = started.pid
        self.used_at = now
        self._begun = 0
        self._base = 0.0

    def since(self, cpu_seconds: float) -> float:
        """Return what was spent since the last cell began, as far as looks from time to time tell.

        What threads burn after their cell has ended counts too.
        """
        if self.kernel.begun != self._begun:
            self._begun, self._base = self.kernel.begun, cpu_seconds
        return cpu_seconds - self._base


class KernelPool:
    """Keeps the promises of the `Kernels` port."""

    def __init__(
        self,
        ground: Ground,
        settings: PoolSettings,
        desk: Desk | None = None,
        clock: Callable[[], float] = time.monotonic,
        look: Callable[[], Environment] | None = None,
    ) -> None:
        self._desk = desk
        self._ground = ground
        self._look = look
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

    def serve(self, desk: Desk) -> None:
        """Let kernels that are started from now on ask at this desk."""
        self._desk = desk
        if self._starter is not None:
            self._starter.desk = desk

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
            self._residents[session] = resident = _Resident(started, self._clock())
            resident.kernel.when_lost = lambda why: self._lost(session, why)
            self._remembered.pop(session, None)
            self._tasks.start(self._keep_warm(), "warm kernels")
            return started.kernel

    def current(self, session: SessionId) -> Kernel | None:
        """Return the session's living kernel, never starting one."""
        resident = self._residents.get(session)
        return resident.kernel if resident is not None and resident.kernel.alive else None

    def held(self, session: SessionId) -> Inspection | None:
        """Return what an idle kernel held when it was ended, so that its cells can be run again."""
        return self._remembered.get(session)

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

    @property
    def environment(self) -> str:
        """Which Python kernels get, and what it has."""
        return self._ground.environment

    async def open(self) -> Starter:
        """Measure isolation once, begin to keep order; below the minimum raise `KernelFailed`."""
        async with self._opening:
            if self._starter is not None:
                return self._starter
            await self._look_around()
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
                self._ground, best, self._settings.limits, self._desk, self._settings.kind
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
                await self._measure_disk(resident)
            else:
                idle.append((max(resident.used_at, resident.kernel.idle_since), session))
        idle.sort(reverse=True)
        for place, (since, session) in enumerate(idle):
            age = now - since
            beyond = place >= self._settings.most_idle and age >= self._settings.idle_grace
            if beyond or age >= self._settings.idle_seconds:
                await self._evict(session)
        await self._measure_use()

    async def warmed(self) -> None:
        """Wait until the warm kernels are ready; mostly for tests and benchmarks."""
        async with self._filling:
            pass
        await self._keep_warm()

    # --- Inside ---

    async def _keep_order(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_EVERY)
            await self.move_if_better()
            await self.sweep()

    async def _look_around(self) -> bool:
        """Take the best Python that is there now; say whether it is another one."""
        if self._look is None:
            return False
        found = await asyncio.to_thread(self._look)
        if (found.python, found.words) == (self._ground.python, self._ground.environment):
            return False
        self._ground = msgspec.structs.replace(
            self._ground, python=found.python, environment=found.words
        )
        return True

    async def move_if_better(self) -> None:
        """Start kernels with another Python once there is one; those that live stay as they are."""
        async with self._opening:  # who asks while another moves waits until all are there
            await self._move_if_better()

    async def _move_if_better(self) -> None:
        former = self._ground
        if self._starter is None or not await self._look_around():
            return
        best = (await choose(self._ground))[0]
        if best.level < max(self._settings.minimum, 0):
            _log.warning("kernels stay with %s: %s", former.python, best.problem or best.words)
            self._ground, self._look = former, None
            return
        _log.info("kernels start with %s from now on", self._ground.python)
        self._measured = best
        self._starter.move(self._ground, best)
        warm, self._warm = self._warm, []
        for started in warm:
            await self._discard(started)
        self._tasks.start(self._keep_warm(), "warm kernels")

    async def _measure_use(self) -> None:
        """End what uses more of the processors or of memory than a kernel may."""
        residents = list(self._residents.values())
        if not residents:
            return
        limits = self._settings.limits
        used = await asyncio.to_thread(meter.used, [resident.pid for resident in residents])
        for resident in residents:
            found = used.get(resident.pid)
            if found is None or not resident.kernel.alive:
                continue
            if resident.since(found.cpu_seconds) > limits.cpu_seconds:
                await stop_burning(resident.kernel, limits)
            most = limits.memory_bytes
            if await asyncio.to_thread(meter.memory_bytes, found.pids, most) > most:
                await resident.kernel.fail(OVER_MEMORY)

    def _lost(self, session: SessionId, why: ErrorInfo) -> None:
        if self._desk is not None and not self._closed:
            self._desk.lost(session, why)

    async def _measure_disk(self, resident: _Resident) -> None:
        """End a kernel whose workspace has outgrown its quota while it works."""
        most = self._settings.workspace_bytes
        used = await asyncio.to_thread(usage, resident.home.workspace, most)
        if used > most:
            await resident.kernel.fail(over_disk(most))

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
            kernel.when_lost = None
            self._lost(session, IDLE)
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
                if not await asyncio.to_thread(meter.room_for, WARM_BYTES, FREE_BYTES):
                    return  # who waits for a kernel waits longer; nobody runs out of memory
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
        if started.kernel.environment != self._ground.environment:
            await self._discard(started)  # kernels moved to another Python while it started
            return
        self._warm.append(started)
        await started.kernel.prepare(self._settings.warm_up)

    async def _discard(self, started: Started) -> None:
        await started.kernel.close()
        if self._starter is not None:
            await asyncio.to_thread(self._starter.homes.remove, started.home, True)
