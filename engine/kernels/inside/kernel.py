"""The IPython kernel as it runs here: ipc only, bounded output, real tables, clean tracebacks."""

# mypy: disable-error-code="no-untyped-call"
# ipykernel and IPython carry no types.

import codecs
import os
import subprocess
import sys
import threading
import types
from typing import Any

# The debugger would listen on TCP and costs time at the start.
sys.modules["debugpy"] = None  # type: ignore[assignment]

import zmq  # noqa: E402
from ipykernel.iostream import IOPubThread, OutStream  # noqa: E402
from ipykernel.ipkernel import IPythonKernel  # noqa: E402
from ipykernel.kernelapp import IPKernelApp  # noqa: E402
from ipykernel.zmqshell import ZMQInteractiveShell  # noqa: E402
from tornado.ioloop import IOLoop  # noqa: E402
from traitlets.config import Config  # noqa: E402
from zmq.eventloop.zmqstream import ZMQStream  # noqa: E402

from engine.kernels.inside import askwire, fonts, frames, inspecting, launch, tracing  # noqa: E402

FLUSH_EVERY = 0.05
_PLACE = {"run": ""}  # known before the one kernel of this process begins


class Budget:
    """How much the running cell may still say."""

    def __init__(self) -> None:
        self.left = 1 << 62

    def take(self, wanted: int) -> int:
        """Return how much of `wanted` may be said."""
        granted = max(0, min(wanted, self.left))
        self.left -= wanted
        return granted


class Stream(OutStream):
    """Standard output that stops sending, but not working, when a cell has said too much."""

    flush_interval = FLUSH_EVERY
    budget = Budget()

    def write(self, string: str) -> int:
        """Write as much as the budget allows; claim to have written it all."""
        if not isinstance(string, str):
            raise TypeError(f"write() argument must be str, not {type(string).__name__}")
        granted = self.budget.take(len(string)) if self.budget.left > 0 else 0
        if granted and self.pub_thread is not None:
            super().write(tracing.clean(string[:granted]))
        return len(string)

    def close(self) -> None:
        """Code that closes its own standard output still has one in the next cell."""
        self.flush()


def _pipe_in(self: Any) -> None:
    """Listen for output of forked children, on a socket file rather than on TCP."""
    self._pipe_uuid = os.urandom(16)
    self._pipe_address = f"ipc://{_PLACE['run']}/pipe"
    pipe_in = self.socket.context.socket(zmq.PULL)
    pipe_in.linger = 0
    pipe_in.bind(self._pipe_address)
    self._pipe_in = ZMQStream(pipe_in, self.io_loop)
    self._pipe_in.on_recv(self._handle_pipe_msg)


def _pipe_out(self: Any) -> tuple[Any, Any]:
    context = zmq.Context()  # a new one after a fork
    pipe_out = context.socket(zmq.PUSH)
    pipe_out.linger = 3000
    pipe_out.connect(self._pipe_address)
    return context, pipe_out


LAST_WORDS = 1.0
"""How long is waited for what a child has said, in seconds: what it left running may go on."""


class Shell(ZMQInteractiveShell):
    """IPython without terminal tricks, whose tracebacks show the code of people only."""

    def _get_exc_info(self, exc_tuple: Any = None) -> Any:
        kind, value, trace = super()._get_exc_info(exc_tuple)
        return kind, value, tracing.without_internals(trace)

    def showtraceback(self, exc_tuple: Any = None, *arguments: Any, **named: Any) -> None:
        """Show an exception, a monstrous one in short."""
        kind, value, trace = self._get_exc_info(exc_tuple)
        message = tracing.message_of(value)
        if len(message) < tracing.MOST_MESSAGE:
            super().showtraceback(exc_tuple, *arguments, **named)
        else:
            self._showtraceback(kind, message, tracing.in_short(kind, message, trace))

    def _showtraceback(self, etype: Any, evalue: Any, stb: Any) -> None:
        if os.getpid() == self.kernel.pid:  # a forked copy keeps its troubles to itself
            super()._showtraceback(etype, evalue, tracing.shortened(stb))

    def system(self, cmd: str) -> None:
        """Run `!cmd`: its output arrives as it comes, all of it before the cell ends."""
        command = self.var_expand(cmd, depth=1)
        pipe = subprocess.PIPE
        child = subprocess.Popen(command, shell=True, stdout=pipe, stderr=pipe)
        copying = [
            threading.Thread(target=_copy, args=ends, daemon=True)
            for ends in ((child.stdout, sys.stdout), (child.stderr, sys.stderr))
        ]
        for thread in copying:
            thread.start()
        try:
            self.user_ns["_exit_code"] = child.wait()
        except BaseException:
            child.kill()
            raise
        for thread in copying:
            thread.join(LAST_WORDS)


def _copy(source: Any, target: Any) -> None:
    """Write what a child says as ours; its letters may be cut anywhere, and be no letters."""
    decode = codecs.getincrementaldecoder("utf-8")("replace").decode
    while chunk := source.read1(65536):
        target.write(decode(chunk))


class Kernel(IPythonKernel):
    """Gives each cell its budget and ends forked copies of itself."""

    shell_class = Shell
    pid = 0

    async def execute_request(self, stream: Any, ident: Any, parent: Any) -> None:
        """Run a cell within the output budget that its request names."""
        wanted = parent.get("metadata", {}).get("max_output_bytes")
        Stream.budget.left = wanted if isinstance(wanted, int) else 1 << 62
        await super().execute_request(stream, ident, parent)

    async def do_execute(self, *arguments: Any, **named: Any) -> Any:
        """Run the code; a copy of the kernel that `os.fork()` left in the cell ends with it."""
        try:
            reply = await super().do_execute(*arguments, **named)
            if isinstance(reply.get("evalue"), str):
                reply["evalue"] = tracing.clean(reply["evalue"][: tracing.MOST_MESSAGE])
            return reply
        finally:
            if os.getpid() != self.pid:
                os._exit(0)


class App(IPKernelApp):
    """The kernel application without the parts that nobody here listens to."""

    kernel_class = Kernel

    def init_heartbeat(self) -> None:
        """The server watches the process itself."""

    def init_iopub(self, context: Any) -> None:
        """Queue what was said rather than drop it: the budget bounds it."""
        context.sndhwm = 0
        type.__setattr__(IOPubThread, "_setup_pipe_in", _pipe_in)
        type.__setattr__(IOPubThread, "_setup_pipe_out", _pipe_out)
        super().init_iopub(context)

    def init_crash_handler(self) -> None:
        """Python's own will do."""


def _configuration() -> Config:
    config = Config()
    config.HistoryManager.enabled = False
    config.IPKernelApp.outstream_class = "engine.kernels.inside.kernel.Stream"
    config.IPCompleter.use_jedi = False
    config.InteractiveShell.colors = "neutral"
    config.InteractiveShell.banner1 = ""
    config.Application.log_level = 50
    return config


def run(plan: launch.Plan) -> int:
    """Start the kernel, say that it is ready, and serve until the end."""
    _PLACE["run"] = plan.run
    askwire.PLACE["socket"] = os.path.join(plan.run, launch.BROKER)
    askwire.PLACE["token"] = str(plan.arguments.get("broker", ""))
    fonts.bring(plan.temporary)
    speak = os.dup(1)
    Kernel.pid = os.getpid()
    app = App.instance(
        config=_configuration(),
        connection_file=os.path.join(plan.run, "connection.json"),
    )
    app.initialize([])
    _prepare(app.shell)
    IOLoop.current().add_callback(_say_ready, speak)
    app.start()
    return 0


def _say_ready(speak: int) -> None:
    os.write(speak, b'{"ready": true}\n')
    os.close(speak)


def _prepare(shell: Any) -> None:
    formatter = shell.display_formatter
    frames.register(formatter.mimebundle_formatter)
    sys.modules["askwire"] = askwire
    inspecting.furnish(shell)
    _bound_displays(formatter)
    shell.user_ns.pop("__session__", None)
    sys.path.insert(0, "")


def _bound_displays(formatter: Any) -> None:
    """Bound what a display may cost before it leaves this process."""
    original = formatter.format

    def format_(self: Any, value: Any, include: Any = None, exclude: Any = None) -> Any:
        bundle, metadata = original(value, include, exclude)
        kept = {}
        for mime, data in bundle.items():
            data = tracing.clean(data) if isinstance(data, str) else data
            size = len(data) if isinstance(data, str | bytes) else 0
            if size <= max(Stream.budget.left, 65_536):
                kept[mime] = data
            elif mime == "text/plain":
                kept[mime] = data[: max(Stream.budget.left, 65_536)]
                kept[launch.TRUNCATED] = True
            else:
                kept[launch.TRUNCATED] = True
        return kept, metadata

    formatter.format = types.MethodType(format_, formatter)
