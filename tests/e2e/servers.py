"""A server in a process group of its own, to be killed and started again on the same data."""

import os
import select
import signal
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SECONDS = 60


class Server:
    """`askwire serve` on a port that stays the same."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "server.log"
        self.data = folder / "data"
        self._shop = write_shop(folder / "shop.sqlite")
        self._process: subprocess.Popen[bytes] | None = None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and return once it answers."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "gateway.cli", "serve", "--no-sample"),
                    *("--port", str(self.port), "--data", str(self.data)),
                    *("--source", f"shop={self._shop}"),
                ],
                cwd=ROOT,
                env={**os.environ, "ASKWIRE_WARM_KERNELS": "0"},
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], SECONDS)
        line = self._process.stdout.readline() if ready else b""
        assert b"listens on" in line, f"the server did not start: {self.log.read_text()}"

    def end(self, with_signal: signal.Signals = signal.SIGKILL) -> int:
        """End its whole group, and return what the main process says of it."""
        process = self._process
        assert process is not None
        if process.poll() is None:
            if with_signal is signal.SIGKILL:
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.send_signal(with_signal)
        code = process.wait(SECONDS)
        if process.stdout is not None:
            process.stdout.close()
        return code


def write_shop(path: Path, orders: int = 400) -> Path:
    """Write a small SQLite shop."""
    database = sqlite3.connect(path)
    with database:
        database.execute(
            "CREATE TABLE orders (id INTEGER PRIMARY KEY, region TEXT, amount REAL, at TEXT)"
        )
        database.executemany(
            "INSERT INTO orders (region, amount, at) VALUES (?, ?, ?)",
            [
                (("north", "south", "east")[n % 3], n * 1.5, f"2025-{n % 12 + 1:02d}-01")
                for n in range(orders)
            ],
        )
    database.close()
    return path
