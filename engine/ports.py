"""What the engine needs of the world. A port's docstring is its contract; adapters keep it.

One contract test runs over all adapters of a port. Foreign exceptions are mapped at the adapter's
edge to the exceptions below; nothing else leaves an adapter.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Protocol

import msgspec

from protocol.ids import CallerId, Epoch, Key, ResultId, SessionId
from protocol.items import Cell, Column, Display, ErrorInfo, Finding
from protocol.pages import Page

# --- Failures ---------------------------------------------------------------------------------


class PortError(Exception):
    """An adapter could not do what was asked. `info` is fit for a person to read."""

    def __init__(self, code: str, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.info = ErrorInfo(code=code, message=message, hint=hint)


class StoreFailed(PortError):
    """The log could not be written or read: disk full, file gone, server down."""


class SourceFailed(PortError):
    """A source refused or failed. Data values never stand in the message."""


class ModelFailed(PortError):
    """A model could not be reached or broke off."""


class KernelFailed(PortError):
    """A kernel could not be had, or died."""


class Conflict(Exception):
    """The place in the log is taken: somebody else wrote. Fold again and decide again."""


# --- Log --------------------------------------------------------------------------------------


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """The kept reply to a command with a `key`, so that a retry gets the same words."""

    caller: CallerId
    key: Key
    reply: bytes


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A small JSON document. `version` counts its writes, from 1; `at` is when it was written."""

    kind: str
    id: str
    owner: CallerId
    body: bytes
    version: int = 0
    at: str = ""


class Append(msgspec.Struct, frozen=True, kw_only=True):
    """One page to keep, and what must be kept with it or not at all.

    `decisive` asks for the disk to have it before the call returns (power cut included); otherwise
    the death of the process is survived, a power cut perhaps not. A page that ends where it begins
    moves nothing and keeps only what comes with it, if the log still stands there.
    """

    page: Page
    decisive: bool = False
    receipt: Receipt | None = None
    document: Document | None = None


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """Where a log stands."""

    epoch: Epoch
    upto: int


class EventLog(Protocol):
    """The one place truth is kept: per session an append-only sequence of pages without gaps."""

    async def append(self, append: Append) -> None:
        """Keep the page, receipt and document, or none of them.

        The first page of a log has `after` 0 and names its epoch. Raise `Conflict` if `page.after`
        is not the head, if the epoch differs or if the receipt's key has its reply already;
        `StoreFailed` if it cannot be kept (code `storage_full` or `storage_failed`). Cancelling the
        call leaves open whether it was kept.
        """

    async def read(self, session: SessionId, after: int, max_bytes: int = 262_144) -> Page | None:
        """Return what follows `after` as one page, whole stored pages joined up to `max_bytes`.

        At least one record is returned if there is any. None when there is nothing after `after`.
        A position inside a stored page is served from there on.
        """

    async def head(self, session: SessionId) -> Head | None:
        """Return where the log stands, or None if there is no such log."""

    async def replace(self, page: Page) -> None:
        """Put `page` in place of all stored pages within its (after, upto]: compaction.

        Both ends must lie on borders of stored pages, else `Conflict`; head and epoch stay.
        """

    async def drop(self, session: SessionId) -> None:
        """Forget the log. A later log of that name must have another epoch."""

    async def receipt(self, caller: CallerId, key: Key) -> bytes | None:
        """Return the reply kept for this key, if any."""


class Records(Protocol):
    """Small documents by kind and id."""

    async def put(self, document: Document, expect: int | None = None) -> int:
        """Write and return the new version. With `expect`, raise `Conflict` unless it is current.

        `expect=0` demands that the document does not exist yet.
        """
        ...

    async def get(self, kind: str, id: str) -> Document | None:
        """Return the document, or None."""

    async def list(
        self, kind: str, owner: CallerId | None = None, after: str = "", limit: int = 100
    ) -> Sequence[Document]:
        """Return up to `limit` documents with id > `after`, in order of id."""
        ...

    async def delete(self, kind: str, id: str) -> None:
        """Remove it; no matter if it is not there."""


# --- Data -------------------------------------------------------------------------------------


class ColumnInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A column as the catalogue knows it. `native` is the type in the source's own words."""

    name: str
    type: str
    native: str = ""
    nullable: bool = True
    primary: bool = False
    comment: str = ""
    distinct: int | None = None
    samples: tuple[str, ...] = ()
    """Some values in their text form, most frequent first; empty where privacy forbids."""


class ForeignKey(msgspec.Struct, frozen=True, kw_only=True):
    """`columns` of this table point to `to_columns` of `to_table`."""

    columns: tuple[str, ...]
    to_table: str
    to_columns: tuple[str, ...]
    inferred: bool = False


class TableInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A table or view. `rows` is an estimate, None when unknown."""

    name: str
    columns: tuple[ColumnInfo, ...]
    schema: str = ""
    view: bool = False
    rows: int | None = None
    comment: str = ""
    foreign_keys: tuple[ForeignKey, ...] = ()


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """What a source holds. `version` changes when the tables or columns do."""

    source: str
    dialect: str
    tables: tuple[TableInfo, ...]
    version: str = ""


class QueryLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of one query. Over `max_rows` the result is cut and says so; over the others it fails."""

    max_rows: int = 10_000
    max_seconds: float = 30.0
    max_bytes: int = 256 * 1024 * 1024


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """What a query would cost, as far as the source can tell."""

    rows: int | None = None
    bytes: int | None = None
    cost: float | None = None


class Rows(msgspec.Struct, frozen=True, kw_only=True):
    """Some rows of a result, in order, each a list of cells as `Column.type` says."""

    rows: list[list[Cell]]


class RowsEnd(msgspec.Struct, frozen=True, kw_only=True):
    """All rows were given; `truncated` when a limit cut them."""

    row_count: int
    truncated: bool = False


class Abilities(msgspec.Struct, frozen=True, kw_only=True):
    """What a source can do beyond running SQL."""

    cancel: bool = True
    estimate: bool = False
    stream: bool = True


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What the guard says of a text. `sql` is what will run: regenerated, limited, without comments."""

    ok: bool
    sql: str = ""
    findings: tuple[Finding, ...] = ()
    tables: tuple[str, ...] = ()


class Source(Protocol):
    """A database or files that can be asked in SQL, read-only whatever the SQL says."""

    name: str
    dialect: str
    """The sqlglot name of its dialect: sqlite, duckdb, postgres, mysql."""
    abilities: Abilities

    async def catalogue(self, refresh: bool = False) -> Catalogue:
        """Return what it holds; cached until `refresh` or until the data is known to have changed."""
        ...

    def check(self, sql: str, max_rows: int | None = None) -> Checked:
        """Ask the guard. Pure and quick (about a millisecond); nothing runs."""
        ...

    def run(
        self, sql: str, limits: QueryLimits
    ) -> AsyncIterator[tuple[Column, ...] | Rows | RowsEnd]:
        """Run SQL that `check` allowed: the columns first, then rows in batches, then the end.

        Closing the iterator, or cancelling who awaits it, stops the query in the source within a
        second. Raise `SourceFailed` with code `query_failed`, `query_timeout`, `query_too_large`,
        `query_cancelled` or `source_down`.
        """
        ...

    async def estimate(self, sql: str) -> Estimate | None:
        """Say what it would cost, or None if it cannot tell."""

    async def close(self) -> None:
        """Let go of connections and files."""


class Results(Protocol):
    """Kept rows of tables, for paging and export without running the query again."""

    async def create(self, result: ResultId, columns: Sequence[Column]) -> None:
        """Begin an empty result."""

    async def append(self, result: ResultId, rows: Sequence[Sequence[Cell]]) -> None:
        """Add rows at the end."""

    async def finish(self, result: ResultId, truncated: bool) -> None:
        """Close it: all rows are there. An unfinished result is not served."""

    async def info(self, result: ResultId) -> "ResultInfo | None":
        """Return its columns and size, or None if there is no such finished result."""

    async def page(
        self,
        result: ResultId,
        offset: int = 0,
        limit: int = 200,
        sort: str | None = None,
        descending: bool = False,
        search: str | None = None,
    ) -> "ResultPage":
        """Return rows from `offset` on, optionally sorted by a column and filtered by a text."""
        ...

    def export(
        self, result: ResultId, format: Literal["csv", "xlsx", "parquet", "json"]
    ) -> AsyncIterator[bytes]:
        """Stream the whole result as a file. Spreadsheet formulas are defused."""
        ...

    async def drop(self, result: ResultId) -> None:
        """Forget it."""


class ResultInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What a result is."""

    result: ResultId
    columns: tuple[Column, ...]
    row_count: int
    truncated: bool = False


class ResultPage(msgspec.Struct, frozen=True, kw_only=True):
    """Some rows of a result. `matching` counts the rows that the search let through."""

    columns: tuple[Column, ...]
    offset: int
    rows: list[list[Cell]]
    row_count: int
    matching: int
    truncated: bool = False


# --- Python -----------------------------------------------------------------------------------


class Printed(msgspec.Struct, frozen=True, kw_only=True):
    """Live text of stdout or stderr, in order."""

    stream: Literal["stdout", "stderr"]
    text: str


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A rich display. `displays` holds the same thing in several MIME types, best first."""

    displays: tuple[Display, ...]


class ShownTable(msgspec.Struct, frozen=True, kw_only=True):
    """A data frame that was displayed or was the last value of the cell."""

    columns: tuple[Column, ...]
    rows: list[list[Cell]]
    row_count: int
    title: str | None = None


class Returned(msgspec.Struct, frozen=True, kw_only=True):
    """The repr of the last expression."""

    text: str


class Raised(msgspec.Struct, frozen=True, kw_only=True):
    """An exception ended the cell. The traceback has no internal frames; ANSI colours allowed."""

    name: str
    message: str
    traceback: str


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Python's `input()` or `getpass()` waits for `Kernel.reply`."""

    prompt: str
    password: bool = False


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """The cell is over: the last thing that `run` yields.

    `died` means that the kernel is gone and its variables with it; `truncated` that output over the
    limit was dropped; `error` says which limit or death ended it.
    """

    outcome: Literal["ok", "failed", "interrupted", "died"]
    error: ErrorInfo | None = None
    truncated: bool = False


KernelOutput = Printed | Shown | ShownTable | Returned | Raised | Asked | Ended


class Variable(msgspec.Struct, frozen=True, kw_only=True):
    """A name in the kernel. `size` is in bytes where it is known."""

    name: str
    type: str
    preview: str
    size: int | None = None


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """A data frame in the kernel."""

    name: str
    rows: int
    columns: tuple[Column, ...]


class Inspection(msgspec.Struct, frozen=True, kw_only=True):
    """What a kernel holds, without disturbing what it does. `variables` is None while it is busy."""

    state: Literal["none", "starting", "idle", "busy", "dead"]
    isolation: str = ""
    variables: tuple[Variable, ...] = ()
    dataframes: tuple[Frame, ...] = ()
    imports: tuple[str, ...] = ()


class KernelLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of one cell and of one kernel; each ends in a clear `Ended`."""

    max_seconds: float = 300.0
    max_output_bytes: int = 4 * 1024 * 1024
    memory_bytes: int = 3 * 1024 * 1024 * 1024
    file_bytes: int = 1024 * 1024 * 1024
    processes: int = 64


class Kernel(Protocol):
    """One session's Python. Variables stay between runs until it is reset, restarted or dies."""

    isolation: str
    """The level in force and in a few words what it means, such as `L3: own uid, Landlock, …`."""

    def run(self, code: str, limits: KernelLimits) -> AsyncIterator[KernelOutput]:
        """Run one cell and yield what it shows, ending with `Ended`. Cells queue up in order.

        Closing the iterator interrupts the cell. Never raises for what the code does.
        """
        ...

    async def interrupt(self) -> None:
        """Stop the running cell within a second or two, by force if it does not listen."""

    async def reply(self, text: str) -> None:
        """Answer the waiting `input()`."""

    async def reset(self) -> None:
        """Forget all variables, keep the process if possible."""

    async def inspect(self) -> Inspection:
        """Say what it holds. Answers at once, also while a cell runs."""
        ...

    async def close(self) -> None:
        """End it. Safe to call twice."""


class Kernels(Protocol):
    """Where kernels come from."""

    async def get(self, session: SessionId, workspace: Path) -> Kernel:
        """Return the session's kernel, starting one if it has none or the last one died.

        Raise `KernelFailed` if none can be had. The kernel sees `workspace` and no secret.
        """
        ...

    def current(self, session: SessionId) -> Kernel | None:
        """Return the session's living kernel, never starting one."""

    async def release(self, session: SessionId) -> None:
        """End the session's kernel, if it has one."""

    async def close(self) -> None:
        """End all kernels."""


# --- Thinking ---------------------------------------------------------------------------------


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """The person said something: a question, or feedback on what was proposed."""

    text: str
    feedback: bool = False


class Called(msgspec.Struct, frozen=True, kw_only=True):
    """The model called a tool."""

    call: str
    tool: str
    arguments: Mapping[str, Any]


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """What the call gave. For a table: its columns, the first rows (if policy lets them out), size."""

    call: str
    ok: bool
    text: str = ""
    columns: tuple[Column, ...] = ()
    rows: Sequence[Sequence[Cell]] = ()
    row_count: int | None = None
    result: ResultId | None = None


Turn = Person | Called | Answered


class Prompt(msgspec.Struct, frozen=True, kw_only=True):
    """All a model may know. `turns` are the whole session, oldest first, ending with what is new."""

    question: str
    turns: tuple[Turn, ...]
    catalogue: Catalogue | None = None
    tools: tuple[str, ...] = ()
    today: str = ""
    """The date of the question, ISO 8601; a model has no clock of its own."""
    round: int = 1


class Thinking(msgspec.Struct, frozen=True, kw_only=True):
    """More text of the model's reasoning."""

    text: str


class CallStarted(msgspec.Struct, frozen=True, kw_only=True):
    """A tool call begins; its main text (plan, SQL, Python, answer) may stream as `CallDelta`."""

    call: str
    tool: str


class CallDelta(msgspec.Struct, frozen=True, kw_only=True):
    """More of the call's main text, already unescaped."""

    call: str
    text: str


class Spent(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens of one call of the model; `cost` in US dollars where it is known."""

    model: str
    input_tokens: int
    output_tokens: int
    cost: float | None = None


ModelEvent = Thinking | CallStarted | CallDelta | Called | Spent


class Model(Protocol):
    """Something that proposes the next step.

    Tools and their arguments:
    `make_plan {steps: [text, …], reading?: [{role, text, id?, choices?}, …]}` ·
    `run_sql {sql, source?, explanation?}` · `run_python {code, explanation?}` ·
    `make_chart {call, spec, title?}` (Vega-Lite without data; the rows of the `run_sql` call are bound) ·
    `ask_user {prompts: [{title, text, options?, multiple?, free_text?}, …]}` ·
    `answer {text, sources?: [call, …], suggestions?: [text, …]}`, which ends the run.
    """

    name: str

    def think(self, prompt: Prompt) -> AsyncIterator[ModelEvent]:
        """Propose one round: any reasoning, then at least one complete `Called`.

        Each streamed call ends with its `Called`, which is authoritative. Cancellable between any two
        events; closing the iterator closes what is behind it. Raise `ModelFailed`.
        """
        ...
