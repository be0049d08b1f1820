"""A real Jupyter Server for tests, on this machine only."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from pathlib import Path

from engine.kernels.jupyter_server import Remote

TOKEN = "test-token-of-no-worth"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/api", timeout=2):
            return True
    except OSError:
        return False


@contextlib.asynccontextmanager
async def a_jupyter_server(folder: Path) -> AsyncIterator[Remote]:
    """Run a server with a token until the block is left."""
    port = _free_port()
    home = {name: str(folder / name.lower()) for name in ("HOME", "JUPYTER_RUNTIME_DIR")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root"),
        *(f"--ServerApp.port={port}", "--ServerApp.ip=127.0.0.1", "--ServerApp.port_retries=0"),
        *(f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={folder}"),
        *("--KernelRestarter.time_to_dead=0.3", "--ServerApp.log_level=ERROR"),
        env={**home, "PATH": os.environ["PATH"]},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        async with asyncio.timeout(30):
            while not await asyncio.to_thread(_answers, url):
                assert process.returncode is None, "the Jupyter server did not start"
                await asyncio.sleep(0.1)
        yield Remote(url=url, token=TOKEN)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        await process.wait()
