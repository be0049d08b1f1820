"""Doing what was proposed: SQL in a source, Python in a kernel, shown as it happens."""

import ast
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from urllib.parse import quote

import msgspec

from engine.agent.asking import expiry
from engine.agent.cells import CellAtWork
from engine.live_session import LiveSession
from engine.ports import (
    Asked,
    Checked,
    Cleared,
    Ended,
    Kernel,
    PortError,
    Printed,
    QueryLimits,
    Raised,
    Returned,
    Rows,
    RowsEnd,
    Shown,
    ShownTable,
    Source,
)
from engine.results.shortening import shortened
from engine.results_of import own
from engine.unfinished import with_display
from engine.workspace.files import FileInfo, changed
from engine.world import World
from protocol.events import (
    ArtifactCreated,
    InputReplied,
    InputRequested,
    ItemCompleted,
    ItemDelta,
    ItemOutcome,
    ItemStarted,
    KernelBusy,
    KernelDied,
    KernelIdle,
    KernelStarted,
)
from protocol.ids import CallerId, InputId, ItemId, ResultId, RunId
from protocol.items import (
    AnyContent,
    Cell,
    Code,
    Column,
    Display,
    Error,
    ErrorInfo,
    Finding,
    Output,
    Table,
)


def check_python(code: str) -> Checked:
    """Say whether Python could run at all: a syntax error is told before anybody approves it."""
    try:
        # IPython's own words (`!ls`, `%timeit`) are not Python's; the kernel knows what they mean.
        if not any(line.lstrip().startswith(("!", "%")) for line in code.splitlines()):
            ast.parse(code)
    except (SyntaxError, ValueError) as error:
        where = f" in line {error.lineno}" if isinstance(error, SyntaxError) else ""
        found = Finding(code="syntax", message=f"This is not Python: {error.args[0]}{where}.")
        return Checked(ok=False, findings=(found,))
    return Checked(ok=True)


class Showing:
    """One piece of code being run, and the items in which its outcome appears."""

    def __init__(self, world: World, live: LiveSession, run: RunId | None, code: ItemId) -> None:
        self._world = world
        self._live = live
        self._run = run
        self._code = code
        self._began = time.monotonic()
        self._table: ItemId | None = None
        self._result = ResultId("")
        self._columns: tuple[Column, ...] = ()
        self._shown = 0
        self.source = live.state.source or world.default_source or ""
        """Where the rows come from; what Python shows counts as of the session's source."""

    def _id(self) -> ItemId:
        return ItemId(self._world.new_id("i"))

    def complete(self, content: Code, outcome: ItemOutcome, error: ErrorInfo | None = None) -> None:
        """Complete the code item."""
        elapsed = int((time.monotonic() - self._began) * 1000)
        self._live.record(
            ItemCompleted(
                run=self._run,
                item=self._code,
                content=content,
                outcome=outcome,
                error=error,
                elapsed_ms=elapsed,
            )
        )

    def whole(self, kind: AnyContent, outcome: ItemOutcome = "ok") -> None:
        """Show an item that is there all at once."""
        item = self._id()
        tag = kind.__struct_config__.tag
        started = ItemStarted(run=self._run, item=item, kind=tag, of=self._code)  # type: ignore[arg-type]  # a content's tag is a kind
        done = ItemCompleted(run=self._run, item=item, content=kind, outcome=outcome)
        self._live.record(started, done)

    # --- Tables ---

    async def table(self, columns: tuple[Column, ...], title: str | None = None) -> None:
        """Begin a table."""
        self._table = self._id()
        self._result = ResultId(self._world.new_id("t"))
        self._columns = columns
        self._shown = 0
        await self._world.results.create(self._result, columns)
        owner = self._live.state.owner or CallerId("")
        await own(self._world, owner, self._live.session, self._result, self.source)
        self._live.record(
            ItemStarted(
                run=self._run,
                item=self._table,
                kind="table",
                of=self._code,
                columns=columns,
                title=title,
            )
        )

    async def rows(self, rows: list[list[Cell]]) -> None:
        """Keep rows, and show the first of them."""
        await self._world.results.append(self._result, rows)
        room = self._world.bounds.preview_rows - self._shown
        if room > 0 and rows and self._table is not None:
            shown = shortened(rows[:room])
            self._shown += len(shown)
            self._live.record(ItemDelta(run=self._run, item=self._table, rows=shown))
        await self._live.room()

    async def table_done(self, count: int, truncated: bool, title: str | None = None) -> None:
        """Complete the table."""
        await self._world.results.finish(self._result, truncated)
        self._table_completed(count, truncated, "ok", title)

    def _table_completed(
        self, count: int, truncated: bool, outcome: ItemOutcome, title: str | None = None
    ) -> None:
        if self._table is None:
            return
        content = Table(
            columns=self._columns,
            row_count=count,
            truncated=truncated,
            result=self._result if outcome == "ok" else None,
            title=title,
        )
        item, self._table = self._table, None
        self._live.record(ItemCompleted(run=self._run, item=item, content=content, outcome=outcome))

    def table_failed(self) -> None:
        """Complete a table that broke off."""
        self._table_completed(self._shown, True, "failed")


async def run_sql(
    world: World,
    live: LiveSession,
    run: RunId | None,
    item: ItemId,
    source: Source,
    checked: Checked,
    content: Code,
    limits: QueryLimits,
) -> None:
    """Run SQL that was checked, and show its rows as they come."""
    showing = Showing(world, live, run, item)
    showing.source = source.name
    try:
        parts = source.run(checked.sql, limits)
        async with aclosing(parts) as stream:  # type: ignore[type-var]  # an async generator
            await _show_rows(showing, stream)
    except PortError as failure:
        showing.table_failed()
        showing.complete(content, "failed", failure.info)
    else:
        showing.complete(content, "ok")


async def _show_rows(
    showing: Showing, parts: AsyncIterator[tuple[Column, ...] | Rows | RowsEnd]
) -> None:
    async for part in parts:
        match part:
            case Rows(rows=rows):
                await showing.rows(rows)
            case RowsEnd(row_count=count, truncated=truncated):
                await showing.table_done(count, truncated)
            case _:
                await showing.table(part)


async def run_python(
    world: World,
    live: LiveSession,
    run: RunId | None,
    item: ItemId,
    content: Code,
    still: Callable[[], bool] = lambda: True,
) -> None:
    """Run Python in the session's kernel, and show what it prints, draws, asks and returns.

    A kernel may take long to start: the code is not run unless it `still` may be by then.
    """
    cell = _Cell(world, live, run, item)
    try:
        kernel = await _kernel(world, live, run)
    except PortError as failure:
        cell.complete(content, "failed", failure.info)
        return
    before = await world.files.list(live.session)
    if not still():
        return
    # Kept before the code runs: whoever finds this later knows that it may have had effects.
    await live.until_kept(live.record(KernelBusy(run=run, item=item)))
    work = CellAtWork(run, item)
    live.at_work.append(work)
    try:
        output = kernel.run(content.text, world.bounds.kernel)
        async with aclosing(output) as stream:  # type: ignore[type-var]  # an async generator
            async for part in stream:
                await cell.show(part)
                if isinstance(part, Ended):
                    await work.over()
                    cell.made(changed(before, await world.files.list(live.session)))
                    cell.end(content, part)
                    return
    finally:
        live.at_work.remove(work)
        await work.over()


async def _kernel(world: World, live: LiveSession, run: RunId | None) -> Kernel:
    known = world.kernels.current(live.session)
    kernel = await world.kernels.get(live.session, await world.files.prepare(live.session))
    if kernel is not known:
        live.record(
            KernelStarted(run=run, isolation=kernel.isolation, environment=kernel.environment)
        )
    return kernel


class _Cell(Showing):
    """Python being run: its output item, its tables and pictures, its questions."""

    def __init__(self, world: World, live: LiveSession, run: RunId | None, code: ItemId) -> None:
        super().__init__(world, live, run, code)
        self._output: ItemId | None = None
        self._streams: dict[str, list[str]] = {"stdout": [], "stderr": []}
        self._displays: list[Display] = []
        self._returned: str | None = None
        self._error: Error | None = None
        self._input: InputId | None = None

    async def show(self, part: msgspec.Struct) -> None:
        """Show one thing that the kernel said."""
        match part:
            case Printed(stream=stream, text=text):
                self._streams[stream].append(text)
                delta = ItemDelta(run=self._run, item=self._out(), stream=stream, text=text)
                self._live.record(delta)
                await self._live.room()
            case Shown(displays=displays) if displays:
                self._draw(msgspec.structs.replace(displays[0], id=part.id))
            case ShownTable():
                await self.table(part.columns, part.title)
                await self.rows(part.rows)
                truncated = part.row_count > len(part.rows)
                await self.table_done(part.row_count, truncated, part.title)
            case Cleared():
                self._clear()
            case Returned(text=text):
                self._out()
                self._returned = text
            case Raised():
                self._error = Error(message=part.message, name=part.name, traceback=part.traceback)
                self.whole(self._error)
            case Asked():
                self._ask(part)
            case _:
                pass

    def _draw(self, best: Display) -> None:
        self._displays = with_display(self._displays, best)
        self._live.record(
            ItemDelta(
                run=self._run, item=self._out(), mime=best.mime, data=best.data, display=best.id
            )
        )

    def _clear(self) -> None:
        """Take back text and displays; tables stay, which are results by themselves."""
        for text in self._streams.values():
            text.clear()
        self._displays = []
        if self._output is not None:
            self._live.record(ItemDelta(run=self._run, item=self._output, clear=True))

    def _out(self) -> ItemId:
        if self._output is None:
            self._output = self._id()
            self._live.record(
                ItemStarted(run=self._run, item=self._output, kind="output", of=self._code)
            )
        return self._output

    def _ask(self, asked: Asked) -> None:
        self._answered()
        self._input = InputId(self._world.new_id("in"))
        self._live.record(
            InputRequested(
                run=self._run,
                input=self._input,
                prompt=asked.prompt,
                password=asked.password,
                item=self._code,
                expires_at=expiry(self._live.state, self._world.bounds, self._world.clock),
            )
        )

    def _answered(self) -> None:
        """Close a question that its cell no longer waits for."""
        if self._input is not None and self._input in self._live.state.inputs:
            self._live.record(InputReplied(run=self._run, input=self._input))
        self._input = None

    def made(self, files: Sequence[FileInfo]) -> None:
        """Tell of the files that the code left."""
        for file in files:
            self._live.record(
                ArtifactCreated(
                    run=self._run,
                    name=file.path,
                    mime=file.mime,
                    size=file.size,
                    url=f"/api/v1/sessions/{self._live.session}/files/{quote(file.path)}",
                    item=self._code,
                )
            )

    def end(self, content: Code, ended: Ended) -> None:
        """Complete everything that the cell opened."""
        self._answered()
        if self._output is not None or ended.truncated:
            output = Output(
                stdout="".join(self._streams["stdout"]),
                stderr="".join(self._streams["stderr"]),
                result=self._returned,
                displays=tuple(self._displays),
                truncated=ended.truncated,
            )
            self._live.record(ItemCompleted(run=self._run, item=self._out(), content=output))
        error = ended.error
        if error is None and self._error is not None:
            message = ": ".join(filter(None, (self._error.name, self._error.message)))
            error = ErrorInfo(code="python_error", message=message)
        self.complete(content, _outcome_of(ended), error)
        if ended.outcome == "died":
            reason = error.message if error is not None else "the kernel is gone"
            code = error.code if error is not None else None
            self._live.record(KernelDied(run=self._run, reason=reason, code=code))
        else:
            self._live.record(KernelIdle(run=self._run, item=self._code))


def _outcome_of(ended: Ended) -> ItemOutcome:
    """Return how a cell ended for its run: stopped by a limit is a failure, by a person is not."""
    if ended.outcome == "ok":
        return "ok"
    if ended.outcome == "interrupted" and ended.error is None:
        return "interrupted"
    return "failed"
