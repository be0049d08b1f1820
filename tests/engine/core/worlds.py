"""A world without threads, sockets or time, in which an engine can be dropped at any moment.

Everything in it is decided by the moves of a test: what the model proposes, when a page is on the
disk, how much of the loop's work is done between two moves. What really ran is written down.
"""

import asyncio
import selectors
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.clock import Clock
from engine.engine import Engine
from engine.kernels.scripted import ScriptedKernel, ScriptedKernels
from engine.models.scripted import call
from engine.models.shelf import Models
from engine.ports import (
    Append,
    Asked,
    Document,
    Ended,
    KernelLimits,
    KernelOutput,
    ModelEvent,
    ModelFailed,
    Printed,
    Prompt,
    QueryLimits,
    Raised,
    Rows,
    RowsEnd,
    SourceFailed,
    StoreFailed,
    ToolFailed,
)
from engine.results.memory import MemoryResults
from engine.sources.scripted import ScriptedSource, ScriptedSources
from engine.stores.memory import MemoryStore
from engine.tools.scripted import ScriptedTools
from engine.world import Bounds, World
from protocol.ids import CallerId
from protocol.items import Column
from tests.engine.core.talk import Hand


class Loop(asyncio.SelectorEventLoop):
    """An event loop without threads and without waiting: with nothing to do, it is later."""

    def __init__(self) -> None:
        super().__init__(_NoWait(self))
        self.later = 0.0

    def time(self) -> float:
        return super().time() + self.later

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> Any:
        done = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as failure:  # noqa: BLE001 - told to who waits, as a thread's is
            done.set_exception(failure)
        return done


class _NoWait(selectors.SelectSelector):
    def __init__(self, loop: Loop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> Any:
        if timeout is not None and timeout > 0:
            self._loop.later += timeout
        return super().select(0 if timeout is not None else None)


class Leash:
    """A store as one process has it: a few turns away, and out of reach when that is dead."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self.cut = False

    def __getattr__(self, name: str) -> Any:
        reached = getattr(self._store, name)

        async def reach(*args: Any, **more: Any) -> Any:
            self._alive()
            return await reached(*args, **more)

        return reach

    async def append(self, append: Append) -> None:
        """Keep a page after a moment, and say so after another: the process may die in between."""
        await asyncio.sleep(0)
        self._alive()
        await self._store.append(append)
        await asyncio.sleep(0)
        self._alive()

    async def put(self, document: Document, expect: int | None = None) -> int:
        """The same for a document."""
        await asyncio.sleep(0)
        self._alive()
        return await self._store.put(document, expect)

    def _alive(self) -> None:
        if self.cut:
            raise StoreFailed("storage_failed", "this process is dead")


class Files:
    """Workspaces that are empty."""

    async def prepare(self, session: str) -> Path:
        return Path("/nowhere")

    async def list(self, session: str) -> Mapping[str, Any]:
        await asyncio.sleep(0)
        return {}

    def folder(self, session: str) -> Path:
        return Path("/nowhere")


class Improviser:
    """A model that proposes what it is given in `next`, each time in words of its own."""

    name = "builtin"
    outside = False

    def __init__(self, kinds: Sequence[str]) -> None:
        self._kinds = list(kinds)
        self._number = 0

    def _words(self, kind: str) -> tuple[ModelEvent | ModelFailed, ...]:
        self._number += 1
        number = self._number
        name = f"c{number}"
        match kind:
            case "plan":
                return call("make_plan", name, f"{number}\n", steps=[f"step {number}", "say it"])
            case "sql" | "sql_fails":
                where = "orders" if kind == "sql" else "nowhere"
                return call("run_sql", name, sql=f"SELECT {number} AS n FROM {where}")
            case "sql_writes":
                return call("run_sql", name, sql=f"DELETE FROM orders WHERE id = {number}")
            case "python" | "python_fails" | "python_asks":
                return call("run_python", name, code=f"{kind}({number})")
            case "tool" | "tool_fails":
                return call(kind, name, number=number)
            case "question":
                return call("ask_user", name, prompts=[{"title": f"{number}?"}])
            case "broken":
                return (ModelFailed("model_down", "gone"),)
            case _:
                return call("answer", name, f"{number}", text=f"answer {number}")

    async def think(self, prompt: Prompt) -> AsyncIterator[ModelEvent]:
        """Propose the next of what was given, and answer when there is no more."""
        kinds = self._kinds.pop(0) if self._kinds else "answer"
        for kind in kinds.split("+"):
            for event in self._words(kind):
                await asyncio.sleep(0)
                if isinstance(event, ModelFailed):
                    raise event
                yield event


class Source(ScriptedSource):
    """A source that answers everything but what is nowhere, and writes down what it ran."""

    def __init__(self, seen: Callable[[str, str], None]) -> None:
        super().__init__({}, name="shop")
        self._seen = seen

    async def run(
        self, sql: str, limits: QueryLimits
    ) -> AsyncIterator[tuple[Column, ...] | Rows | RowsEnd]:
        """Give one row, after a moment."""
        self.ran.append(sql)
        self._seen(sql, self.rules)
        await asyncio.sleep(0)
        if "nowhere" in sql:
            raise SourceFailed("query_failed", "no such table")
        yield (Column(name="n", type="integer"),)
        yield Rows(rows=[[1]])
        await asyncio.sleep(0)
        yield RowsEnd(row_count=1)


class Kernel(ScriptedKernel):
    """A kernel that prints, fails or asks, as the name of what it runs says."""

    def __init__(self, seen: Callable[[str], None]) -> None:
        super().__init__({})
        self._seen = seen

    async def run(self, code: str, limits: KernelLimits) -> AsyncIterator[KernelOutput]:
        """Do as it says, after a moment."""
        self.ran.append(code)
        self._seen(code)
        await asyncio.sleep(0)
        yield Printed(stream="stdout", text="working")
        if code.startswith("python_asks"):
            yield Asked(prompt="how many?")
            await self._answered.wait()
            self._answered.clear()
        await asyncio.sleep(0)
        if code.startswith("python_fails"):
            yield Raised(name="Oops", message="no", traceback="Oops: no")
            yield Ended(outcome="failed")
            return
        yield Ended(outcome="ok")


class Kernels(ScriptedKernels):
    """One such kernel; it takes a moment to start."""

    def __init__(self, seen: Callable[[str], None]) -> None:
        super().__init__()
        self.kernel = Kernel(seen)

    async def get(self, session: Any, workspace: Path) -> Any:
        """Return the kernel, after a while."""
        for _ in range(3):
            await asyncio.sleep(0)
        return await super().get(session, workspace)


class Tools(ScriptedTools):
    """Two tools: one gives something, one fails."""

    def __init__(self, seen: Callable[[str], None]) -> None:
        failed = ToolFailed("tool_failed", "no")
        super().__init__({"tool": {"ok": True}, "tool_fails": failed})
        self._seen = seen

    async def call(self, name: str, arguments: Mapping[str, Any], caller: CallerId) -> Any:
        """Call it, after a moment."""
        self._seen(f"tool {arguments['number']}")
        await asyncio.sleep(0)
        return await super().call(name, arguments, caller)


class Theatre:
    """One store that outlives its engines, and everything they have to do with."""

    def __init__(self, kinds: Sequence[str], witness: Any) -> None:
        self.store = MemoryStore()
        self.clock = Hand()
        self.model = Improviser(kinds)
        self.source = Source(witness.sql_runs)
        self.tools = Tools(witness.tool_runs)
        self._witness = witness
        self._ids = 0
        self._leash = Leash(self.store)
        self.kernels = Kernels(witness.python_runs)
        self.results = MemoryResults()
        self.engine = self._engine()

    def new_id(self, prefix: str) -> str:
        """Return ids that count."""
        self._ids += 1
        return f"{prefix}_{self._ids}"

    def _engine(self) -> Engine:
        clock: Clock = self.clock
        return Engine(
            World(
                store=self._leash,  # type: ignore[arg-type]  # passes everything on
                models=Models({"builtin": self.model}),
                sources=ScriptedSources(self.source),
                kernels=self.kernels,
                tools=self.tools,
                results=self.results,
                files=Files(),  # type: ignore[arg-type]  # what the engine asks of them
                default_source="shop",
                bounds=Bounds(max_rounds=6, max_queue=3),
                clock=clock,
                new_id=self.new_id,
            )
        )

    async def crash(self) -> None:
        """Drop the engine as `kill -9` does: nothing is closed, what is not kept is lost."""
        self._leash.cut = True
        # Also those that begin because others end: a dead process does not tidy up.
        while left := asyncio.all_tasks() - {asyncio.current_task()}:
            for task in left:
                task.cancel()
            await asyncio.wait(left)
        # Its kernels go with it.
        self.kernels = Kernels(self._witness.python_runs)
        self.results = MemoryResults()
        await self._open()

    async def restart(self) -> None:
        """End the engine in good order, and start another."""
        await self.engine.close()
        self.kernels = Kernels(self._witness.python_runs)
        await self._open()

    async def _open(self) -> None:
        self._leash = Leash(self.store)
        self.engine = self._engine()
        await self.engine.start()
