"""How an isolated ipykernel comes to be: home, process, sockets, conversation."""

import asyncio
from pathlib import Path

import msgspec
import zmq.asyncio

from engine.kernels import process
from engine.kernels.broker import Broker, Handler
from engine.kernels.conversation import Conversation
from engine.kernels.homes import Homes
from engine.kernels.inside.launch import BROKER, RUN
from engine.kernels.ipykernel import SocketLink, new_connection, write_private
from engine.kernels.isolation import Ground, Measured, readable_of
from engine.kernels.recipes import Home, Order
from engine.ports import KernelFailed, KernelLimits

START_SECONDS = 30.0


class Started(msgspec.Struct, frozen=True, kw_only=True):
    """A kernel that runs, and where it lives."""

    kernel: Conversation
    home: Home
    broker: Broker | None = None


class Starter:
    """Starts ipykernels by one measured way of isolation."""

    def __init__(
        self,
        ground: Ground,
        measured: Measured,
        limits: KernelLimits,
        handler: Handler | None = None,
    ) -> None:
        self._handler = handler
        self._ground = ground
        self._measured = measured
        self._limits = limits
        self._context = zmq.asyncio.Context()
        self.homes = Homes(ground.runs)

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
        kernel = Conversation(self._measured.words)
        if self._handler is None:
            await self._connect(kernel, home, None)
            return Started(kernel=kernel, home=home)
        broker = Broker(self._handler, kernel.waits)
        await broker.listen(home.run / BROKER, home.uid)
        try:
            await self._connect(kernel, home, broker)
        except BaseException:
            await broker.close()
            raise
        return Started(kernel=kernel, home=home, broker=broker)

    async def _connect(self, kernel: Conversation, home: Home, broker: Broker | None) -> None:
        connection = new_connection()
        seen = RUN if self.moves_in else str(home.run)
        file = home.run / "connection.json"
        await asyncio.to_thread(write_private, file, connection.file(seen), home.uid)
        order = Order(
            program="kernel",
            limits=self._limits,
            network=self._ground.network,
            readable=self._ground.readable,
        )
        readable = (*readable_of(self._ground), *self._ground.readable)
        isolated = await process.start(
            self._measured.recipe, home, order, self._ground.python, readable
        )

        async def give_back() -> None:
            if broker is not None:
                await broker.close()
            await asyncio.to_thread(self.homes.remove, home, False)

        link = SocketLink(isolated, kernel.received, kernel.died, on_close=give_back)
        try:
            async with asyncio.timeout(START_SECONDS):
                self._check(await isolated.line())
                await isolated.line()
            await link.connect(self._context, home.run, connection, START_SECONDS)
        except TimeoutError:
            await link.close()
            raise KernelFailed("kernel_not_started", "The kernel took too long to start.") from None
        except BaseException:
            await link.close()
            raise
        kernel.start(link)

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
