"""Who is asking: login with a token, one-time tickets, logout."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import JSONBody

from gateway.identity import COOKIE, Door
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


def cookie_of(door: Door, caller: Caller, request: Request[Any, Any, Any]) -> Cookie:
    """Log a caller in, by a cookie that no script can read and no other site can send.

    It has no age, so it goes with the browser.
    """
    return Cookie(
        key=COOKIE,
        value=door.login(caller),
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
        path="/",
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
) -> Response[Me]:
    """Take a token or a ticket and leave a cookie."""
    caller = door.by_token(data.token) or door.by_ticket(data.ticket)
    if caller is None:
        raise Refused("unauthenticated", "this token or ticket is not known here")
    me = Me(caller=caller, server=SERVER, auth="none" if door.open else "token")
    return Response(me, cookies=[cookie_of(door, caller, request)])


@post("/logout", operation_id="native.me.logout", status_code=200, public=True)
async def logout(
    request: Request[Any, Any, Any], door: NamedDependency[Door]
) -> Response[dict[str, bool]]:
    """End this login and take its cookie back."""
    door.logout(request.cookies.get(COOKIE))
    response = Response({"ok": True})
    response.delete_cookie(COOKIE)
    return response


@post("/tickets", operation_id="native.me.ticket", status_code=201)
async def make_ticket(caller: NamedDependency[Caller], door: NamedDependency[Door]) -> Ticket:
    """Give a one-time ticket for a socket or a link, where no header can be sent."""
    return Ticket(ticket=door.ticket(caller))


ROUTES = (get_me, login, logout, make_ticket)
