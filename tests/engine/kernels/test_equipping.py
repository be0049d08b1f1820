"""An environment for kernels, made without `make`: from a list of nothing here, to be quick."""

import asyncio
import sys
from pathlib import Path

import pytest

from engine.kernels.environment import find
from engine.kernels.equipping import equip, is_made, lock_file
from engine.ports import KernelFailed


async def test_an_environment_is_made_once_and_found(tmp_path: Path) -> None:
    lock = tmp_path / "kernel.lock"
    lock.write_text("# nothing\n")
    assert not is_made(tmp_path, lock)
    await asyncio.to_thread(equip, tmp_path, sys.executable, lock)
    assert is_made(tmp_path, lock)
    found = find(tmp_path, sys.executable)
    assert (found.own, found.words) == (True, "its own: plain Python")
    lock.write_text("# something else\n")
    assert not is_made(tmp_path, lock)


async def test_what_cannot_be_made_is_told_and_is_no_environment(tmp_path: Path) -> None:
    lock = tmp_path / "kernel.lock"
    lock.write_text("")
    with pytest.raises(KernelFailed) as failed:
        await asyncio.to_thread(equip, tmp_path, "/nowhere/python", lock)
    assert "/nowhere/python" in failed.value.info.message
    assert not is_made(tmp_path, lock)


def test_the_list_of_packages_is_there() -> None:
    assert "pandas==" in lock_file().read_text()
