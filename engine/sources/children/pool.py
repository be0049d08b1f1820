"""The server's side: children that are started when needed, lent for one answer, and killed."""

import asyncio
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp

import msgspec

import engine
from engine.ports import PortError, SourceFailed
from engine.sources.children.frames import DATA, END, HEAD, Failure
from engine.sources.children.scratch import remove_tree

ROOT = str(Path(engine.__file__).resolve().parent.parent)
BOOT = (
    "import sys; sys.path[:0] = [] if sys.argv[1] in sys.path else [sys.argv[1]]; "
    "from engine.sources.children.worker import main; main()"
)
START_SECONDS = 30.0
MAX_FRAME = 512 * 1024 * 1024


class Child:
    """One process. It answers one request at a time; a broken answer is its end."""

    def __init__(self, process: asyncio.subprocess.Process, scratch: Path, generation: int) -> None:
        self._process = process
        self._scratch = scratch
        self.generation = generation
        self.busy = False

    @property
    def alive(self) -> bool:
        """Tell whether it can be asked."""
        return self._process.returncode is None

    async def ask(self, request: bytes) -> AsyncGenerator[bytes, None]:
        """Send a request and yield the payloads of its answer.

        Raise `SourceFailed` as the child says it, or if it died. While an answer is not complete,
        `busy` is true.
        """
        self.busy = True
        await self._send(request)
        while True:
            kind, payload = await self._receive()
            if kind == DATA:
                yield payload
                continue
            self.busy = False
            if kind == END:
                return
            failure = msgspec.msgpack.decode(payload, type=Failure)
            raise SourceFailed(failure.code, failure.message, failure.hint)

    async def open(self, options: bytes) -> None:
        """Tell it what to work on, and wait until it is ready."""
        async for _ in self.ask(options):
            pass

    def kill(self) -> None:
        """End it now. Never waits."""
        with suppress(ProcessLookupError):
            self._process.kill()

    async def gone(self) -> None:
        """Wait until it is no more, and sweep up."""
        await self._process.wait()
        await asyncio.to_thread(remove_tree, self._scratch)

    async def _send(self, payload: bytes) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(HEAD.pack(b"q", len(payload)) + payload)
            await self._process.stdin.drain()
        except (ConnectionError, RuntimeError) as error:
            raise _died() from error

    async def _receive(self) -> tuple[bytes, bytes]:
        assert self._process.stdout is not None
        try:
            kind, length = HEAD.unpack(await self._process.stdout.readexactly(HEAD.size))
            if length > MAX_FRAME:
                raise _died()
            return kind, await self._process.stdout.readexactly(length)
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise _died() from error


class Pool:
    """Up to `size` children of one craft; up to `warm` of them wait for work.

    A child serves one borrower at a time and is killed when its borrower leaves before the answer
    is complete, so that stopping a query never waits and never harms another.
    """

    def __init__(self, craft: str, options: bytes, *, size: int = 4, warm: int = 1) -> None:
        self._craft = craft
        self._options = options
        self._warm = warm
        self._places = asyncio.Semaphore(size)
        self._idle: list[Child] = []
        self._lent: set[Child] = set()
        self._dying: list[Child] = []
        self._closed = False
        self._generation = 0

    @asynccontextmanager
    async def lend(self, wait_seconds: float = 30.0) -> AsyncGenerator[Child, None]:
        """Lend a child. Raise `SourceFailed` if none can be had in time."""
        try:
            async with asyncio.timeout(wait_seconds):
                await self._places.acquire()
        except TimeoutError as error:
            raise SourceFailed(
                "source_down",
                "All readers of this source are busy.",
                "Stop another query or ask again in a moment.",
            ) from error
        child: Child | None = None
        try:
            child = self._take() or await self._start()
            self._lent.add(child)
            yield child
        finally:
            self._places.release()
            if child is not None:
                self._return(child)

    async def close(self) -> None:
        """Kill all children and wait until they are gone. Safe to call twice."""
        self._closed = True
        for child in [*self._idle, *self._lent]:
            self._kill(child)
        self._idle.clear()
        await self._sweep()

    def rest(self) -> None:
        """End the children that wait for work: none is expected soon."""
        for child in self._idle:
            self._kill(child)
        self._idle.clear()

    def refresh(self, options: bytes) -> None:
        """Let later queries work on something else; queries that run go on with what they have."""
        self._options = options
        self._generation += 1
        self.rest()

    def _take(self) -> Child | None:
        while self._idle:
            child = self._idle.pop()
            if child.alive:
                return child
            self._dying.append(child)
        return None

    async def _start(self) -> Child:
        if self._closed:
            raise SourceFailed("source_down", "The source is closed.")
        await self._sweep()
        child = await self._spawn()
        ready = False
        try:
            async with asyncio.timeout(START_SECONDS):
                await child.open(self._options)
            ready = True
        except TimeoutError as error:
            raise SourceFailed("source_down", "The reader did not start in time.") from error
        finally:
            if not ready:
                self._kill(child)
        return child

    async def _spawn(self) -> Child:
        generation = self._generation
        scratch = Path(mkdtemp(prefix="askwire-"))
        started = False
        try:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-c", BOOT, ROOT, self._craft),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                cwd=scratch,
                env={"TMPDIR": str(scratch), "LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"},
                start_new_session=True,
                limit=1024 * 1024,
            )
            started = True
        except OSError as error:
            raise SourceFailed("source_down", "No reader could be started.", str(error)) from error
        finally:
            if not started:
                remove_tree(scratch)
        return Child(process, scratch, generation)

    def _return(self, child: Child) -> None:
        self._lent.discard(child)
        outdated = self._closed or child.generation != self._generation
        if child.busy or not child.alive or outdated or len(self._idle) >= self._warm:
            self._kill(child)
        else:
            self._idle.append(child)

    def _kill(self, child: Child) -> None:
        child.kill()
        if child not in self._dying:
            self._dying.append(child)

    async def _sweep(self) -> None:
        while self._dying:
            await self._dying.pop().gone()


def _died() -> PortError:
    return SourceFailed(
        "query_failed",
        "The process that ran the query ended.",
        "It may have needed too much memory; ask for less at once.",
    )
