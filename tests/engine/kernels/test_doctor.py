"""The doctor tells the truth about this machine, and what to do."""

import sys
from pathlib import Path

import pytest

from engine.kernels.doctor import Diagnosis, examine
from engine.kernels.isolation import Ground, choose

pytestmark = pytest.mark.kernel


async def test_the_doctor_says_the_level_that_is_measured(tmp_path: Path) -> None:
    ground = Ground(python=sys.executable, runs=tmp_path / "runs")
    best = (await choose(ground))[0]
    first, *others = await examine(ground)
    assert first.name == "isolation"
    assert first.detail.startswith(f"L{best.level}: ")
    assert others[-1].name == "python of kernels"


async def test_a_demand_above_the_level_is_bad_news_with_advice(tmp_path: Path) -> None:
    first = (await examine(Ground(python=sys.executable, runs=tmp_path / "runs"), minimum=5))[0]
    assert first.state == "bad"
    assert first.advice


async def test_a_python_that_is_not_there_is_bad_news(tmp_path: Path) -> None:
    found = await examine(Ground(python="/nowhere/python", runs=tmp_path / "runs"))
    assert [d.state for d in found if d.name in ("isolation", "python of kernels")] == [
        "bad",
        "bad",
    ]
    assert all(isinstance(d, Diagnosis) and d.detail for d in found)
