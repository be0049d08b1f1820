"""One kernel behind the `Kernel` port: a queue of work, one piece at a time, and a watch over it.

How messages travel is the business of a `Link`; all adapters share this side.
"""

import asyncio
import contextlib
import os
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Literal, Protocol

import msgspec

from engine.kernels.cell import Cell, Completing, Job, Question, Quiet, end_of
from engine.kernels.inspection import IPYTHON, NOTHING, Questions, inspection_of
from engine.kernels.wire import Header, Message, answer, request
from engine.ports import Completion, Ended, Inspection, KernelLimits, KernelOutput
from engine.tasks import Tasks
from protocol.items import ErrorInfo

ASK_AGAIN, GIVE_UP = 0.8, 2.0
"""Seconds after an interrupt until it is repeated, and until the kernel is killed (more when the
machine is overloaded)."""
ECHO_SECONDS = 1.0
"""Seconds after which a question is shown, whatever may still come before it."""
LAST_WORDS = 2.0
"""Seconds that output may still come after the reply."""
FORMER, LATE, LATE_BYTES = 64, 100, 65_536
"""Cells whose late words are heard, and how many of them are kept until a cell shows them."""

INTERRUPTED = ErrorInfo(code="interrupted", message="The code was interrupted.")
FORCED = ErrorInfo(
    code="interrupt_forced",
    message="The code did not react to the interrupt, so the kernel was ended.",
    hint="Its variables are gone; run the cells again that made them.",
)


class Link(Protocol):
    """A way to a kernel's process.

    `ordered` when messages of all channels arrive in the order in which they were sent.
    """

    ordered: bool

    async def send(self, channel: str, message: Message) -> None:
        """Send on `shell`, `control` or `stdin`."""

    async def kill(self) -> None:
        """End the process now; `died` will be called."""

    async def close(self) -> None:
        """End the process and let go of everything. Safe to call twice."""


class _Held(msgspec.Struct, frozen=True, kw_only=True):
    """A question that waits for what was printed before it."""

    question: Message
    echo: str


class Conversation:
    """Keeps the promises of the `Kernel` port over any link."""

    def __init__(
        self, isolation: str, questions: Questions = IPYTHON, environment: str = ""
    ) -> None:
        self.isolation = isolation
        self.environment = environment
        self.begun = 0
        """How many cells have begun."""
        self.when_lost: Callable[[ErrorInfo], None] | None = None
        """Called when it ends by itself, or by a limit, while no cell runs or waits."""
        self._questions = questions
        self.died_of: ErrorInfo | None = None
        self._link: Link | None = None
        self._tasks = Tasks()
        self._jobs: asyncio.Queue[Job] = asyncio.Queue()
        self._waiting = 0
        self.idle_since = time.monotonic()
        self._closed = False
        self._current: Job | None = None
        self._asked: Header | None = None
        self._held: _Held | None = None
        self._former: deque[str] = deque(maxlen=FORMER)
        self._late: deque[Message] = deque(maxlen=LATE)

    def start(self, link: Link) -> None:
        """Begin to work over `link`."""
        self._link = link
        self._tasks.start(self._work(), "kernel work")

    # --- The port ---

    @property
    def alive(self) -> bool:
        """Tell whether it can still run anything."""
        return self._link is not None and self.died_of is None

    @property
    def busy(self) -> bool:
        """Tell whether a cell runs or waits."""
        return self._waiting > 0

    async def run(self, code: str, limits: KernelLimits) -> AsyncIterator[KernelOutput]:
        """Run one cell and yield what it shows, ending with `Ended`."""
        cell = Cell(code, limits)
        self._enqueue(cell)
        try:
            while True:
                output = await cell.outputs.get()
                if isinstance(output, Ended):
                    break
                yield output
        except BaseException:
            cell.abandon()
            raise
        yield output

    async def interrupt(self) -> None:
        """Stop the running cell, by force if it does not listen."""
        self.stop()

    def stop(self, why: ErrorInfo | None = None) -> None:
        """Stop the running cell, because of a limit or because a person wants it."""
        if isinstance(self._current, Cell):
            self._current.stop(why)

    async def reply(self, text: str) -> None:
        """Answer the waiting `input()`; without one, nothing happens."""
        asked, self._asked = self._asked, None
        if asked is None or self._link is None:
            return
        await self._link.send("stdin", answer("input_reply", {"value": text}, asked))
        if self._current is not None:
            self._current.signals.put_nowait("replied")

    async def reset(self) -> None:
        """Forget all variables; a running cell is stopped first."""
        await self.interrupt()
        await self._ask(Question(self._questions.forget, "", 10.0))

    async def inspect(self) -> Inspection:
        """Say what it holds; while a cell runs, only that."""
        if not self.alive:
            return self._seen("dead")
        if self.busy:
            return self._seen("busy")
        question = Question(NOTHING, self._questions.describe, 3.0)
        if (await self._ask(question)).outcome == "died":
            return self._seen("dead")
        return inspection_of(question.answer(), self._seen("idle"))

    def _seen(self, state: Literal["idle", "busy", "dead"]) -> Inspection:
        return Inspection(state=state, isolation=self.isolation, environment=self.environment)

    async def complete(self, code: str, cursor: int) -> Completion:
        """Say how code may go on; while a cell runs, nothing."""
        if not self.alive or self.busy:
            return Completion()
        asked = Completing(code, max(0, min(cursor, len(code))), 3.0)
        await self._ask(asked)
        return asked.answer()

    def waits(self, waiting: bool) -> None:
        """Let no time pass for the cell while it waits for an answer of ours."""
        if isinstance(self._current, Cell):
            self._current.signals.put_nowait("asked" if waiting else "replied")

    async def prepare(self, code: str) -> None:
        """Run code of ours in silence, such as imports that take long."""
        await self._ask(Question(code, "", 30.0))

    async def fail(self, error: ErrorInfo) -> None:
        """End it because a limit was passed that is watched from outside."""
        self.died_of = self.died_of or error
        if self._link is not None:
            await self._link.kill()

    async def close(self) -> None:
        """End it. Safe to call twice."""
        self._closed = True
        self._lose(ErrorInfo(code="kernel_closed", message="The kernel was ended."))
        if self._link is not None:
            await self._link.close()
        await self._tasks.close()
        self._drain()

    # --- What the link tells ---

    def received(self, channel: str, message: Message) -> None:
        """Take in a message of the kernel. It belongs to the job it names, or to nobody."""
        job = self._current
        if self._held is not None and message.parent.msg_id == self._held.echo:
            self._release()
        if job is None or message.parent.msg_id != job.request.header.msg_id:
            self._overhear(message)
            return
        if channel != "stdin":
            job.hear(message)
        elif isinstance(job, Cell) and not job.abandoned:
            self._asked = message.header
            job.signals.put_nowait("asked")
            self._hold(message)

    def _overhear(self, message: Message) -> None:
        """Keep what threads and tasks of earlier cells say for the cell that runs, or the next."""
        if message.parent.msg_id not in self._former or message.size > LATE_BYTES:
            return
        if isinstance(self._current, Cell):
            self._current.overhear(message)
        else:
            self._late.append(message)

    def _hold(self, question: Message) -> None:
        """Show what was printed before the question first, though it may arrive after it.

        The output channel keeps its order: when it carries the echo of a request that we make now,
        all that came before the question has arrived.
        """
        echo = request("kernel_info_request", {})
        self._held = _Held(question=question, echo=echo.header.msg_id)
        if self._link is None or self._link.ordered:
            self._release()
            return
        self._tasks.start(self._link.send("control", echo), "echo")
        asyncio.get_running_loop().call_later(ECHO_SECONDS, self._release)

    def _release(self) -> None:
        held, self._held = self._held, None
        job = self._current
        if held and job and held.question.parent.msg_id == job.request.header.msg_id:
            job.hear(held.question)

    def died(self, error: ErrorInfo) -> None:
        """The process is gone."""
        self._lose(error)

    # --- The queue ---

    def _enqueue(self, job: Job) -> None:
        if isinstance(job, Cell):
            self._waiting += 1
        if self._closed:
            self._finish(job, self._death())
        else:
            self._jobs.put_nowait(job)

    async def _ask(self, question: Quiet) -> Ended:
        self._enqueue(question)
        return await question.ended

    def _lose(self, error: ErrorInfo) -> None:
        if self.died_of is None:
            self.died_of = error
        if self._current is not None:
            self._current.signals.put_nowait("died")
        if not self.busy and not self._closed and self.when_lost is not None:
            told, self.when_lost = self.when_lost, None
            told(self.died_of)

    def _death(self) -> Ended:
        return Ended(outcome="died", error=self.died_of)

    def _drain(self) -> None:
        current, self._current = self._current, None
        if current is not None:
            self._finish(current, self._death())
        while not self._jobs.empty():
            self._finish(self._jobs.get_nowait(), self._death())

    def _finish(self, job: Job, ended: Ended) -> None:
        if isinstance(job, Cell):
            self._waiting -= 1
            self.idle_since = time.monotonic()
        job.finish(ended)

    async def _work(self) -> None:
        while True:
            job = await self._jobs.get()
            self._current = job
            ended = await self._perform(job)
            self._current = self._asked = None
            self._finish(job, ended)

    async def _perform(self, job: Job) -> Ended:
        if self._link is None or self.died_of is not None:
            return self._death()
        if isinstance(job, Cell) and job.abandoned:
            return Ended(outcome="interrupted")
        if isinstance(job, Cell):
            self.begun += 1
            self._former.append(job.request.header.msg_id)
            while self._late:
                job.overhear(self._late.popleft())
        await self._link.send("shell", job.request)
        return await _Watch(self, self._link, job).end()


def overload() -> float:
    """Return how much longer than usual all things take here now, from 1 to 8.

    On a machine with too much to do, even a kernel that listens needs longer to show it.
    """
    try:
        waiting = os.getloadavg()[0] / (os.cpu_count() or 1)
    except OSError:
        return 1.0
    return min(max(waiting, 1.0), 8.0)


class _Watch:
    """Stands by one job until it is over: its clock, its interrupts, the death of its kernel."""

    def __init__(self, kernel: Conversation, link: Link, job: Job) -> None:
        self._kernel, self._link, self._job = kernel, link, job
        self._now = asyncio.get_running_loop().time
        self._stopped: ErrorInfo | None = None
        self._left = job.seconds
        self._deadline: float | None = self._now() + job.seconds
        self._give_up = 0.0

    async def end(self) -> Ended:
        """Return how it ended."""
        while True:
            match await self._signal():
                case "done":
                    if await self._last_words():
                        return self._ended()
                case "died":
                    return Ended(outcome="died", error=self._kernel.died_of)
                case "stop":
                    await self._stop(self._job.reason or INTERRUPTED)
                case "asked":
                    self._pause()
                case "replied":
                    self._go_on()
                case _:
                    await self._late()

    async def _signal(self) -> str | None:
        if self._deadline is None:
            return await self._job.signals.get()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(self._deadline):
                return await self._job.signals.get()
        return None

    def _pause(self) -> None:
        """While a person thinks about an answer, no time passes for the code."""
        if self._deadline is not None and self._stopped is None:
            self._left, self._deadline = self._deadline - self._now(), None

    def _go_on(self) -> None:
        if self._deadline is None and self._stopped is None:
            self._deadline = self._now() + self._left

    async def _stop(self, why: ErrorInfo) -> None:
        if self._stopped is None:
            self._stopped = why
            self._give_up = self._now() + GIVE_UP * overload()
        self._deadline = min(self._now() + ASK_AGAIN, self._give_up)
        await self._link.send("control", request("interrupt_request", {}))

    async def _late(self) -> None:
        if self._stopped is None:
            seconds = self._job.seconds
            message = f"The code ran longer than {seconds:g} seconds."
            hint = "Work on less data, or raise the time limit."
            await self._stop(ErrorInfo(code="time_limit", message=message, hint=hint))
        elif self._now() < self._give_up:
            await self._stop(self._stopped)
        else:
            self._deadline = None
            forced = FORCED if self._stopped.code == "interrupted" else self._stopped
            self._kernel.died_of = self._kernel.died_of or forced
            await self._link.kill()

    async def _last_words(self) -> bool:
        """Wait a little for the output that belongs before the end."""
        until = self._now() + LAST_WORDS
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(until):
                while not self._job.complete:
                    if await self._job.signals.get() == "died":
                        return True
        return True

    def _ended(self) -> Ended:
        raised = self._job.raised if isinstance(self._job, Cell) else None
        return end_of(self._job.reply, raised, self._stopped)
