"""Who is asking: login with a token, one-time tickets, logout."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import JSONBody

from gateway.identity import COOKIE, Door
from gateway.settings import Settings
from gateway.version import SERVER
from protocol.refusals import Refused
from protocol.replies import Caller


class Me(msgspec.Struct, frozen=True, kw_only=True):
    """Who is asking, and whether this server wants to know."""

    caller: Caller | None
    server: str
    auth: str


class Login(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A token, or a one-time ticket."""

    token: str | None = None
    ticket: str | None = None


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """A secret that serves once, within a minute."""

    ticket: str


def cookie_of(token: str, secure: bool) -> Cookie:
    """Return the cookie that a browser keeps: scripts cannot read it, other sites not send it."""
    return Cookie(
        key=COOKIE, value=token, httponly=True, samesite="strict", secure=secure, path="/"
    )


@get("/me", operation_id="native.me.get", public=True)
async def get_me(request: Request[Any, Any, Any], door: NamedDependency[Door]) -> Me:
    """Say who is asking, or that nobody has said so yet."""
    caller = door.by_headers(dict(request.headers), dict(request.cookies))
    return Me(caller=caller, server=SERVER, auth="none" if door.open else "token")


@post("/login", operation_id="native.me.login", status_code=200, public=True)
async def login(
    request: Request[Any, Any, Any],
    data: JSONBody[Login],
    door: NamedDependency[Door],
    settings: NamedDependency[Settings],
) -> Response[Me]:
    """Take a token or a ticket and leave a cookie."""
    caller = door.by_token(data.token) or door.by_ticket(data.ticket)
    if caller is None:
        raise Refused("unauthenticated", "this token or ticket is not known here")
    me = Me(caller=caller, server=SERVER, auth="none" if door.open else "token")
    secure = request.url.scheme == "https"
    token = data.token or settings.tokens.get(caller.id) or settings.token or ""
    return Response(me, cookies=[cookie_of(token, secure)])


@post("/logout", operation_id="native.me.logout", status_code=200, public=True)
async def logout() -> Response[dict[str, bool]]:
    """Take the cookie back."""
    response = Response({"ok": True})
    response.delete_cookie(COOKIE)
    return response


@post("/tickets", operation_id="native.me.ticket", status_code=201)
async def make_ticket(caller: NamedDependency[Caller], door: NamedDependency[Door]) -> Ticket:
    """Give a one-time ticket for a socket or a link, where no header can be sent."""
    return Ticket(ticket=door.ticket(caller))


ROUTES = (get_me, login, logout, make_ticket)
