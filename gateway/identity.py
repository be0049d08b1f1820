"""Who is asking, and from where: tokens, cookies, tickets, origins and hosts."""

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import urlsplit

import msgspec

from gateway.settings import LOOPBACK, Settings
from protocol.ids import CallerId
from protocol.refusals import Refused
from protocol.replies import Caller

COOKIE: Final = "askwire"
LOCAL: Final = Caller(id=CallerId("local"), name="local", roles=("admin",))
TICKET_SECONDS: Final = 60.0


class _Ticket(msgspec.Struct, frozen=True):
    caller: Caller
    until: float


class Door:
    """Lets callers in. Without a token everybody on this machine is the one local caller."""

    def __init__(self, settings: Settings, now: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._now = now
        self._tickets: dict[str, _Ticket] = {}
        named = {**settings.tokens, **({"local": settings.token} if settings.token else {})}
        self._callers = {_digest(token): _caller(name) for name, token in named.items()}

    @property
    def open(self) -> bool:
        """Whether nobody has to say who they are."""
        return not self._settings.authenticated

    def by_token(self, token: str | None) -> Caller | None:
        """Return whose token this is. Compared in constant time."""
        if token is None:
            return None
        given = _digest(token)
        for known, caller in self._callers.items():
            if hmac.compare_digest(known, given):
                return caller
        return None

    def by_headers(self, headers: Mapping[str, str], cookies: Mapping[str, str]) -> Caller | None:
        """Return who a request or a handshake comes from, or None if it does not say."""
        if self.open:
            return LOCAL
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return self.by_token(token.strip())
        return self.by_token(headers.get("x-api-key") or cookies.get(COOKIE))

    # --- Tickets: a secret that serves once, for where a header cannot be sent ---

    def ticket(self, caller: Caller) -> str:
        """Return a one-time secret for this caller, good for a minute."""
        self._forget_old()
        ticket = secrets.token_urlsafe(32)
        self._tickets[_digest(ticket)] = _Ticket(caller, self._now() + TICKET_SECONDS)
        return ticket

    def by_ticket(self, ticket: str | None) -> Caller | None:
        """Return whose ticket this is, and tear it up."""
        if ticket is None:
            return None
        found = self._tickets.pop(_digest(ticket), None)
        return found.caller if found is not None and found.until > self._now() else None

    def _forget_old(self) -> None:
        now = self._now()
        self._tickets = {key: kept for key, kept in self._tickets.items() if kept.until > now}

    # --- Where it comes from ---

    def may_come_from(self, origin: str | None, host: str | None) -> bool:
        """Say whether a page of this origin may speak to us (RFC 6454; WebSocket has no CORS).

        No origin means no browser. Otherwise it is our own page, or one that is allowed.
        """
        if origin is None or origin in self._settings.origins:
            return True
        own = urlsplit(origin)
        return own.scheme in ("http", "https") and own.netloc.lower() == (host or "").lower()

    def is_called(self, host: str | None) -> bool:
        """Say whether we are called by a name of ours.

        A page of a foreign name that resolves to 127.0.0.1 (DNS rebinding) has the right origin and
        the wrong host.
        """
        name = urlsplit(f"//{host or ''}").hostname or ""
        names = (*LOOPBACK, self._settings.host, *self._settings.hosts)
        # Behind a token a foreign name is no danger: its page does not have our cookie.
        return name in names or self._settings.authenticated


def require_admin(caller: Caller, what: str) -> None:
    """Raise `Refused` if this caller may not change the server for everybody."""
    if "admin" not in caller.roles:
        raise Refused("not_allowed", f"only an admin of this server may {what}")


def _caller(name: str) -> Caller:
    roles = ("admin",) if name == "local" else ()
    return Caller(id=CallerId(name), name=name, roles=roles)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
