"""How we say no over HTTP: every refusal, and every foreign exception, in one shape."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from litestar import Litestar, Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.routes import HTTPRoute
from litestar.types import ExceptionHandlersMap

from engine.ports import ModelFailed, PortError
from gateway.families.shape import Family
from protocol.codec import encode_value
from protocol.refusals import ADVICE, Code, Refused
from protocol.replies import Refusal

STATUS: Final[Mapping[Code, int]] = {
    "bad_message": 400,
    "unknown_type": 400,
    "frame_too_large": 413,
    "hello_expected": 400,
    "unauthenticated": 401,
    "not_yours": 403,
    "not_allowed": 403,
    "rate_limited": 429,
    "too_many_sessions": 429,
    "overloaded": 503,
    "restarting": 503,
    "storage_full": 507,
    "storage_failed": 503,
    "internal": 500,
    "unknown_session": 404,
    "session_exists": 409,
    "session_closed": 409,
    "run_active": 409,
    "queue_full": 429,
    "unknown_run": 404,
    "unknown_approval": 404,
    "approval_settled": 409,
    "digest_changed": 409,
    "unknown_question": 404,
    "unknown_input": 404,
    "unknown_item": 404,
    "unknown_source": 404,
    "unknown_model": 404,
    "unknown_result": 404,
    "source_failed": 502,
    "model_failed": 502,
    "kernel_unavailable": 503,
    "upload_too_large": 413,
    "version_changed": 412,
    "not_found": 404,
}
"""The HTTP status of each refusal; those not named are 422."""

_log = logging.getLogger("askwire.http")


def refusal_of(refused: Refused, id: Any = None) -> Refusal:
    """Return a refusal as its message."""
    return Refusal(
        id=id,
        code=refused.code,
        detail=refused.detail,
        advice=refused.advice,
        retry_after=refused.retry_after,
    )


def answer(refusal: Refusal) -> Response[bytes]:
    """Return a refusal as its response."""
    headers: dict[str, str] = {}
    if refusal.retry_after is not None:
        headers["Retry-After"] = str(max(1, round(refusal.retry_after)))
    if refusal.code == "unauthenticated":
        headers["WWW-Authenticate"] = "Bearer"
    return Response(
        encode_value(refusal),
        status_code=STATUS.get(refusal.code, 422),
        headers=headers,
        media_type="application/json",
    )


def on_refused(_: Request[Any, Any, Any], refused: Refused) -> Response[bytes]:
    """Answer a refusal."""
    return answer(refusal_of(refused))


_BY_PORTS: Final[Mapping[str, Code]] = {
    "unknown_source": "unknown_source",
    "unknown_result": "unknown_result",
    "storage_full": "storage_full",
    "storage_failed": "storage_failed",
    "vault_closed": "storage_failed",
    "bad_profile": "bad_message",
    "unknown_model": "unknown_model",
    "bad_text": "bad_message",
    "version_changed": "version_changed",
    "bad_upload": "upload_refused",
    "upload_too_large": "upload_too_large",
    "not_found": "not_found",
}


def refusal_by(failure: PortError) -> Refusal:
    """Return a failure of the world outside as a refusal: it says itself what it is."""
    other: Code = "model_failed" if isinstance(failure, ModelFailed) else "source_failed"
    code: Code = _BY_PORTS.get(failure.info.code, other)
    words = " ".join(filter(None, (failure.info.message, failure.info.hint)))
    return Refusal(code=code, detail=words, advice=ADVICE[code])


def on_port_error(_: Request[Any, Any, Any], failure: PortError) -> Response[bytes]:
    """Answer a failure of the world outside."""
    return answer(refusal_by(failure))


def on_http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """Answer what the framework refuses: no such path, a wrong method, a parameter that is off."""
    words = error.detail
    if isinstance(error, ValidationException) and error.extra:
        words = "; ".join(map(_off, error.extra))
    codes: dict[int, Code] = {
        401: "unauthenticated",
        403: "not_allowed",
        404: "not_found",
        413: "upload_too_large",
        429: "rate_limited",
        500: "internal",
    }
    code = codes.get(error.status_code, "bad_message")
    response = answer(Refusal(code=code, detail=words, advice=ADVICE[code]))
    response.status_code = error.status_code
    if error.status_code == 405:
        response.headers["Allow"] = ", ".join(methods_at(request.app, request.url.path))
    return response


def _off(problem: Any) -> str:
    """Say what is off about one parameter, or about a field of the body."""
    if not isinstance(problem, Mapping):
        return str(problem)
    key, words = problem.get("key"), str(problem.get("message"))
    return f"{key}: {words}" if key else words


def on_anything(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Answer what is our fault, without telling strangers how we are made."""
    _log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    words = "something broke here; it was noted"
    return answer(Refusal(code="internal", detail=words, advice=ADVICE["internal"]))


HANDLERS: Final[ExceptionHandlersMap] = {
    Refused: on_refused,
    PortError: on_port_error,
    HTTPException: on_http_error,
    Exception: on_anything,
}


def methods_at(app: Litestar, path: str) -> list[str]:
    """Return the methods that a path answers (RFC 9110, 10.2.1)."""
    segments = [part for part in path.split("/") if part]
    found: set[str] = set()
    for route in app.routes:
        if isinstance(route, HTTPRoute) and _fits(route.path_components, segments):
            found.update(route.methods)
    return sorted(found)


def _fits(components: Sequence[Any], segments: Sequence[str]) -> bool:
    """Tell whether a path has this shape; a parameter of type `path` takes all that is left."""
    for place, part in enumerate(components):
        if not isinstance(part, str) and part.type is Path:
            return len(segments) > place
        if place >= len(segments) or (isinstance(part, str) and part != segments[place]):
            return False
    return len(components) == len(segments)


def by_path(families: Sequence[Family]) -> dict[Any, Any]:
    """Return handlers for what is refused before a handler is found: each family in its words."""

    def chosen(kind: Any, own: Any) -> Any:
        def on_it(request: Request[Any, Any, Any], error: Any) -> Response[Any]:
            path = request.url.path
            family = max(families, key=lambda it: it.claim(path))
            says = family.says_no.get(kind, own) if family.claim(path) else own
            response: Response[Any] = says(request, error)
            return response

        return on_it

    return {kind: chosen(kind, own) for kind, own in HANDLERS.items()}
