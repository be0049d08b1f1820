"""A root of its own: new namespaces, and a file tree that holds only what is needed.

The same ground that bubblewrap gives, for machines without it.
"""

import ctypes
import os
import struct
from collections.abc import Iterable, Mapping

from engine.kernels.inside import native

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x00020000, 0x04000000, 0x08000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REC, MS_PRIVATE = 2, 4, 8, 0x4000, 1 << 18
MNT_DETACH = 2
ATTR_RDONLY, ATTR_NOSUID = 1, 2
AT_FDCWD, AT_EMPTY_PATH, AT_RECURSIVE = -100, 0x1000, 0x8000
OPEN_TREE_CLONE, MOVE_MOUNT_F_EMPTY_PATH = 1, 4
SCRATCH_BYTES = 256 * 1024 * 1024

SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/lib32")
ETC = (
    "ld.so.cache ld.so.conf ld.so.conf.d passwd group nsswitch.conf localtime timezone fonts "
    "alternatives mime.types ssl/certs"
).split()
DEVICES = ("null", "zero", "full", "random", "urandom")


def leave(network: bool, own_user: bool) -> None:
    """Leave the shared namespaces. The next child is the first process of its own pid namespace."""
    flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS
    if not network:
        flags |= CLONE_NEWNET
    uid, gid = os.getuid(), os.getgid()
    native.unshare(flags | (CLONE_NEWUSER if own_user else 0))
    if own_user:
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", f"{uid} {uid} 1\n")
        _write("/proc/self/gid_map", f"{gid} {gid} 1\n")


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def _clone(path: str, read_only: bool) -> int:
    """Return a detached copy of the mount at `path`."""
    flags = OPEN_TREE_CLONE | AT_RECURSIVE | os.O_CLOEXEC
    tree = native.syscall(
        native.OPEN_TREE, AT_FDCWD, path.encode(), flags, what=f"open_tree {path}"
    )
    _restrict_mount(tree, ATTR_NOSUID | (ATTR_RDONLY if read_only else 0), AT_RECURSIVE, path)
    return tree


def _restrict_mount(tree: int, attributes: int, flags: int, path: str) -> None:
    wanted = struct.pack("=QQQQ", attributes, 0, 0, 0)
    native.syscall(
        native.MOUNT_SETATTR,
        tree,
        b"",
        AT_EMPTY_PATH | flags,
        ctypes.create_string_buffer(wanted, len(wanted)),
        len(wanted),
        what=f"mount_setattr {path}",
    )


def _place(tree: int, target: str, is_folder: bool) -> None:
    os.makedirs(os.path.dirname(target), mode=0o755, exist_ok=True)
    if is_folder:
        os.makedirs(target, mode=0o755, exist_ok=True)
    else:
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o644))
    native.syscall(
        native.MOVE_MOUNT,
        tree,
        b"",
        AT_FDCWD,
        target.encode(),
        MOVE_MOUNT_F_EMPTY_PATH,
        what=f"move_mount {target}",
    )
    os.close(tree)


def _clones(readable: Iterable[str], writable: Mapping[str, str]) -> list[tuple[int, str, bool]]:
    """Take hold of all that stays visible: (mount, its place, whether it is a folder)."""
    places = [(path, path, True) for path in SYSTEM if not os.path.islink(path)]
    places += [(f"/etc/{name}", f"/etc/{name}", True) for name in ETC]
    places += [(f"/dev/{name}", f"/dev/{name}", False) for name in DEVICES]
    # Shallow ones first: a deeper one is then placed on top.
    places += [(path, path, True) for path in sorted(set(readable), key=len)]
    places += [(source, target, False) for source, target in writable.items()]
    return [
        (_clone(source, read_only), target, os.path.isdir(source))
        for source, target, read_only in places
        if os.path.exists(source)
    ]


def enter(readable: Iterable[str], writable: Mapping[str, str]) -> None:
    """Replace the file tree. Called by the first process of the new pid namespace.

    `readable` keep their paths; `writable` maps a folder to the path where it will be seen.
    /tmp and /dev/shm are empty, private and bounded.
    """
    os.umask(0o022)
    native.mount("none", "/", "none", MS_REC | MS_PRIVATE)
    clones = _clones(readable, writable)
    links = {path: os.readlink(path) for path in SYSTEM if os.path.islink(path)}
    base = "/tmp"  # any folder will do; it is hidden only in this mount namespace
    native.mount("tmpfs", base, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=16m")
    for path, target in links.items():
        os.symlink(target, base + path)
    scratch = f"mode=1777,size={SCRATCH_BYTES}"
    for folder, kind, data in (
        ("/proc", "proc", ""),
        ("/tmp", "tmpfs", scratch),
        ("/dev/shm", "tmpfs", scratch),
    ):
        os.makedirs(base + folder, mode=0o755, exist_ok=True)
        flags = MS_NOSUID | MS_NODEV | (MS_NOEXEC if kind == "proc" else 0)
        native.mount(kind, base + folder, kind, flags, data)
    for tree, target, is_folder in clones:
        _place(tree, base + target, is_folder)
    for name, target in (("fd", ""), ("stdin", "/0"), ("stdout", "/1"), ("stderr", "/2")):
        os.symlink(f"/proc/self/fd{target}", f"{base}/dev/{name}")
    _pivot(base)


def _pivot(base: str) -> None:
    os.chdir(base)
    native.syscall(native.PIVOT_ROOT, b".", b".", what="pivot_root")
    native.unmount(".", MNT_DETACH)
    os.chdir("/")
    root = os.open("/", os.O_PATH | os.O_CLOEXEC)
    try:
        _restrict_mount(root, ATTR_RDONLY | ATTR_NOSUID, 0, "/")
    finally:
        os.close(root)
