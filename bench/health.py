"""How soon `/health/live` answers while one run streams at full speed and one kernel is busy.

python -m bench health
"""

import http.client
import threading
import time

import msgspec
from websockets.sync.client import connect

from bench._figures import Goal, Measured, figure, percentile
from bench._servers import Askwire, ask, askwire
from bench._sockets import Task

SAMPLES = 300
EVERY = 0.02
WORDS = 200_000


def answers(port: int, count: int) -> list[float]:
    """Return the milliseconds of so many requests on one connection."""
    took: list[float] = []
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    for _ in range(count):
        began = time.perf_counter()
        connection.request("GET", "/health/live")
        response = connection.getresponse()
        response.read()
        if response.status != 200:
            raise RuntimeError(f"/health/live answered {response.status}")
        took.append(1000 * (time.perf_counter() - began))
        time.sleep(EVERY)  # The rate of the probe is part of what is measured.
    connection.close()
    return took


class Busy:
    """A kernel that is busy for as long as the block lasts."""

    def __init__(self, gateway: Askwire) -> None:
        self._gateway = gateway
        self._session, self._hello = gateway.session()

    def __enter__(self) -> None:
        with connect(f"ws://127.0.0.1:{self._gateway.port}/ws") as wire:
            wire.send(self._hello)
            command = {"type": "kernel.execute", "id": "2", "session": self._session}
            wire.send(msgspec.json.encode({**command, "code": "while True: pass"}).decode())
            deadline = time.monotonic() + 60
            while '"kernel.busy"' not in str(wire.recv(60)):
                if time.monotonic() > deadline:
                    raise TimeoutError("the kernel was not busy within 60 s")
        time.sleep(0.5)  # Let the start pass: the figure is of a kernel at full work.

    def __exit__(self, *_: object) -> None:
        self._gateway.command(type="kernel.interrupt", session=self._session)


class Streaming:
    """Runs that stream at full speed, one after another, for as long as the block lasts."""

    def __init__(self, gateway: Askwire) -> None:
        self._gateway = gateway
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._stream)
        self.events = 0
        self.seconds = 0.0

    def _stream(self) -> None:
        while not self._over.is_set():
            session, hello = self._gateway.session()
            start = ask(session, WORDS)
            task = Task(port=self._gateway.port, opening=hello, start=start, count=WORDS)
            self.seconds += self._gateway.read(task).seconds
            self.events += WORDS

    def __enter__(self) -> "Streaming":
        self._thread.start()
        time.sleep(1.0)  # Let the start pass: the figure is of a stream at full speed.
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()


def main() -> Measured:
    """Measure at rest, then under load."""
    with askwire() as gateway:
        rest = answers(gateway.port, 100)
        with Busy(gateway), Streaming(gateway) as streaming:
            loaded = answers(gateway.port, SAMPLES)
    return [
        figure("/health/live at rest", rest, "ms"),
        figure("/health/live, a run and a kernel at full speed", loaded, "ms"),
        figure("events meanwhile", [streaming.events / streaming.seconds], "events/s"),
        Goal(
            name="/health/live, 99 in 100 within",
            value=percentile(loaded, 0.99),
            want="at most",
            goal=20,
            unit="ms",
        ),
    ]
