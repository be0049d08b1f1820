"""What an IPython kernel says, bounded before it leaves the process: text, displays, results.

The server bounds it once more. But a message that is too large for its ear would cut the line, and
a hundred thousand small ones would keep it busy.
"""

# mypy: disable-error-code="no-untyped-call"
# ipykernel and IPython carry no types.

import codecs
import contextlib
import os
import select
import threading
from typing import Any

from ipykernel.iostream import OutStream
from ipykernel.kernelbase import Session  # type: ignore[attr-defined]  # of its own dependency
from ipykernel.zmqshell import ZMQDisplayPublisher
from IPython.core.formatters import DisplayFormatter

from engine.kernels.inside import launch, tracing

FLUSH_EVERY = 0.05
UNBOUNDED = 1 << 62
ANEW = 8
"""How many times over a cell may say all it may, if it takes back what it said before."""
SHORT = 65_536
"""Characters that a display may always have in words."""
CHUNK = 65_536
"""What a pipe holds, in bytes: so much may have been said before a cell's last word."""
DISPLAYS = ("display_data", "execute_result", "update_display_data")


class Budget:
    """How much the running cell may still say: characters of text, bytes of displays."""

    def __init__(self) -> None:
        self.begin(UNBOUNDED)

    def begin(self, most: int) -> None:
        """A cell begins that may say so much."""
        self._most = self.left = most
        self._whole = most * ANEW
        self.told = False
        """Whether the server knows that something was left out."""

    @property
    def spent(self) -> bool:
        """Tell whether no more may be said."""
        return self.left <= 0 or self._whole <= 0

    def take(self, wanted: int) -> int:
        """Return how much of `wanted` may be said."""
        granted = max(0, min(wanted, self.left, self._whole))
        self.left -= wanted
        self._whole -= wanted
        return granted

    def replace(self, wanted: int) -> int:
        """Return how much may be said in place of something that was said before."""
        granted = max(0, min(wanted, self._most, self._whole))
        self._whole -= wanted
        return granted

    def anew(self) -> None:
        """What was said is taken back."""
        self.left = min(self._most, self._whole)


BUDGET = Budget()  # of the one kernel of this process


class Stream(OutStream):
    """Standard output that stops sending, but not working, when a cell has said too much."""

    flush_interval = FLUSH_EVERY
    _said = False

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self._hearing = threading.Lock()
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        super().__init__(*arguments, **named)
        self._kept = os.dup(self._original_stdstream_fd)

    def mend(self) -> None:
        """Give the descriptor back to a cell whose forerunner closed it, or led it elsewhere."""
        with contextlib.suppress(OSError):  # it has closed the spare one too
            os.dup2(self._kept, self._original_stdstream_fd)

    def _watch_pipe_fd(self) -> None:
        """Pass on what children and code in C say to the descriptor, as it comes."""
        while self._should_watch:
            try:
                select.select([self._pipe()], [], [])
                self._hear()
            except OSError:
                return

    def hear(self) -> None:
        """Take in all that was said to the descriptor until now, before the cell ends."""
        with contextlib.suppress(OSError):  # code of people has closed our end
            self._hear()
            self.write(self._decode(b"", True))

    def _pipe(self) -> int:
        return int(self._fid)  # type: ignore[arg-type]  # None only where it is not watched

    def _hear(self) -> None:
        with self._hearing:
            left = CHUNK
            while left > 0 and select.select([self._pipe()], [], [], 0)[0]:
                said = os.read(self._pipe(), CHUNK)
                left -= len(said) or CHUNK
                self.write(self._decode(said))
                os.write(self._original_stdstream_copy, said)

    def write(self, string: str) -> int:
        """Write as much as the budget allows; claim to have written it all."""
        if not isinstance(string, str):
            raise TypeError(f"write() argument must be str, not {type(string).__name__}")
        granted = 0 if BUDGET.spent else BUDGET.take(len(string))
        if granted and self.pub_thread is not None:
            self._said = True
            super().write(tracing.clean(string[:granted]))
        return len(string)

    def flush(self) -> None:
        """Send what was written; without anything new do not wait for the thread that sends.

        Each display flushes both streams, and on a busy machine each wait takes a long moment.
        """
        if self._said:
            super().flush()

    def _flush(self) -> None:
        self._said = False
        super()._flush()

    def close(self) -> None:
        """Code that closes its own standard output still has one in the next cell."""
        self.flush()


class Formatter(DisplayFormatter):
    """Gives values their forms, unless the cell has shown too much for another."""

    def format(self, obj: Any, include: Any = None, exclude: Any = None) -> Any:
        """Return the forms of a value."""
        if BUDGET.spent and BUDGET.told:
            return {}, {}
        return super().format(obj, include, exclude)


class Publisher(ZMQDisplayPublisher):
    """Displays, and their taking back."""

    def clear_output(self, wait: bool = False) -> None:
        """Take back what the cell has shown, and its price."""
        super().clear_output(wait)
        BUDGET.anew()


class Speech(Session):
    """The messages of the kernel. Nobody here listens to widgets, so nothing is said to them."""

    def send(self, stream: Any, msg_or_type: Any, *arguments: Any, **named: Any) -> Any:
        """Send a message, unless the cell has shown too much already."""
        kind = msg_or_type if isinstance(msg_or_type, str) else msg_or_type.get("msg_type", "")
        if kind.startswith("comm_"):
            return None
        if kind in DISPLAYS and isinstance(msg_or_type, dict) and BUDGET.spent:
            if BUDGET.told:
                return None
            msg_or_type["content"] = _left_out({})
        return super().send(stream, msg_or_type, *arguments, **named)

    def serialize(self, msg: Any, ident: Any = None) -> list[bytes]:
        """Return the parts of a message, of a display that is too large less of it."""
        if msg.get("msg_type") not in DISPLAYS or not isinstance(msg.get("content"), dict):
            return super().serialize(msg, ident)
        content = _shortened(msg["content"], max(BUDGET.left, SHORT))
        parts = super().serialize({**msg, "content": content}, ident)
        size = sum(map(len, parts))
        claim = BUDGET.replace if msg["msg_type"] == "update_display_data" else BUDGET.take
        if claim(size) < size and len(parts[-1]) > SHORT:
            plain = {"text/plain": content["data"].get("text/plain", "")}
            content = _left_out(_shortened({**content, "data": plain}, SHORT))
            parts = super().serialize({**msg, "content": content}, ident)
        return parts


def _left_out(content: dict[str, Any]) -> dict[str, Any]:
    """Mark the content of a display as less than it was."""
    BUDGET.told = True
    data = {**content.get("data", {}), launch.TRUNCATED: True}
    return {"metadata": {}, "transient": {}, **content, "data": data}


def _shortened(content: dict[str, Any], most: int) -> dict[str, Any]:
    """Drop texts that are too long; of plain text keep the beginning."""
    data = content.get("data")
    if not isinstance(data, dict):
        return content
    kept = {
        mime: tracing.clean(value[:most] if mime == "text/plain" else value)
        if isinstance(value, str)
        else value
        for mime, value in data.items()
        if not isinstance(value, str) or len(value) <= most or mime == "text/plain"
    }
    whole = len(kept) == len(data) and len(str(data.get("text/plain", ""))) <= most
    return {**content, "data": kept} if whole else _left_out({**content, "data": kept})
