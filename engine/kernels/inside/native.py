"""System calls that Python has no name for, by ctypes. Linux on x86_64 and aarch64."""

import ctypes
import os
import platform
import sys

MACHINE = platform.machine()
LINUX = sys.platform == "linux" and MACHINE in ("x86_64", "aarch64")
PIVOT_ROOT = 155 if MACHINE == "x86_64" else 41
# Calls younger than Linux 5.1 have the same number everywhere.
OPEN_TREE, MOVE_MOUNT, MOUNT_SETATTR = 428, 429, 442
LANDLOCK_CREATE, LANDLOCK_ADD, LANDLOCK_RESTRICT = 444, 445, 446

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP = 1, 4, 22
PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS, PR_SET_CHILD_SUBREAPER = 24, 38, 36

_libc = ctypes.CDLL(None, use_errno=True)


def _checked(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def syscall(number: int, *arguments: object, what: str) -> int:
    """Make a system call; raise OSError if it fails."""
    ready = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    return _checked(_libc.syscall(ctypes.c_long(number), *ready), what)


def prctl(option: int, value: int = 0, pointer: object = None) -> int:
    """Set an attribute of this process."""
    third = ctypes.c_ulong(0) if pointer is None else pointer
    zero = ctypes.c_ulong(0)
    return _checked(
        _libc.prctl(ctypes.c_int(option), ctypes.c_ulong(value), third, zero, zero),
        f"prctl {option}",
    )


def unshare(flags: int) -> None:
    """Leave the shared namespaces named by `flags`."""
    _checked(_libc.unshare(ctypes.c_int(flags)), "unshare")


def mount(source: str, target: str, kind: str, flags: int = 0, data: str = "") -> None:
    """Mount a file system."""
    result = _libc.mount(
        source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), data.encode()
    )
    _checked(result, f"mount {kind} on {target}")


def unmount(target: str, flags: int) -> None:
    """Take a mount away."""
    _checked(_libc.umount2(target.encode(), ctypes.c_int(flags)), f"umount {target}")


def drop_capabilities() -> None:
    """Give up every capability, for good."""
    for capability in range(64):
        try:
            prctl(PR_CAPBSET_DROP, capability)
        except OSError:
            break  # past the last one that this kernel knows, or none may be dropped
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    empty = (ctypes.c_uint32 * 6)()
    _checked(_libc.capset(header, empty), "capset")


def die_with_parent() -> None:
    """Be killed when the thread that started this process ends."""
    prctl(PR_SET_PDEATHSIG, 9)
