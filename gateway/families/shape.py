"""What a family is: a group of endpoints that share a prefix and a way to say no."""

from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import Router
from litestar.types import ControllerRouterHandler


class Family(msgspec.Struct, frozen=True, kw_only=True):
    """One API. `routes` stand under `prefix`; its modules hold structs, translations, handlers."""

    name: str
    prefix: str
    routes: tuple[ControllerRouterHandler, ...]

    def router(self) -> Router:
        """Mount it: the only place where its prefix and tag are written down."""
        return Router(path=self.prefix, route_handlers=list(self.routes), tags=[self.name])


class TwoForOnePath(Exception):
    """Two handlers want the same method and path: the server does not start."""


def refuse_conflicts(routes: Sequence[Any]) -> None:
    """Raise `TwoForOnePath` if two handlers of an app would answer the same request."""
    taken: dict[tuple[str, str], str] = {}
    for route in routes:
        for handler in getattr(route, "route_handlers", ()):
            for method in sorted(getattr(handler, "http_methods", ())):
                known = taken.get((method, route.path))
                name = str(handler.handler_name)
                if known is not None and known != name and method != "OPTIONS":
                    raise TwoForOnePath(f"{method} {route.path}: {known} and {name}")
                taken[method, route.path] = name
