"""Where the Python of sessions runs: the homes for kernels that the settings ask for."""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlsplit, urlunsplit

from engine.kernels.choice import Choice, ChosenKernels, Finder, without_token
from engine.kernels.environment import Environment, find
from engine.kernels.isolation import Ground
from engine.kernels.jupyter_server import Remote, RemoteKernels
from engine.kernels.pool import KernelPool, PoolSettings
from engine.kernels.recipes import SPARE_USERS
from engine.ports import KernelLimits, Kernels
from engine.sources.vault import FileVault
from gateway.settings import Settings, SettingsError
from protocol.choices import KernelHome
from protocol.ids import SessionId

_HALF: Final = len(SPARE_USERS) // 2
USERS: Final = {"ipykernel": SPARE_USERS[:_HALF], "eval": SPARE_USERS[_HALF:]}
"""Each home lends users of its own, so that none is lent twice."""


def environment_of(settings: Settings) -> Callable[[], Environment]:
    """Return a look at the Python that kernels get: it may come to be while the server runs."""
    return partial(find, Path(sys.prefix), sys.executable, settings.kernel_python)


def ground_of(settings: Settings, runs: Path, kind: str = "ipykernel") -> Ground:
    """Return what kernels stand on as things are now. Blocking."""
    found = environment_of(settings)()
    return Ground(python=found.python, environment=found.words, runs=runs / kind, users=USERS[kind])


def limits_of(settings: Settings) -> KernelLimits:
    """Return the bounds of kernels."""
    return KernelLimits(
        max_seconds=settings.kernel_seconds,
        cpu_seconds=settings.kernel_cpu_seconds,
        max_output_bytes=settings.kernel_output_bytes,
        memory_bytes=settings.kernel_memory_mb * 1024 * 1024,
    )


def remote_of(url: str, token: str | None = None) -> Remote:
    """Return a Jupyter server by its address; a token in that is taken out of it."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SettingsError("a Jupyter server has an address such as http://127.0.0.1:8888")
    said = parse_qs(parts.query).get("token", [""])[0]
    plain = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
    return Remote(url=plain.rstrip("/"), token=token or said)


def choice_of(settings: Settings) -> Choice:
    """Return where kernels live where nobody says otherwise."""
    if settings.jupyter_url is None:
        return Choice(kind=settings.kernel)
    remote = remote_of(settings.jupyter_url, settings.jupyter_token)
    return Choice(kind="jupyter_server", remote=remote)


class KernelTokens:
    """The tokens of Jupyter servers that were chosen for a session. All of it blocks."""

    def __init__(self, settings: Settings, vault: FileVault) -> None:
        self._settings = settings
        self._vault = vault

    def keep(self, session: SessionId, choice: Choice | None) -> None:
        """Keep the token of a choice, in place of the one before."""
        token = choice.remote.token if choice is not None and choice.remote is not None else ""
        if token and choice != choice_of(self._settings):
            self._vault.put(_secret(session), token)
        else:
            self._vault.remove(_secret(session))

    def find(self, session: SessionId, home: KernelHome) -> Choice:
        """Return the choice that a session's log speaks of."""
        known = choice_of(self._settings)
        if home.url is None or (known.remote is not None and known.remote.shown == home.url):
            return known if home.url is not None else Choice(kind=home.kind)
        token = self._vault.get(_secret(session)) or ""
        return Choice(kind=home.kind, remote=Remote(url=home.url, token=token))


def _secret(session: SessionId) -> str:
    return f"kernel/{session}"


def build_kernels(
    settings: Settings, folder: Path, runs: Path, find: Finder = without_token
) -> ChosenKernels:
    """Return all homes. None is opened, and none built but the one that is chosen."""

    def make(choice: Choice) -> Kernels:
        if choice.remote is not None:
            return RemoteKernels(choice.remote)
        return _pool(settings, folder, runs, choice)

    return ChosenKernels(make, choice_of(settings), find)


def _pool(settings: Settings, folder: Path, runs: Path, choice: Choice) -> KernelPool:
    own = choice == choice_of(settings)
    return KernelPool(
        ground_of(settings, runs, choice.kind),
        PoolSettings(
            limits=limits_of(settings),
            minimum=settings.isolation_minimum,
            warm=settings.warm_kernels if own else 0,
            kind="eval" if choice.kind == "eval" else "ipykernel",
            workspaces=folder / "workspaces",
        ),
        look=environment_of(settings),
    )


def pool_of(kernels: ChosenKernels) -> KernelPool | None:
    """Return the pool of this machine that sessions use; None where kernels live elsewhere."""
    home = kernels.of(kernels.choice)
    return home if isinstance(home, KernelPool) else None


def told(kernels: ChosenKernels) -> tuple[str, str]:
    """Say the isolation that is in force, and which Python kernels have."""
    pool, remote = pool_of(kernels), kernels.choice.remote
    if pool is None:
        shown = remote.shown if remote is not None else "another server"
        return f"remote: as {shown} isolates its kernels", f"that of {shown}"
    measured = pool.measured
    return measured.words if measured is not None else "not measured yet", pool.environment
