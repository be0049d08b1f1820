"""What this machine gives to kernels, what is missing, and how to get it."""

import asyncio
from pathlib import Path
from typing import Literal

import msgspec

from engine.kernels.inside import landlock
from engine.kernels.isolation import MEANING, Ground, Measured, choose
from engine.kernels.recipes import is_linux

LIBRARIES = ("ipykernel", "pandas", "matplotlib", "polars", "duckdb", "plotly", "sklearn")
NEEDED = ("ipykernel",)
IMPORT_SECONDS = 30.0


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True):
    """One finding. `advice` says what to do about it, None when all is well."""

    name: str
    state: Literal["good", "fair", "bad"]
    detail: str
    advice: str | None = None


async def examine(ground: Ground, minimum: int = 0) -> tuple[Diagnosis, ...]:
    """Look at everything that kernels rest on. Never raises."""
    tried = await choose(ground)
    found = [_level(tried[0], minimum)]
    if tried[0].level < 4:
        found += [_way(measured) for measured in tried]
        found += await asyncio.to_thread(_reasons)
    found.append(await _libraries(ground))
    return tuple(found)


def _level(best: Measured, minimum: int) -> Diagnosis:
    level = max(best.level, 0)
    detail = f"{best.words}. Measured: {MEANING[level]}."
    if best.level < 0:
        return Diagnosis(
            name="isolation",
            state="bad",
            detail=f"No kernel can be started: {best.problem}",
            advice="See the findings below.",
        )
    if level < minimum:
        advice = f"Level {minimum} is demanded: kernels are refused. See the findings below."
        return Diagnosis(name="isolation", state="bad", detail=detail, advice=advice)
    if level < 3:
        advice = "Let only people use this server who may use this machine."
        return Diagnosis(name="isolation", state="fair", detail=detail, advice=advice)
    return Diagnosis(name="isolation", state="good", detail=detail)


def _way(measured: Measured) -> Diagnosis:
    name = f"isolation by {measured.recipe.name}"
    if measured.level >= 0:
        open_ = sorted(attempt for attempt, possible in measured.possible.items() if possible)
        detail = f"L{measured.level}" + (f"; possible: {', '.join(open_)}" if open_ else "")
        return Diagnosis(name=name, state="good" if measured.level >= 3 else "fair", detail=detail)
    problem = measured.problem or "It does not work."
    return Diagnosis(name=name, state="fair", detail=problem, advice=_advice_for(problem))


def _advice_for(problem: str) -> str | None:
    if "may not read this Python" in problem:
        return (
            "Install Python where every user may read it (not below /root), "
            "or give the server CAP_SYS_ADMIN or bubblewrap."
        )
    if "unshare" in problem or "namespace" in problem.lower():
        return "Allow user namespaces, or install bubblewrap (`apt install bubblewrap`)."
    return None


def _reasons() -> list[Diagnosis]:
    """Look for what commonly stands in the way on Linux."""
    if not is_linux():
        advice = "Run it in a Linux container or machine for real isolation."
        detail = "Only Linux offers what isolation needs."
        return [Diagnosis(name="system", state="fair", detail=detail, advice=advice)]
    found = []
    if landlock.version() == 0:
        advice = "Boot Linux 5.13 or later with `lsm=landlock,…`."
        detail = "This kernel offers no Landlock."
        found.append(Diagnosis(name="landlock", state="fair", detail=detail, advice=advice))
    for path, closed, advice in _SWITCHES:
        value = _setting(path)
        if value == closed:
            detail = f"{path} is {value}."
            found.append(
                Diagnosis(name="user namespaces", state="fair", detail=detail, advice=advice)
            )
    return found


_SWITCHES = (
    (
        "/proc/sys/kernel/unprivileged_userns_clone",
        "0",
        "sysctl -w kernel.unprivileged_userns_clone=1",
    ),
    ("/proc/sys/user/max_user_namespaces", "0", "sysctl -w user.max_user_namespaces=10000"),
    (
        "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
        "1",
        "Install bubblewrap and its profile (`apt install bubblewrap apparmor-profiles`).",
    ),
)


def _setting(path: str) -> str | None:
    try:
        return Path(path).read_text().strip()
    except OSError:
        return None


async def _libraries(ground: Ground) -> Diagnosis:
    code = (
        "import importlib.util as u, sys; "
        "print(*[n for n in sys.argv[1:] if u.find_spec(n) is None])"
    )
    try:
        async with asyncio.timeout(IMPORT_SECONDS):
            process = await asyncio.create_subprocess_exec(
                *(ground.python, "-I", "-c", code, *LIBRARIES),
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                stdin=asyncio.subprocess.DEVNULL,
                env={},
            )
            said, _ = await process.communicate()
    except (OSError, TimeoutError) as error:
        detail = f"{ground.python} does not run: {error}"
        return Diagnosis(
            name="python of kernels",
            state="bad",
            detail=detail,
            advice="Give the path of a Python.",
        )
    missing = said.decode().split()
    if not missing:
        return Diagnosis(
            name="python of kernels", state="good", detail=f"{ground.python} has all libraries."
        )
    return Diagnosis(
        name="python of kernels",
        state="bad" if set(missing) & set(NEEDED) else "fair",
        detail=f"{ground.python} lacks {', '.join(missing)}.",
        advice=f"{ground.python} -m pip install {' '.join(_PACKAGES.get(m, m) for m in missing)}",
    )


_PACKAGES = {"sklearn": "scikit-learn"}
