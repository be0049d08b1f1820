"""What kernels use of the machine, read from outside: processor seconds, and memory of them all.

A bound that the operating system keeps for each process says nothing of a hundred of them, and
processor time has none that a cell could be given and the next one again. All of it blocks.
"""

import os
from collections import defaultdict
from collections.abc import Collection
from pathlib import Path
from typing import Final

import msgspec

PAGE: Final = os.sysconf("SC_PAGE_SIZE")
TICKS: Final = os.sysconf("SC_CLK_TCK")


class Used(msgspec.Struct, frozen=True, kw_only=True):
    """Of a process and all below it; `cpu_seconds` count children that have ended too."""

    cpu_seconds: float
    pids: tuple[int, ...]


def used(roots: Collection[int]) -> dict[int, Used]:
    """Return what each of these processes and all below it have used. Empty where /proc is not."""
    ticks: dict[int, int] = {}
    children: defaultdict[int, list[int]] = defaultdict(list)
    for pid, parent, spent in _processes():
        ticks[pid] = spent
        children[parent].append(pid)
    return {root: _of(root, ticks, children) for root in roots if root in ticks}


def _of(root: int, ticks: dict[int, int], children: dict[int, list[int]]) -> Used:
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting += children.get(pid, ())
    spent = sum(ticks.get(pid, 0) for pid in found)
    return Used(cpu_seconds=spent / TICKS, pids=tuple(found))


def _processes() -> list[tuple[int, int, int]]:
    """Return pid, parent and ticks of every process (proc_pid_stat(5))."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            text = (folder / "stat").read_text("utf-8", "replace")
        except OSError:
            continue  # it ended while we looked
        fields = text.rpartition(")")[2].split()  # its name stands in brackets, and may hold any
        found.append((int(folder.name), int(fields[1]), sum(map(int, fields[11:15]))))
    return found


def room_for(bytes_each: int, free: int) -> int:
    """Return how many more processes of a size fit into memory, `free` bytes left alone."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return 1  # nobody knows: one will do
    known = {name: value for name, _, value in (line.partition(":") for line in lines)}
    available = int(known.get("MemAvailable", "0 kB").split()[0]) * 1024
    return max(0, (available - free) // bytes_each)


def memory_bytes(pids: Collection[int], most: int) -> int:
    """Return the memory of processes together, each shared page counted once.

    The dear way to count is taken only where the quick one, which counts a page for each process
    that shares it, finds more than `most`.
    """
    quick = sum(_private(pid) for pid in pids)
    if quick <= most:
        return quick
    return sum(_proportional(pid) for pid in pids)


def _private(pid: int) -> int:
    try:
        sizes = Path(f"/proc/{pid}/statm").read_text().split()
    except OSError:
        return 0
    return (int(sizes[1]) - int(sizes[2])) * PAGE if len(sizes) > 2 else 0


def _proportional(pid: int) -> int:
    """Return the anonymous memory of a process, with its share of what it shares."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return _private(pid) // 2  # not for us to see: take the middle
    kilobytes = [int(line.split()[1]) for line in lines if line.startswith("Pss_Anon:")]
    return sum(kilobytes) * 1024
