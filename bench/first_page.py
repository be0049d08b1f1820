"""From `run.start` to the first page of the run, with idle sockets beside.

Its floor is what cannot be left out: a socket that says what it heard, and one write that the disk
has. The three are measured in turns, since a disk that rested is slower than one that did not.

python -m bench first_page
"""

import os
import tempfile
import time
from contextlib import ExitStack
from typing import IO

from bench._figures import Goal, Measured, figure, percentile
from bench._servers import WORK, ask, askwire, granian
from bench._sockets import Counter, opened

IDLE = 100
TIMES = 200
WARM = 10
REST = 0.01


def page_after(one: Counter, start: str) -> float:
    """Ask, and return the seconds until the run's first page; then let the run end."""
    seen = bytearray()
    began = time.perf_counter()
    one.say(start)
    while b'"run.started"' not in seen:
        seen += one.sock.recv(65536)
    took = time.perf_counter() - began
    while b'"run.finished"' not in seen:
        seen += one.sock.recv(65536)
    if b'"answered"' not in seen:
        raise RuntimeError(f"the run was not answered: {seen.decode()}")
    return took


def echo(one: Counter, said: str) -> float:
    """Return the seconds until what was said comes back."""
    began = time.perf_counter()
    one.say(said)
    got = 0
    while got < len(said):
        got += len(one.sock.recv(65536))
    return time.perf_counter() - began


def written(file: IO[bytes]) -> float:
    """Return the seconds of writing a page so that a power cut leaves it there."""
    began = time.perf_counter()
    file.write(b"x" * 4096)
    file.flush()
    os.fsync(file.fileno())
    return time.perf_counter() - began


def main() -> Measured:
    """Measure, in turns."""
    runs: list[float] = []
    echoes: list[float] = []
    writes: list[float] = []
    with ExitStack() as held:
        gateway = held.enter_context(askwire())
        peer = held.enter_context(granian("bench.peers.echo:app"))
        file = held.enter_context(tempfile.NamedTemporaryFile(dir=WORK))
        session, hello = gateway.session()
        for _ in range(IDLE):
            held.enter_context(opened(gateway.port, hello).sock)
            held.enter_context(opened(peer.port, "welcome").sock)
        # The idle ones follow another session: they get nothing to do.
        session, hello = gateway.session()
        ours, theirs = opened(gateway.port, hello), opened(peer.port, "welcome")
        held.enter_context(ours.sock)
        held.enter_context(theirs.sock)
        for number in range(WARM + TIMES):
            start = ask(session, 1, number)
            # A rest before each, so that none is measured on the work that another left behind.
            time.sleep(REST)
            runs.append(1000 * page_after(ours, start))
            time.sleep(REST)
            echoes.append(1000 * echo(theirs, start))
            time.sleep(REST)
            writes.append(1000 * written(file))
    a, b, c = (
        figure(name, samples[WARM:], "ms")
        for name, samples in (
            (f"run.start to first page, {IDLE} idle sockets", runs),
            (f"Litestar echo on Granian, {IDLE} idle sockets", echoes),
            ("one fsync of this disk", writes),
        )
    )
    return [
        a,
        b,
        c,
        figure("the first page, 95 in 100 within", [percentile(a.samples, 0.95)], "ms"),
        figure("echo and fsync, 95 in 100 within", [_both(b.samples, c.samples)], "ms"),
        Goal(
            name="first page to echo and fsync, medians",
            value=a.value / (b.value + c.value),
            want="at most",
            goal=2,
        ),
    ]


def _both(echoes: tuple[float, ...], writes: tuple[float, ...]) -> float:
    return percentile([one + other for one, other in zip(echoes, writes, strict=True)], 0.95)
