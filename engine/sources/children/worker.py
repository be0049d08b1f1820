"""The life of a child: read a request, answer it, until the pipe closes."""

import importlib
import os
import queue
import resource
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO, Protocol

import msgspec

from engine.sources.children.frames import DATA, END, FAILED, HEAD, Failure, Refused


class Craft(Protocol):
    """What a child is good at. Its module has `open_craft(options: bytes) -> Craft`."""

    def answer(self, request: bytes) -> Iterator[bytes]:
        """Yield the payloads of the answer. Raise `Refused` to say no."""
        ...


def main() -> None:
    """Serve the craft named on the command line over stdin and stdout."""
    pipe_in, pipe_out = _take_the_pipes()
    _be_modest()
    requests: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(pipe_in, requests), daemon=True).start()
    options = requests.get()
    try:
        craft: Craft = importlib.import_module(sys.argv[-1]).open_craft(options)
    except Refused as refused:
        _send(pipe_out, FAILED, msgspec.msgpack.encode(refused.failure))
        return
    except Exception as error:  # noqa: BLE001 - the last line of this process; the parent is told
        _send(pipe_out, FAILED, msgspec.msgpack.encode(_unexpected(error)))
        return
    _send(pipe_out, END, b"")
    while True:
        _answer(craft, requests.get(), pipe_out)


def _answer(craft: Craft, request: bytes, pipe: BinaryIO) -> None:
    try:
        for payload in craft.answer(request):
            _send(pipe, DATA, payload)
    except Refused as refused:
        _send(pipe, FAILED, msgspec.msgpack.encode(refused.failure))
    except MemoryError:
        failure = Failure(
            code="query_too_large",
            message="The query needs more memory than it may have.",
            hint="Ask for fewer rows, or group less finely.",
        )
        _send(pipe, FAILED, msgspec.msgpack.encode(failure))
    except Exception as error:  # noqa: BLE001 - a child must answer every request
        _send(pipe, FAILED, msgspec.msgpack.encode(_unexpected(error)))
    else:
        _send(pipe, END, b"")


def _unexpected(error: Exception) -> Failure:
    # The text of an unforeseen exception may hold data: only its name goes out.
    return Failure(code="query_failed", message=f"The reader failed ({type(error).__name__}).")


def _take_the_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Keep the pipes for frames alone, so that nothing a library prints can break them."""
    pipe_in, pipe_out = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    return pipe_in, pipe_out


def _be_modest() -> None:
    """Give way to the server: less processor, and first to go when memory runs out."""
    with suppress(OSError):
        os.nice(5)
    with suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("600")
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _listen(pipe: BinaryIO, requests: "queue.SimpleQueue[bytes]") -> None:
    """Read frames; when the parent is gone, end at once, whatever is being computed."""
    while True:
        head = pipe.read(HEAD.size)
        if len(head) < HEAD.size:
            os._exit(0)
        _, length = HEAD.unpack(head)
        requests.put(pipe.read(length))


def _send(pipe: BinaryIO, kind: bytes, payload: bytes) -> None:
    pipe.write(HEAD.pack(kind, len(payload)))
    pipe.write(payload)
    pipe.flush()
