"""How well kernels are locked in here: measured, not assumed.

Each way of isolation runs a probe that attempts what a kernel must not do, against decoys that we
hold out. What the probe could do decides the level; the first way that reaches the highest is used.
"""

import asyncio
import contextlib
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from engine.kernels import process
from engine.kernels.homes import Homes
from engine.kernels.inside.launch import python_folders
from engine.kernels.recipes import SPARE_USERS, Home, Order, Recipe, is_linux, recipes
from engine.ports import KernelFailed, KernelLimits

PROBE_SECONDS = 20.0
PROBE_LIMITS = KernelLimits(memory_bytes=1 << 30, processes=16)

MEANING = (
    "nothing is held back",
    "some limits hold",
    "files, network and the server's processes are out of reach",
    "also bounded in memory and processes, under another user or in a network of its own",
    "also in a file tree and process list of its own",
)
FILES = ("read_server_data", "read_other_workspace", "write_outside")
NETWORK = ("tcp", "udp", "abstract_socket")
SERVER = ("server_environment", "server_memory", "signal_server")


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What a way of isolation is worth on this machine."""

    recipe: Recipe
    level: int
    possible: Mapping[str, bool] = {}
    """Each attempt of the probe and whether it succeeded."""
    problem: str | None = None

    @property
    def words(self) -> str:
        """The level and, in a few words, what it rests on."""
        return f"L{self.level}: {self.recipe.words}"


class Ground(msgspec.Struct, frozen=True, kw_only=True):
    """What isolation is built on: the kernel's Python, folders and users for what runs."""

    python: str
    runs: Path
    readable: tuple[str, ...] = ()
    network: bool = False
    bwrap: str | None = None
    environment: str = ""
    """What that Python has, in words."""
    users: range = SPARE_USERS


def level_of(possible: Mapping[str, bool], network: bool = False) -> int:
    """Return the level that fits what the probe could do; what was not tried counts as possible."""

    def held(*names: str) -> bool:
        return not any(possible.get(name, True) for name in names)

    files, limits = held(*FILES), held("memory")
    if not (files and held(*SERVER) and (network or held(*NETWORK))):
        return 1 if files or limits else 0
    if not (limits and held("processes") and (held("same_user") or held("same_network"))):
        return 2
    return 4 if held("unix_socket", "server_visible") else 3


async def choose(ground: Ground) -> tuple[Measured, ...]:
    """Try the ways that may work here, the tightest first, until one reaches the highest level.

    The best stands first. Never raises: a way that fails is worth nothing and says why.
    """
    bwrap = ground.bwrap or shutil.which("bwrap")
    tried = []
    for recipe in recipes(os.getuid() == 0, is_linux(), bwrap):
        measured = await measure(recipe, ground)
        tried.append(measured)
        if measured.level == 4:
            break
    return tuple(sorted(tried, key=lambda m: m.level, reverse=True))


async def measure(recipe: Recipe, ground: Ground) -> Measured:
    """Run the probe and say what the way is worth; level -1 if it does not work at all."""
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            possible = await _probe(recipe, ground)
    except KernelFailed as failed:
        hint = f" {failed.info.hint}" if failed.info.hint else ""
        return Measured(recipe=recipe, level=-1, problem=failed.info.message + hint)
    except TimeoutError:
        return Measured(recipe=recipe, level=-1, problem="The probe took too long.")
    return Measured(recipe=recipe, level=level_of(possible, ground.network), possible=possible)


async def _probe(recipe: Recipe, ground: Ground) -> dict[str, bool]:
    homes = Homes(ground.runs, ground.users)
    async with _decoys() as decoys, _home(homes, recipe) as home:
        order = Order(
            program="probing",
            arguments=decoys,
            limits=PROBE_LIMITS,
            network=ground.network,
            readable=ground.readable,
        )
        started = await process.start(
            recipe, home, order, ground.python, (*readable_of(ground), *ground.readable)
        )
        try:
            await started.line()
            possible = await _read_attempts(started)
        finally:
            await started.close()
        outside = Path(str(decoys["outside"])) / "written"
        # What was written must be looked for from here: it may be in a tree of its own.
        possible["write_outside"] = await asyncio.to_thread(outside.exists)
        return possible


async def _read_attempts(started: process.IsolatedProcess) -> dict[str, bool]:
    possible: dict[str, bool] = {}
    with contextlib.suppress(KernelFailed):  # it ends with its last line, or is ended for its forks
        while True:
            said = await started.line()
            possible[str(said.get("attempt"))] = bool(said.get("possible"))
    possible.setdefault("processes", "memory" not in possible)
    return possible


@contextlib.asynccontextmanager
async def _home(homes: Homes, recipe: Recipe) -> AsyncGenerator[Home]:
    run = await asyncio.to_thread(homes.make, recipe)
    try:
        yield run
    finally:
        await asyncio.to_thread(homes.remove, run, True)


@contextlib.asynccontextmanager
async def _decoys() -> AsyncGenerator[dict[str, Any]]:
    """Hold out what must not be reached: files, sockets, this process."""
    folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="askwire-probe-"))
    abstract = f"askwire-probe-{os.urandom(8).hex()}"
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(asyncio.to_thread, shutil.rmtree, folder, True)
        made = await asyncio.to_thread(_make_decoy_files, folder)
        # One that is not there would look like one that cannot be reached: a failure is a failure.
        # Only Linux has abstract names (unix(7)).
        names = (str(folder / "socket"), *(("\0" + abstract,) if sys.platform == "linux" else ()))
        for name in names:
            server = await asyncio.start_unix_server(_hang_up, name)
            stack.push_async_callback(_close, server)
        await asyncio.to_thread(_open_to_all, folder / "socket")
        tcp = await asyncio.start_server(_hang_up, "127.0.0.1", 0)
        stack.push_async_callback(_close, tcp)
        udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        udp.bind(("127.0.0.1", 0))
        yield {
            **made,
            "unix_socket": str(folder / "socket"),
            "abstract_socket": abstract,
            "tcp": tcp.sockets[0].getsockname()[1],
            "udp": udp.getsockname()[1],
        }


def _make_decoy_files(folder: Path) -> dict[str, Any]:
    folder.chmod(0o755)
    outside = folder / "outside"
    outside.mkdir()
    outside.chmod(0o777)
    for name in ("secret", "foreign"):
        (folder / name).write_text("decoy")
        (folder / name).chmod(0o644)
    network = Path("/proc/self/ns/net")
    return {
        "secret": str(folder / "secret"),
        "foreign": str(folder / "foreign"),
        "outside": str(outside),
        "server": os.getpid(),
        "server_name": _name_of_this_process(),
        "uid": os.getuid(),
        "network": str(network.readlink()) if network.is_symlink() else "",
    }


def _name_of_this_process() -> str:
    path = Path(f"/proc/{os.getpid()}/stat")
    return path.read_text().split(" ")[1] if path.exists() else sys.executable


def _open_to_all(path: Path) -> None:
    if path.exists():
        path.chmod(0o777)


async def _hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def _close(server: asyncio.AbstractServer) -> None:
    server.close()
    await server.wait_closed()


def readable_of(ground: Ground) -> tuple[str, ...]:
    """Return the folders of the kernel's Python, where this process can know them.

    The launcher works them out for itself; bubblewrap must be told beforehand.
    """
    if ground.python == sys.executable:
        return tuple(python_folders())
    prefix = Path(ground.python).parent.parent
    real = Path(ground.python).resolve().parent.parent
    return tuple(str(path) for path in dict.fromkeys((prefix, real)) if str(path) != "/usr")
