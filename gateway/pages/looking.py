"""What anybody may look at: answered to GET, and to HEAD by load balancers and link checkers."""

from collections.abc import Callable
from typing import Any

from litestar import HttpMethod, route
from litestar.handlers import HTTPRouteHandler


def look(
    path: str | list[str], name: str, **more: Any
) -> Callable[[Callable[..., Any]], HTTPRouteHandler]:
    """Make a function answer there, under a name for each of the two methods."""

    def named(_: HTTPRouteHandler, method: Any, __: list[Any]) -> str:
        return name if method == HttpMethod.GET else f"{name}.head"

    methods = [HttpMethod.GET, HttpMethod.HEAD]
    return route(
        path, http_method=methods, operation_id=named, status_code=200, public=True, **more
    )
