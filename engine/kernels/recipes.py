"""The ways to lock a kernel in, and the command line and orders that each of them needs."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from engine.kernels.inside import namespaces
from engine.kernels.inside.launch import RUN, WORKSPACE
from engine.ports import KernelLimits

INSIDE = Path(__file__).parent / "inside"
LAUNCHER = INSIDE / "launch.py"
SPARE_USERS = range(60_706, 61_184)
"""Numbers that no distribution and no systemd gives away."""
SCRATCH_BYTES = str(namespaces.SCRATCH_BYTES)


class Recipe(msgspec.Struct, frozen=True, kw_only=True):
    """One way. `words` says in short what it gives."""

    name: str
    words: str
    namespaces: Literal["bwrap", "own", "none"] = "none"
    own_user: bool = False
    spare_user: bool = False
    confine: bool = True
    bwrap: str | None = None


class Home(msgspec.Struct, frozen=True, kw_only=True):
    """Where one kernel lives: its folders, and the spare user if it has one."""

    workspace: Path
    run: Path
    uid: int | None = None


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What to start: the program inside, with its arguments."""

    program: str
    arguments: Mapping[str, Any] = {}
    limits: KernelLimits = KernelLimits()
    network: bool = False
    readable: tuple[str, ...] = ()


def recipes(root: bool, linux: bool, bwrap: str | None) -> tuple[Recipe, ...]:
    """Return the ways that may work here, the tightest first."""
    if not linux:
        return (Recipe(name="limits", words="limits per process only", confine=False),)
    locked = "Landlock, seccomp, limits"
    ways = []
    if bwrap:
        ways.append(
            Recipe(
                name="bwrap",
                words=f"bubblewrap namespaces{', own uid' if root else ''}, {locked}",
                namespaces="bwrap",
                own_user=not root,
                spare_user=root,
                bwrap=bwrap,
            )
        )
    ways.append(
        Recipe(
            name="namespaces",
            words=f"own namespaces{', own uid' if root else ''}, {locked}",
            namespaces="own",
            own_user=not root,
            spare_user=root,
        )
    )
    if root:
        ways.append(Recipe(name="uid", words=f"own uid, {locked}", spare_user=True))
    else:
        ways.append(Recipe(name="landlock", words=locked))
        ways.append(Recipe(name="limits", words="limits per process only", confine=False))
    return tuple(ways)


def environment(recipe: Recipe, home: Home, python: str) -> dict[str, str]:
    """Return all that the kernel sees of an environment."""
    own_tree = recipe.namespaces != "none"
    temporary = "/tmp" if own_tree else str(home.run / "tmp")
    workspace = WORKSPACE if own_tree else str(home.workspace)
    return {
        "PATH": f"{Path(python).parent}:/usr/local/bin:/usr/bin:/bin",
        "HOME": workspace,
        "USER": "kernel",
        "LOGNAME": "kernel",
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "TMPDIR": temporary,
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "MPLCONFIGDIR": f"{temporary}/.matplotlib",
        # Its own choice would put a library of 4 MB beside each figure.
        "PLOTLY_RENDERER": "plotly_mimetype",
        "IPYTHONDIR": f"{temporary}/.ipython",
        "JUPYTER_RUNTIME_DIR": temporary,
        "JUPYTER_CONFIG_DIR": f"{temporary}/.jupyter",
        "XDG_CACHE_HOME": f"{temporary}/.cache",
        # Each thread of a library costs address space, which is what the memory limit counts.
        "MALLOC_ARENA_MAX": "2",
        "OPENBLAS_NUM_THREADS": "2",
        "OMP_NUM_THREADS": "2",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def command(recipe: Recipe, home: Home, python: str, readable: Sequence[str]) -> list[str]:
    """Return the command line of the launcher."""
    launcher = [python, "-I", "-B", str(LAUNCHER)]
    if recipe.namespaces != "bwrap" or recipe.bwrap is None:
        return launcher
    return [
        recipe.bwrap,
        *_unshared(recipe),
        *("--die-with-parent", "--new-session", "--hostname", "kernel", "--clearenv"),
        *_environment_flags(environment(recipe, home, python)),
        *("--perms", "1777", "--size", SCRATCH_BYTES, "--tmpfs", "/tmp"),
        *_mounts(home, readable),
        *("--remount-ro", "/", "--chdir", "/", "--"),
        *launcher,
    ]


def _unshared(recipe: Recipe) -> list[str]:
    flags = ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"]
    flags += ["--unshare-cgroup-try", "--cap-drop", "ALL"]
    if recipe.own_user:
        return [*flags, "--unshare-user", "--disable-userns"]
    return [*flags, "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]


def _environment_flags(values: Mapping[str, str]) -> list[str]:
    return [word for name, value in values.items() for word in ("--setenv", name, value)]


def _mounts(home: Home, readable: Sequence[str]) -> list[str]:
    binds: list[tuple[str, str, str]] = [("--ro-bind", p, p) for p in [*readable, str(INSIDE)]]
    binds += [("--ro-bind-try", f"/etc/{n}", f"/etc/{n}") for n in namespaces.ETC]
    binds += [("--bind", str(home.workspace), WORKSPACE), ("--bind", str(home.run), RUN)]
    words: list[str] = []
    for path in namespaces.SYSTEM:
        place = Path(path)
        if place.is_symlink():
            words += ["--symlink", str(place.readlink()), path]
        elif place.exists():
            words += ["--ro-bind", path, path]
    seen: set[str] = {"/tmp", "/usr"}
    for bind in binds:
        # bwrap would make missing folders on the way closed to the spare user.
        for parent in reversed([str(p) for p in Path(bind[2]).parents if str(p) != "/"]):
            if parent not in seen and not parent.startswith("/usr/"):
                seen.add(parent)
                words += ["--perms", "0755", "--dir", parent]
        words += bind
    words += ["--proc", "/proc", "--dev", "/dev"]
    return [*words, "--perms", "1777", "--size", SCRATCH_BYTES, "--tmpfs", "/dev/shm"]


def orders(recipe: Recipe, home: Home, order: Order, parent: int) -> bytes:
    """Return what the launcher reads on its standard input."""
    limits = order.limits
    return msgspec.json.encode(
        {
            "namespaces": recipe.namespaces,
            "own_user": recipe.own_user,
            "uid": home.uid,
            "network": order.network,
            "confine": recipe.confine,
            "memory_bytes": limits.memory_bytes,
            "file_bytes": limits.file_bytes,
            "processes": limits.processes,
            "readable": list(order.readable),
            "program": order.program,
            "arguments": dict(order.arguments),
            "parent": parent,
            "workspace": str(home.workspace),
            "run": str(home.run),
        }
    )


def is_linux() -> bool:
    """Tell whether the tighter ways may exist at all."""
    return sys.platform == "linux"
