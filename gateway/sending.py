"""Sending a file of a session: its type, its tag, and ranges of it (RFC 9110, 13 and 14)."""

import hashlib
import re
from collections.abc import Collection, Mapping
from typing import Final
from urllib.parse import quote

from litestar.response import Stream

from engine.workspace.files import FileInfo, Workspaces
from protocol.ids import SessionId

_RANGE: Final = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")
UNKNOWN: Final = "application/octet-stream"


def send(
    files: Workspaces,
    session: SessionId,
    file: FileInfo,
    headers: Mapping[str, str],
    *,
    shown: Collection[str] | None = None,
) -> Stream:
    """Return a file, or one range of it. Code nobody trusts made it: never a page.

    It is to be saved; of the types in `shown` a browser may show it, and learns no other type.
    """
    tag, inline = tag_of(file), shown is not None and file.mime in shown
    kind = file.mime if shown is None or inline else UNKNOWN
    told = {
        "Content-Disposition": saved_as(name_of(file), "inline" if inline else "attachment"),
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox",
        "Accept-Ranges": "bytes",
        "ETag": tag,
    }
    if is_known(headers.get("if-none-match"), tag):
        return Stream(iter(()), status_code=304, headers=told)
    wanted = headers.get("range", "")
    if not is_range(wanted) or headers.get("if-range", tag) != tag:
        told["Content-Length"] = str(file.size)
        whole = files.read(session, file.path, 0, file.size)
        return Stream(whole, media_type=kind, headers=told)
    part = range_of(wanted, file.size)
    if part is None:
        told["Content-Range"] = f"bytes */{file.size}"
        return Stream(iter(()), status_code=416, headers=told)
    start, end = part
    told["Content-Range"] = f"bytes {start}-{end - 1}/{file.size}"
    told["Content-Length"] = str(end - start)
    chunks = files.read(session, file.path, start, end)
    return Stream(chunks, status_code=206, media_type=kind, headers=told)


def saved_as(name: str, way: str = "attachment") -> str:
    """Return the header by which a browser saves what comes under this name (RFC 6266)."""
    if quote(name, safe=" ()") == name:
        return f'{way}; filename="{name}"'
    return f"{way}; filename*=UTF-8''{quote(name, safe='')}"


def name_of(file: FileInfo) -> str:
    """Return the last part of its path."""
    return file.path.rpartition("/")[2]


def tag_of(file: FileInfo) -> str:
    """Return what changes when the file does."""
    seen = f"{file.path}|{file.size}|{file.changed_at!r}"
    return f'"{hashlib.sha256(seen.encode()).hexdigest()[:32]}"'


def is_known(told: str | None, tag: str) -> bool:
    """Say whether who asks has the file as it is: the header `If-None-Match` names its tag."""
    tags = [one.strip().removeprefix("W/") for one in (told or "").split(",")]
    return tag in tags or tags == ["*"]


def is_range(wanted: str) -> bool:
    """Say whether this asks for one range of bytes. Other units and several are not offered.

    The whole is sent then (RFC 9110, 14.2).
    """
    found = _RANGE.fullmatch(wanted.strip())
    return found is not None and bool(found[1] or found[2])


def range_of(wanted: str, size: int) -> tuple[int, int] | None:
    """Return where one range starts and ends, or None if there is nothing there."""
    found = _RANGE.fullmatch(wanted.strip())
    if found is None:
        return None
    if not found[1]:
        start, end = max(size - int(found[2]), 0), size
    else:
        start, end = int(found[1]), min(int(found[2]) + 1 if found[2] else size, size)
    return (start, end) if start < end else None
