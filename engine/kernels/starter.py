"""How an isolated kernel comes to be: home, process, sockets, conversation."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Literal

import msgspec
import zmq.asyncio

from engine.kernels import process
from engine.kernels.broker import Broker
from engine.kernels.conversation import Conversation
from engine.kernels.eval import LineLink
from engine.kernels.homes import Homes
from engine.kernels.inside.launch import BROKER, RUN
from engine.kernels.inspection import IPYTHON, WORKER
from engine.kernels.ipykernel import SocketLink
from engine.kernels.isolation import Ground, Measured, readable_of
from engine.kernels.recipes import Home, Order
from engine.ports import Desk, KernelFailed, KernelLimits

START_SECONDS = 30.0

Kind = Literal["ipykernel", "eval"]
"""What runs inside: a whole IPython kernel, or a plain Python worker for light code."""


class Started(msgspec.Struct, frozen=True, kw_only=True):
    """A kernel that runs, and where it lives."""

    kernel: Conversation
    home: Home
    pid: int
    """The outermost process of it."""
    broker: Broker | None = None


class Starter:
    """Starts kernels of one kind by one measured way of isolation."""

    def __init__(
        self,
        ground: Ground,
        measured: Measured,
        limits: KernelLimits,
        desk: Desk | None = None,
        kind: Kind = "ipykernel",
    ) -> None:
        self._kind = kind
        self.desk = desk
        self._ground = ground
        self._measured = measured
        self._limits = limits
        self._context = zmq.asyncio.Context()
        self.homes = Homes(ground.runs, ground.users)

    def move(self, ground: Ground, measured: Measured) -> None:
        """Start kernels on other ground from now on."""
        self._ground, self._measured = ground, measured

    @property
    def moves_in(self) -> bool:
        """Tell whether a running kernel can be given a workspace: it must not see host paths."""
        return self._measured.recipe.namespaces != "none"

    async def start(self, workspace: Path) -> Started:
        """Start a kernel that sees `workspace`. Raise `KernelFailed`."""
        home = await asyncio.to_thread(self.homes.make, self._measured.recipe, workspace)
        try:
            return await self._start_in(home)
        except BaseException:
            await asyncio.to_thread(self.homes.remove, home, False)
            raise

    async def _start_in(self, home: Home) -> Started:
        questions = WORKER if self._kind == "eval" else IPYTHON
        kernel = Conversation(self._measured.words, questions, self._ground.environment)
        if self.desk is None:
            return Started(kernel=kernel, home=home, pid=await self._connect(kernel, home, None))
        broker = Broker(self.desk, kernel.waits)
        await broker.listen(home.run / BROKER, home.uid)
        try:
            pid = await self._connect(kernel, home, broker)
        except BaseException:
            await broker.close()
            raise
        return Started(kernel=kernel, home=home, pid=pid, broker=broker)

    async def _connect(self, kernel: Conversation, home: Home, broker: Broker | None) -> int:
        async def give_back() -> None:
            if broker is not None:
                await broker.close()
            await asyncio.to_thread(self.homes.remove, home, False)

        link = self._link(kernel, give_back)
        try:
            await link.open(home, RUN if self.moves_in else str(home.run))
            isolated = await self._run(link.program, home, broker)
            try:
                async with asyncio.timeout(START_SECONDS):
                    self._check(await isolated.line())
                    await isolated.line()
                await link.connect(isolated, START_SECONDS)
            except BaseException:
                await isolated.close()
                raise
        except TimeoutError:
            await link.close()
            raise KernelFailed("kernel_not_started", "The kernel took too long to start.") from None
        except BaseException:
            await link.close()
            raise
        kernel.start(link)
        return isolated.pid

    def _link(
        self, kernel: Conversation, give_back: Callable[[], Awaitable[None]]
    ) -> SocketLink | LineLink:
        if self._kind == "eval":
            return LineLink(kernel.received, kernel.died, give_back)
        return SocketLink(self._context, kernel.received, kernel.died, give_back)

    async def _run(
        self, program: str, home: Home, broker: Broker | None
    ) -> process.IsolatedProcess:
        ground = self._ground
        order = Order(
            program=program,
            arguments={"broker": broker.token} if broker is not None else {},
            limits=self._limits,
            network=ground.network,
            readable=ground.readable,
        )
        readable = (*readable_of(ground), *ground.readable)
        return await process.start(self._measured.recipe, home, order, ground.python, readable)

    def _check(self, report: dict[str, object]) -> None:
        """What the probe had must hold for each kernel too."""
        if self._measured.recipe.confine and self._measured.level >= 2:
            missing = [name for name in ("landlock", "seccomp") if not report.get(name)]
            if missing:
                raise KernelFailed(
                    "isolation_refused",
                    f"The kernel could not be isolated: {' and '.join(missing)} failed.",
                )

    def close(self) -> None:
        """Let go of the sockets' machinery, after all kernels were closed."""
        self._context.destroy(linger=0)
