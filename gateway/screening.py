"""What every HTTP request must pass before it reaches a handler."""

import asyncio
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from litestar.config.cors import CORSConfig
from litestar.datastructures import Headers
from litestar.enums import ScopeType
from litestar.exceptions import ClientException
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Method, Receive, Scope, Send

from gateway.identity import Door
from gateway.settings import Settings
from protocol.refusals import Refused

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


HEADERS: Final = ("authorization", "content-type", "last-event-id", "x-api-key")
METHODS: Final[list[Method | Literal["*"]]] = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def shared(settings: Settings) -> CORSConfig | None:
    """Return how pages of the origins that are allowed may read answers; of no others.

    Without credentials: such a page says who it is by a key, never by a cookie.
    """
    if not settings.origins:
        return None
    return CORSConfig(
        allow_origins=list(settings.origins), allow_methods=METHODS, allow_headers=list(HEADERS)
    )


class Patience:
    """Hears a request, and gives up where no byte of its body comes for a while."""

    def __init__(self, receive: Receive, seconds: float) -> None:
        self._receive = receive
        self._seconds = seconds
        self._whole = False

    async def __call__(self) -> Any:
        """Hear the next part; after the last one only that the client has left."""
        if self._whole:
            return await self._receive()
        try:
            async with asyncio.timeout(self._seconds):
                message = await self._receive()
        except TimeoutError:
            words = f"no byte of the body came for {self._seconds:g} seconds"
            raise ClientException(words, status_code=408) from None
        self._whole = not message.get("more_body", False)
        return message


class Screening(ASGIMiddleware):
    """Refuses foreign names of this host (DNS rebinding), and changes by foreign pages.

    A socket is screened by its own face: only after accepting can a browser be told why.
    """

    scopes = (ScopeType.HTTP,)

    def __init__(self, door: Door, body_seconds: float) -> None:
        self._door = door
        self._body_seconds = body_seconds

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Pass the request on, or refuse it."""
        headers = Headers.from_scope(scope)
        host = headers.get("host")
        if not self._door.is_called(host):
            name = urlsplit(f"//{host or ''}").hostname
            raise Refused("not_allowed", f"this server is not called {name!r}; see ASKWIRE_HOSTS")
        method: Any = scope.get("method", "GET")
        if method not in _SAFE and not self._door.may_come_from(headers.get("origin"), host):
            raise Refused("not_allowed", "a page of another origin may not do this")
        await next_app(scope, Patience(receive, self._body_seconds), send)
