"""What the texts that owners state have in common: whose they are, their versions, their files."""

from typing import Any

from litestar import Request, Response

from engine.sources.papers import Key
from gateway.identity import require_admin
from gateway.sending import saved_as
from protocol.refusals import Refused
from protocol.replies import Caller

YAML = "application/yaml"


def require_owner(caller: Caller, key: Key, what: str) -> None:
    """Raise `Refused` unless the caller uploaded the source, or is an admin."""
    if key.owner is None or key.owner != caller.id:
        require_admin(caller, what)


def expected_in(request: Request[Any, Any, Any]) -> str | None:
    """Return the version that `If-Match` names; None if it says nothing or anything will do."""
    said = request.headers.get("if-match")
    return None if said is None or said.strip() == "*" else said.strip().strip('"')


def tag_of(version: str) -> dict[str, str]:
    """Return the headers that name a version (RFC 9110, 8.8.3)."""
    return {"ETag": f'"{version}"', "Cache-Control": "no-cache"}


async def text_of(request: Request[Any, Any, Any]) -> str:
    """Return the text that was sent. Raise `Refused` if it is not UTF-8."""
    try:
        return (await request.body()).decode()
    except UnicodeDecodeError:
        raise Refused("bad_message", "the text is not UTF-8") from None


def yaml_file(name: str, text: str, version: str) -> Response[str]:
    """Return a text as a file to be saved."""
    headers = {**tag_of(version), "Content-Disposition": saved_as(name)}
    return Response(text, media_type=f"{YAML}; charset=utf-8", headers=headers)
