"""Servers to be measured: each a process group of its own, on a free port of this machine."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import msgspec
import psutil  # type: ignore[import-untyped]  # it carries no types
from websockets.sync.client import connect

from bench._sockets import Result, Task

ROOT: Final = Path(__file__).parents[1]
WORK: Final = ROOT / "bench" / "results"
PYTHON: Final = sys.executable
QUIET: Final = ("--log-level", "critical")


class Server:
    """A server that runs."""

    def __init__(self, port: int, process: subprocess.Popen[bytes]) -> None:
        self.port = port
        self._process = process

    def memory(self) -> int:
        """Return the resident bytes of the process and its children."""
        root = psutil.Process(self._process.pid)
        return sum(one.memory_info().rss for one in (root, *root.children(recursive=True)))

    def cpu(self) -> float:
        """Return the seconds of processor time that the process and its children have used."""
        root = psutil.Process(self._process.pid)
        times = [one.cpu_times() for one in (root, *root.children(recursive=True))]
        return float(sum(one.user + one.system for one in times))

    def read(self, task: Task) -> Result:
        """Have a process of its own do a task against this server."""
        done = subprocess.run(
            [PYTHON, "-m", "bench._sockets"],
            input=msgspec.json.encode(task),
            stdout=subprocess.PIPE,
            cwd=ROOT,
            timeout=task.seconds + 60,
            check=True,
        )
        return msgspec.json.decode(done.stdout, type=Result)


class Askwire(Server):
    """An Askwire server whose model answers a number with so many words."""

    def command(self, **command: Any) -> Any:
        """Say hello, give one command, and return its result."""
        with connect(f"ws://127.0.0.1:{self.port}/ws") as wire:
            wire.send('{"type":"hello","id":"1"}')
            wire.send(msgspec.json.encode({"id": "2", **command}).decode())
            while True:
                said = msgspec.json.decode(wire.recv(20))
                if said["type"] == "refusal":
                    raise RuntimeError(said)
                if said["type"] == "reply":
                    return said["result"]

    def session(self) -> tuple[str, str]:
        """Make a session; return its id, and the hello of one who follows it from here on."""
        made = self.command(type="session.create")
        follow = [{"session": made["session"], "epoch": made["epoch"], "after": made["upto"]}]
        hello = {"type": "hello", "id": "1", "client": "bench", "follow": follow}
        return made["session"], msgspec.json.encode(hello).decode()


def ask(session: str, words: int, number: int = 1) -> str:
    """Return the command that has the model say so many words, with a key as clients send it."""
    command = {"type": "run.start", "id": f"r{number}", "key": f"{session}-{number}"}
    return msgspec.json.encode({**command, "session": session, "text": str(words)}).decode()


def free_port() -> int:
    """Return a port that nobody uses now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


@contextmanager
def fastapi() -> Generator[Server]:
    """Serve the FastAPI peer on uvicorn."""
    port = free_port()
    command = [PYTHON, "-m", "uvicorn", "bench.peers.send_json:app", "--port", str(port)]
    with _running([*command, "--loop", "uvloop", *QUIET], port) as process:
        yield Server(port, process)


@contextmanager
def granian(app: str) -> Generator[Server]:
    """Serve an ASGI app on Granian, as Askwire is."""
    port = free_port()
    command = [PYTHON, "-m", "granian", "--interface", "asgi", "--port", str(port)]
    with _running([*command, "--loop", "uvloop", *QUIET, app], port) as process:
        yield Server(port, process)


@contextmanager
def askwire() -> Generator[Askwire]:
    """Serve Askwire on an empty data folder, which is removed in the end."""
    port = free_port()
    WORK.mkdir(parents=True, exist_ok=True)
    data = tempfile.mkdtemp(prefix="data-", dir=WORK)
    try:
        with _running([PYTHON, "-m", "bench._app", str(port), data], port) as process:
            yield Askwire(port, process)
    finally:
        shutil.rmtree(data, ignore_errors=True)


@contextmanager
def _running(command: list[str], port: int) -> Generator[subprocess.Popen[bytes]]:
    """Run a server until the block is left; all of its processes end with it."""
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
    )
    try:
        _await(process, f"http://127.0.0.1:{port}/health/live")
        yield process
    finally:
        _end(process)


def _await(process: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended with {process.returncode}")
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)  # Another process: nothing tells when it listens.
    raise TimeoutError(f"{url} did not answer within 30 s")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the group: politely first, then whatever of it is left."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
