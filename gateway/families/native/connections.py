"""Databases as sources: how to reach them, tried and kept. Passwords go in, and never out."""

from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from engine.sources.profiles import KINDS, Profile, Tested, config_schema
from engine.sources.registry import Sources
from gateway.identity import require_admin
from protocol.replies import Caller


class ConnectionKind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of database, and the JSON Schema of what must be known to reach one."""

    kind: str
    config: dict[str, Any]


class ConnectionKinds(msgspec.Struct, frozen=True, kw_only=True):
    """The kinds of databases that can be reached."""

    items: Sequence[ConnectionKind]


class Connect(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A connection to keep. Without a password, one that was kept under this name stays.

    It does not where it would go to another host, port or user, or with other TLS.
    """

    name: str
    kind: str
    config: dict[str, Any]
    privacy: str = ""
    """YAML of what is kept back, in force before anybody can ask."""


class Try(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A connection to try. As a change of `name`, without a password, the kept one is tried.

    It is not where it would go to another host, port or user, or with other TLS.
    """

    kind: str
    config: dict[str, Any]
    name: str | None = None


@get("/sources/kinds", operation_id="native.connections.kinds")
async def get_kinds(caller: NamedDependency[Caller]) -> ConnectionKinds:
    """List the kinds of databases that can be reached, with a form for each."""
    kinds = [ConnectionKind(kind=kind, config=config_schema(kind)) for kind in KINDS]
    return ConnectionKinds(items=kinds)


@post("/sources", operation_id="native.connections.add", status_code=201)
async def add_connection(
    data: JSONBody[Connect],
    caller: NamedDependency[Caller],
    sources: NamedDependency[Sources],
) -> Profile:
    """Keep a connection, in place of one of that name; it can be asked at once. For admins."""
    require_admin(caller, "connect sources")
    return await sources.connect(data.name, data.kind, data.config, data.privacy)


@post("/sources/test", operation_id="native.connections.try", status_code=200)
async def try_connection(
    data: JSONBody[Try], caller: NamedDependency[Caller], sources: NamedDependency[Sources]
) -> Tested:
    """Try a connection and say what is wrong with it; nothing is kept. For admins."""
    require_admin(caller, "try connections")
    return await sources.try_connection(data.kind, data.config, data.name)


@post("/sources/{name:str}/test", operation_id="native.connections.test", status_code=200)
async def test_connection(
    name: FromPath[str], caller: NamedDependency[Caller], sources: NamedDependency[Sources]
) -> Tested:
    """Try a connection as it is kept, with its password. For admins."""
    require_admin(caller, "try connections")
    return await sources.try_kept(name)


@get("/sources/{name:str}/connection", operation_id="native.connections.get")
async def get_connection(
    name: FromPath[str], caller: NamedDependency[Caller], sources: NamedDependency[Sources]
) -> Profile:
    """Return how a source is reached, without its password. For admins."""
    require_admin(caller, "see connections")
    return await sources.profiles.get(name)


@delete("/sources/{name:str}", operation_id="native.connections.remove", status_code=204)
async def remove_connection(
    name: FromPath[str], caller: NamedDependency[Caller], sources: NamedDependency[Sources]
) -> None:
    """Forget a connection and its password; what it gave stays in the sessions. For admins."""
    require_admin(caller, "remove sources")
    await sources.disconnect(name)


ROUTES = (
    get_kinds,
    add_connection,
    try_connection,
    test_connection,
    get_connection,
    remove_connection,
)
