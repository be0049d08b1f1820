"""How this family says no: `{"detail": …}`, and for a request that does not fit a list of why."""

import logging
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, SerializationException, ValidationException
from litestar.types import ExceptionHandlersMap
from litestar.utils.scope.state import ScopeState

from engine.ports import PortError
from gateway.refusing import STATUS, methods_at, refusal_by
from protocol.refusals import Code, Refused

_log = logging.getLogger("askwire.http")

Problem = dict[str, Any]
"""One reason why a request does not fit: type, loc, msg, input, and perhaps ctx."""


class Declined(Exception):
    """No, in this family's own words and with its status."""

    def __init__(self, status: int, detail: Any, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{status}: {detail}")
        self.status = status
        self.detail = detail
        self.headers = dict(headers or {})


def declined(refused: Refused, session: str | None) -> Declined:
    """Return a refusal of the engine's in this family's words.

    A session of somebody else's is not told from one that does not exist.
    """
    if refused.code in ("unknown_session", "not_yours"):
        return Declined(404, f"Session {session} not found")
    if refused.code == "session_closed":
        return Declined(400, f"Session {session} is archived; set its status to active to go on")
    headers: dict[str, str] = {}
    if refused.retry_after is not None:
        headers["Retry-After"] = str(max(1, round(refused.retry_after)))
    return Declined(_status(refused.code), refused.detail, headers)


def _status(code: Code) -> int:
    """Return the status of a refusal. This API knows no 409, and 422 has a list as its detail."""
    status = STATUS.get(code, 400)
    return 400 if code == "unknown_approval" or status == 409 else status


# --- What does not fit ---

_RULES: Final = (
    (r"missing required field", "missing", "Field required"),
    (r"Expected `object", "model_attributes_type", "Input should be a valid dictionary"),
    (r"Expected `str.*` matching", "string_pattern_mismatch", "String should match pattern"),
    (r"Expected `str.*` of length <= (?P<max_length>\d+)", "string_too_long", "String should have"),
    (
        r"Expected `str.*` of length >= (?P<min_length>\d+)",
        "string_too_short",
        "String should have",
    ),
    (r"Expected `int.*` >= (?P<ge>-?\d+)", "greater_than_equal", "Input should be"),
    (r"Expected `int.*` <= (?P<le>-?\d+)", "less_than_equal", "Input should be"),
    (r"Expected `int", "int_parsing", "Input should be a valid integer, unable to parse string"),
    (r"Expected `str", "string_type", "Input should be a valid string"),
    (r"Expected `bool", "bool_parsing", "Input should be a valid boolean"),
)
"""What the decoder says, and how it is said here: the words of pydantic, which clients know."""
_BOUNDS: Final = {
    "ge": " greater than or equal to {}",
    "le": " less than or equal to {}",
    "max_length": " at most {} characters",
    "min_length": " at least {} character",
}


def problem(message: str, loc: Sequence[str | int], given: Any) -> Problem:
    """Return one reason, in the words that clients of this API know."""
    for pattern, kind, words in _RULES:
        found = re.search(pattern, message)
        if found is None:
            continue
        told: Problem = {"type": kind, "loc": list(loc), "msg": words, "input": given}
        for name, bound in found.groupdict().items():
            told["msg"] += _BOUNDS[name].format(bound)
            told["ctx"] = {name: int(bound)}
        if kind == "string_pattern_mismatch":
            pattern = message.partition("regex ")[2].strip("'")
            told["msg"] += f" '{pattern}'"
            told["ctx"] = {"pattern": pattern}
        return told
    return {"type": "value_error", "loc": list(loc), "msg": message, "input": given}


def problems(request: Request[Any, Any, Any], error: ValidationException) -> list[Problem]:
    """Return all reasons why a request does not fit."""
    body = ScopeState.from_scope(request.scope).json
    return [_problem(request, _Found(**found), body) for found in _found(error)]


class _Found(msgspec.Struct, frozen=True, kw_only=True):
    """What the framework says of one parameter, or of a field of the body."""

    message: str
    key: str = ""
    source: str = "query"


def _found(error: ValidationException) -> list[dict[str, Any]]:
    # Where it comes from is text for a body, and a member of an enumeration for a parameter.
    told: Any = error.extra or []
    return [{name: str(getattr(it, "value", it)) for name, it in one.items()} for one in told]


def _problem(request: Request[Any, Any, Any], found: _Found, body: Any) -> Problem:
    if found.source != "body":
        given = request.path_params.get(found.key, request.query_params.get(found.key))
        return problem(found.message, [found.source, found.key], given)
    if found.message == "'data'":
        return problem("missing required field", ["body"], None)
    missing = re.search(r"missing required field `(\w+)`", found.message)
    if missing is not None:
        return problem(found.message, ["body", missing[1]], body)
    if found.key in ("", "data"):
        return problem(found.message, ["body"], body)
    return problem(found.message, ["body", found.key], body.get(found.key))


# --- Answers ---


def answer(no: Declined) -> Response[Any]:
    """Return a no as its response."""
    return Response({"detail": no.detail}, status_code=no.status, headers=no.headers)


def on_declined(_: Request[Any, Any, Any], no: Declined) -> Response[Any]:
    """Answer what this family itself does not do."""
    return answer(no)


def on_refused(request: Request[Any, Any, Any], refused: Refused) -> Response[Any]:
    """Answer a refusal of the engine's."""
    return answer(declined(refused, request.path_params.get("session_id")))


def on_port_error(request: Request[Any, Any, Any], failure: PortError) -> Response[Any]:
    """Answer a failure of the world outside."""
    told = refusal_by(failure)
    return answer(Declined(_status(told.code), told.detail))


def on_http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    """Answer what the framework refuses: a body that does not fit, no such path, a wrong method."""
    if isinstance(error, ValidationException):
        return answer(Declined(422, problems(request, error)))
    if isinstance(error.__cause__, SerializationException):
        return answer(Declined(422, [_not_json(str(error.__cause__))]))
    known = {404: "Not Found", 405: "Method Not Allowed", 413: "Request Entity Too Large"}
    headers: dict[str, str] = {}
    if error.status_code == 405:
        headers["Allow"] = ", ".join(methods_at(request.app, request.url.path))
    return answer(Declined(error.status_code, known.get(error.status_code, error.detail), headers))


def _not_json(words: str) -> Problem:
    place = re.search(r"byte (\d+)", words)
    loc = ["body", int(place[1]) if place else 0]
    ctx = {"error": words}
    return {"type": "json_invalid", "loc": loc, "msg": "JSON decode error", "input": {}, "ctx": ctx}


def on_anything(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Answer what is our fault, without telling strangers how we are made."""
    _log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return answer(Declined(500, "Internal Server Error"))


HANDLERS: Final[ExceptionHandlersMap] = {
    Declined: on_declined,
    Refused: on_refused,
    PortError: on_port_error,
    HTTPException: on_http_error,
    Exception: on_anything,
}
