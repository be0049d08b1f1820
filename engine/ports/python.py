"""Where Python runs: one kernel for each session."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Literal, Protocol

import msgspec

from protocol.choices import KernelHome
from protocol.ids import SessionId
from protocol.items import Cell, Column, Display, ErrorInfo


class Printed(msgspec.Struct, frozen=True, kw_only=True):
    """Live text of stdout or stderr, in order."""

    stream: Literal["stdout", "stderr"]
    text: str


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A rich display. `displays` holds the same thing in several MIME types, best first.

    One with the `id` of an earlier one takes its place.
    """

    displays: tuple[Display, ...]
    id: str | None = None


class ShownTable(msgspec.Struct, frozen=True, kw_only=True):
    """A data frame that was displayed or was the last value of the cell."""

    columns: tuple[Column, ...]
    rows: list[list[Cell]]
    row_count: int
    title: str | None = None


class Cleared(msgspec.Struct, frozen=True, kw_only=True):
    """The cell took back all that it has shown so far, to show something else in its place."""


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


KernelOutput = Printed | Shown | ShownTable | Cleared | Returned | Raised | Asked | Ended


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
    """What a kernel holds, without disturbing it. `variables` is empty while it is busy."""

    state: Literal["none", "starting", "idle", "busy", "dead"]
    isolation: str = ""
    environment: str = ""
    variables: tuple[Variable, ...] = ()
    dataframes: tuple[Frame, ...] = ()
    imports: tuple[str, ...] = ()


class Completion(msgspec.Struct, frozen=True, kw_only=True):
    """What may stand in place of `code[start:end]`. Places count code points."""

    matches: tuple[str, ...] = ()
    start: int = 0
    end: int = 0


class KernelLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of one cell and of one kernel; each ends in a clear `Ended`.

    `cpu_seconds` are those of all processors and processes together, from a cell's begin until the
    next one begins; `memory_bytes` bound each process, and all of a kernel's together.
    """

    max_seconds: float = 300.0
    cpu_seconds: float = 600.0
    max_output_bytes: int = 4 * 1024 * 1024
    memory_bytes: int = 3 * 1024 * 1024 * 1024
    file_bytes: int = 1024 * 1024 * 1024
    processes: int = 64


class Kernel(Protocol):
    """One session's Python. Variables stay between runs until it is reset, restarted or dies."""

    isolation: str
    """The level in force and in a few words what it means, such as `L3: own uid, Landlock, …`."""
    environment: str
    """Which Python it is and what it has, such as `its own: pandas 3.1.1, …`."""

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

    async def complete(self, code: str, cursor: int) -> Completion:
        """Say how the code may go on at a place. Empty while a cell runs: it answers at once."""
        ...

    async def close(self) -> None:
        """End it. Safe to call twice."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What code in a kernel asks for: an action, and its arguments by name.

    `query {sql, source?, anyway?}`, `table {result?}`, `ask {question}`.
    """

    action: Literal["query", "table", "ask"]
    arguments: dict[str, Any] = {}


class Handed(msgspec.Struct, frozen=True, kw_only=True):
    """What it gets: a table, its rows in pages; or a value."""

    columns: tuple[Column, ...] = ()
    pages: AsyncIterator[list[list[Cell]]] | None = None
    truncated: bool = False
    value: Any = None


class Desk(Protocol):
    """Where code in kernels gets what it may have, and where their homes tell of them."""

    async def hand(self, session: SessionId, wanted: Wanted) -> Handed:
        """Answer code of the session's kernel; it waits meanwhile.

        Cancelled when it stops waiting. Raise `PortError`: its words are the exception in Python.
        """
        ...

    async def home(self, session: SessionId) -> KernelHome | None:
        """Return the home that was chosen for the session's kernel, if one was."""

    def lost(self, session: SessionId, why: ErrorInfo) -> None:
        """The session's kernel ended while it ran nothing: by itself, by a limit, for idleness."""


class Kernels(Protocol):
    """Where kernels come from."""

    def serve(self, desk: Desk) -> None:
        """Let kernels that are started from now on ask at this desk. At most one."""

    async def get(self, session: SessionId, workspace: Path) -> Kernel:
        """Return the session's kernel, starting one if it has none or the last one died.

        Raise `KernelFailed` if none can be had. The kernel sees `workspace` and no secret.
        """
        ...

    def current(self, session: SessionId) -> Kernel | None:
        """Return the session's living kernel, never starting one."""

    def held(self, session: SessionId) -> Inspection | None:
        """Return what the session's kernel held when it was ended for idleness, if it was."""

    async def release(self, session: SessionId) -> None:
        """End the session's kernel, if it has one."""

    async def close(self) -> None:
        """End all kernels."""
