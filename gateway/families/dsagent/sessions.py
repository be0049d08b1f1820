"""Sessions: opened, listed, changed, put away, deleted."""

import re
from collections.abc import Sequence
from typing import Annotated, Final

import msgspec
from litestar import delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody, QueryParameter

from engine.engine import Engine
from engine.ports import PortError
from engine.queries import every_session
from gateway.families.dsagent.finding import COMMAND, found
from gateway.families.dsagent.parameters import SessionName
from gateway.families.dsagent.refusing import Declined
from protocol.commands import (
    AnyCommand,
    KernelInspect,
    SessionArchive,
    SessionCreate,
    SessionDelete,
    SessionUpdate,
)
from protocol.events import Gates, Mode
from protocol.ids import SessionId
from protocol.refusals import Refused
from protocol.replies import Caller
from protocol.screens import Doing, Screen

MODEL: Final = "dsagent.model"
"""The label that keeps which model was asked for, also one that is not here."""
STATUS: Final = "dsagent.status"
"""The label that keeps a status which only this family knows."""
STATUSES: Final = ("active", "paused", "completed", "error", "archived")
MODES: Final[dict[str, Mode]] = {
    "none": "none",
    "plan_only": "plan_only",
    "plan": "plan_only",
    "on_error": "on_error",
    "plan_and_answer": "plan_and_answer",
    "full": "full",
}
SHOWN: Final[dict[Mode, str]] = {
    "auto_execute": "none",
    "review_first": "full",
    "generate_only": "full",
}
"""How modes of others are called here: by the one of this family that asks as often or more."""
NAMED: Final = re.compile(r"[a-zA-Z0-9_-]+")
TRIES: Final = 5
PATIENCE: Final = 300.0
"""Seconds until an approval of a session of this family expires, as in the original."""

Limit = Annotated[int, QueryParameter(ge=1, le=100)]


class NewSession(msgspec.Struct, frozen=True, kw_only=True):
    """What a session may begin with."""

    name: str | None = None
    model: str | None = None
    hitl_mode: str | None = "none"


class SessionChange(msgspec.Struct, frozen=True, kw_only=True):
    """What may change of a session; what is null stays."""

    name: str | None = None
    status: str | None = None
    hitl_mode: str | None = None
    model: str | None = None


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A session. `model` is what was asked for, `served_by` what really answers."""

    id: str
    name: str | None
    status: str
    created_at: str
    updated_at: str
    message_count: int = 0
    kernel_variables: int = 0
    workspace_path: str | None = None
    model: str | None = None
    hitl_mode: str = "none"
    served_by: str


class SessionList(msgspec.Struct, frozen=True, kw_only=True):
    """Sessions, the last used first; `total` is how many are here."""

    sessions: Sequence[Session]
    total: int


# --- Translations ---


def mode_of(name: str | None) -> Mode:
    """Return our mode for theirs. One that is not known must not switch approvals off."""
    if name is not None and name not in MODES:
        raise Declined(400, f"Invalid hitl_mode: {name}. Valid: {list(MODES)}")
    return MODES[name or "none"]


def name_at(moment: str, fresh: str) -> SessionId:
    """Return an id as this family makes them: `YYYYMMDD_HHMMSS_<6 hex>`, by UTC."""
    day, time = moment[:10].replace("-", ""), moment[11:19].replace(":", "")
    return SessionId(f"{day}_{time}_{fresh[-6:]}")


def creation(data: NewSession, session: SessionId, here: str | None) -> SessionCreate:
    """Return the command. What model was asked for is kept as a label: it need not be `here`."""
    return SessionCreate(
        id=COMMAND,
        session=session,
        name=data.name or "",
        model=here,
        mode=mode_of(data.hitl_mode),
        gates=Gates(approval_seconds=PATIENCE),
        labels={MODEL: data.model} if data.model else {},
    )


def changes(session: SessionId, data: SessionChange, here: str | None) -> tuple[AnyCommand, ...]:
    """Return the commands that change what is given, all of it looked at first."""
    if data.status is not None and data.status not in STATUSES:
        raise Declined(400, f"Invalid status: {data.status}")
    mode = None if data.hitl_mode is None else mode_of(data.hitl_mode)
    if data.model is not None and not data.model.strip():
        raise Declined(400, f"Invalid model: {data.model}. Error: a model has a name")
    own = data.status not in (None, "error", "archived")
    labels = {
        **({MODEL: data.model} if data.model is not None else {}),
        **({STATUS: "error" if data.status == "error" else ""} if data.status is not None else {}),
    }
    if (data.name, mode, data.status) == (None, None, None) and not labels:
        return ()
    update = SessionUpdate(
        id=COMMAND,
        session=session,
        name=data.name,
        model=here,
        mode=mode,
        status=data.status if own else None,  # type: ignore[arg-type]  # one of ours, looked at above
        labels=labels,
    )
    if data.status == "archived":
        return (update, SessionArchive(id=COMMAND, session=session))
    return (update,)


def session_of(seen: Screen | Doing, served_by: str, **known: object) -> Session:
    """Return a session as this family shows it."""
    return Session(
        id=seen.session,
        name=seen.name or None,
        status=(seen.labels.get(STATUS) if seen.status == "active" else None) or seen.status,
        created_at=seen.created_at,
        updated_at=seen.updated_at,
        message_count=seen.messages,
        model=seen.labels.get(MODEL) or seen.model or served_by,
        hitl_mode=SHOWN.get(seen.mode, seen.mode),
        served_by=seen.model or served_by,
        **known,  # type: ignore[arg-type]  # the fields that only a live session has
    )


def listed(cards: Sequence[Doing], status: str | None, limit: int, served_by: str) -> SessionList:
    """Return the wanted of these; an unknown status is no wish. Others' names may not fit here."""
    wanted = status if status in STATUSES else None
    every = (session_of(card, served_by) for card in cards if NAMED.fullmatch(card.session))
    some = [one for one in every if wanted in (None, one.status)][:limit]
    return SessionList(sessions=some, total=len(some))


# --- Asking the engine ---


async def shown(engine: Engine, caller: Caller, session_id: str) -> Session:
    """Return a session as it is now, with what its kernel holds; a busy one is not disturbed."""
    live = await found(engine, caller, session_id)
    seen = await engine.handle(caller, KernelInspect(id=COMMAND, session=live.session))
    return session_of(
        live.viewer.show(),
        engine.world.default_model,
        kernel_variables=len(seen.variables),
        workspace_path=str(engine.world.files.folder(live.session)),
    )


async def model_here(engine: Engine, name: str | None) -> str | None:
    """Return the model of this name if it can be had here, else the server's own."""
    if not name:
        return None
    try:
        await engine.world.models.get(name)
    except PortError:
        return engine.world.default_model
    return name


async def opened(engine: Engine, caller: Caller, data: NewSession) -> str:
    """Open a session under a fresh id: two in one second may draw the same."""
    world = engine.world
    here = await model_here(engine, data.model)
    for left in reversed(range(TRIES)):
        session = name_at(world.clock.stamp(), world.new_id("s"))
        try:
            await engine.handle(caller, creation(data, session, here))
        except Refused as refused:
            if refused.code != "session_exists" or not left:
                raise
        else:
            return session
    raise AssertionError("the last try is refused or granted")


# --- Handlers ---


@post("/api/sessions", operation_id="dsagent.sessions.create", status_code=201)
async def create_session(
    data: JSONBody[NewSession], caller: NamedDependency[Caller], engine: NamedDependency[Engine]
) -> Session:
    """Open a session. No kernel starts before there is something to run."""
    session_id = await opened(engine, caller, data)
    return await shown(engine, caller, session_id)


@get("/api/sessions", operation_id="dsagent.sessions.list")
async def get_sessions(
    caller: NamedDependency[Caller],
    engine: NamedDependency[Engine],
    status: FromQuery[str | None] = None,
    limit: Limit = 50,
) -> SessionList:
    """List the caller's sessions, the last used first."""
    cards = await every_session(engine.rooms, caller.id)
    return listed(cards, status, limit, engine.world.default_model)


@get("/api/sessions/{session_id:str}", operation_id="dsagent.sessions.get")
async def get_session(
    session_id: SessionName, caller: NamedDependency[Caller], engine: NamedDependency[Engine]
) -> Session:
    """Return one session."""
    return await shown(engine, caller, session_id)


@put("/api/sessions/{session_id:str}", operation_id="dsagent.sessions.update")
async def update_session(
    session_id: SessionName,
    data: JSONBody[SessionChange],
    caller: NamedDependency[Caller],
    engine: NamedDependency[Engine],
) -> Session:
    """Change what is given, also while a run goes on; its next step is judged by it."""
    live = await found(engine, caller, session_id)
    here = await model_here(engine, data.model)
    for command in changes(live.session, data, here):
        await engine.handle(caller, command)
    return await shown(engine, caller, session_id)


@delete("/api/sessions/{session_id:str}", operation_id="dsagent.sessions.delete", status_code=204)
async def delete_session(
    session_id: SessionName, caller: NamedDependency[Caller], engine: NamedDependency[Engine]
) -> None:
    """Delete a session with its files. A run that goes on is cancelled, and its stream told so."""
    live = await found(engine, caller, session_id)
    await engine.handle(caller, SessionDelete(id=COMMAND, session=live.session, files=True))


@post(
    "/api/sessions/{session_id:str}/archive",
    operation_id="dsagent.sessions.archive",
    status_code=200,
)
async def archive_session(
    session_id: SessionName, caller: NamedDependency[Caller], engine: NamedDependency[Engine]
) -> Session:
    """Put a session away. A run that goes on is cancelled, its kernel ends."""
    live = await found(engine, caller, session_id)
    await engine.handle(caller, SessionArchive(id=COMMAND, session=live.session))
    return await shown(engine, caller, session_id)


ROUTES = (
    create_session,
    get_sessions,
    get_session,
    update_session,
    delete_session,
    archive_session,
)
