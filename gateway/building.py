"""Everything behind the ports, built from settings: stores, sources, kernels, models."""

import asyncio
import fcntl
import logging
import os
import shutil
import tempfile
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Final

import msgspec

from engine.gates import Ceiling
from engine.kernels.choice import ChosenKernels
from engine.models.builtin.analyst import Builtin
from engine.models.profiles import ModelProfiles
from engine.models.shelf import Models
from engine.ports import Model, PortError, QueryLimits
from engine.results.store import ResultStore
from engine.results_of import drop_of
from engine.sample import making
from engine.sources.keys import KeyFile
from engine.sources.papers import Papers
from engine.sources.profiles import Profiles
from engine.sources.registry import Sources
from engine.sources.ruling import Ruling
from engine.sources.vault import FileVault
from engine.stores.sqlite import SqliteStore
from engine.workspace.files import Workspaces
from engine.world import Bounds, World
from gateway.kernels import KernelTokens, build_kernels, limits_of, pool_of
from gateway.providers import found_providers
from gateway.settings import FolderTaken, Settings, SettingsError
from protocol.ids import CallerId

NOBODY: Final = CallerId("")
SHOP: Final = "shop"
SAMPLES: Final = "samples"
PROFILES: Final = "connections.json"
MODELS: Final = "models.json"
SECRETS: Final = "vault.json"
KEYS: Final = "vault.key"
ABOUT: Final = "about"


_log = logging.getLogger("askwire.building")


class Parts(msgspec.Struct, kw_only=True):
    """The world, and those of its parts that handlers ask for by themselves."""

    world: World
    sources: Sources
    models: Models
    kernels: ChosenKernels
    tokens: KernelTokens
    results: ResultStore
    store: SqliteStore | None = None
    runs: Path | None = None
    """Where kernels keep their socket files; gone with the server."""
    folder: Path | None = None
    sample: Path | None = None
    warm: bool = False
    """Whether isolation is measured and a kernel started before anybody asks."""

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[None]:
        """Open everything, and close it in the opposite order."""
        async with AsyncExitStack() as stack:
            if self.folder is not None:
                stack.enter_context(_OnlyOne(self.folder))
            if self.sample is not None:
                await asyncio.to_thread(making.write, self.sample)
            if self.store is not None:
                await stack.enter_async_context(self.store)
            if self.runs is not None:
                stack.callback(shutil.rmtree, self.runs, ignore_errors=True)
            stack.push_async_callback(self.results.close)
            stack.push_async_callback(self.sources.close)
            stack.push_async_callback(self.models.close)
            stack.push_async_callback(self.kernels.close)
            yield

    async def warm_up(self) -> None:
        """Look at sources and kernels before anybody asks, so that nobody has to wait."""
        if self.warm:
            try:
                pool = pool_of(self.kernels)
                if pool is not None:
                    await pool.open()
            except PortError as failure:
                _log.warning("no kernels: %s", failure.info.message)
        for info in await self.sources.list(NOBODY):
            try:
                await (await self.sources.get(info.name, NOBODY)).catalogue()
            except PortError as failure:
                _log.warning("source %s: %s", info.name, failure.info.message)


class _OnlyOne:
    """A lock on the data folder: two servers on one log would not see each other's events."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "server.lock"
        self._file: Any = None

    def __enter__(self) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("a+")
        except OSError as error:
            raise SettingsError(
                f"the data folder {self._path.parent} cannot be used ({error.strerror}); "
                "choose another with --data"
            ) from None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.seek(0)
            owner = self._file.read().strip() or "unknown"
            raise FolderTaken(
                f"another server (process {owner}) uses {self._path.parent}; "
                "stop it, or choose another folder with --data"
            ) from None
        self._file.truncate(0)
        self._file.write(str(os.getpid()))
        self._file.flush()

    def __exit__(self, *_: object) -> None:
        self._file.close()


def build(settings: Settings, models: Mapping[str, Model] | None = None) -> Parts:
    """Make every part that the settings ask for. Nothing is opened yet."""
    folder = settings.data.absolute()
    sample = folder / "sample" if settings.sample else None
    vault = FileVault(folder / SECRETS, KeyFile(folder / KEYS).read)
    sources = Sources(
        configured_sources(settings, sample),
        folder / "files",
        profiles=Profiles(folder / PROFILES, vault),
        ruling=Ruling(Papers(folder / ABOUT), shipped_meanings(settings)),
    )
    # A socket file's path may have about 100 bytes (sun_path), so not below the data folder.
    runs = Path(tempfile.mkdtemp(prefix="askwire-"))
    tokens = KernelTokens(settings, vault)
    kernels = build_kernels(settings, folder, runs, tokens.find)
    store, results = SqliteStore(folder / "askwire.db"), ResultStore(folder / "results")
    bounds = Bounds(
        max_rounds=settings.max_rounds,
        max_seconds=settings.max_seconds,
        max_tokens=settings.max_tokens,
        data=settings.model_data,
        data_most=settings.model_data_most,
        max_text=settings.text_chars,
        query=QueryLimits(max_rows=settings.max_rows, max_seconds=settings.query_seconds),
        kernel=limits_of(settings),
        approval_seconds=settings.approval_seconds,
        unasked=Ceiling(rows=settings.ask_above_rows, cost=settings.ask_above_cost),
    )
    shelf = models_of(settings, models)
    world = World(
        store=store,
        models=shelf,
        sources=sources,
        kernels=kernels,
        results=results,
        files=Workspaces(folder / "workspaces"),
        default_model=settings.model,
        default_source=first_source(settings),
        bounds=bounds,
    )
    # Rows that were read by other rules are not kept any longer.
    sources.ruling.tell(lambda key: drop_of(world, key.name, key.owner))
    return Parts(
        world=world,
        sources=sources,
        models=shelf,
        kernels=kernels,
        tokens=tokens,
        results=results,
        store=store,
        runs=runs,
        folder=folder,
        sample=sample,
        warm=settings.warm_kernels > 0,
    )


def models_of(settings: Settings, fixed: Mapping[str, Model] | None = None) -> Models:
    """Return the models that can be chosen: built in, in the environment, and kept."""
    folder = settings.data.absolute()
    vault = FileVault(folder / SECRETS, KeyFile(folder / KEYS).read)
    profiles = ModelProfiles(folder / MODELS, vault, found_providers(settings))
    return Models(fixed or {"builtin": Builtin()}, profiles)


def configured_sources(settings: Settings, sample: Path | None) -> dict[str, Path]:
    """Return the named sources: those that were set, and the sample data."""
    found = {name: Path(path).absolute() for name, path in settings.sources.items()}
    if sample is not None:
        found.setdefault(SHOP, sample / making.SHOP_NAME)
        found.setdefault(SAMPLES, sample)
    return found


def shipped_meanings(settings: Settings) -> dict[str, Path]:
    """Return the meanings that come with sources: that of the sample shop, if it is offered."""
    offered = settings.sample and SHOP not in settings.sources
    return {SHOP: making.MEANING} if offered else {}


def first_source(settings: Settings) -> str | None:
    """Return what a session asks that names no source."""
    if settings.sources:
        return next(iter(settings.sources))
    return SHOP if settings.sample else None
