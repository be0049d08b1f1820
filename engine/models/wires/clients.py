"""HTTP clients for SDKs: what is sent is what was put there, and nothing that lay about."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from importlib import import_module
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from engine.models.wires import Heard, Request
from engine.models.wires.failures import failure_of

_SENT: Final = frozenset(
    (
        "accept",
        "accept-encoding",
        "anthropic-version",
        "authorization",
        "connection",
        "content-length",
        "content-type",
        "host",
        "user-agent",
        "x-api-key",
    )
)
"""SDKs also send what they find in the environment, such as an organisation's name or a second
key, and what this machine is. A local server, or another provider, has no business with any."""
_THIS_MACHINE: Final = ("localhost", "127.0.0.1", "::1")


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where an API is, and how long to wait for it. Times in seconds."""

    base_url: str
    key: str | None = None
    connect_seconds: float = 10.0
    silence_seconds: float = 120.0
    """How long it may say nothing, before its first word and between two."""

    @property
    def host(self) -> str:
        """Return the name of the host."""
        return urlsplit(self.base_url).hostname or ""

    @property
    def near(self) -> bool:
        """Whether it is on this machine."""
        return is_near(self.base_url)


def is_near(base_url: str) -> bool:
    """Return whether an address is on this machine."""
    return (urlsplit(base_url).hostname or "") in _THIS_MACHINE


class Lazy:
    """A client of an SDK, made when it is first needed. Raises `WireFailed` and nothing else."""

    def __init__(self, sdk: str, name: str, place: Place) -> None:
        self._sdk = sdk
        self._name = name
        self._place = place
        self._made: Any = None
        self._making = asyncio.Lock()

    async def get(self) -> Any:
        """Return it. Its SDK is imported in a thread: that takes a second."""
        async with self._making:
            if self._made is None:
                module = await asyncio.to_thread(import_module, self._sdk)
                self._made = await asyncio.to_thread(_client, module, self._name, self._place)
        return self._made

    async def models(self) -> tuple[str, ...]:
        """List the models that can be asked there."""
        try:
            client = await self.get()
            return tuple([model.id async for model in client.models.list()])
        except Exception as error:  # noqa: BLE001  # nothing foreign leaves an adapter
            raise failure_of(error, self._place.key) from None

    async def close(self) -> None:
        """Let go of connections."""
        made, self._made = self._made, None
        if made is not None:
            await made.close()


def _client(module: Any, name: str, place: Place) -> Any:
    async def only_ours(request: Any) -> None:
        _strip(request.headers, place.key)

    timeout = module.Timeout(
        place.silence_seconds, connect=place.connect_seconds, pool=place.connect_seconds
    )
    http = module.DefaultAsyncHttpxClient(
        timeout=timeout,
        event_hooks={"request": [only_ours]},
        # A key is for the place that was named, and for no other that this one may name.
        follow_redirects=False,
        # Where nothing is encrypted, the certificates of the machine need not be read.
        verify=not place.base_url.startswith("http://"),
        # A proxy that leads outside does not lead back to this machine.
        trust_env=not place.near,
    )
    return getattr(module, name)(
        api_key=place.key or "none",
        base_url=place.base_url,
        timeout=timeout,
        max_retries=0,
        http_client=http,
    )


def _strip(headers: Any, key: str | None) -> None:
    for name in [name for name in headers if name.lower() not in _SENT]:
        del headers[name]
    for name in ("authorization", "x-api-key"):
        if name in headers and (key is None or key not in headers[name]):
            del headers[name]
    headers["user-agent"] = "askwire"


async def spoken(
    sdk: Lazy,
    place: Place,
    request: Request,
    begin: Callable[[Any], Awaitable[Any]],
    read: Callable[[Any], Iterable[Heard]],
) -> AsyncIterator[Heard]:
    """Send a request by `begin`, and `read` what comes back piece by piece; nothing foreign leaves.

    Closing this closes the stream, and with it the request.
    """
    stream: Any = None
    try:
        stream = await begin(await sdk.get())
        async for piece in stream:
            for heard in read(piece):
                yield heard
    except Exception as error:  # noqa: BLE001  # nothing foreign leaves an adapter
        raise failure_of(error, place.key, tools=bool(request.tools)) from None
    finally:
        if stream is not None:
            await stream.close()
