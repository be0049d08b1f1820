"""The web chat: built files that came with the package, under a strict policy."""

import mimetypes
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import File, Redirect
from litestar.types import ControllerRouterHandler

from gateway.families.native.me import cookie_of
from gateway.identity import Door
from gateway.pages.looking import look
from gateway.settings import Settings
from protocol.refusals import Refused

BUILT = Path(__file__).parent.parent / "page"
POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        # Svelte and CodeMirror set style attributes; no style can run code.
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "frame-src 'self' blob: data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
MISSING = (
    "<!doctype html><title>Askwire</title><p>The server is up, but the page was not built. "
    "Run <code>make page</code>, or install the wheel."
)


def page_routes(settings: Settings) -> Sequence[ControllerRouterHandler]:
    """Return the routes of the page: its files, and the index for every place in it."""
    folder = (settings.page or BUILT).resolve()

    @look(["/", "/s/{session:str}"], "page.index", include_in_schema=False)
    async def index(request: Request[Any, Any, Any]) -> Response[Any]:
        """Show the chat, at its start or at one session."""
        ticket = request.query_params.get("ticket")
        if ticket is not None:
            return Redirect(f"/login?ticket={ticket}")
        path = folder / "index.html"
        if not path.is_file():
            return Response(MISSING, media_type="text/html", status_code=503)
        headers = {**HEADERS, "Cache-Control": "no-cache"}
        return Response(path.read_text(), media_type="text/html", headers=headers)

    @look("/assets/{name:path}", "page.asset", include_in_schema=False)
    async def asset(name: FromPath[Path]) -> File:
        """Return a built file. Its name has a hash, so it never changes."""
        return _file(folder / "assets", str(name), "public, max-age=31536000, immutable")

    @look("/{name:str}", "page.file", include_in_schema=False)
    async def other(name: FromPath[str]) -> File:
        """Return a file that stands beside the page, such as its icon."""
        return _file(folder, name, "no-cache")

    return (index, login_by_ticket, asset, other)


@get("/login", operation_id="page.login", public=True, include_in_schema=False)
async def login_by_ticket(
    request: Request[Any, Any, Any], door: NamedDependency[Door]
) -> Response[Any]:
    """Take the one-time login link that the server printed, and show the chat."""
    response = Redirect("/")
    if door.open:
        return response
    caller = door.by_ticket(request.query_params.get("ticket"))
    if caller is None:
        raise Refused("unauthenticated", "this link was used, or is too old; ask for another")
    response.set_cookie(cookie_of(door, caller, request))
    return response


def _file(folder: Path, name: str, cache: str) -> File:
    if "\0" in name:
        raise Refused("not_found", "there is nothing of this name")
    path = (folder / name.lstrip("/")).resolve()
    if not path.is_relative_to(folder) or not path.is_file() or path.name == "index.html":
        raise Refused("not_found", "there is nothing of this name")
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    headers = {**HEADERS, "Cache-Control": cache}
    return File(path, media_type=kind, headers=headers, content_disposition_type="inline")
