"""The process that stands over a kernel: it reaps, counts, and ends all when a bound is passed.

A memory limit of one process says nothing of a hundred; this one looks at their sum.
"""

import os
import signal
import time

PROCESS_LIMIT, MEMORY_LIMIT = 210, 211
"""Exit codes that say which bound was passed."""

LOOK_EVERY = 0.25
PAGE = os.sysconf("SC_PAGE_SIZE")


def watch(kernel: int, processes: int, memory_bytes: int, whole_namespace: bool) -> int:
    """Wait for the kernel's end and return an exit code that tells of it."""
    while True:
        _wait_for_news()
        code = _reap(kernel)
        if code is not None:
            return code
        count, used = _measure(kernel, whole_namespace)
        # Pages that forked children share are counted for each of them: hence twice.
        verdict = PROCESS_LIMIT if count > processes else 0
        verdict = MEMORY_LIMIT if used > 2 * memory_bytes else verdict
        if verdict:
            end(kernel)
            return verdict


def _wait_for_news() -> None:
    wanted = {signal.SIGCHLD, signal.SIGTERM}
    if not hasattr(signal, "sigtimedwait"):  # macOS
        time.sleep(LOOK_EVERY)  # A process of its own, without a loop: its whole work is to look.
        if signal.SIGTERM in signal.sigpending():
            raise SystemExit(128 + signal.SIGTERM)
        return
    news = signal.sigtimedwait(wanted, LOOK_EVERY)
    if news is not None and news.si_signo == signal.SIGTERM:
        raise SystemExit(128 + signal.SIGTERM)


def _reap(kernel: int) -> int | None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return 0
        if pid == kernel:
            code = os.waitstatus_to_exitcode(status)
            return 128 - code if code < 0 else code
        if pid == 0:
            return None


def _measure(kernel: int, whole_namespace: bool) -> tuple[int, int]:
    """Count the kernel's processes and their private memory."""
    count = used = 0
    try:
        names = os.listdir("/proc")
    except OSError:
        return 0, 0  # no /proc: the limits of each process must do
    for name in names:
        if not name.isdigit() or name == "1":
            continue
        try:
            if not whole_namespace and os.getsid(int(name)) != os.getsid(kernel):
                continue
            with open(f"/proc/{name}/statm", encoding="ascii") as file:
                sizes = file.read().split()
        except (OSError, ValueError):
            continue
        count += 1
        used += (int(sizes[1]) - int(sizes[2])) * PAGE
    return count, used


def end(kernel: int) -> None:
    """Kill a process and its group."""
    for kill, target in ((os.killpg, kernel), (os.kill, kernel)):
        try:
            kill(target, signal.SIGKILL)
        except OSError:
            pass


def sweep(uid: int | None) -> None:
    """Kill what the kernel left behind, where no namespace does it.

    All processes of the spare `uid`; without one, the children that came to this process.
    """
    if uid is not None:
        sweeper = os.fork()
        if sweeper == 0:
            try:
                os.setresuid(uid, uid, uid)
                os.kill(-1, signal.SIGKILL)
            finally:
                os._exit(0)
        os.waitpid(sweeper, 0)
        return
    for _ in range(100):  # each generation comes to us when the one before it is gone
        children = _children()
        if not children:
            return
        for child in children:
            end(child)
        for child in children:
            try:
                os.waitpid(child, 0)
            except OSError:
                pass


def _children() -> list[int]:
    try:
        with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as file:
            return [int(name) for name in file.read().split()]
    except OSError:
        return []
