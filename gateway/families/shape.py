"""What a family is: a group of endpoints that share a prefix and a way to say no."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from litestar import Router
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler
from litestar.types import ControllerRouterHandler, ExceptionHandlersMap, Guard

from gateway.families.ledgers import Entry


class Family(msgspec.Struct, frozen=True, kw_only=True):
    """One API. `routes` stand under `prefix`; its modules hold structs, translations, handlers.

    A foreign API stands once more under its `own` prefix, for clients whose base URL can be set;
    there its `beside` joins it: what stands at the root for everybody.
    """

    name: str
    prefix: str
    routes: tuple[ControllerRouterHandler, ...]
    own: str | None = None
    beside: tuple[ControllerRouterHandler, ...] = ()
    variants: Mapping[str, tuple[HTTPRouteHandler, ...]] = {}
    """Paths below `own` for clients that read another shape, and who answers there instead."""
    claims: tuple[str, ...] = ()
    """Paths below which every no is said in this family's words, also where nothing stands."""
    guards: tuple[Guard, ...] = ()
    dependencies: Mapping[str, Provide] = {}
    says_no: ExceptionHandlersMap = {}
    ledger: tuple[Entry, ...] = ()
    """What became of each operation of the original."""

    def routers(self, body_bytes: int) -> tuple[Router, ...]:
        """Mount it: the only place where its prefix and tag are written down.

        Bodies of a foreign API are at most so large where the handler does not say `uploads=True`;
        ours says so itself, in its own words.
        """
        if self.own is None:
            return (self._router(self.prefix, self.routes),)
        documented = self._router(self.prefix, self._bounded(self.routes, body_bytes))
        others = (
            self._router(
                f"{self.own}{path}",
                (*self._bounded(self._with(instead), body_bytes), *self.beside),
                include_in_schema=False,
            )
            for path, instead in {"": (), **self.variants}.items()
        )
        return (documented, *others)

    def _with(self, instead: Sequence[HTTPRouteHandler]) -> Sequence[ControllerRouterHandler]:
        """Return the routes, those of the same place and method replaced by these."""
        taken = [(it.paths, it.http_methods) for it in instead]
        kept = (
            it
            for it in self.routes
            if not (isinstance(it, HTTPRouteHandler) and (it.paths, it.http_methods) in taken)
        )
        return (*kept, *instead)

    def _bounded(
        self, routes: Sequence[ControllerRouterHandler], body_bytes: int
    ) -> Sequence[ControllerRouterHandler]:
        large = [it for it in routes if getattr(it, "opt", {}).get("uploads")]
        small = [it for it in routes if it not in large]
        return Router("/", route_handlers=small, request_max_body_size=body_bytes), *large

    def _router(self, path: str, routes: Sequence[ControllerRouterHandler], **more: Any) -> Router:
        return Router(
            path=path,
            route_handlers=list(routes),
            tags=[self.name],
            guards=list(self.guards),
            dependencies=dict(self.dependencies),
            exception_handlers=dict(self.says_no),
            opt={"family": self.name},
            **more,
        )

    def claim(self, path: str) -> int:
        """Return how much of a path this family claims; the one that claims most answers for it."""
        held = (it for it in self.claims if f"{path}/".startswith(f"{it}/"))
        return max(map(len, held), default=0)


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
