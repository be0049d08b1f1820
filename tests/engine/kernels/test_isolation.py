"""The level in force is measured, and every way that works here keeps its kernels in."""

import os
import sys
from pathlib import Path

import pytest

from engine.kernels.inside import seccomp
from engine.kernels.isolation import FILES, NETWORK, SERVER, Ground, choose, level_of, measure
from engine.kernels.pool import KernelPool, PoolSettings
from engine.kernels.recipes import Recipe, recipes
from engine.ports import KernelFailed
from protocol.ids import SessionId

ALL = (
    *FILES,
    *NETWORK,
    *SERVER,
    *("memory", "processes", "same_user", "same_network", "unix_socket", "server_visible"),
)


def possible(*names: str) -> dict[str, bool]:
    return {name: name in names for name in ALL}


@pytest.mark.parametrize(
    ("holes", "level"),
    [
        ((), 4),
        (("same_user",), 4),
        (("unix_socket",), 3),
        (("server_visible", "unix_socket", "same_network"), 3),
        (("same_user", "same_network", "unix_socket", "server_visible"), 2),
        (("processes",), 2),
        (("memory",), 2),
        (("tcp",), 1),
        (("read_server_data",), 1),
        (("read_server_data", "memory"), 0),
        (ALL, 0),
    ],
)
def test_the_level_follows_from_what_was_possible(holes: tuple[str, ...], level: int) -> None:
    assert level_of(possible(*holes)) == level


def test_what_was_not_tried_counts_as_possible() -> None:
    assert level_of({}) == 0


def test_an_allowed_network_does_not_lower_the_level() -> None:
    assert level_of(possible("tcp", "udp", "same_network"), network=True) == 4


def test_without_linux_only_limits_are_offered_and_said() -> None:
    (only,) = recipes(root=False, linux=False, bwrap=None)
    assert (only.confine, only.words) == (False, "limits per process only")


def test_root_never_runs_a_kernel_as_itself() -> None:
    assert all(r.spare_user for r in recipes(root=True, linux=True, bwrap="/usr/bin/bwrap"))


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_the_filter_is_well_formed(machine: str) -> None:
    code = seccomp.program(machine, network=False)
    lines = [code[i : i + 8] for i in range(0, len(code), 8)]
    assert len(code) % 8 == 0
    for place, line in enumerate(lines):
        if line[0] & 0x07 == 0x05:  # a jump ends inside the program
            assert place + 1 + max(line[2], line[3]) < len(lines)
    assert lines[-1][0] == seccomp.RETURN


@pytest.mark.kernel
async def test_every_way_that_works_here_reaches_the_level_it_is_meant_for(
    tmp_path: Path,
) -> None:
    ground = Ground(python=sys.executable, runs=tmp_path / "runs")
    expected = {"bwrap": 4, "namespaces": 4, "uid": 3, "landlock": 2, "limits": 1}
    worked = 0
    for recipe in recipes(os.getuid() == 0, sys.platform == "linux", _bwrap()):
        measured = await measure(recipe, ground)
        if measured.level >= 0:
            worked += 1
            assert measured.level == expected[recipe.name], measured
            assert measured.words.startswith(f"L{measured.level}: ")
        else:
            assert measured.problem
    assert worked


@pytest.mark.kernel
async def test_the_tightest_way_is_chosen(tmp_path: Path) -> None:
    tried = await choose(Ground(python=sys.executable, runs=tmp_path / "runs"))
    assert tried[0].level == max(m.level for m in tried)


@pytest.mark.kernel
async def test_a_way_that_cannot_work_says_why(tmp_path: Path) -> None:
    missing = Recipe(name="bwrap", words="", namespaces="bwrap", bwrap="/nowhere/bwrap")
    measured = await measure(missing, Ground(python=sys.executable, runs=tmp_path / "runs"))
    assert measured.level == -1
    assert measured.problem is not None
    assert "/nowhere/bwrap" in measured.problem


@pytest.mark.kernel
async def test_a_level_below_the_minimum_is_refused(tmp_path: Path) -> None:
    ground = Ground(python=sys.executable, runs=tmp_path / "runs")
    pool = KernelPool(ground, PoolSettings(minimum=5))
    try:
        with pytest.raises(KernelFailed) as failed:
            await pool.get(SessionId("s_1"), tmp_path / "w")
    finally:
        await pool.close()
    assert failed.value.info.code == "isolation_too_low"
    assert failed.value.info.hint is not None
    assert "doctor" in failed.value.info.hint


def _bwrap() -> str | None:
    return next((p for p in ("/usr/bin/bwrap", "/bin/bwrap") if Path(p).exists()), None)
