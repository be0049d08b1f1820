"""From `run.start` to the first page of the run, with idle sockets beside.

Its floor is what cannot be left out: a socket that says what it heard, and one write that the disk
has. Both are measured in the same run.

python -m bench first_page
"""

import os
import tempfile
import time

from bench._figures import Goal, Measured, figure, percentile
from bench._servers import WORK, ask, askwire, granian
from bench._sockets import Task

IDLE = 100
TIMES = 100
ROUNDS = 3


def fsyncs(count: int) -> list[float]:
    """Return the seconds of writing a page to this disk so that a power cut leaves it there."""
    WORK.mkdir(parents=True, exist_ok=True)
    took: list[float] = []
    with tempfile.TemporaryFile(dir=WORK) as file:
        for _ in range(count):
            began = time.perf_counter()
            file.write(b"x" * 4096)
            file.flush()
            os.fsync(file.fileno())
            took.append(time.perf_counter() - began)
    return took


def main() -> Measured:
    """Measure, in turns."""
    runs: list[float] = []
    echoes: list[float] = []
    writes: list[float] = []
    with askwire() as gateway, granian("bench.peers.echo:app") as peer:
        for _ in range(ROUNDS):
            session, hello = gateway.session()
            ours = Task(
                port=gateway.port,
                opening=hello,
                starts=tuple(ask(session, 1, number) for number in range(TIMES)),
                word='"run.started"',
                settled='"run.finished"',
                idle=IDLE,
            )
            said = ask(session, 1).replace("run.start", "run.started")
            theirs = Task(
                port=peer.port,
                opening="welcome",
                starts=(said,) * TIMES,
                word='"run.started"',
                idle=IDLE,
            )
            runs += gateway.read(ours).waits
            echoes += peer.read(theirs).waits
            writes += fsyncs(TIMES)
    a, b, c = (
        figure(name, [1000 * wait for wait in waits], "ms")
        for name, waits in (
            (f"run.start to first page, {IDLE} idle sockets", runs),
            (f"Litestar echo on Granian, {IDLE} idle sockets", echoes),
            ("one fsync of this disk", writes),
        )
    )
    late = [1000 * percentile(waits, 0.95) for waits in (runs, echoes, writes)]
    return [
        a,
        b,
        c,
        figure("the first page, 95 in 100 within", late[:1], "ms"),
        Goal(
            name="first page to echo and fsync, medians",
            value=a.value / (b.value + c.value),
            want="at most",
            goal=2,
        ),
    ]
