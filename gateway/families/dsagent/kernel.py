"""The session's Python: what it holds, a person's own code, and forgetting it all."""

from collections.abc import Sequence
from typing import Final

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from engine.engine import Engine
from engine.queries import completed
from gateway.dialects.dsagent.composing import ROWS, execution_of
from gateway.dialects.dsagent.shapes import ExecutionResult
from gateway.families.dsagent.finding import COMMAND, found
from gateway.families.dsagent.parameters import SessionName
from gateway.families.dsagent.refusing import Declined
from protocol.commands import KernelExecute, KernelInspect, KernelReset
from protocol.ids import ItemId
from protocol.items import Cell, ColumnType, Table
from protocol.replies import Caller
from protocol.results import FrameSeen, KernelSeen
from protocol.screens import ItemSeen

MOST_COLUMNS: Final = 50
MIB: Final = 1024 * 1024
DTYPES: Final[dict[ColumnType, str]] = {
    "integer": "int64",
    "int64": "int64",
    "float": "float64",
    "boolean": "bool",
    "text": "str",
    "timestamp": "datetime64[us]",
    "timestamptz": "datetime64[us, UTC]",
    "interval": "timedelta64[us]",
}
"""How pandas calls our types of columns; the others are objects to it."""


class Execute(msgspec.Struct, frozen=True, kw_only=True):
    """Code to run."""

    code: str


class Variable(msgspec.Struct, frozen=True, kw_only=True):
    """A name in the kernel."""

    name: str
    type: str
    value_preview: str | None = None


class DataFrame(msgspec.Struct, frozen=True, kw_only=True):
    """A data frame in the kernel; `shape` is rows and columns."""

    name: str
    shape: tuple[int, int]
    columns: Sequence[str] = ()
    dtypes: dict[str, str] = {}
    memory_mb: float = 0.0


class Kernel(msgspec.Struct, frozen=True, kw_only=True):
    """What the kernel holds; nothing while it is busy. Of one that has ended, what it held last."""

    variables: Sequence[Variable] = ()
    dataframes: Sequence[DataFrame] = ()
    imports: Sequence[str] = ()
    is_running: bool = False


class VariableNamed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A variable as the VS Code extension reads it; `shape` is told of a data frame alone."""

    type: str
    value: str | None = None
    shape: str | None = None


class KernelByName(msgspec.Struct, frozen=True, kw_only=True):
    """What the kernel holds, by name: the extension takes keys for names, of lists too."""

    variables: dict[str, VariableNamed] = {}
    dataframes: dict[str, DataFrame] = {}
    imports: Sequence[str] = ()
    is_running: bool = False


# --- Translations ---


def kernel_of(seen: KernelSeen) -> Kernel:
    """Return a kernel as this family shows it."""
    sizes = {variable.name: variable.size or 0 for variable in seen.variables}
    return Kernel(
        variables=[
            Variable(name=it.name, type=it.type, value_preview=it.preview or None)
            for it in seen.variables
        ],
        dataframes=[_frame(frame, sizes.get(frame.name, 0)) for frame in seen.dataframes],
        imports=seen.imports,
        is_running=seen.state in ("starting", "idle", "busy"),
    )


def by_name(kernel: Kernel) -> KernelByName:
    """Return the same by name."""
    frames = {frame.name: frame for frame in kernel.dataframes}
    return KernelByName(
        variables={
            it.name: VariableNamed(
                type=it.type,
                value=it.value_preview,
                shape=str(frames[it.name].shape) if it.name in frames else None,
            )
            for it in kernel.variables
        },
        dataframes=frames,
        imports=kernel.imports,
        is_running=kernel.is_running,
    )


def _frame(seen: FrameSeen, size: int) -> DataFrame:
    shown = seen.columns[:MOST_COLUMNS]
    return DataFrame(
        name=seen.name,
        shape=(seen.rows, len(seen.columns)),
        columns=[column.name for column in shown],
        dtypes={column.name: DTYPES.get(column.type, "object") for column in shown},
        memory_mb=round(size / MIB, 3),
    )


def result_of(items: Sequence[ItemSeen], rows: dict[ItemId, list[list[Cell]]]) -> ExecutionResult:
    """Return what a piece of code gave: the first item is the code, the others came out of it."""
    code, *made = items
    parts = ((item.item, item.content) for item in made if item.content is not None)
    return execution_of(parts, rows, code.outcome == "ok", code.error)


# --- Asking the engine ---


async def inspected(engine: Engine, caller: Caller, session_id: str) -> KernelSeen:
    """Return what the kernel holds, without disturbing what runs in it."""
    live = await found(engine, caller, session_id)
    seen: KernelSeen = await engine.handle(caller, KernelInspect(id=COMMAND, session=live.session))
    return seen


async def rows_of(engine: Engine, items: Sequence[ItemSeen]) -> dict[ItemId, list[list[Cell]]]:
    """Return the first rows of each table among these items."""
    results = engine.world.results
    return {
        item.item: list((await results.page(item.content.result, 0, ROWS)).rows)
        for item in items
        if isinstance(item.content, Table) and item.content.result is not None
    }


async def ran(engine: Engine, caller: Caller, session_id: str, code: str) -> ExecutionResult:
    """Run code beside any run, and wait until it is over. No code gives nothing, and that well."""
    live = await found(engine, caller, session_id)
    if not code.strip():
        return ExecutionResult()
    command = KernelExecute(id=COMMAND, session=live.session, code=code)
    accepted = await engine.handle(caller, command)
    items = await completed(live, accepted.item)
    return result_of(items, await rows_of(engine, items))


async def emptied(engine: Engine, caller: Caller, session_id: str) -> Kernel:
    """Make a kernel forget everything, and return what it holds then: nothing."""
    if (await inspected(engine, caller, session_id)).state in ("none", "dead"):
        raise Declined(400, "No active agent for this session")
    live = await found(engine, caller, session_id)
    await engine.handle(caller, KernelReset(id=COMMAND, session=live.session))
    return Kernel(is_running=True)


# --- Handlers ---


@get("/api/sessions/{session_id:str}/kernel", operation_id="dsagent.kernel.get")
async def get_kernel(
    session_id: SessionName, caller: NamedDependency[Caller], engine: NamedDependency[Engine]
) -> Kernel:
    """Say what the kernel holds. No code runs for it and no kernel starts."""
    return kernel_of(await inspected(engine, caller, session_id))


@get("/api/sessions/{session_id:str}/kernel/variables", operation_id="dsagent.kernel.variables")
async def get_variables(
    session_id: SessionName, caller: NamedDependency[Caller], engine: NamedDependency[Engine]
) -> Sequence[Variable]:
    """List the variables of the kernel."""
    return kernel_of(await inspected(engine, caller, session_id)).variables


@post(
    "/api/sessions/{session_id:str}/kernel/execute",
    operation_id="dsagent.kernel.execute",
    status_code=200,
)
async def execute(
    session_id: SessionName,
    data: JSONBody[Execute],
    caller: NamedDependency[Caller],
    engine: NamedDependency[Engine],
) -> ExecutionResult:
    """Run code and return what it gave, also when it fails. A cell that runs goes first."""
    return await ran(engine, caller, session_id, data.code)


@post(
    "/api/sessions/{session_id:str}/kernel/reset",
    operation_id="dsagent.kernel.reset",
    status_code=200,
)
async def reset(
    session_id: SessionName, caller: NamedDependency[Caller], engine: NamedDependency[Engine]
) -> Kernel:
    """Forget all variables and modules."""
    return await emptied(engine, caller, session_id)


@get("/api/sessions/{session_id:str}/kernel", operation_id="dsagent.kernel.get_by_name")
async def get_kernel_by_name(
    session_id: SessionName, caller: NamedDependency[Caller], engine: NamedDependency[Engine]
) -> KernelByName:
    """Say what the kernel holds, by name."""
    return by_name(kernel_of(await inspected(engine, caller, session_id)))


@post(
    "/api/sessions/{session_id:str}/kernel/reset",
    operation_id="dsagent.kernel.reset_by_name",
    status_code=200,
)
async def reset_by_name(
    session_id: SessionName, caller: NamedDependency[Caller], engine: NamedDependency[Engine]
) -> KernelByName:
    """Forget all variables and modules; the names that are left are told."""
    return by_name(await emptied(engine, caller, session_id))


BY_NAME = (get_kernel_by_name, reset_by_name)
"""What the VS Code extension is answered in the place of lists."""
ROUTES = (get_kernel, get_variables, execute, reset)
