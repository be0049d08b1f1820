"""Which Python runs the code of sessions: an environment of its own, or the server's.

All of it looks at the disk: call it in a thread.
"""

import re
from pathlib import Path

import msgspec

MADE = "made-of"
"""Stands in an environment once set-up has finished it."""

NAMED = (
    "pandas",
    "polars",
    "pyarrow",
    "duckdb",
    "matplotlib",
    "plotly",
    "scikit-learn",
    "statsmodels",
)
"""The packages that people hear of; all others came along with them."""

_INSTALLED = re.compile(r"(?P<name>[^-]+)-(?P<version>[^-]+)\.dist-info")


class Environment(msgspec.Struct, frozen=True, kw_only=True):
    """A Python for kernels. `own` when it is not the server's."""

    python: str
    own: bool
    packages: tuple[tuple[str, str], ...] = ()
    """Name and version of each package of `NAMED` that is there."""

    @property
    def words(self) -> str:
        """Whose it is and what it has, in a line."""
        whose = "its own" if self.own else "the server's"
        found = ", ".join(f"{name} {version}" for name, version in self.packages)
        return f"{whose}: {found or 'plain Python'}"

    @property
    def missing(self) -> tuple[str, ...]:
        """Return which packages people may look for in vain."""
        found = {name for name, _ in self.packages}
        return tuple(name for name in NAMED if name not in found)


def find(prefix: Path, server: str, chosen: Path | None = None) -> Environment:
    """Return the environment that was chosen, else what set-up made below `prefix`, else ours.

    `server` is the server's own Python. Cheap enough to be asked again and again.
    """
    made = prefix / "kernel"
    if chosen is not None:
        python, own = chosen, True
    elif (made / MADE).exists():
        python, own = made / "bin" / "python", True
    else:
        python, own = Path(server), False
    return Environment(python=str(python), own=own, packages=_packages(python))


def _packages(python: Path) -> tuple[tuple[str, str], ...]:
    """Read names and versions off the folders: asking that Python would take a second."""
    found: dict[str, str] = {}
    for installed in python.parent.parent.glob("lib/python3.*/site-packages/*.dist-info"):
        match = _INSTALLED.fullmatch(installed.name)
        if match is not None:
            found[match["name"].lower().replace("_", "-")] = match["version"]
    return tuple((name, found[name]) for name in NAMED if name in found)
