"""Files of a session, by category: put, listed, taken and removed."""

from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

import msgspec
from litestar import Request, delete, get, post
from litestar.datastructures import FormMultiDict, UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Stream

from engine.clock import stamp_at
from engine.engine import Engine
from engine.workspace.files import CHUNK, FileInfo
from engine.workspace.names import FOLDERS, WorkspaceFailed
from gateway.families.dsagent.finding import found
from gateway.families.dsagent.parameters import SessionName
from gateway.families.dsagent.refusing import Declined, problem
from gateway.sending import send
from gateway.settings import Settings
from protocol.ids import SessionId
from protocol.replies import Caller

MIB: Final = 1024 * 1024


class Uploaded(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was kept: `path` is its category and its name."""

    filename: str
    size: int
    path: str


class FileShown(msgspec.Struct, frozen=True, kw_only=True):
    """A file in a list. `size` is in bytes."""

    name: str
    size: int
    modified: str
    category: str


class FileList(msgspec.Struct, frozen=True, kw_only=True):
    """The files of a category, the newest first."""

    files: Sequence[FileShown]
    total: int
    category: str


# --- Translations ---


def category_of(text: str) -> str:
    """Return a category, or say which there are."""
    if text not in FOLDERS:
        raise Declined(400, f"Invalid category: {text}. Must be data, artifacts, or notebooks")
    return text


def files_of(files: Sequence[FileInfo], category: str) -> FileList:
    """Return those that stand in a category itself, not deeper."""
    some = [file for file in files if file.path.rpartition("/")[0] == category]
    some.sort(key=lambda file: file.changed_at, reverse=True)
    shown = [
        FileShown(
            name=file.path.rpartition("/")[2],
            size=file.size,
            modified=stamp_at(file.changed_at),
            category=category,
        )
        for file in some
    ]
    return FileList(files=shown, total=len(shown), category=category)


def parts_of(form: FormMultiDict) -> list[UploadFile]:
    """Return the parts called `files`."""
    parts = [part for part in form.getall("files", []) if isinstance(part, UploadFile)]
    if not parts:
        raise Declined(422, [problem("missing required field", ["body", "files"], None)])
    return parts


async def chunks_of(part: UploadFile, most_mb: float) -> AsyncIterator[bytes]:
    """Yield an upload piece by piece, up to a size; 0 is no bound."""
    size = 0
    await part.seek(0)
    while chunk := await part.read(CHUNK):
        size += len(chunk)
        if most_mb and size > most_mb * MIB:
            raise Declined(413, f"File {part.filename} exceeds max size ({most_mb} MB)")
        yield chunk


# --- Asking the engine ---


async def kept(
    engine: Engine, session: SessionId, part: UploadFile, category: str, most_mb: float
) -> Uploaded:
    """Keep one upload under a safe form of its name."""
    chunks = chunks_of(part, most_mb)
    try:
        file = await engine.world.files.store(session, part.filename, chunks, category)
    except WorkspaceFailed as failure:
        status = 413 if failure.info.code in ("file_too_large", "quota") else 400
        raise Declined(status, failure.info.message) from None
    return Uploaded(filename=file.path.rpartition("/")[2], size=file.size, path=file.path)


async def place_of(engine: Engine, session: SessionId, name: str, *places: str) -> FileInfo | None:
    """Return the file of this name in the first of these folders that has it."""
    files = {file.path: file for file in await engine.world.files.list(session)}
    paths = (f"{place}/{name}" if place else name for place in places)
    return next((files[path] for path in paths if "/" not in name and path in files), None)


# --- Handlers ---


@post(
    "/api/sessions/{session_id:str}/files",
    operation_id="dsagent.files.add",
    status_code=201,
    uploads=True,
)
async def add_files(
    request: Request[Any, Any, Any],
    session_id: SessionName,
    caller: NamedDependency[Caller],
    engine: NamedDependency[Engine],
    settings: NamedDependency[Settings],
    category: FromQuery[str | None] = None,
) -> Sequence[Uploaded]:
    """Keep files; the category is a form field as documented, or a query parameter as shipped."""
    live = await found(engine, caller, session_id)
    form = await request.form()
    into = category_of(str(form.get("category", category or "data")))
    most = settings.dsagent_upload_mb
    return [await kept(engine, live.session, part, into, most) for part in parts_of(form)]


@get("/api/sessions/{session_id:str}/files", operation_id="dsagent.files.list")
async def get_files(
    session_id: SessionName,
    caller: NamedDependency[Caller],
    engine: NamedDependency[Engine],
    category: FromQuery[str] = "data",
) -> FileList:
    """List the files of a category, the newest first."""
    live = await found(engine, caller, session_id)
    return files_of(await engine.world.files.list(live.session), category_of(category))


@get("/api/sessions/{session_id:str}/files/{filename:str}", operation_id="dsagent.files.get")
async def get_file(
    request: Request[Any, Any, Any],
    session_id: SessionName,
    filename: FromPath[str],
    caller: NamedDependency[Caller],
    engine: NamedDependency[Engine],
    category: FromQuery[str] = "data",
) -> Stream:
    """Return a file to be saved, or the range of it that was asked for."""
    live = await found(engine, caller, session_id)
    file = await place_of(engine, live.session, filename, category_of(category))
    if file is None:
        raise Declined(404, f"File {filename} not found in {category}")
    return send(engine.world.files, live.session, file, request.headers)


@delete(
    "/api/sessions/{session_id:str}/files/{filename:str}",
    operation_id="dsagent.files.delete",
    status_code=204,
)
async def delete_file(
    session_id: SessionName,
    filename: FromPath[str],
    caller: NamedDependency[Caller],
    engine: NamedDependency[Engine],
    category: FromQuery[str] = "data",
) -> None:
    """Remove a file."""
    live = await found(engine, caller, session_id)
    file = await place_of(engine, live.session, filename, category_of(category))
    if file is None:
        raise Declined(404, f"File {filename} not found in {category}")
    await engine.world.files.delete(live.session, file.path)


ROUTES = (add_files, get_files, get_file, delete_file)
