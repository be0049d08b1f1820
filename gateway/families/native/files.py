"""The files of a session, and the session as a notebook."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from engine.engine import Engine
from engine.sources.registry import Sources
from engine.workspace.files import CHUNK, FileInfo
from gateway.notebooks import notebook_of
from gateway.sending import saved_as, send
from protocol.ids import SessionId
from protocol.refusals import Refused
from protocol.replies import Caller

# What a browser may show by itself; everything else is saved, so that no file runs as our page.
SHOWN = ("image/png", "image/jpeg", "image/gif", "image/webp", "text/plain", "text/csv")


class FilesSeen(msgspec.Struct, frozen=True, kw_only=True):
    """The files of a session, in order of their paths."""

    items: Sequence[FileInfo]


@get("/sessions/{session_id:str}/files", operation_id="native.files.list")
async def get_files(
    session_id: FromPath[str],
    caller: NamedDependency[Caller],
    engine: NamedDependency[Engine],
) -> FilesSeen:
    """List the files of a session."""
    live = await engine.session(caller, SessionId(session_id))
    return FilesSeen(items=await engine.world.files.list(live.session))


@post("/sessions/{session_id:str}/files", operation_id="native.files.add", status_code=201)
async def add_files(
    request: Request[Any, Any, Any],
    session_id: FromPath[str],
    caller: NamedDependency[Caller],
    engine: NamedDependency[Engine],
) -> FilesSeen:
    """Put files (form field `file`) into the session's `data/`, where its Python finds them."""
    live = await engine.session(caller, SessionId(session_id))
    form = await request.form()
    files = [part for part in form.getall("file", []) if isinstance(part, UploadFile)]
    if not files:
        raise Refused("upload_refused", "send files in the form field 'file'")
    kept = [
        await engine.world.files.store(live.session, file.filename, chunks_of(file))
        for file in files
    ]
    return FilesSeen(items=kept)


async def chunks_of(file: UploadFile) -> AsyncIterator[bytes]:
    """Yield an upload piece by piece."""
    await file.seek(0)
    while chunk := await file.read(CHUNK):
        yield chunk


@get("/sessions/{session_id:str}/files/{path:path}", operation_id="native.files.get")
async def get_file(
    request: Request[Any, Any, Any],
    session_id: FromPath[str],
    path: FromPath[Path],
    caller: NamedDependency[Caller],
    engine: NamedDependency[Engine],
) -> Stream:
    """Return one file of a session, or the range of it that was asked for."""
    live = await engine.session(caller, SessionId(session_id))
    name = str(path).lstrip("/")
    known = {file.path: file for file in await engine.world.files.list(live.session)}
    if name not in known:
        raise Refused("not_found", f"this session has no file {name!r}")
    return send(engine.world.files, live.session, known[name], request.headers, shown=SHOWN)


@delete(
    "/sessions/{session_id:str}/files/{path:path}",
    operation_id="native.files.delete",
    status_code=204,
)
async def delete_file(
    session_id: FromPath[str],
    path: FromPath[Path],
    caller: NamedDependency[Caller],
    engine: NamedDependency[Engine],
) -> None:
    """Remove one file of a session."""
    live = await engine.session(caller, SessionId(session_id))
    await engine.world.files.delete(live.session, str(path).lstrip("/"))


@get("/sessions/{session_id:str}/notebook", operation_id="native.files.notebook")
async def get_notebook(
    session_id: FromPath[str],
    caller: NamedDependency[Caller],
    engine: NamedDependency[Engine],
    sources: NamedDependency[Sources],
) -> Response[bytes]:
    """Return the session as a Jupyter notebook that runs from top to bottom."""
    live = await engine.session(caller, SessionId(session_id))
    data = await notebook_of(engine, sources, caller.id, live)
    headers = {"Content-Disposition": saved_as(f"{live.session}.ipynb")}
    return Response(data, media_type="application/x-ipynb+json", headers=headers)


ROUTES = (get_files, add_files, get_file, delete_file, get_notebook)
