"""What goes wrong with a model elsewhere, in our words: exceptions of SDKs end here.

Both SDKs name their exceptions alike, and under them are those of their HTTP library, which says
more about a connection that broke. A key never stands in what is told, nor what a server says of
it.
"""

import re
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any, Final

from engine.models.wires import WireFailed

_LONG: Final = re.compile(
    r"context.?(length|size|window)|prompt is too long|input is too long|too many (input )?tokens"
    r"|reduce the length|maximum (context|sequence)|exceeds? the (maximum|limit|context)"
    r"|request too large",
    re.IGNORECASE,
)
_LIMITS: Final = (
    re.compile(r"(?:length is|size \(|maximum(?: of|:)?|limit(?: is|:)?|window of|>)\s*([\d,]+)"),
    re.compile(r"([\d,]+)\s*(?:tokens? )?(?:maximum|limit)"),
)
_NO_TOOLS: Final = re.compile(
    r"not support\w* .*(tool|function)|(tool|function)\w*.* not (be )?support|unsupported .*tool"
    r"|--jinja|--enable-auto-tool-choice|tool[_ ]choice",
    re.IGNORECASE,
)
_BROKE: Final = "The connection to the model broke."
_MOST_WORDS: Final = 300


def failure_of(error: Exception, secret: str | None, *, tools: bool = False) -> WireFailed:
    """Say in our words what an SDK raised. `tools` says whether tools were asked for."""
    if isinstance(error, WireFailed):
        return error
    kinds = {kind.__name__ for kind in type(error).__mro__}
    status = getattr(error, "status_code", None)
    body = _body(error)
    words = _words(error, body, secret)
    if isinstance(status, int) and status >= 400:
        return _of_status(status, body, words, _headers(error), tools)
    if kinds & {"APITimeoutError", "TimeoutException"}:
        connecting = bool(kinds & {"ConnectTimeout"}) or "ConnectTimeout" in repr(error.__cause__)
        return WireFailed(
            "model_timeout",
            "The model did not answer in time.",
            "Ask again, or allow more: silence_seconds of its profile.",
            again=connecting,
        )
    if kinds & {"APIConnectionError", "TransportError", "StreamError", "OSError"}:
        return _unreachable(error)
    # Also one that came in the middle of a stream, whose status was 200.
    if "APIError" in kinds:
        return _of_body(body, words, tools)
    return WireFailed(
        "model_garbled",
        f"The model's server said something that is not understood ({type(error).__name__}).",
        "Is this the address of an API of this kind?",
    )


def _unreachable(error: Exception) -> WireFailed:
    causes = f"{error!r} {error.__cause__!r}"
    if "ConnectError" in causes or "ConnectionRefused" in causes:
        hint = "Is its server running, and is the address right?"
        return WireFailed("model_down", "Nothing answers at the model's address.", hint, again=True)
    return WireFailed("model_broke_off", _BROKE, "Ask again.", again=True)


def _of_status(
    status: int, body: Mapping[str, Any], words: str, headers: Mapping[str, str], tools: bool
) -> WireFailed:
    kind = _kind(body)
    if status in (401, 403):
        return _not_let_in(status)
    if status == 402 or "insufficient_quota" in kind or "billing" in kind:
        hint = "Look at the account there, or choose another model."
        return WireFailed("model_no_credit", f"The provider wants to be paid: {words}", hint)
    if too_long := _too_long(status, body, kind, words):
        return too_long
    if status in (408, 409, 425, 429) or status >= 500:
        if tools and status >= 500 and _NO_TOOLS.search(words):
            return _no_tools(words)
        return _try_again(status, words, headers)
    if tools and _NO_TOOLS.search(words):
        return _no_tools(words)
    if status == 404:
        hint = "See which there are: askwire models list NAME."
        return WireFailed("unknown_model", f"The provider does not know this model: {words}", hint)
    return WireFailed("model_refused", f"The provider refused the request: {words}")


def _not_let_in(status: int) -> WireFailed:
    if status == 401:
        hint = "Enter the key again: askwire models add, or the settings of the page."
        return WireFailed("model_unauthorized", "The provider does not accept the key.", hint)
    hint = "Look there what the key may do, or choose another model."
    return WireFailed("model_forbidden", "The key may not ask this model.", hint)


def _try_again(status: int, words: str, headers: Mapping[str, str]) -> WireFailed:
    after = _retry_after(headers)
    if status == 429:
        return WireFailed(
            "model_busy",
            f"The provider lets no more through just now: {words}",
            "Wait a while, or choose another model.",
            again=True,
            after=after,
        )
    return WireFailed(
        "model_down",
        f"The model's server failed (status {status}).",
        "Ask again later, or choose another model.",
        again=True,
        after=after,
    )


def _too_long(status: int, body: Mapping[str, Any], kind: str, words: str) -> WireFailed | None:
    said = "context" in kind or "too_large" in kind or "too_long" in kind
    said = said or (status in (400, 413, 422, 429, 500) and bool(_LONG.search(words)))
    if status == 413 or said:
        limit = body.get("n_ctx")
        return WireFailed(
            "context_too_long",
            "There is more to read than the model can.",
            "Begin a new session, or choose a model that reads more.",
            why="too_long",
            limit=limit if isinstance(limit, int) else _limit(words),
        )
    return None


def _limit(words: str) -> int | None:
    for pattern in _LIMITS:
        for found in pattern.finditer(words):
            tokens = int(found[1].replace(",", "") or 0)
            if tokens >= 256:
                return tokens
    return None


def _no_tools(words: str) -> WireFailed:
    return WireFailed("model_refused", f"The model knows no tools: {words}", why="no_tools")


def _of_body(body: Mapping[str, Any], words: str, tools: bool) -> WireFailed:
    """Read an error that came in the middle of a stream, with status 200."""
    kind, code = _kind(body), body.get("code")
    if isinstance(code, int):
        return _of_status(code, body, words, {}, tools)
    if "overloaded" in kind or "server_error" in kind or "api_error" in kind:
        return _try_again(529, words, {})
    if "rate_limit" in kind:
        return _try_again(429, words, {})
    if "authentication" in kind:
        return _not_let_in(401)
    return _of_status(400, body, words, {}, tools)


def _kind(body: Mapping[str, Any]) -> str:
    return f"{body.get('type') or ''} {body.get('code') or ''}".lower()


def _body(error: Exception) -> Mapping[str, Any]:
    body = getattr(error, "body", None)
    inner = body.get("error") if isinstance(body, dict) else None
    found = inner if isinstance(inner, dict) else body
    return found if isinstance(found, dict) else {}


def _words(error: Exception, body: Mapping[str, Any], secret: str | None) -> str:
    words = body.get("message")
    words = words if isinstance(words, str) else str(getattr(error, "message", "") or "")
    return without_secret(" ".join(words.split()), secret)[:_MOST_WORDS]


def without_secret(words: str, secret: str | None) -> str:
    """Take a key out of a text, also where only its ends were left standing."""
    if secret:
        words = words.replace(secret, "…")
        if len(secret) > 12:
            words = words.replace(secret[:8], "…").replace(secret[-8:], "…")
    return words


def _headers(error: Exception) -> Mapping[str, str]:
    found = getattr(getattr(error, "response", None), "headers", None)
    return {str(k).lower(): str(v) for k, v in found.items()} if found is not None else {}


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Read how long to wait, in seconds: a number or a date (RFC 9110, 10.2.3)."""
    try:
        if "retry-after-ms" in headers:
            return max(0.0, float(headers["retry-after-ms"]) / 1000)
        said = headers.get("retry-after")
        if said is None:
            return None
        if re.fullmatch(r"\s*\d+(\.\d+)?\s*", said):
            return float(said)
        return max(0.0, parsedate_to_datetime(said).timestamp() - time.time())
    except (ValueError, TypeError):
        return None
