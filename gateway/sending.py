"""Sending a file of a session to be saved: its type, its tag, and ranges of it (RFC 9110, 14)."""

import hashlib
import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from litestar.response import Stream

from engine.workspace.files import FileInfo, Workspaces
from protocol.ids import SessionId

_RANGE: Final = re.compile(r"bytes=(\d*)-(\d*)")


def send(
    files: Workspaces, session: SessionId, file: FileInfo, headers: Mapping[str, str]
) -> Stream:
    """Return a file as a download, or one range of it. Code nobody trusts made it: never a page."""
    tag = tag_of(file)
    told = {
        "Content-Disposition": saved_as(name_of(file)),
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox",
        "Accept-Ranges": "bytes",
        "ETag": tag,
    }
    wanted = headers.get("range")
    if wanted is None or headers.get("if-range", tag) != tag:
        told["Content-Length"] = str(file.size)
        whole = files.read(session, file.path, 0, file.size)
        return Stream(whole, media_type=file.mime, headers=told)
    part = range_of(wanted, file.size)
    if part is None:
        told["Content-Range"] = f"bytes */{file.size}"
        return Stream(iter(()), status_code=416, headers=told)
    start, end = part
    told["Content-Range"] = f"bytes {start}-{end - 1}/{file.size}"
    told["Content-Length"] = str(end - start)
    chunks = files.read(session, file.path, start, end)
    return Stream(chunks, status_code=206, media_type=file.mime, headers=told)


def saved_as(name: str) -> str:
    """Return the header by which a browser saves what comes under this name (RFC 6266)."""
    if quote(name, safe=" ()") == name:
        return f'attachment; filename="{name}"'
    return f"attachment; filename*=UTF-8''{quote(name)}"


def name_of(file: FileInfo) -> str:
    """Return the last part of its path."""
    return file.path.rpartition("/")[2]


def tag_of(file: FileInfo) -> str:
    """Return what changes when the file does."""
    seen = f"{file.path}|{file.size}|{file.changed_at!r}"
    return f'"{hashlib.sha256(seen.encode()).hexdigest()[:32]}"'


def range_of(wanted: str, size: int) -> tuple[int, int] | None:
    """Return where one range starts and ends, or None if it cannot be served.

    Several ranges at once are not offered: then it is none, as for what is no range.
    """
    found = _RANGE.fullmatch(wanted.strip())
    if found is None or not (found[1] or found[2]):
        return None
    if not found[1]:
        start, end = max(size - int(found[2]), 0), size
    else:
        start, end = int(found[1]), min(int(found[2]) + 1 if found[2] else size, size)
    return (start, end) if start < end else None
