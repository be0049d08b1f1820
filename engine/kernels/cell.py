"""One piece of work of a kernel on its way: what it asks, what came back, how it ends."""

import asyncio
from typing import Any, Literal

from engine.kernels import translate
from engine.kernels.outputs import Outputs
from engine.kernels.wire import Message, request
from engine.ports import (
    Asked,
    Cleared,
    Completion,
    Ended,
    KernelLimits,
    KernelOutput,
    Printed,
    Raised,
    Shown,
)
from protocol.items import ErrorInfo

Signal = Literal["done", "stop", "died", "asked", "replied"]
MOST_MATCHES = 500
ANEW = 8
"""How many times over a cell may show all it may, if it takes back what it showed before."""
LATE = ("stream", "display_data", "update_display_data")
MARK = "\n… more was printed than is kept …\n"


class Job:
    """A request on the shell channel and the signals about it. Subclasses say what it is for.

    `reason` is why it is told to stop, None when a person wants it.
    """

    answered_by = "execute_reply"

    def __init__(self, message: Message, seconds: float) -> None:
        self.request = message
        self.seconds = seconds
        self.signals: asyncio.Queue[Signal] = asyncio.Queue()
        self.reply: dict[str, Any] | None = None
        self.reason: ErrorInfo | None = None
        self._idle = False

    def hear(self, message: Message) -> None:
        """Take in a message whose parent is this request."""
        kind = message.header.msg_type
        if kind == self.answered_by:
            self.reply = message.content
        elif kind == "status" and message.content.get("execution_state") == "idle":
            self._idle = True
        else:
            self.show(message)
            return
        if self.reply is not None:
            # Without the reply, idle means nothing; without idle, output may still come.
            self.signals.put_nowait("done")

    @property
    def complete(self) -> bool:
        """Tell whether both the reply and the last output are here."""
        return self.reply is not None and self._idle

    def show(self, message: Message) -> None:
        """Take in output."""

    def finish(self, ended: Ended) -> None:
        """The work is over."""


class Quiet(Job):
    """Work of ours that shows nothing; `ended` tells who waits for it."""

    def __init__(self, message: Message, seconds: float) -> None:
        super().__init__(message, seconds)
        self.ended: asyncio.Future[Ended] = asyncio.get_running_loop().create_future()

    def finish(self, ended: Ended) -> None:
        """Wake who waits for the answer."""
        if not self.ended.done():
            self.ended.set_result(ended)


class Completing(Quiet):
    """Asks how code may go on."""

    answered_by = "complete_reply"

    def __init__(self, code: str, cursor: int, seconds: float) -> None:
        content = {"code": code, "cursor_pos": cursor}
        super().__init__(request("complete_request", content), seconds)
        self._code = code

    def answer(self) -> Completion:
        """Return what came, or nothing if that makes no sense."""
        said = self.reply or {}
        matches, start, end = (said.get(k) for k in ("matches", "cursor_start", "cursor_end"))
        if not (isinstance(matches, list) and isinstance(start, int) and isinstance(end, int)):
            return Completion()
        if not 0 <= start <= end <= len(self._code):
            return Completion()
        texts = tuple(text for text in matches[:MOST_MATCHES] if isinstance(text, str))
        return Completion(matches=texts, start=start, end=end)


class Question(Quiet):
    """Silent work whose answer is one expression, or nothing."""

    def __init__(self, code: str, expression: str, seconds: float) -> None:
        content = {
            "code": code,
            "silent": True,
            "store_history": False,
            "allow_stdin": False,
            "stop_on_error": False,
            "user_expressions": {"answer": expression} if expression else {},
        }
        super().__init__(request("execute_request", content), seconds)

    def answer(self) -> Any:
        """Return the value of the expression as JSON values, or None."""
        expressions = (self.reply or {}).get("user_expressions")
        answer = expressions.get("answer") if isinstance(expressions, dict) else None
        data = answer.get("data") if isinstance(answer, dict) else None
        return data.get("application/json") if isinstance(data, dict) else None


class Cell(Job):
    """Code of people, with all it shows, within its output limit."""

    def __init__(self, code: str, limits: KernelLimits) -> None:
        content = {
            "code": code,
            "silent": False,
            "store_history": True,
            "allow_stdin": True,
            "stop_on_error": False,
            "user_expressions": {},
        }
        # One more than we keep, so that we can tell that there was more.
        message = request("execute_request", content, max_output_bytes=limits.max_output_bytes + 1)
        super().__init__(message, limits.max_seconds)
        self.outputs = Outputs()
        self.limits = limits
        self.abandoned = False
        self.raised: str | None = None
        self._left = limits.max_output_bytes
        self._whole = limits.max_output_bytes * ANEW
        self._sizes: dict[str, int] = {}
        self._clears = False
        self._truncated = False

    def show(self, message: Message) -> None:
        """Keep output as long as the limit allows."""
        self._truncated = self._truncated or translate.is_cut(message)
        match output := translate.output_of(message):
            case None:
                pass
            case Cleared():
                self._clears = True
                if not message.content.get("wait"):
                    self._clear()
            case Raised(name=name):
                self.raised = name
                self._put(output)
            case Printed():
                self._print(output)
            case Asked():
                self._put(output)
            case _:
                self._draw(output, message.size)

    def overhear(self, message: Message) -> None:
        """Show what an earlier cell has left running, and says only now."""
        if message.header.msg_type in LATE:
            self.show(message)

    def _clear(self) -> None:
        """Take back what was shown, and its price."""
        self._clears = False
        self._left = min(self.limits.max_output_bytes, self._whole)
        self._sizes.clear()
        self._put(Cleared())

    def _print(self, output: Printed) -> None:
        if self._clears:
            self._clear()
        if self._truncated and self._left <= 0:
            return
        text = output.text[: max(self._left, 0)]
        self._spend(len(output.text))
        if len(text) < len(output.text):
            self._truncated = True
            text += MARK
        self._put(Printed(stream=output.stream, text=text))

    def _draw(self, output: KernelOutput, size: int) -> None:
        if self._clears:
            self._clear()
        name = output.id if isinstance(output, Shown) else None
        if name is not None:  # what it takes the place of costs no more
            self._left = min(self._left + self._sizes.pop(name, 0), self._whole)
        self._spend(size)
        if self._left < 0:
            self._truncated = True
            return
        if name is not None:
            self._sizes[name] = size
        self._put(output)

    def _spend(self, size: int) -> None:
        self._left -= size
        self._whole -= size

    def _put(self, output: KernelOutput) -> None:
        if not self.abandoned:
            self.outputs.put(output)

    def finish(self, ended: Ended) -> None:
        """Say the last word."""
        self.outputs.put(Ended(outcome=ended.outcome, error=ended.error, truncated=self._truncated))

    def stop(self, why: ErrorInfo | None = None) -> None:
        """Have it interrupted."""
        self.reason = self.reason or why
        self.signals.put_nowait("stop")

    def abandon(self) -> None:
        """Nobody listens any more: stop, and keep nothing."""
        self.abandoned = True
        self.stop()


def end_of(reply: dict[str, Any] | None, raised: str | None, stopped: ErrorInfo | None) -> Ended:
    """Say how a cell ended whose kernel lives. `stopped` is why it was interrupted, if it was."""
    if stopped is not None:
        why = None if stopped.code == "interrupted" else stopped
        return Ended(outcome="interrupted", error=why)
    if reply is not None and reply.get("status") == "ok" and raised is None:
        return Ended(outcome="ok")
    if raised == "KeyboardInterrupt":
        return Ended(outcome="interrupted")
    if raised is None and reply is not None:  # its traceback was not for us to see
        name, said = (str(reply.get(key, ""))[:1_000] for key in ("ename", "evalue"))
        words = ": ".join(filter(None, (name, said))) or "The code failed."
        return Ended(
            outcome="failed",
            error=_known_failure(name) or ErrorInfo(code="python_error", message=words),
        )
    return Ended(outcome="failed", error=_known_failure(raised))


def _known_failure(raised: str | None) -> ErrorInfo | None:
    if raised == "MemoryError":
        return ErrorInfo(
            code="memory_limit",
            message="The code wanted more memory than a kernel may have.",
            hint="Work on fewer rows or columns at a time, or aggregate in SQL first.",
        )
    if raised == "BlockingIOError":
        return ErrorInfo(
            code="process_limit",
            message="The code tried to start more processes or threads than a kernel may have.",
            hint="Start fewer of them.",
        )
    return None
