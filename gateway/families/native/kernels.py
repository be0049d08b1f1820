"""Where the Python of one session runs, chosen while the server runs. Tokens go in, and never out.

A session can begin with any home, or with none worth the name, and be given another when there is
one: its next cell runs there. Choices last as long as the session.
"""

import asyncio
from typing import Literal

import msgspec
from litestar import delete, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from engine.engine import Engine
from engine.kernels.choice import Choice
from engine.kernels.moving import move
from gateway.building import Parts
from gateway.identity import require_admin
from gateway.kernels import choice_of, remote_of
from gateway.settings import Settings, SettingsError
from protocol.ids import SessionId
from protocol.refusals import Refused
from protocol.replies import Caller

Kind = Literal["ipykernel", "eval", "jupyter_server"]


class Home(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A home: here, or a Jupyter server at `url`; without one, that of the settings."""

    kind: Kind
    url: str | None = None
    token: str | None = None


class HomeSeen(msgspec.Struct, frozen=True, kw_only=True):
    """Where the session's next cell runs, and what its kernel is kept in now, if it has one."""

    kind: Kind
    url: str | None = None
    own: bool
    """Whether it was chosen for this session."""
    isolation: str = ""
    environment: str = ""


@get("/sessions/{session_id:str}/kernel", operation_id="native.kernels.get")
async def get_home(
    session_id: FromPath[str],
    caller: NamedDependency[Caller],
    engine: NamedDependency[Engine],
    parts: NamedDependency[Parts],
) -> HomeSeen:
    """Say where the session's Python runs."""
    live = await engine.session(caller, SessionId(session_id))
    return await _seen(parts, live.session)


@put("/sessions/{session_id:str}/kernel", operation_id="native.kernels.choose")
async def choose_home(
    session_id: FromPath[str],
    data: JSONBody[Home],
    caller: NamedDependency[Caller],
    engine: NamedDependency[Engine],
    parts: NamedDependency[Parts],
    settings: NamedDependency[Settings],
) -> HomeSeen:
    """Let the session's next cell run elsewhere. Another server than the settings': for admins."""
    live = await engine.session(caller, SessionId(session_id))
    choice = _choice(data, settings)
    if choice.remote is not None and choice.remote != choice_of(settings).remote:
        require_admin(caller, "run Python on another server")
    await asyncio.to_thread(parts.tokens.keep, live.session, choice)
    await move(parts.kernels, live, choice, caller.id)
    return await _seen(parts, live.session)


@delete("/sessions/{session_id:str}/kernel", operation_id="native.kernels.reset")
async def reset_home(
    session_id: FromPath[str],
    caller: NamedDependency[Caller],
    engine: NamedDependency[Engine],
    parts: NamedDependency[Parts],
) -> None:
    """Let the session's Python run where that of all sessions does."""
    live = await engine.session(caller, SessionId(session_id))
    await asyncio.to_thread(parts.tokens.keep, live.session, None)
    await move(parts.kernels, live, None, caller.id)


def _choice(home: Home, settings: Settings) -> Choice:
    if home.kind != "jupyter_server":
        if home.url is not None or home.token is not None:
            raise Refused("bad_message", "only a Jupyter server has an address and a token")
        return Choice(kind=home.kind)
    if home.url is None:
        remote = choice_of(settings).remote
        if remote is None:
            raise Refused("bad_message", "say where the Jupyter server is: 'url'")
        return Choice(kind="jupyter_server", remote=remote)
    try:
        return Choice(kind="jupyter_server", remote=remote_of(home.url, home.token))
    except SettingsError as wrong:
        raise Refused("bad_message", str(wrong)) from None


async def _seen(parts: Parts, session: SessionId) -> HomeSeen:
    choice, kernel = await parts.kernels.choice_of(session), parts.kernels.current(session)
    return HomeSeen(
        kind=choice.kind,
        url=choice.remote.shown if choice.remote is not None else None,
        own=await parts.kernels.is_own(session),
        isolation=kernel.isolation if kernel is not None else "",
        environment=kernel.environment if kernel is not None else "",
    )


ROUTES = (get_home, choose_home, reset_home)
