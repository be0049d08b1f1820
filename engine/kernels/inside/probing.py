"""A harmless attempt at everything that a kernel must not do. A success proves a hole.

Each line says what was tried and whether it was possible; the server holds the decoys and knows
what that means.
"""

import contextlib
import ctypes
import os
import signal
import socket
import time
from collections.abc import Callable
from typing import Any

from engine.kernels.inside import launch, namespaces

CHILDREN_BEYOND = 32


def run(plan: launch.Plan) -> int:
    """Try everything, one line each."""
    decoys = plan.arguments
    server = int(decoys["server"])
    attempts: dict[str, Callable[[], object]] = {
        "read_shadow": lambda: _read("/etc/shadow"),
        "read_server_data": lambda: _read(decoys["secret"]),
        "read_other_workspace": lambda: _read(decoys["foreign"]),
        "write_outside": lambda: _write(os.path.join(decoys["outside"], "written")),
        "server_environment": lambda: _read(f"/proc/{server}/environ"),
        "server_memory": lambda: _read_memory(server),
        "server_visible": lambda: _be_told(decoys["server_name"], server),
        "signal_server": lambda: os.kill(server, 0),
        "tcp": lambda: socket.create_connection(("127.0.0.1", decoys["tcp"]), 1).close(),
        "udp": lambda: _send_datagram(decoys["udp"]),
        "unix_socket": lambda: _connect(decoys["unix_socket"]),
        "abstract_socket": lambda: _connect("\0" + decoys["abstract_socket"]),
        "new_user_namespace": _in_a_child(_leave_user),
        "memory": lambda: bytearray(plan.memory_bytes + (64 << 20)),
        "same_user": lambda: _must(os.getuid() == decoys["uid"]),
        "same_network": lambda: _must(_network() == decoys["network"]),
        "processes": lambda: _fork_many(plan.processes + launch.OTHER_THREADS + CHILDREN_BEYOND),
    }
    for name, attempt in attempts.items():
        launch.say({"attempt": name, **_outcome(attempt)})
    return 0


def _outcome(attempt: Callable[[], object]) -> dict[str, Any]:
    try:
        attempt()
    except (OSError, MemoryError) as error:
        return {"possible": False, "why": f"{type(error).__name__}: {error}"}
    return {"possible": True, "why": ""}


def _must(true: bool) -> None:
    if not true:
        raise OSError("it is another one")


def _read(path: str) -> None:
    with open(path, "rb") as file:
        file.read(1)


def _write(path: str) -> None:
    with open(path, "wb") as file:
        file.write(b"x")


def _read_memory(pid: int) -> None:
    # Opening is the check; attaching a tracer would freeze the server.
    os.close(os.open(f"/proc/{pid}/mem", os.O_RDONLY))


def _be_told(name: str, pid: int) -> None:
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        _must(name in file.read())


def _network() -> str:
    return os.readlink("/proc/self/ns/net")


def _send_datagram(port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"x", ("127.0.0.1", port))


def _connect(address: str) -> None:
    with socket.socket(socket.AF_UNIX) as caller:
        caller.settimeout(1)
        caller.connect(address)


def _leave_user() -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    return int(libc.unshare(namespaces.CLONE_NEWUSER))


def _in_a_child(attempt: Callable[[], int]) -> Callable[[], None]:
    def tried() -> None:
        child = os.fork()
        if child == 0:
            os._exit(0 if attempt() == 0 else 1)
        _, status = os.waitpid(child, 0)
        if status:
            raise OSError("refused")

    return tried


def _fork_many(wanted: int) -> None:
    """Start `wanted` sleeping children; end them all."""
    children: list[int] = []
    try:
        for _ in range(wanted):
            child = os.fork()
            if child == 0:
                time.sleep(10)  # Only to be there; it is killed below, or ends by itself.
                os._exit(0)
            children.append(child)
    finally:
        for child in children:
            with contextlib.suppress(OSError):
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
