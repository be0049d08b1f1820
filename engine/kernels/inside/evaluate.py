"""A plain Python worker for light code: no IPython, quick to start, the same messages.

One JSON object a line over a socket file. The main thread runs code; another one reads, so that an
interrupt and an answer to `input()` arrive while code runs.
"""

import ast
import builtins
import codecs
import contextlib
import getpass
import io
import json
import linecache
import os
import queue
import re
import rlcompleter
import signal
import socket
import sys
import threading
import traceback
import types
from collections.abc import Generator
from typing import Any

from engine.kernels.inside import askwire, fonts, frames, inspecting, launch, tracing

SOCKET = "worker"
FLUSH_EVERY = 0.05
MOST_TEXT = 65_536


class Line:
    """The connection to the server."""

    def __init__(self, path: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(path)
        self._file = self._socket.makefile("rb")
        self._lock = threading.Lock()
        self.parent: dict[str, Any] = {}
        self.left = 1 << 62

    def send(self, channel: str, kind: str, content: dict[str, Any], **extra: Any) -> None:
        """Say something about the running request."""
        header = {"msg_id": os.urandom(8).hex(), "msg_type": kind}
        words = {"channel": channel, "header": header, "parent_header": self.parent}
        data = json.dumps({**words, "content": content, **extra}).encode() + b"\n"
        with self._lock:
            self._socket.sendall(data)

    def messages(self) -> Generator[dict[str, Any]]:
        """Give what the server says until it hangs up."""
        for line in self._file:
            with contextlib.suppress(ValueError):
                yield json.loads(line)


class Stream(io.TextIOBase):
    """Standard output that goes to the server, soon but not letter by letter."""

    def __init__(self, line: Line, name: str) -> None:
        self._line, self._name = line, name
        self._parts: list[str] = []
        self._lock = threading.RLock()

    def write(self, text: str) -> int:
        """Keep the text until the next flush; claim all, keep what the budget allows."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if self._line.left > 0:
            with self._lock:
                self._parts.append(text[: self._line.left])
            self._line.left -= len(text)
        return len(text)

    def flush(self) -> None:
        """Send what was kept."""
        with self._lock:
            text, self._parts = "".join(self._parts), []
            if text:
                content = {"name": self._name, "text": tracing.clean(text)}
                self._line.send("iopub", "stream", content)

    def close(self) -> None:
        """Code that closes its own output still has one."""
        self.flush()

    def isatty(self) -> bool:
        """It is none."""
        return False


class Tap:
    """Brings to a stream what child processes and C code write to a file descriptor."""

    def __init__(self, number: int, stream: Stream) -> None:
        self._number, self._stream = number, stream
        self._mark = b"\0" + os.urandom(12) + b"\0"
        self._passed = threading.Event()
        self._source, self._kept = os.pipe()
        self.mend()
        threading.Thread(target=self._read, daemon=True).start()

    def mend(self) -> None:
        """Give the descriptor back to code whose forerunner closed it, or led it elsewhere."""
        with contextlib.suppress(OSError):  # it has closed the spare one too
            os.dup2(self._kept, self._number)

    def _read(self) -> None:
        decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        kept = b""
        while chunk := os.read(self._source, 65_536):
            before, mark, after = (kept + chunk).partition(self._mark)
            kept = b"" if mark else before[-len(self._mark) :]
            # A mark may be cut in two by the pipe: what might be half of one is held back.
            held = kept if not mark and b"\0" in kept else b""
            kept = held
            self._stream.write(decode(before[: len(before) - len(held)] + after))
            if mark:
                self._passed.set()

    def settle(self) -> None:
        """Return when all that was written so far has arrived, or after a second."""
        self._passed.clear()
        with contextlib.suppress(OSError):  # the code closed its own output
            os.write(self._number, self._mark)
            self._passed.wait(1.0)


class Worker:
    """Runs requests one after another in one namespace."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._requests: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._answers: queue.Queue[str] = queue.Queue()
        self._streams = (Stream(line, "stdout"), Stream(line, "stderr"))
        self._taps: tuple[Tap, ...] = ()
        self._pid = os.getpid()
        self._running = False
        self._count = 0
        self._cut = False
        self.names: dict[str, Any] = {}
        self.forget()

    def forget(self) -> None:
        """Begin with an empty namespace."""
        self.names.clear()
        main = sys.modules["__main__"] = types.ModuleType("__main__")
        self.names = main.__dict__
        self.names.update(display=self.display, askwire=askwire)

    def describe(self) -> inspecting.Described:
        """Say what the namespace holds."""
        shown = {name: value for name, value in self.names.items() if name != "display"}
        return inspecting.describe(shown)

    def serve(self) -> None:
        """Answer requests until the server hangs up."""
        signal.signal(signal.SIGINT, self._interrupted)
        sys.stdout, sys.stderr = self._streams
        self._taps = tuple(Tap(n, s) for n, s in zip((1, 2), self._streams, strict=True))
        builtins.input = self._input
        getpass.getpass = self._getpass
        threading.Thread(target=self._listen, daemon=True).start()
        threading.Thread(target=self._flush_often, daemon=True).start()
        while (request := self._requests.get()) is not None:
            if request["header"]["msg_type"] == "complete_request":
                self._complete(request)
            else:
                self._answer(request)

    def _complete(self, request: dict[str, Any]) -> None:
        """Say how code may go on, by the names that are there."""
        self._line.parent = request["header"]
        content = request["content"]
        end = int(content["cursor_pos"])
        word = re.search(r"[\w.]*$", content["code"][:end])
        text = word[0] if word else ""
        reply: dict[str, Any] = {"matches": [], "cursor_start": end - len(text), "cursor_end": end}
        self._running = True
        try:
            completer = rlcompleter.Completer(self.names)
            found = completer.attr_matches(text) if "." in text else completer.global_matches(text)
            reply["matches"] = sorted({match.rstrip("( ):") for match in found}) if text else []
        except BaseException as error:  # noqa: BLE001 - looking may run the code of people
            reply["ename"] = type(error).__name__
        self._running = False
        self._line.send("shell", "complete_reply", reply)
        self._line.send("iopub", "status", {"execution_state": "idle"})

    def _interrupted(self, *_: object) -> None:
        if self._running:
            raise KeyboardInterrupt

    def _listen(self) -> None:
        for message in self._line.messages():
            match message.get("header", {}).get("msg_type"):
                case "execute_request" | "complete_request":
                    self._requests.put(message)
                case "interrupt_request":
                    os.kill(os.getpid(), signal.SIGINT)
                case "input_reply":
                    self._answers.put(str(message.get("content", {}).get("value", "")))
                case _:
                    continue
        os._exit(0)

    def _flush_often(self) -> None:
        pause = threading.Event()
        while not pause.wait(FLUSH_EVERY):
            for stream in self._streams:
                stream.flush()

    def _answer(self, request: dict[str, Any]) -> None:
        self._line.parent = request["header"]
        left = request.get("metadata", {}).get("max_output_bytes")
        self._line.left = left if isinstance(left, int) else 1 << 62
        content = request["content"]
        reply: dict[str, Any] = {"status": "ok"}
        try:
            self._running = True
            signal.signal(signal.SIGINT, self._interrupted)
            self._run(content["code"], silent=bool(content.get("silent")))
            reply["user_expressions"] = self._expressions(content.get("user_expressions") or {})
        except BaseException as error:  # noqa: BLE001 - whatever code raises is its answer
            self._running = False
            self._end_copy()
            reply = {"status": "error", **self._told(error)}
            self._line.send("iopub", "error", self._told(error))
        self._running = False
        self._end_copy()
        sys.stdout, sys.stderr = self._streams
        for tap, stream in zip(self._taps, self._streams, strict=True):
            tap.mend()
            tap.settle()
            stream.flush()
        self._line.send("shell", "execute_reply", reply)
        self._line.send("iopub", "status", {"execution_state": "idle"})

    def _end_copy(self) -> None:
        """A copy of the worker that `os.fork()` left in the code ends with it."""
        if os.getpid() != self._pid:
            os._exit(0)

    def _expressions(self, wanted: dict[str, str]) -> dict[str, Any]:
        worker = {"worker": self}
        return {
            name: {"status": "ok", "data": _bundle(eval(text, worker), self._line.left)}
            for name, text in wanted.items()
        }

    def _run(self, code: str, silent: bool) -> None:
        self._count += 1
        name = f"<cell {self._count}>"
        linecache.cache[name] = (len(code), None, code.splitlines(keepends=True), name)
        tree = ast.parse(code, name)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        names = {"worker": self} if silent else self.names
        exec(compile(tree, name, "exec"), names)
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), name, "eval"), names)
            if value is not None and not silent:
                self._show(value, "execute_result")

    def display(self, *values: Any) -> None:
        """Show values as they are best shown."""
        for value in values:
            self._show(value, "display_data")

    def _show(self, value: Any, kind: str) -> None:
        for stream in self._streams:
            stream.flush()
        if self._line.left <= 0 and self._cut:
            return  # the server knows that something was left out
        bundle = _bundle(value, self._line.left)
        size = len(json.dumps(bundle))
        self._cut = size > max(self._line.left, MOST_TEXT)
        if self._cut:
            plain = str(bundle.get("text/plain", ""))[:MOST_TEXT]
            bundle = {"text/plain": plain, launch.TRUNCATED: True}
        self._line.left -= size
        self._line.send("iopub", kind, {"data": bundle})

    def _told(self, error: BaseException) -> dict[str, Any]:
        trace = tracing.without_internals(error.__traceback__)
        message = tracing.message_of(error)
        lines = (
            tracing.in_short(error, trace)
            if tracing.is_monstrous(error, trace)
            else traceback.format_exception(type(error), error, trace)
        )
        return {
            "ename": type(error).__name__,
            "evalue": message,
            "traceback": tracing.shortened(["".join(lines)]),
        }

    def _input(self, prompt: object = "") -> str:
        return self._ask(str(prompt), password=False)

    def _getpass(self, prompt: str = "Password: ", stream: object = None) -> str:
        return self._ask(prompt, password=True)

    def _ask(self, prompt: str, password: bool) -> str:
        for stream in self._streams:
            stream.flush()
        while not self._answers.empty():
            self._answers.get()
        self._line.send("stdin", "input_request", {"prompt": prompt, "password": password})
        while True:
            with contextlib.suppress(queue.Empty):
                return self._answers.get(timeout=0.1)


def _bundle(value: Any, left: int) -> dict[str, Any]:
    """Return the forms of a value, the table of a frame among them."""
    kind = type(value)
    package = kind.__module__.split(".")[0]
    if kind.__name__ in ("DataFrame", "Series") and package in ("pandas", "polars"):
        return frames.of_pandas(value) if package == "pandas" else frames.of_polars(value)
    made = getattr(value, "_repr_mimebundle_", None)
    if callable(made) and kind is not type:
        bundle = made()
        if isinstance(bundle, dict):
            return bundle
    text = repr(value)
    most = max(left, MOST_TEXT)
    if len(text) <= most:
        return {"text/plain": tracing.clean(text)}
    return {"text/plain": tracing.clean(text[:most]), launch.TRUNCATED: True}


def run(plan: launch.Plan) -> int:
    """Connect to the server, say that it is ready, and serve until the end."""
    askwire.PLACE["socket"] = os.path.join(plan.run, launch.BROKER)
    askwire.PLACE["token"] = str(plan.arguments.get("broker", ""))
    sys.modules["askwire"] = askwire
    fonts.bring(plan.temporary)
    line = Line(os.path.join(plan.run, SOCKET))
    launch.say({"ready": True})
    sys.path.insert(0, "")
    Worker(line).serve()
    return 0
