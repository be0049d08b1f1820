"""The protocol's own documents, made from the structs."""

from litestar import Response, get

from protocol.schema import asyncapi, json_schema


@get("/schema.json", operation_id="documents.schema", public=True, sync_to_thread=True)
def get_schema() -> Response[object]:
    """Return the JSON Schema of every message."""
    return Response(json_schema(), media_type="application/schema+json")


@get("/asyncapi.json", operation_id="documents.asyncapi", public=True, sync_to_thread=True)
def get_asyncapi() -> Response[object]:
    """Return the AsyncAPI document of the socket."""
    return Response(asyncapi(), media_type="application/json")


ROUTES = (get_schema, get_asyncapi)
