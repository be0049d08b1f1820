"""The parts that go over plain HTTP: rows, files, lists. The standard library, in a thread."""

import asyncio
import http.client
import secrets
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final, TypeVar
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from client.failures import Unreachable
from protocol.refusals import ADVICE, Code, Refused

T = TypeVar("T")
LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
SECONDS: Final = 60.0
CHUNK: Final = 64 * 1024


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What came back: an HTTP status and a body."""

    status: int
    body: bytes


class _No(msgspec.Struct):
    code: str = "internal"
    detail: str = ""
    retry_after: float | None = None


class Http:
    """Requests to one server. A refusal raises `Refused`; no answer raises `Unreachable`."""

    def __init__(self, base: str, token: str | None = None) -> None:
        self.base = base
        self.token = token
        # A proxy of the environment does not know this machine's own loopback.
        own = [urllib.request.ProxyHandler({})] if is_loopback(base) else []
        self._opener = urllib.request.build_opener(*own)

    async def get(self, path: str, as_: type[T], **query: Any) -> T:
        """Return what stands at a path."""
        return msgspec.json.decode(granted(await self.answer(path, **query)).body, type=as_)

    async def answer(self, path: str, **query: Any) -> Answer:
        """Return whatever is said at a path, refusals too."""
        told = {name: _plain(value) for name, value in query.items() if value is not None}
        url = f"{self.base}{path}" + (f"?{urlencode(told)}" if told else "")
        return await asyncio.to_thread(self._request, urllib.request.Request(url))

    async def send(
        self, method: str, path: str, body: bytes | None = None, kind: str = "application/json"
    ) -> Answer:
        """Send JSON (or what `kind` says), or nothing, and return whatever is said."""
        headers = {"Content-Type": kind} if body is not None else {}
        request = urllib.request.Request(f"{self.base}{path}", body, headers, method=method)
        return await asyncio.to_thread(self._request, request)

    async def save(self, path: str, target: Path) -> None:
        """Write what stands at a path into a file."""
        request = urllib.request.Request(f"{self.base}{path}")
        refused = await asyncio.to_thread(self._save, request, target)
        if refused is not None:
            granted(refused)

    async def upload(self, path: str, file: Path, name: str | None = None) -> Answer:
        """Send a file as the form field `file`, without holding it in memory."""
        return granted(await asyncio.to_thread(self._upload, path, file, name or file.name))

    def _request(self, request: urllib.request.Request) -> Answer:
        with self._opened(request) as response:
            return Answer(status=response.status or 0, body=response.read())

    def _save(self, request: urllib.request.Request, target: Path) -> Answer | None:
        with self._opened(request) as response:
            if response.status != 200:
                return Answer(status=response.status or 0, body=response.read())
            with target.open("wb") as file:
                while chunk := response.read(CHUNK):
                    file.write(chunk)
        return None

    def _upload(self, path: str, file: Path, name: str) -> Answer:
        border = secrets.token_hex(16)
        quoted = name.replace("\\", "\\\\").replace('"', "%22")
        head = (
            f'--{border}\r\nContent-Disposition: form-data; name="file"; filename="{quoted}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        ).encode()
        tail = f"\r\n--{border}--\r\n".encode()
        size = len(head) + file.stat().st_size + len(tail)
        headers = {
            "Content-Type": f"multipart/form-data; boundary={border}",
            "Content-Length": str(size),
        }
        with file.open("rb") as opened:
            body = _parts(head, opened, tail)
            request = urllib.request.Request(f"{self.base}{path}", data=body, headers=headers)
            return self._request(request)

    def _opened(self, request: urllib.request.Request) -> Any:
        if self.token is not None:
            request.add_header("Authorization", f"Bearer {self.token}")
        try:
            return self._opener.open(request, timeout=SECONDS)
        except urllib.error.HTTPError as said:
            return said
        except (OSError, http.client.HTTPException) as error:
            raise Unreachable(f"{self.base} did not answer: {error}") from error


def granted(answer: Answer) -> Answer:
    """Return the answer, or raise the refusal that it is."""
    if answer.status < 400:
        return answer
    try:
        no = msgspec.json.decode(answer.body, type=_No)
    except msgspec.MsgspecError:
        no = _No(detail=f"HTTP {answer.status}")
    code: Code = no.code if no.code in ADVICE else "internal"
    raise Refused(code, no.detail, no.retry_after)


def is_loopback(url: str) -> bool:
    """Say whether a URL points to this machine."""
    return (urlsplit(url).hostname or "") in LOOPBACK


def addresses(url: str) -> tuple[str, str]:
    """Return where HTTP and the socket of a server are; `url` may be the one or the other."""
    parts = urlsplit(url if "//" in url else f"http://{url}")
    safe = parts.scheme in ("https", "wss")
    path = parts.path.rstrip("/").removesuffix("/ws")
    rest = f"{parts.netloc}{path}"
    return f"http{'s' * safe}://{rest}", f"ws{'s' * safe}://{rest}/ws"


def in_path(name: str) -> str:
    """Return a name as one part of a path."""
    return quote(name, safe="")


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _parts(head: bytes, file: IO[bytes], tail: bytes) -> Iterator[bytes]:
    yield head
    while chunk := file.read(CHUNK):
        yield chunk
    yield tail
