"""Code that means harm, or does it by mistake: each ends in clear words; nobody else notices."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from engine.kernels.pool import KernelPool
from engine.ports import Ended, Kernel, KernelLimits, Raised, Returned, Shown
from protocol.ids import SessionId
from tests.engine.kernels.talk import LIGHT, LIMITS, POOL, a_pool, ended, printed, said, value

pytestmark = [pytest.mark.kernel, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(loop_scope="module", scope="module", params=["ipykernel", "eval"])
async def place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[KernelPool, Path]]:
    folder = tmp_path_factory.mktemp("hostile")
    async with a_pool(folder, msgspec.structs.replace(POOL, kind=request.param)) as pool:
        yield pool, folder


@pytest_asyncio.fixture(loop_scope="module")
async def kernel(place: tuple[KernelPool, Path]) -> Kernel:
    pool, folder = place
    return await pool.get(SessionId("s_hostile"), folder / "hostile")


@pytest_asyncio.fixture(loop_scope="module")
async def neighbour(place: tuple[KernelPool, Path]) -> Kernel:
    pool, folder = place
    return await pool.get(SessionId("s_neighbour"), folder / "neighbour")


@pytest_asyncio.fixture(loop_scope="module", autouse=True)
async def nobody_else_notices(neighbour: Kernel) -> AsyncIterator[None]:
    """Another session has the same kernel and variables after each test as before it."""
    await said(neighbour, "kept = 'mine'")
    yield
    async with asyncio.timeout(30):
        assert await value(neighbour, "kept") == "'mine'"


async def again(place: tuple[KernelPool, Path]) -> None:
    """The session is usable after what happened."""
    pool, folder = place
    kernel = await pool.get(SessionId("s_hostile"), folder / "hostile")
    if ended(await said(kernel, "1")).outcome == "died":  # what the cell left behind told on it
        kernel = await pool.get(SessionId("s_hostile"), folder / "hostile")
    assert await value(kernel, "'usable'") == "'usable'"


async def test_a_fork_bomb_ends_its_kernel_and_the_neighbour_does_not_notice(
    place: tuple[KernelPool, Path], kernel: Kernel, neighbour: Kernel
) -> None:
    limit = await value(kernel, "import resource; resource.getrlimit(resource.RLIMIT_NPROC)")
    assert limit == "(96, 96)"  # the bound is in force before the bomb goes off

    async def watch_the_loop() -> float:
        worst = 0.0
        for _ in range(50):
            before = time.perf_counter()
            await asyncio.sleep(0.01)
            worst = max(worst, time.perf_counter() - before)
        return worst

    bomb = asyncio.gather(
        said(kernel, "import os\nwhile True: os.fork()"), watch_the_loop(), value(neighbour, "kept")
    )
    async with asyncio.timeout(40):
        outputs, worst, kept = await bomb
    last = ended(outputs)
    assert last.error is not None
    assert last.error.code == "process_limit"
    assert kept == "'mine'"
    assert worst < 2.0
    await again(place)


async def test_threads_without_end_are_refused(
    place: tuple[KernelPool, Path], kernel: Kernel
) -> None:
    outputs = await said(
        kernel,
        "import threading\n"
        "stop = threading.Event()\n"
        "try:\n"
        "    while True: threading.Thread(target=stop.wait).start()\n"
        "finally:\n"
        "    stop.set()",
    )
    assert [o.name for o in outputs if isinstance(o, Raised)] == ["RuntimeError"]
    await again(place)


async def test_much_printed_by_a_child_costs_little(kernel: Kernel) -> None:
    code = "import subprocess\nsubprocess.run('head -c 60000000 /dev/zero', shell=True).returncode"
    outputs = await said(kernel, code, KernelLimits(max_seconds=60, max_output_bytes=50_000))
    assert ended(outputs).truncated
    assert len(printed(outputs)) < 60_000


async def test_a_value_larger_than_may_be_heard_is_cut(kernel: Kernel) -> None:
    outputs = await said(kernel, "'x' * 80_000_000")
    assert ended(outputs) == Ended(outcome="ok", truncated=True)
    assert sum(len(o.text) for o in outputs if isinstance(o, Returned)) < 5_000_000


async def test_a_display_that_is_too_large_is_left_out_and_said_to_be(
    place: tuple[KernelPool, Path], kernel: Kernel
) -> None:
    code = (
        "class Large:\n"
        "    def _repr_mimebundle_(self, include=None, exclude=None):\n"
        "        return {'text/plain': 'short', 'application/json': ['z' * 1_000] * 70_000}\n"
        "display(Large())\nprint('after')"
    )
    outputs = await said(kernel, code)
    assert ended(outputs) == Ended(outcome="ok", truncated=True)
    assert not any(isinstance(o, Shown) and len(str(o.displays)) > 1_000 for o in outputs)
    await again(place)


async def test_displays_without_end_are_cut(place: tuple[KernelPool, Path], kernel: Kernel) -> None:
    code = "for number in range(20_000): display(number)\n'done'"
    outputs = await said(kernel, code, KernelLimits(max_output_bytes=100_000))
    assert ended(outputs) == Ended(outcome="ok", truncated=True)
    assert 10 < len(outputs) < 2_000
    await again(place)


async def test_a_message_too_large_to_be_heard_ends_its_kernel_in_words(
    place: tuple[KernelPool, Path], kernel: Kernel
) -> None:
    code = (
        "import sys\n"
        "if 'ipykernel' in sys.modules:\n"
        "    from ipykernel.kernelapp import IPKernelApp\n"
        "    iopub = IPKernelApp.instance().iopub_thread\n"
        "    iopub.send_multipart([b'stream', bytes(70_000_000)])\n"
        "    input()"
    )
    last = ended(await said(kernel, code))
    if last.outcome != "ok":  # the plain worker has another line, which skips what is too long
        assert last.error is not None
        assert (last.outcome, last.error.code) == ("died", "output_limit")
    await again(place)


async def test_an_exception_with_a_huge_message_is_cut(kernel: Kernel) -> None:
    outputs = await said(kernel, "raise ValueError('x' * 20_000_000)")
    raised = next(o for o in outputs if isinstance(o, Raised))
    assert len(raised.message) <= 10_000
    assert len(raised.traceback) < 50_000


async def test_code_that_closes_its_own_output_has_one_in_the_next_cell(kernel: Kernel) -> None:
    await said(kernel, "import os, sys\nsys.stdout.close()\nos.close(1)\nos.close(2)")
    assert printed(await said(kernel, "print('still here')")) == "still here\n"
    assert printed(await said(kernel, "import os; os.system('echo me too')")) == "me too\n"


async def test_code_that_replaces_output_with_nothing_harms_itself_only(
    place: tuple[KernelPool, Path], kernel: Kernel
) -> None:
    async with asyncio.timeout(30):
        ended(await said(kernel, "import sys\nsys.stdout = None\nsys.stderr = None\nprint('x')"))
    assert printed(await said(kernel, "print('still here')")) == "still here\n"
    await again(place)


async def test_code_that_takes_tracebacks_for_itself_is_told_of_all_the_same(
    place: tuple[KernelPool, Path], kernel: Kernel
) -> None:
    code = (
        "import sys\n"
        "def hook(*_): raise RuntimeError('hook')\n"
        "sys.excepthook = sys.displayhook = hook\n"
        "if 'IPython' in sys.modules:\n"
        "    get_ipython().set_custom_exc((Exception,), lambda *_, **__: 1 / 0)\n"
        "open('nowhere')"
    )
    outputs = await said(kernel, code)
    told = [o.name for o in outputs if isinstance(o, Raised)] or ended(outputs).error
    assert told, outputs
    pool, _ = place
    await pool.release(SessionId("s_hostile"))
    await again(place)


async def test_a_daemon_does_not_outlive_its_kernel(
    place: tuple[KernelPool, Path], kernel: Kernel
) -> None:
    pool, folder = place
    mark = folder / "hostile" / "beat"
    code = (
        "import subprocess, sys\n"
        "beat = \"import time\\nwhile True:\\n open('beat', 'w').write(str(time.time()))\"\n"
        "p = subprocess.Popen([sys.executable, '-c', beat], start_new_session=True)\n"
        "import os, time\n"
        "while not os.path.exists('beat'): time.sleep(0.01)"
    )
    assert ended(await said(kernel, code)).outcome == "ok"
    await pool.release(SessionId("s_hostile"))
    async with asyncio.timeout(30):
        while await asyncio.to_thread(mark.exists):
            await asyncio.to_thread(mark.unlink)
            await asyncio.sleep(0.3)  # a survivor would write the file anew at once
    await again(place)


async def test_code_that_takes_every_signal_for_itself_is_ended_all_the_same(
    place: tuple[KernelPool, Path], kernel: Kernel
) -> None:
    code = (
        "import signal\n"
        "for number in signal.valid_signals():\n"
        "    try: signal.signal(number, signal.SIG_IGN)\n"
        "    except (OSError, ValueError): pass\n"
        "while True: pass"
    )
    last = ended(await said(kernel, code, KernelLimits(max_seconds=0.5)))
    assert last.error is not None
    assert (last.outcome, last.error.code) == ("died", "time_limit")
    await again(place)


async def test_a_full_disk_is_the_sessions_own(
    place: tuple[KernelPool, Path], kernel: Kernel
) -> None:
    code = (
        "import os, tempfile\n"
        "with tempfile.TemporaryFile() as f: os.posix_fallocate(f.fileno(), 0, 300 << 20)"
    )
    if kernel.isolation.startswith("L4"):  # below it, temporary files lie on the disk of all
        outputs = await said(kernel, code)
        assert [o.name for o in outputs if isinstance(o, Raised)] == ["OSError"]
    await again(place)


async def test_a_file_over_the_limit_is_refused(
    place: tuple[KernelPool, Path], kernel: Kernel
) -> None:
    code = (
        "import resource, os\n"
        "limit = resource.getrlimit(resource.RLIMIT_FSIZE)[0]\n"
        "f = open('big', 'wb')\n"
        "f.seek(limit)\n"
        "f.write(b'x'); f.flush()"
    )
    outputs = await said(kernel, code)
    assert [o.name for o in outputs if isinstance(o, Raised)] == ["OSError"]
    await said(kernel, "f = None")
    await again(place)


async def test_no_link_leads_out_of_the_workspace(kernel: Kernel) -> None:
    for code in (
        "import os\nos.symlink('/etc/passwd', 'way-out')",
        "import os\nos.link('/etc/passwd', 'way-out')",
        "import os\nos.mkfifo('pipe')",
    ):
        outputs = await said(kernel, code)
        assert [o.name for o in outputs if isinstance(o, Raised)] in (
            ["PermissionError"],
            ["OSError"],
        ), code


async def test_ten_thousand_open_files_are_refused(
    place: tuple[KernelPool, Path], kernel: Kernel
) -> None:
    outputs = await said(kernel, "held = [open('/dev/null') for _ in range(10_000)]")
    assert [o.name for o in outputs if isinstance(o, Raised)] == ["OSError"]
    await again(place)


async def test_garbage_on_the_kernels_sockets_harms_itself_only(
    place: tuple[KernelPool, Path], kernel: Kernel
) -> None:
    code = r"""
import gc, socket, sys
if 'ipykernel' not in sys.modules:
    for line in [s for s in gc.get_objects() if isinstance(s, socket.socket) and s.fileno() > 0]:
        line.sendall(b'junk\n{"header": 1}\n[]\n{"header": {}, "channel": 5}\n')
        line.sendall(b'[' * 9999 + b'\n')
    app = None
else:
    from ipykernel.kernelapp import IPKernelApp
    app = IPKernelApp.instance()
for frames in app and ([b'junk'], [b'<IDS|MSG>', b'x', b'{', b'{', b'{', b'{'], [b''] * 50) or ():
    app.iopub_thread.send_multipart(frames)
    app.kernel.stdin_socket.send_multipart(frames)
for forged in app and ('not json', {'a': 1}, None) or ():
    app.session.send(app.iopub_socket, 'stream', {'name': forged, 'text': forged})
    app.session.send(app.iopub_socket, 'display_data', {'data': forged})
'sent'
"""
    outputs = await said(kernel, code)
    assert Returned(text="'sent'") in outputs
    await again(place)


async def test_text_that_is_not_utf8_is_shown_with_marks(kernel: Kernel) -> None:
    outputs = await said(kernel, "import os\nos.system(r\"printf 'a\\377b'\")")
    assert printed(outputs) == "a\ufffdb"
    assert ended(outputs).outcome == "ok"


async def test_lone_surrogates_are_shown_with_marks(kernel: Kernel) -> None:
    outputs = await said(kernel, "print('a\\ud800b')")
    assert ended(outputs).outcome == "ok"
    assert printed(outputs).startswith("a")


async def test_an_endless_repr_is_stopped_by_the_clock(
    place: tuple[KernelPool, Path], kernel: Kernel
) -> None:
    code = "class Endless:\n    def __repr__(self):\n        while True: pass\nEndless()"
    last = ended(await said(kernel, code, KernelLimits(max_seconds=0.5)))
    assert last.error is not None
    assert last.error.code == "time_limit"
    await again(place)


async def test_a_repr_that_raises_is_an_exception_like_others(kernel: Kernel) -> None:
    code = "class Bad:\n    def __repr__(self): raise ValueError('no')\nBad()"
    outputs = await said(kernel, code)
    assert "no" in "".join(o.message for o in outputs if isinstance(o, Raised))
    held = await kernel.inspect()
    assert held.state == "idle"


async def test_an_endless_len_does_not_hang_an_inspection(kernel: Kernel) -> None:
    code = (
        "class Frame:\n"
        "    def __len__(self):\n        while True: pass\n"
        "    __sizeof__ = __len__\n"
        "f = Frame()"
    )
    await said(kernel, code)
    async with asyncio.timeout(20):
        assert (await kernel.inspect()).state in ("idle", "dead")


async def test_deleting_the_working_folder_harms_itself_only(
    place: tuple[KernelPool, Path], kernel: Kernel
) -> None:
    await said(kernel, "import os, shutil\nshutil.rmtree(os.getcwd(), ignore_errors=True)")
    await again(place)


async def test_exit_ends_the_kernel_in_words(
    place: tuple[KernelPool, Path], kernel: Kernel
) -> None:
    for code in ("exit()", "import os\nos._exit(3)", "import sys\nsys.exit(1)"):
        ended(await said(kernel, code))
        await again(place)


async def test_a_crash_in_c_is_told_of(place: tuple[KernelPool, Path], kernel: Kernel) -> None:
    last = ended(await said(kernel, "import ctypes\nctypes.string_at(1)"))
    assert last.error is not None
    assert (last.outcome, last.error.code) == ("died", "kernel_died")
    await again(place)


async def test_the_servers_environment_stays_with_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASKWIRE_SECRET", "hunter2")
    async with a_pool(tmp_path, LIGHT) as pool:
        kernel = await pool.get(SessionId("s_env"), tmp_path / "w")
        code = (
            "import os, glob\n"
            "seen = str(dict(os.environ))\n"
            "for path in glob.glob('/proc/*/environ'):\n"
            "    try: seen += open(path).read()\n"
            "    except OSError: pass\n"
            "'hunter2' in seen"
        )
        assert await value(kernel, code) == "False"


async def test_libraries_cannot_reach_the_network(kernel: Kernel) -> None:
    code = "import urllib.request\nurllib.request.urlopen('http://127.0.0.1:80', timeout=2)"
    outputs = await said(kernel, code, LIMITS)
    assert [o.name for o in outputs if isinstance(o, Raised)] == ["URLError"]
