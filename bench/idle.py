"""What an idle socket costs in memory, beside Granian with no framework at all.

python -m bench idle
"""

import time
from contextlib import ExitStack

from bench._figures import Goal, Measured, figure
from bench._servers import Server, askwire, granian
from bench._sockets import opened

WARM = 50
SOCKETS = 500
ROUNDS = 2
KIB = 1024


def per_socket(server: Server, opening: str | None) -> float:
    """Return the resident KiB that each of many sockets adds."""
    with ExitStack() as held:
        for _ in range(WARM):
            held.enter_context(opened(server.port, opening).sock)
        time.sleep(0.5)  # Memory has no event: let what was opened come to rest.
        before = server.memory()
        for _ in range(SOCKETS):
            held.enter_context(opened(server.port, opening).sock)
        time.sleep(0.5)  # Memory has no event: let what was opened come to rest.
        return (server.memory() - before) / SOCKETS / KIB


def main() -> Measured:
    """Measure, each time on fresh servers: memory that was used once is not given back."""
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(ROUNDS):
        with askwire() as gateway:
            _, hello = gateway.session()
            ours.append(per_socket(gateway, hello))
        with granian("bench.peers.bare:app") as peer:
            theirs.append(per_socket(peer, None))
    a = figure("Askwire, a socket that follows a session", ours, "KiB")
    b = figure("Granian alone, a socket that waits", theirs, "KiB")
    return [
        a,
        b,
        Goal(
            name="idle socket to Granian alone", value=a.value / b.value, want="at most", goal=1.2
        ),
    ]
