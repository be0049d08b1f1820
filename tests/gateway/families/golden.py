"""Golden files: one request and its whole answer each, against the real app over a real socket.

python -m tests.gateway.families.golden    write all answers anew, to be read in a diff

`given` names what there is before the request, `{session}` and the like in it stand for what that
made. Ids, times and places of one run are written as `<id>`, `<time>` and `<data>`.
"""

import asyncio
import json
import re
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import msgspec

from gateway.version import VERSION
from tests.gateway.families.playing import SCRIPTS, ByQuestion
from tests.gateway.serving import Served, serving

GOLDEN: Final = Path(__file__).parents[2] / "golden"
HEADERS: Final = (
    "accept-ranges",
    "allow",
    "cache-control",
    "content-disposition",
    "content-range",
    "content-type",
    "retry-after",
    "www-authenticate",
    "x-accel-buffering",
)
"""Those that are part of a promise."""
EDGE: Final = "----edge"
_MARKS: Final = (
    (re.compile(r"\b\d{8}_\d{6}_[0-9a-f]{6}\b"), "<session>"),
    (re.compile(r"\b[a-z]{1,3}_[0-9a-f]{16}\b"), "<id>"),
    (re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"), "<time>"),
    (re.compile(r"<id>:\d+\.\d+"), "<place>"),
    (re.compile(rf"\b{re.escape(VERSION)}\b"), "<version>"),
    (re.compile(r"\bCell In\[\d+\]"), "Cell In[<n>]"),
)

Situation = Callable[[Served], Awaitable[Mapping[str, str]]]
"""Makes what must be there, and returns what stands for it in a request."""


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A file in a form: the field that it comes in, its name, and its text."""

    field: str
    name: str
    text: str


class Request(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is sent: `body` as JSON, `text` as it is, or a form of `fields` and `files`."""

    method: str
    path: str
    headers: dict[str, str] = {}
    body: Any = msgspec.UNSET
    text: str | None = None
    fields: dict[str, str] = {}
    files: tuple[File, ...] = ()


class Exchange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One golden file."""

    given: str
    request: Request
    status: int
    headers: dict[str, str] = {}
    body: Any = None


def read(path: Path) -> Exchange:
    """Read a golden file."""
    return msgspec.json.decode(path.read_bytes(), type=Exchange)


def write(path: Path, exchange: Exchange) -> None:
    """Write a golden file, as people read JSON."""
    text = json.dumps(msgspec.to_builtins(exchange), indent=2, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")


def paths(family: str) -> list[Path]:
    """Return the golden files of a family."""
    return sorted((GOLDEN / family).glob("*.json"))


async def played(
    served: Served, exchange: Exchange, situations: Mapping[str, Situation]
) -> Exchange:
    """Send the request of a golden file and return the file as it should be."""
    known = await situations[exchange.given](served)
    request = exchange.request
    path, data, headers = _sent(request, known)
    status, body, told = await served.http(request.method, path, data, headers)
    kept = {name: told[name] for name in HEADERS if name in told}
    return msgspec.structs.replace(
        exchange,
        status=status,
        headers=_plain(kept, served),
        body=_plain(_read(body), served),
    )


def _sent(request: Request, known: Mapping[str, str]) -> tuple[str, bytes | None, dict[str, str]]:
    headers = {name: _filled(value, known) for name, value in request.headers.items()}
    path = quote(_filled(request.path, known), safe="/?&=%")
    if request.files or request.fields:
        headers["Content-Type"] = f"multipart/form-data; boundary={EDGE}"
        return path, _form(request), headers
    if request.text is not None:
        headers.setdefault("Content-Type", "application/json")
        return path, request.text.encode(), headers
    if request.body is msgspec.UNSET:
        return path, None, headers
    headers["Content-Type"] = "application/json"
    return path, _filled(json.dumps(request.body), known).encode(), headers


def _filled(text: str, known: Mapping[str, str]) -> str:
    for name, value in known.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def _form(request: Request) -> bytes:
    parts = [
        f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'
        for name, value in request.fields.items()
    ]
    parts += [
        f'Content-Disposition: form-data; name="{it.field}"; filename="{it.name}"\r\n\r\n{it.text}'
        for it in request.files
    ]
    return "".join([f"--{EDGE}\r\n{part}\r\n" for part in parts] + [f"--{EDGE}--\r\n"]).encode()


def _read(body: bytes) -> Any:
    """Return an answer as JSON if it is that, else as text."""
    try:
        return json.loads(body) if body else None
    except ValueError:
        return body.decode(errors="replace")


def _plain(value: Any, served: Served) -> Any:
    """Put marks in the place of what differs from run to run."""
    match value:
        case dict():
            # What a machine's Python has is its own affair.
            own = {"environment": "<environment>"} if "environment" in value else {}
            told = {_plain(name, served): _plain(inner, served) for name, inner in value.items()}
            return {**told, **own}
        case list():
            return [_plain(inner, served) for inner in value]
        case str():
            data = served.settings.data
            text = value.replace(str(data), "<data>").replace(str(data.parent), "<folder>")
            for pattern, mark in _MARKS:
                text = pattern.sub(mark, text)
            return text
        case _:
            return value


async def rewrite(family: str, situations: Mapping[str, Situation], **chosen: Any) -> None:
    """Write all golden files of a family anew."""
    with tempfile.TemporaryDirectory() as folder:
        async with serving(Path(folder), model=ByQuestion(SCRIPTS), **chosen) as served:
            for path in paths(family):
                write(path, await played(served, read(path), situations))


if __name__ == "__main__":
    from tests.gateway.families import dsagent_situations

    asyncio.run(rewrite("dsagent", dsagent_situations.SITUATIONS, **dsagent_situations.SETTINGS))
