"""Who is asking, and from where: tokens, logins, tickets, origins and hosts."""

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
LOGIN_SECONDS: Final = 30 * 24 * 3600.0
"""How long a login lasts that nobody ends, where a browser never closes."""
LOGINS: Final = 100
"""How many logins one caller may have; a further one ends the oldest."""


class _Kept(msgspec.Struct, frozen=True):
    """Whose a secret is, and how long it is good."""

    caller: Caller
    until: float


class Door:
    """Lets callers in. Without a token everybody on this machine is the one local caller."""

    def __init__(self, settings: Settings, now: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._now = now
        self._tickets: dict[str, _Kept] = {}
        self._logins: dict[str, _Kept] = {}
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
        key = headers.get("x-api-key")
        return self.by_token(key) if key is not None else self.by_login(cookies.get(COOKIE))

    # --- Logins: what a browser keeps in its cookie. Not the token, and gone with this process ---

    def login(self, caller: Caller) -> str:
        """Return a secret that stands for this caller until it is given back."""
        self._logins = self._still_good(self._logins)
        own = [key for key, kept in self._logins.items() if kept.caller.id == caller.id]
        for key in own[: max(0, len(own) + 1 - LOGINS)]:
            del self._logins[key]
        secret = secrets.token_urlsafe(32)
        self._logins[_digest(secret)] = _Kept(caller, self._now() + LOGIN_SECONDS)
        return secret

    def by_login(self, secret: str | None) -> Caller | None:
        """Return whose login this is."""
        found = self._logins.get(_digest(secret)) if secret is not None else None
        return found.caller if found is not None and found.until > self._now() else None

    def logout(self, secret: str | None) -> None:
        """End a login, if it is one."""
        if secret is not None:
            self._logins.pop(_digest(secret), None)

    # --- Tickets: a secret that serves once, for where a header cannot be sent ---

    def ticket(self, caller: Caller) -> str:
        """Return a one-time secret for this caller, good for a minute."""
        self._tickets = self._still_good(self._tickets)
        ticket = secrets.token_urlsafe(32)
        self._tickets[_digest(ticket)] = _Kept(caller, self._now() + TICKET_SECONDS)
        return ticket

    def by_ticket(self, ticket: str | None) -> Caller | None:
        """Return whose ticket this is, and tear it up."""
        if ticket is None:
            return None
        found = self._tickets.pop(_digest(ticket), None)
        return found.caller if found is not None and found.until > self._now() else None

    def _still_good(self, every: Mapping[str, _Kept]) -> dict[str, _Kept]:
        now = self._now()
        return {key: kept for key, kept in every.items() if kept.until > now}

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
