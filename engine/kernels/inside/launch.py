"""The first program of a kernel: takes away what is not needed, then starts what was asked for.

Run as `python -I -B launch.py` with one JSON object on standard input. Writes one JSON line that
reports what is in force, then whatever the program writes.
"""

import contextlib
import importlib
import json
import os
import resource
import signal
import sys
import types
from typing import Any

HERE = os.path.dirname(os.path.abspath(__file__))

if __name__ == "__main__":
    # Only this folder of the server is visible here, so its packages are made from nothing.
    for name in ("engine", "engine.kernels", "engine.kernels.inside"):
        sys.modules[name] = package = types.ModuleType(name)
        package.__path__ = [HERE] if name.endswith(".inside") else []

from engine.kernels.inside import guard, landlock, namespaces, native, seccomp  # noqa: E402

WORKSPACE, RUN = "/workspace", "/run/kernel"
"""Where the two folders of a kernel are seen when it has a file tree of its own."""

TRUNCATED = "application/vnd.askwire.truncated+json"
"""Stands in a display of which something was left out."""

BROKER = "broker"
"""The socket file in the run folder on which the server answers calls."""

REFUSED = 209
"""Exit code: what was asked for could not be put in force."""

GIVES_WAY = 10
"""How much nicer than the server: a cell that computes must not keep its questions waiting."""

OPEN_FILES = 1024
OTHER_THREADS = 64
"""Threads count as processes for the operating system; the guard counts real processes."""


class Plan:
    """What the server asked for, and what came of it."""

    def __init__(self, asked: dict[str, Any]) -> None:
        self.namespaces: str = asked["namespaces"]
        self.own_user: bool = asked["own_user"]
        self.uid: int | None = asked["uid"]
        self.network: bool = asked["network"]
        self.confine: bool = asked["confine"]
        self.memory_bytes: int = asked["memory_bytes"]
        self.file_bytes: int = asked["file_bytes"]
        self.processes: int = asked["processes"]
        self.readable: list[str] = [*asked["readable"], *python_folders(), HERE]
        self.program: str = asked["program"]
        self.arguments: dict[str, Any] = asked["arguments"]
        self.parent: int = asked["parent"]
        self.outside = {"workspace": asked["workspace"], "run": asked["run"]}
        own_tree = self.namespaces != "none"
        self.workspace = WORKSPACE if own_tree else asked["workspace"]
        self.run = RUN if own_tree else asked["run"]
        self.temporary = "/tmp" if own_tree else os.path.join(self.run, "tmp")
        self.report: dict[str, Any] = {"namespaces": self.namespaces, "problems": []}


def python_folders() -> list[str]:
    """Return the folders that this Python needs to go on running."""
    found = {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix}
    found |= {path for path in sys.path if os.path.isdir(path)}
    found.add(os.path.dirname(os.path.dirname(os.path.realpath(sys.executable))))
    found |= {os.path.realpath(path) for path in found}
    kept: list[str] = []
    for path in sorted(found, key=len):
        if path != "/" and not any(path.startswith(above + "/") for above in kept):
            kept.append(path)
    return kept


def main() -> int:
    """Confine this process as asked and run the program; return the exit code."""
    asked = json.loads(sys.stdin.buffer.read())
    plan = Plan(asked)
    _give_way()
    if native.LINUX:
        native.die_with_parent()
        if plan.parent and plan.namespaces != "bwrap" and os.getppid() != plan.parent:
            return REFUSED  # the server is gone already
    try:
        if plan.namespaces == "own":
            namespaces.leave(plan.network, plan.own_user)
            return _first_of_namespace(plan)
        return _guarded(plan, whole_namespace=plan.namespaces == "bwrap")
    except OSError as error:
        return _refuse(plan, error)


def _give_way() -> None:
    os.nice(GIVES_WAY)
    # Linux may weigh whole sessions against each other, and this process begins one.
    with contextlib.suppress(OSError), open("/proc/self/autogroup", "w") as group:
        group.write(str(GIVES_WAY))


def _refuse(plan: Plan, error: Exception) -> int:
    say({**plan.report, "refused": str(error)})
    return REFUSED


def say(words: dict[str, Any]) -> None:
    """Tell the server something, as one JSON line."""
    os.write(1, json.dumps(words).encode() + b"\n")


def _first_of_namespace(plan: Plan) -> int:
    first = os.fork()
    if first:
        _, status = os.waitpid(first, 0)
        code = os.waitstatus_to_exitcode(status)
        return 128 - code if code < 0 else code
    code = REFUSED
    try:
        native.die_with_parent()
        outside = plan.outside
        namespaces.enter(plan.readable, {outside["workspace"]: WORKSPACE, outside["run"]: RUN})
        code = _guarded(plan, whole_namespace=True)
    except OSError as error:
        code = _refuse(plan, error)
    except SystemExit as ended:
        code = int(ended.code or 0)
    finally:
        os._exit(code)


def _guarded(plan: Plan, whole_namespace: bool) -> int:
    """Start the program in a child and stand over it."""
    if native.LINUX and not whole_namespace:
        native.prctl(native.PR_SET_CHILD_SUBREAPER, 1)
    held = {signal.SIGCHLD, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, held)
    child = os.fork()
    if child == 0:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, held)
        _become(plan)
    if native.LINUX and whole_namespace:
        # No longer needed here; the end of this process ends all the others.
        native.prctl(native.PR_SET_NO_NEW_PRIVS, 1)
        native.drop_capabilities()
    _forget_standard_files()
    try:
        return guard.watch(child, plan.processes, plan.memory_bytes, whole_namespace)
    finally:
        if not whole_namespace:
            guard.end(child)
            guard.sweep(plan.uid)


def _forget_standard_files() -> None:
    """Let the server see the end of output when the program ends."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    os.close(nothing)


def _become(plan: Plan) -> None:
    """Confine this process for good and run the program. Never returns."""
    code = REFUSED
    try:
        confine(plan)
        program = importlib.import_module(f"engine.kernels.inside.{plan.program}")
        say(plan.report)
        code = program.run(plan)
    except OSError as error:
        code = _refuse(plan, error)
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 0
    except BaseException as error:  # noqa: BLE001 - the last frame of this process: nobody else can tell
        sys.__excepthook__(type(error), error, error.__traceback__)
        code = 1
    finally:
        sys.stdout.flush()
        os._exit(code)


def confine(plan: Plan) -> None:
    """Put limits, identity, Landlock and seccomp in force, in this order."""
    os.setpgid(0, 0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    limit(plan)
    if plan.uid is not None:
        os.setgroups([])
        os.setresgid(plan.uid, plan.uid, plan.uid)
        os.setresuid(plan.uid, plan.uid, plan.uid)
        if not os.access(os.__file__, os.R_OK):
            raise OSError("the spare user may not read this Python")
    if native.LINUX:
        native.prctl(native.PR_SET_NO_NEW_PRIVS, 1)
        native.drop_capabilities()
        native.prctl(native.PR_SET_DUMPABLE, 1)  # else its own /proc/self belongs to root
        native.die_with_parent()  # was cleared by the change of identity
    os.umask(0o022)
    os.makedirs(plan.temporary, mode=0o700, exist_ok=True)
    os.chdir(plan.workspace)
    if plan.confine:
        plan.report["landlock"] = _tried(plan, landlock.restrict, _rules(plan), plan.network)
        plan.report["seccomp"] = _tried(plan, seccomp.restrict, plan.network)


def _tried(plan: Plan, restrict: Any, *arguments: Any) -> Any:
    try:
        return restrict(*arguments) or True
    except OSError as error:
        plan.report["problems"].append(str(error))
        return False


def limit(plan: Plan) -> None:
    """Set the limits that the operating system holds for each process."""
    bounds = {
        "RLIMIT_CORE": 0,
        "RLIMIT_NOFILE": OPEN_FILES,
        "RLIMIT_FSIZE": plan.file_bytes,
        "RLIMIT_AS": plan.memory_bytes,
    }
    if plan.uid is not None or plan.own_user:
        bounds["RLIMIT_NPROC"] = plan.processes + OTHER_THREADS
    elif native.LINUX:
        # Here it counts the server's own threads too, so what runs already comes on top.
        bounds["RLIMIT_NPROC"] = plan.processes + OTHER_THREADS + _threads_of_this_user()
    for name, value in bounds.items():
        number = getattr(resource, name)
        _, hard = resource.getrlimit(number)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        try:
            resource.setrlimit(number, (value, value))
        except (OSError, ValueError) as error:
            plan.report["problems"].append(f"{name}: {error}")


def _threads_of_this_user() -> int:
    count = 0
    for name in os.listdir("/proc"):
        try:
            if name.isdigit() and os.stat(f"/proc/{name}").st_uid == os.getuid():
                count += len(os.listdir(f"/proc/{name}/task"))
        except OSError:
            continue  # it ended while we looked
    return count


def _rules(plan: Plan) -> list[tuple[str, int]]:
    rules = [(path, landlock.READ) for path in (*namespaces.SYSTEM, "/proc", *plan.readable)]
    rules += [(f"/etc/{name}", landlock.READ) for name in namespaces.ETC]
    rules += [(f"/dev/{name}", landlock.DEVICE) for name in namespaces.DEVICES]
    rules.append((plan.workspace, landlock.FILES))
    rules.append((plan.run, landlock.SCRATCH))
    if plan.namespaces != "none":
        rules.append(("/", landlock.READ_DIR))
        rules.append(("/tmp", landlock.SCRATCH))
    if plan.namespaces != "none" or plan.uid is not None:
        rules.append(("/dev/shm", landlock.SCRATCH))
    return rules


if __name__ == "__main__":
    sys.exit(main())
