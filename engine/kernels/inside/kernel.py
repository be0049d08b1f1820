"""The IPython kernel as it runs here: ipc only, bounded output, real tables, clean tracebacks."""

# mypy: disable-error-code="no-untyped-call"
# ipykernel and IPython carry no types.

import codecs
import os
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from typing import Any

# The debugger would listen on TCP and costs time at the start.
sys.modules["debugpy"] = None  # type: ignore[assignment]

import zmq  # noqa: E402
from ipykernel.iostream import IOPubThread  # noqa: E402
from ipykernel.ipkernel import IPythonKernel  # noqa: E402
from ipykernel.kernelapp import IPKernelApp  # noqa: E402
from ipykernel.zmqshell import ZMQInteractiveShell  # noqa: E402
from tornado.ioloop import IOLoop  # noqa: E402
from traitlets import Type  # noqa: E402
from traitlets.config import Config  # noqa: E402
from zmq.eventloop.zmqstream import ZMQStream  # noqa: E402

from engine.kernels.inside import (  # noqa: E402
    askwire,
    fonts,
    frames,
    inspecting,
    launch,
    plots,
    speaking,
    tracing,
)

_PLACE = {"run": ""}  # known before the one kernel of this process begins


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

    display_pub_class = Type(speaking.Publisher)

    def init_display_formatter(self) -> None:
        """Take a formatter that knows when nobody listens any more."""
        self.display_formatter = speaking.Formatter(parent=self)
        self.configurables.append(self.display_formatter)  # type: ignore[arg-type]  # as IPython does

    def _get_exc_info(self, exc_tuple: Any = None) -> Any:
        kind, value, trace = super()._get_exc_info(exc_tuple)
        return kind, value, tracing.without_internals(trace)

    def showtraceback(self, exc_tuple: Any = None, *arguments: Any, **named: Any) -> None:
        """Show an exception, a monstrous one in short."""
        kind, value, trace = self._get_exc_info(exc_tuple)
        if tracing.is_monstrous(value, trace):
            short = tracing.in_short(value, trace, self.compile.format_code_name)
            self._showtraceback(kind, tracing.message_of(value), short)
        else:
            super().showtraceback(exc_tuple, *arguments, **named)

    def _format_exception_for_storage(
        self, exception: Any, filename: Any = None, running_compiled_code: bool = False
    ) -> dict[str, Any]:
        """Keep little in a history that nobody reads: it would draw each exception once more."""
        message = tracing.message_of(exception)
        return {"ename": type(exception).__name__, "evalue": message, "traceback": []}

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
        # The last cell may have put others in their place.
        sys.stdout, sys.stderr = self._stdout, self._stderr
        for said in self._said():
            said.mend()
        if isinstance(wanted, int):  # a question of ours between two cells shows nothing
            speaking.BUDGET.begin(wanted)
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
            for said in self._said():
                said.hear()

    def _said(self) -> Iterator[speaking.Stream]:
        for stream in (self._stdout, self._stderr):
            if isinstance(stream, speaking.Stream):
                yield stream

    async def interrupt_request(self, stream: Any, ident: Any, parent: Any) -> None:
        """Interrupt the cell, also one that awaits.

        Its answer to the signal is a note for the loop. The loop sleeps on: Python goes back to
        waiting after a signal, unless something arrives.
        """
        await super().interrupt_request(stream, ident, parent)
        self.io_loop.add_callback(int)


class App(IPKernelApp):
    """The kernel application without the parts that nobody here listens to."""

    kernel_class = Kernel

    def _session_default(self) -> Any:
        return speaking.Speech(parent=self)

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
    config.IPKernelApp.outstream_class = "engine.kernels.inside.speaking.Stream"
    config.IPCompleter.use_jedi = False
    config.InteractiveShell.colors = "neutral"
    config.InteractiveShell.banner1 = ""
    config.InteractiveShell.display_page = True  # what `name?` tells is shown like all else
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
    shell.events.register("post_execute", plots.show_the_rest)
    shell.user_ns.pop("__session__", None)
    # IPython's advice on `sys.exit()` is for people at a terminal.
    warnings.filterwarnings("ignore", "To exit: use", UserWarning)
    sys.path.insert(0, "")
