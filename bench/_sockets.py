"""A WebSocket client with nothing to spare: it sends frames, and counts words in what comes back.

    python -m bench._sockets < task.json > result.json

It runs in a process of its own and decodes nothing, so that what is measured is the server.
"""

import base64
import os
import selectors
import socket
import struct
import sys
import time

import msgspec

BUFFER = 1 << 20


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """What to do: open `sockets` sockets, say `opening` on each and wait for `ready`.

    Then say `start` on the first, and read until each socket has shown `word` `count` times.
    """

    port: int
    opening: str | None = None
    ready: str = "welcome"
    start: str | None = None
    word: str = '"item.delta"'
    count: int = 1
    sockets: int = 1
    seconds: float = 60.0


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What came: `seconds` from `start` to the last word, `words` and bytes on all sockets."""

    seconds: float
    words: int
    size: int


def text_frame(text: str) -> bytes:
    """Return a client's text frame. Its mask is zero, which a server treats as any other."""
    payload = text.encode()
    size = len(payload)
    if size < 126:
        head = struct.pack("!BB", 0x81, 0x80 | size)
    elif size < 1 << 16:
        head = struct.pack("!BBH", 0x81, 0x80 | 126, size)
    else:
        head = struct.pack("!BBQ", 0x81, 0x80 | 127, size)
    return head + b"\0\0\0\0" + payload


def opened(port: int, opening: str | None = None, ready: str = "welcome") -> "Counter":
    """Return a socket on which the handshake is done and the greeting was heard."""
    sock = socket.create_connection(("127.0.0.1", port), timeout=10)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    key = base64.b64encode(os.urandom(16)).decode()
    sock.sendall(
        f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
        "Sec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = sock.recv(1)
        if not byte:
            raise ConnectionError(f"no handshake: {head!r}")
        head += byte
    if b" 101 " not in head.split(b"\r\n", 1)[0]:
        raise ConnectionError(head.decode(errors="replace"))
    counter = Counter(sock)
    if opening is not None:
        counter.say(opening)
    counter.until(ready)
    return counter


class Counter:
    """Counts a word in a stream of bytes, also where two reads cut it."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.count = 0
        self.size = 0
        self._word = b""
        self._buffer = bytearray(4096)
        self._kept = 0

    def say(self, text: str) -> None:
        """Send a text frame."""
        self.sock.sendall(text_frame(text))

    def expect(self, word: str, buffer: int = BUFFER) -> None:
        """Count this word from here on."""
        self._word, self.count, self.size, self._kept = word.encode(), 0, 0, 0
        if len(self._buffer) < buffer:
            self._buffer = bytearray(buffer)

    def until(self, word: str) -> None:
        """Read until a word has come."""
        self.expect(word, 4096)
        while not self.count:
            self.read()

    def read(self) -> None:
        """Take what has come, once."""
        with memoryview(self._buffer) as view, view[self._kept :] as rest:
            got = self.sock.recv_into(rest)
        if not got:
            raise ConnectionError(f"closed after {self.count} words: {bytes(self._buffer[:200])!r}")
        end = self._kept + got
        self.size += got
        self.count += self._buffer.count(self._word, 0, end)
        # The next read begins with as much of this one as might be the begin of a word.
        self._kept = min(end, len(self._word) - 1)
        self._buffer[: self._kept] = self._buffer[end - self._kept : end]


def run(task: Task) -> Result:
    """Do the task; raise `TimeoutError` if it takes longer than it may."""
    sockets = [opened(task.port, task.opening, task.ready) for _ in range(task.sockets)]
    try:
        return _flood(task, sockets)
    finally:
        for one in sockets:
            one.sock.close()


def _flood(task: Task, sockets: list[Counter]) -> Result:
    deadline = time.monotonic() + task.seconds
    waiting = selectors.DefaultSelector()
    for one in sockets:
        one.expect(task.word, BUFFER if len(sockets) == 1 else BUFFER // 4)
        waiting.register(one.sock, selectors.EVENT_READ, one)
    began = time.perf_counter()
    if task.start is not None:
        sockets[0].say(task.start)
    while waiting.get_map():
        for key, _ in waiting.select(1.0):
            key.data.read()
            if key.data.count >= task.count:
                waiting.unregister(key.data.sock)
        if time.monotonic() > deadline:
            raise TimeoutError(f"{[one.count for one in sockets][:5]} of {task.count} words")
    return Result(
        seconds=time.perf_counter() - began,
        words=sum(one.count for one in sockets),
        size=sum(one.size for one in sockets),
    )


def main() -> None:
    """Read the task, do it, write the result."""
    task = msgspec.json.decode(sys.stdin.buffer.read(), type=Task)
    sys.stdout.buffer.write(msgspec.json.encode(run(task)))


if __name__ == "__main__":
    main()
