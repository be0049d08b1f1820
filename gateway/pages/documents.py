"""What a program may say to this server: the protocol's documents, and a page that lists it all."""

from html import escape
from typing import Any

from litestar import Request, Response, get

from gateway.version import SERVER
from protocol.schema import asyncapi, json_schema

STYLE = (
    "body{font:15px/22px system-ui;margin:32px auto;max-width:960px;padding:0 16px;"
    "color-scheme:light dark}table{border-collapse:collapse;width:100%}"
    "td,th{text-align:left;padding:4px 12px 4px 0;vertical-align:top}"
    "td,th{border-bottom:1px solid light-dark(#ddd,#444)}code{font:13px ui-monospace,monospace}"
)
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
METHODS = ("get", "post", "put", "patch", "delete")


@get("/schema.json", operation_id="documents.schema", public=True, sync_to_thread=True)
def get_schema() -> Response[object]:
    """Return the JSON Schema of every message."""
    return Response(json_schema(), media_type="application/schema+json")


@get("/asyncapi.json", operation_id="documents.asyncapi", public=True, sync_to_thread=True)
def get_asyncapi() -> Response[object]:
    """Return the AsyncAPI document of the socket."""
    return Response(asyncapi(), media_type="application/json")


@get("/openapi.json", operation_id="documents.openapi", public=True, sync_to_thread=True)
def get_openapi(request: Request[Any, Any, Any]) -> Response[object]:
    """Return the OpenAPI document of everything that plain HTTP can do."""
    return Response(request.app.openapi_schema.to_schema(), media_type="application/json")


@get("/docs", operation_id="documents.docs", public=True, sync_to_thread=True)
def get_docs(request: Request[Any, Any, Any]) -> Response[str]:
    """Show what there is, on one page that needs neither scripts nor another server."""
    paths = request.app.openapi_schema.to_schema()["paths"]
    rows = "".join(
        f"<tr><td><code>{method.upper()}</code><td><code>{escape(path)}</code>"
        f"<td>{escape(_first_line(item[method].get('description')))}"
        for path, item in sorted(paths.items())
        for method in METHODS
        if method in item
    )
    links = "".join(
        f'<li><a href="{path}">{path}</a>: {words}'
        for path, words in (
            ("/schema.json", "the JSON Schema of every message"),
            ("/asyncapi.json", "the socket, as AsyncAPI"),
            ("/openapi.json", "plain HTTP, as OpenAPI"),
        )
    )
    page = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{SERVER}</title>'
        f"<style>{STYLE}</style><h1>{SERVER}</h1>"
        "<p>Commands go up and pages of records come down on one socket, <code>/ws</code>. "
        f"The same goes over plain HTTP:</p><ul>{links}</ul>"
        f"<table><tr><th>Method<th>Path<th>What it does{rows}</table>"
    )
    return Response(page, media_type="text/html", headers={"Content-Security-Policy": POLICY})


def _first_line(text: str | None) -> str:
    return (text or "").partition("\n")[0]


ROUTES = (get_schema, get_asyncapi, get_openapi, get_docs)
