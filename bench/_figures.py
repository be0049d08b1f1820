"""Figures, how they are told, and whether they reach their goal."""

import os
import platform
import statistics
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Final, Literal

import msgspec

PACKAGES: Final = ("granian", "litestar", "msgspec", "uvloop", "fastapi", "uvicorn", "websockets")


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was measured several times; `value` is the median."""

    name: str
    value: float
    unit: str
    samples: tuple[float, ...] = ()


class Goal(msgspec.Struct, frozen=True, kw_only=True):
    """A ratio or a figure, and what it should be at least or at most."""

    name: str
    value: float
    want: Literal["at least", "at most"]
    goal: float
    unit: str = "times"

    @property
    def reached(self) -> bool:
        """Whether it is as good as it should be."""
        return self.value >= self.goal if self.want == "at least" else self.value <= self.goal


Measured = Sequence[Figure | Goal]


def figure(name: str, samples: Sequence[float], unit: str) -> Figure:
    """Return the median of samples."""
    return Figure(name=name, value=statistics.median(samples), unit=unit, samples=tuple(samples))


def percentile(samples: Sequence[float], part: float) -> float:
    """Return the sample below which `part` of them lie."""
    ranked = sorted(samples)
    return ranked[min(len(ranked) - 1, int(len(ranked) * part))]


def told(one: Figure | Goal) -> str:
    """Return a line for people."""
    if isinstance(one, Goal):
        verdict = "reached" if one.reached else "MISSED"
        words = f"{one.want} {one.goal:g}"
        return f"  {one.name:<58}{one.value:>12,.2f} {one.unit:<9} ({words}: {verdict})"
    span = ""
    if len(one.samples) > 1:
        span = f" ({min(one.samples):,.4g} to {max(one.samples):,.4g}, n={len(one.samples)})"
    return f"  {one.name:<58}{one.value:>12,.2f} {one.unit:<9}{span}"


def machine() -> dict[str, str]:
    """Return where this was measured: a number without its machine says little."""
    found = {
        "machine": f"{_processor()}, {os.cpu_count()} cores",
        "system": f"{platform.system()} {platform.release()}",
        "load before": f"{os.getloadavg()[0]:.2f}",
        "python": platform.python_version(),
    }
    return found | {name: version(name) for name in PACKAGES}


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
