"""A seccomp filter: system calls that data work never needs are refused. Cannot be undone.

A list of what is denied, not a wall against faults of the operating system's kernel.
"""

import ctypes
import errno
import struct

from engine.kernels.inside import native

# name: (x86_64, aarch64); -1 where the machine has no such call.
DENIED = {
    "acct": (163, 89),
    "add_key": (248, 217),
    "adjtimex": (159, 171),
    "bpf": (321, 280),
    "chroot": (161, 51),
    "clock_adjtime": (305, 266),
    "clock_settime": (227, 112),
    "delete_module": (176, 106),
    "fanotify_init": (300, 262),
    "finit_module": (313, 273),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fsopen": (430, 430),
    "fspick": (433, 433),
    "init_module": (175, 105),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "io_uring_setup": (425, 425),
    "ioperm": (173, -1),
    "iopl": (172, -1),
    "kcmp": (312, 272),
    "kexec_file_load": (320, 294),
    "kexec_load": (246, 104),
    "keyctl": (250, 219),
    "lookup_dcookie": (212, 18),
    "modify_ldt": (154, -1),
    "mount": (165, 40),
    "mount_setattr": (442, 442),
    "move_mount": (429, 429),
    "open_by_handle_at": (304, 265),
    "open_tree": (428, 428),
    "perf_event_open": (298, 241),
    "personality": (135, 92),
    "pidfd_getfd": (438, 438),
    "pivot_root": (155, 41),
    "process_madvise": (440, 440),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "ptrace": (101, 117),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "reboot": (169, 142),
    "request_key": (249, 218),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "setns": (308, 268),
    "settimeofday": (164, 170),
    "swapoff": (168, 225),
    "swapon": (167, 224),
    "syslog": (103, 116),
    "umount2": (166, 39),
    "unshare": (272, 97),
    "userfaultfd": (323, 282),
    "vhangup": (153, 58),
}
SOCKET, CLONE, CLONE3, IOCTL = (41, 198), (56, 220), (435, 435), (16, 29)
AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
ALLOW, ERRNO, KILL = 0x7FFF0000, 0x00050000, 0x80000000
NUMBER, ARCH, ARGUMENT = 0, 4, 16
X32 = 0x40000000
NEW_NAMESPACES = 0x7E020000  # NEWNS, CGROUP, UTS, IPC, USER, PID, NET
AF_UNIX = 1
TIOCSTI, TIOCLINUX = 0x5412, 0x541C


def _line(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
    return struct.pack("=HBBI", code, yes, no, value)


def _refusal(number: int) -> bytes:
    return _line(RETURN, ERRNO | number)


def program(machine: str, network: bool) -> bytes:
    """Return the filter for `machine` in the kernel's own form, eight bytes a line."""
    column = 0 if machine == "x86_64" else 1
    lines = [_line(LOAD, ARCH), _line(EQUAL, AUDIT_ARCH[machine], 1, 0), _line(RETURN, KILL)]
    lines.append(_line(LOAD, NUMBER))
    if machine == "x86_64":
        lines += [_line(AT_LEAST, X32, 0, 1), _refusal(errno.ENOSYS)]
    for numbers in DENIED.values():
        if numbers[column] >= 0:
            lines += [_line(EQUAL, numbers[column], 0, 1), _refusal(errno.EPERM)]
    # glibc falls back to clone, whose flags a filter can read.
    lines += [_line(EQUAL, CLONE3[column], 0, 1), _refusal(errno.ENOSYS)]
    lines += [
        _line(EQUAL, CLONE[column], 0, 4),
        _line(LOAD, ARGUMENT),
        _line(ANY_BIT, NEW_NAMESPACES, 0, 1),
        _refusal(errno.EPERM),
        _line(RETURN, ALLOW),
    ]
    if not network:
        lines += [
            _line(EQUAL, SOCKET[column], 0, 4),
            _line(LOAD, ARGUMENT),
            _line(EQUAL, AF_UNIX, 1, 0),
            _refusal(errno.EAFNOSUPPORT),
            _line(RETURN, ALLOW),
        ]
    lines += [
        _line(EQUAL, IOCTL[column], 0, 4),
        _line(LOAD, ARGUMENT + 8),
        _line(EQUAL, TIOCSTI, 1, 0),
        _line(EQUAL, TIOCLINUX, 0, 1),
        _refusal(errno.EPERM),
        _line(RETURN, ALLOW),
    ]
    return b"".join(lines)


def restrict(network: bool) -> None:
    """Refuse the denied calls from now on. Raise OSError when it is not to be had.

    `no_new_privs` must have been set.
    """
    if not native.LINUX:
        raise OSError("this system has no seccomp")
    code = program(native.MACHINE, network)
    lines = ctypes.create_string_buffer(code, len(code))
    # struct sock_fprog: a count, padding, a pointer.
    filter_ = struct.pack("=H6xQ", len(code) // 8, ctypes.addressof(lines))
    held = ctypes.create_string_buffer(filter_, len(filter_))
    native.prctl(native.PR_SET_SECCOMP, 2, held)
