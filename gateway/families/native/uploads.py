"""Files that a caller brings: tables of their own to ask."""

import asyncio
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from litestar import Request, delete, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath

from engine.ports import SourceFailed
from engine.sources.registry import Kept, Sources, Uploaded
from engine.world import new_id
from gateway.settings import Settings
from protocol.refusals import Refused
from protocol.replies import Caller


class UploadSeen(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a file: which source has it now, as which tables, and what was noticed."""

    upload: str
    name: str
    size: int
    source: str
    tables: Sequence[str]
    notes: Sequence[str] = ()


class UploadsSeen(msgspec.Struct, frozen=True, kw_only=True):
    """What became of each file, in order."""

    items: Sequence[UploadSeen]


class UploadsKept(msgspec.Struct, frozen=True, kw_only=True):
    """The files that a caller has brought."""

    items: Sequence[Kept]


async def keep(file: UploadFile, folder: Path) -> Path:
    """Write an upload to disk and return where it is."""
    path = folder / new_id("u")
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    await file.seek(0)
    with await asyncio.to_thread(path.open, "wb") as target:
        await asyncio.to_thread(shutil.copyfileobj, file.file, target)
    return path


async def taken(sources: Sources, caller: Caller, name: str, path: Path) -> Uploaded:
    """Make a table of a file; what cannot be read is the file's fault, and said so."""
    try:
        return await sources.add_upload(caller.id, name, path)
    except SourceFailed as failure:
        large = failure.info.code == "upload_too_large"
        words = " ".join(filter(None, (failure.info.message, failure.info.hint)))
        raise Refused("upload_too_large" if large else "upload_refused", words) from None
    finally:
        await asyncio.to_thread(path.unlink, missing_ok=True)


async def seen(sources: Sources, caller: Caller, file: UploadFile, folder: Path) -> UploadSeen:
    """Make a table of an upload, and say what became of it."""
    path = await keep(file, folder)
    size = (await asyncio.to_thread(path.stat)).st_size
    made = await taken(sources, caller, file.filename, path)
    return UploadSeen(
        upload=path.name,
        name=file.filename,
        size=size,
        source=made.source,
        tables=made.tables,
        notes=made.notes,
    )


@post("/uploads", operation_id="native.uploads.add", status_code=201)
async def add_uploads(
    request: Request[Any, Any, Any],
    caller: NamedDependency[Caller],
    sources: NamedDependency[Sources],
    settings: NamedDependency[Settings],
) -> UploadsSeen:
    """Take one or several files (form field `file`) and make tables of them."""
    form = await request.form()
    files = [part for part in form.getall("file", []) if isinstance(part, UploadFile)]
    if not files:
        raise Refused("upload_refused", "send files in the form field 'file'")
    folder = settings.data / "uploading"
    return UploadsSeen(items=[await seen(sources, caller, file, folder) for file in files])


@get("/uploads", operation_id="native.uploads.list")
async def get_uploads(
    caller: NamedDependency[Caller], sources: NamedDependency[Sources]
) -> UploadsKept:
    """List the files that the caller has brought, with the source and table each became."""
    return UploadsKept(items=await sources.uploads(caller.id))


@delete("/uploads/{name:str}", operation_id="native.uploads.remove", status_code=204)
async def remove_upload(
    name: FromPath[str], caller: NamedDependency[Caller], sources: NamedDependency[Sources]
) -> None:
    """Remove an uploaded table, or an uploaded database with all of its tables."""
    try:
        await sources.remove_upload(caller.id, name)
    except SourceFailed as failure:
        words = " ".join(filter(None, (f"There is no upload named {name!r}.", failure.info.hint)))
        raise Refused("unknown_source", words) from None


ROUTES = (add_uploads, get_uploads, remove_upload)
