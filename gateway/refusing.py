"""How we say no over HTTP: every refusal, and every foreign exception, in one shape."""

import logging
from collections.abc import Mapping
from typing import Any, Final

from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.types import ExceptionHandlersMap

from engine.ports import PortError
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
    "kernel_unavailable": 503,
    "upload_too_large": 413,
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


def on_port_error(_: Request[Any, Any, Any], failure: PortError) -> Response[bytes]:
    """Answer a failure of the world outside: it says itself what it is."""
    known: dict[str, Code] = {
        "unknown_source": "unknown_source",
        "unknown_result": "unknown_result",
        "storage_full": "storage_full",
        "storage_failed": "storage_failed",
        "vault_closed": "storage_failed",
        "bad_profile": "bad_message",
        "bad_upload": "upload_refused",
        "upload_too_large": "upload_too_large",
        "not_found": "not_found",
    }
    code = known.get(failure.info.code, "source_failed")
    words = " ".join(filter(None, (failure.info.message, failure.info.hint)))
    return answer(Refusal(code=code, detail=words, advice=ADVICE[code]))


def on_http_error(_: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """Answer what the framework refuses: no such path, a wrong method, a parameter that is off."""
    words = error.detail
    if isinstance(error, ValidationException) and error.extra:
        words = f"{words}: {error.extra}"
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
    return response


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
