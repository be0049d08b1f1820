"""Who is asking, by the `X-API-Key` header: a key is a token of ours, and its caller's alone."""

from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.di import NamedDependency
from litestar.enums import ScopeType
from litestar.handlers import BaseRouteHandler

from gateway.families.dsagent.refusing import Declined
from gateway.identity import LOCAL, Door
from protocol.replies import Caller

HEADER = "x-api-key"
ASK = {"WWW-Authenticate": "ApiKey"}


def caller_by_key(door: Door, key: str | None) -> Caller:
    """Return whose key this is; without tokens everybody is the one local caller."""
    if door.open:
        return LOCAL
    if not key:
        raise Declined(401, "API key required", headers=ASK)
    caller = door.by_token(key)
    if caller is None:
        raise Declined(401, "Invalid API key", headers=ASK)
    return caller


def require_key(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Let nobody in without a key: before a body is read, so that strangers learn nothing.

    A socket says who it is in its own face: only after accepting can a browser be told why not.
    """
    if connection.scope["type"] == ScopeType.HTTP and not handler.opt.get("public"):
        caller_by_key(connection.app.state.door, connection.headers.get(HEADER))


async def caller_of(request: Request[Any, Any, Any], door: NamedDependency[Door]) -> Caller:
    """Return who a request comes from. No cookie and no other header count."""
    return caller_by_key(door, request.headers.get(HEADER))
