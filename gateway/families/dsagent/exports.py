"""A session to be taken away: as JSON with all that is kept of it, and as a notebook."""

from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency

from engine.engine import Engine
from engine.live_session import LiveSession
from engine.sources.registry import Sources
from engine.workspace.files import FileInfo
from gateway.dialects.dsagent.shapes import PlanShape
from gateway.families.dsagent.finding import found
from gateway.families.dsagent.history import Message, Told, messages_of, told_in, turns_of
from gateway.families.dsagent.kernel import Kernel, inspected, kernel_of
from gateway.families.dsagent.parameters import SessionName
from gateway.families.dsagent.refusing import Declined
from gateway.families.dsagent.sessions import Session, session_of
from gateway.notebooks import notebook_of
from gateway.sending import name_of, saved_as
from protocol.replies import Caller

NOTEBOOK = "application/x-ipynb+json"


class History(msgspec.Struct, frozen=True, kw_only=True):
    """The messages of a session. Nothing of them is ever cut or summed up here."""

    messages: Sequence[Message]
    max_messages: int | None = None
    max_tokens_estimate: int | None = None
    chars_per_token: int = 4
    summary: str | None = None
    summary_messages_count: int = 0
    summary_created_at: str | None = None
    truncated_count: int = 0


class KernelSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """What the kernel held when this was asked for, by name."""

    id: str
    timestamp: str
    variables: dict[str, Any]
    dataframes: dict[str, Any]
    imports: Sequence[str]
    executed_code: Sequence[str]
    serialized_state: None = None


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """A session with all that is kept of it."""

    id: str
    name: str | None
    created_at: str
    updated_at: str
    status: str
    history: History
    kernel_snapshot: KernelSnapshot | None
    workspace_path: str
    data_path: str
    artifacts_path: str
    notebooks_path: str
    logs_path: None = None
    model: str | None
    hitl_mode: str
    served_by: str
    plan_raw: str | None
    plan_steps_completed: int
    plan_steps_total: int
    metadata: dict[str, Any]


# --- Translations ---


def snapshot_of(kernel: Kernel, told: Sequence[Told], shown: Session) -> KernelSnapshot | None:
    """Return what a running kernel holds, and the code that was run in it."""
    if not kernel.is_running:
        return None
    code = [it.metadata["code"] for it in messages_of(told) if it.role == "execution"]
    return KernelSnapshot(
        id=shown.id,
        timestamp=shown.updated_at,
        variables={it.name: it.type for it in kernel.variables},
        dataframes={it.name: msgspec.to_builtins(it) for it in kernel.dataframes},
        imports=kernel.imports,
        executed_code=code,
    )


def exported(shown: Session, told: Sequence[Told], kernel: Kernel, folder: str) -> Exported:
    """Put together what a session is."""
    plans = (turn.plan for one in told for turn in turns_of(one) if turn.plan is not None)
    plan = next(iter(reversed(list(plans))), PlanShape())
    return Exported(
        id=shown.id,
        name=shown.name,
        created_at=shown.created_at,
        updated_at=shown.updated_at,
        status=shown.status,
        history=History(messages=messages_of(told)),
        kernel_snapshot=snapshot_of(kernel, told, shown),
        workspace_path=folder,
        data_path=f"{folder}/data",
        artifacts_path=f"{folder}/artifacts",
        notebooks_path=f"{folder}/notebooks",
        model=shown.model,
        hitl_mode=shown.hitl_mode,
        served_by=shown.served_by,
        plan_raw=plan.raw_text or None,
        plan_steps_completed=plan.completed_steps,
        plan_steps_total=plan.total_steps,
        metadata={},
    )


# --- Asking the engine ---


async def newest(engine: Engine, live: LiveSession) -> FileInfo | None:
    """Return the notebook that was written last into the session's folder, if there is any."""
    files = await engine.world.files.list(live.session)
    books = [it for it in files if it.path.startswith("notebooks/") and it.path.endswith(".ipynb")]
    return max(books, key=lambda file: file.changed_at, default=None)


async def book_of(
    engine: Engine, sources: Sources, caller: Caller, live: LiveSession
) -> tuple[str, bytes]:
    """Return a name and a notebook: of what was done here, else one that lies here."""
    screen = live.viewer.show()
    if screen.runs or screen.items:
        return f"{live.session}.ipynb", await notebook_of(engine, sources, caller.id, live)
    file = await newest(engine, live)
    if file is None:
        raise Declined(404, "No notebook available for this session")
    parts = [part async for part in engine.world.files.read(live.session, file.path)]
    return name_of(file), b"".join(parts)


# --- Handlers ---


@get("/api/sessions/{session_id:str}/export", operation_id="dsagent.exports.session")
async def export_session(
    session_id: SessionName, caller: NamedDependency[Caller], engine: NamedDependency[Engine]
) -> Response[Exported]:
    """Return the whole session as JSON, to be saved."""
    live = await found(engine, caller, session_id)
    shown = session_of(live.viewer.show(), engine.world.default_model)
    told = await told_in(engine, caller, session_id)
    kernel = kernel_of(await inspected(engine, caller, session_id))
    whole = exported(shown, told, kernel, str(engine.world.files.folder(live.session)))
    return Response(whole, headers={"Content-Disposition": saved_as(f"{session_id}.json")})


@get("/api/sessions/{session_id:str}/notebook", operation_id="dsagent.exports.notebook")
async def export_notebook(
    session_id: SessionName,
    caller: NamedDependency[Caller],
    engine: NamedDependency[Engine],
    sources: NamedDependency[Sources],
) -> Response[bytes]:
    """Return the session as a Jupyter notebook, to be saved."""
    live = await found(engine, caller, session_id)
    name, data = await book_of(engine, sources, caller, live)
    return Response(data, media_type=NOTEBOOK, headers={"Content-Disposition": saved_as(name)})


ROUTES = (export_session, export_notebook)
