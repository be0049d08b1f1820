"""Landlock: a process gives up all files but those it names, without privilege and for good."""

import ctypes
import os
import stat
import struct
from collections.abc import Iterable

from engine.kernels.inside import native

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
REMOVE_DIR, REMOVE_FILE, MAKE_CHAR, MAKE_DIR = 1 << 4, 1 << 5, 1 << 6, 1 << 7
MAKE_REG, MAKE_SOCK, MAKE_FIFO, MAKE_BLOCK = 1 << 8, 1 << 9, 1 << 10, 1 << 11
MAKE_SYM, REFER, TRUNCATE, IOCTL_DEV = 1 << 12, 1 << 13, 1 << 14, 1 << 15

READ = EXECUTE | READ_FILE | READ_DIR
# No symbolic links, pipes or sockets among the files of people: the server reads there later.
FILES = READ | WRITE_FILE | TRUNCATE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG | REFER
SCRATCH = FILES | MAKE_SOCK | MAKE_FIFO | MAKE_SYM
DEVICE = READ_FILE | WRITE_FILE | TRUNCATE | IOCTL_DEV
OF_A_FILE = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV

NET_TCP = 0b11
SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS = 0b11


def version() -> int:
    """Return the ABI version of this machine, 0 when there is none."""
    if not native.LINUX:
        return 0
    try:
        return native.syscall(native.LANDLOCK_CREATE, None, 0, 1, what="landlock")
    except OSError:
        return 0


def _known_rights(abi: int) -> int:
    rights = (1 << 13) - 1
    for needed, right in ((2, REFER), (3, TRUNCATE), (5, IOCTL_DEV)):
        if abi >= needed:
            rights |= right
    return rights


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # what is not there needs no permission
    try:
        if not stat.S_ISDIR(os.fstat(place).st_mode):
            rights &= OF_A_FILE
        rule = ctypes.create_string_buffer(struct.pack("=Qi", rights, place), 12)
        native.syscall(native.LANDLOCK_ADD, ruleset, 1, rule, 0, what=f"landlock {path}")
    finally:
        os.close(place)


def restrict(rules: Iterable[tuple[str, int]], network: bool) -> int:
    """Keep only what `rules` allow, from now on; return the ABI version that was used.

    Raise OSError when it is not to be had. `no_new_privs` must have been set.
    """
    abi = version()
    if abi < 1:
        raise OSError("this system has no Landlock")
    known = _known_rights(abi)
    size = 8 if abi < 4 else 16 if abi < 6 else 24
    attributes = struct.pack(
        "=QQQ", known, 0 if network else NET_TCP, SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS
    )[:size]
    buffer = ctypes.create_string_buffer(attributes, size)
    ruleset = native.syscall(native.LANDLOCK_CREATE, buffer, size, 0, what="landlock ruleset")
    try:
        for path, rights in rules:
            _allow(ruleset, path, rights & known)
        native.syscall(native.LANDLOCK_RESTRICT, ruleset, 0, what="landlock restrict")
    finally:
        os.close(ruleset)
    return abi
