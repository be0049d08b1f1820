"""`askwire models`: which models can be chosen, and the providers they come from."""

import argparse
import asyncio
import getpass
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Protocol

import msgspec

from client.http import Http, granted, in_path
from engine.models.shelf import ModelInfo, Models, ModelTested
from gateway.cli.leaving import FAILED, Usage
from gateway.cli.places import server_or_folder
from gateway.settings import secret_of


class _Models(msgspec.Struct):
    items: list[ModelInfo]


class _Names(msgspec.Struct):
    items: list[str]


class _Provider(msgspec.Struct):
    name: str
    kind: str
    config: Mapping[str, Any]


class Place(Protocol):
    """Where models are: on a server, or in a data folder that no server uses."""

    async def list(self) -> Sequence[ModelInfo]:
        """List what is known."""
        ...

    async def available(self, name: str) -> Sequence[str]:
        """Ask a provider what it has."""
        ...

    async def add(self, name: str, kind: str, config: Mapping[str, Any]) -> None:
        """Keep a provider."""

    async def test(self, name: str) -> ModelTested:
        """Try a provider that is kept."""
        ...

    async def remove(self, name: str) -> None:
        """Forget a provider."""


class OnServer:
    """See `Place`."""

    def __init__(self, http: Http) -> None:
        self._http = http

    async def list(self) -> Sequence[ModelInfo]:
        """Ask for the list."""
        return (await self._http.get("/api/v1/models", _Models)).items

    async def available(self, name: str) -> Sequence[str]:
        """Have the provider asked there."""
        path = f"/api/v1/models/profiles/{in_path(name)}/available"
        return (await self._http.get(path, _Names)).items

    async def add(self, name: str, kind: str, config: Mapping[str, Any]) -> None:
        """Send it."""
        body = msgspec.json.encode(_Provider(name, kind, config))
        granted(await self._http.send("POST", "/api/v1/models/profiles", body))

    async def test(self, name: str) -> ModelTested:
        """Have it tried there."""
        path = f"/api/v1/models/profiles/{in_path(name)}/test"
        body = granted(await self._http.send("POST", path)).body
        return msgspec.json.decode(body, type=ModelTested)

    async def remove(self, name: str) -> None:
        """Have it forgotten."""
        granted(await self._http.send("DELETE", f"/api/v1/models/profiles/{in_path(name)}"))


class InFolder:
    """See `Place`."""

    def __init__(self, models: Models) -> None:
        self._models = models

    async def list(self) -> Sequence[ModelInfo]:
        """Look what is there; nobody is asked."""
        return await self._models.list()

    async def available(self, name: str) -> Sequence[str]:
        """Ask the provider."""
        return await self._models.available(name)

    async def add(self, name: str, kind: str, config: Mapping[str, Any]) -> None:
        """Keep it."""
        await self._models.connect(name, kind, config)

    async def test(self, name: str) -> ModelTested:
        """Try it."""
        return await self._models.test(name)

    async def remove(self, name: str) -> None:
        """Forget it."""
        await self._models.disconnect(name)


def run(chosen: argparse.Namespace) -> int:
    """Do what is asked of the models."""
    return asyncio.run(_models(chosen))


async def _models(chosen: argparse.Namespace) -> int:
    name: str | None = chosen.name
    if name is None and chosen.action != "list":
        raise Usage(f"say which provider to {chosen.action}")
    config = _config(chosen) if chosen.action == "add" else {}
    async with _place_of(chosen) as place:
        if name is None:
            return _listed(await place.list(), chosen.json)
        match chosen.action:
            case "list":
                return _told(await place.available(name), name, chosen.json)
            case "add":
                await place.add(name, chosen.kind, config)
                return await _added(place, name, chosen)
            case "test":
                return await _test(place, name)
            case _:
                await place.remove(name)
                return 0


@asynccontextmanager
async def _place_of(chosen: argparse.Namespace) -> AsyncGenerator[Place]:
    async with server_or_folder(chosen) as where:
        yield OnServer(where) if isinstance(where, Http) else InFolder(where.models)


def _listed(models: Sequence[ModelInfo], as_json: bool) -> int:
    for model in models:
        if as_json:
            sys.stdout.write(msgspec.json.encode(model).decode() + "\n")
            continue
        told = f"  told: {model.data or 'as the server says'}" if model.outside else ""
        sys.stdout.write(f"{model.name:40}{told}\n")
    return 0


def _told(names: Sequence[str], profile: str, as_json: bool) -> int:
    for name in names:
        text = msgspec.json.encode({"name": f"{profile}/{name}"}).decode() if as_json else ""
        sys.stdout.write(f"{text or f'{profile}/{name}'}\n")
    return 0


async def _added(place: Place, name: str, chosen: argparse.Namespace) -> int:
    """Try what was added, unless that is not wanted; it is kept in any case."""
    code = await _test(place, name) if chosen.test else 0
    if code != 0:
        forget = f"askwire {chosen.command} remove {name}"
        sys.stderr.write(f"it is kept all the same; {forget} forgets it\n")
    return code


async def _test(place: Place, name: str) -> int:
    tested = await place.test(name)
    if tested.error is None:
        words = f"{tested.models} models"
        if tested.model is not None:
            words += f"; {tested.model} answered after {(tested.answered_ms or 0) / 1000:.1f} s"
        sys.stdout.write(f"✓ {name}: {words}\n")
        return 0
    hint = f"\n    {tested.error.hint}" if tested.error.hint else ""
    sys.stdout.write(f"✗ {name}: {tested.error.message}{hint}\n")
    return FAILED


def _config(chosen: argparse.Namespace) -> dict[str, Any]:
    """Gather how to reach it. A key never stands among the arguments: others can see them."""
    config: dict[str, Any] = {
        "base_url": chosen.at,
        "model": chosen.model,
        "data": chosen.tell,
        "tools": chosen.tools,
        "context_tokens": chosen.context,
        "api_key": _key(chosen),
    }
    if chosen.price is not None:
        config["prices"] = {chosen.model or "*": _price(chosen.price)}
    return {part: value for part, value in config.items() if value is not None}


def _price(text: str) -> dict[str, float]:
    names = ("input", "output", "cached")
    try:
        parts = [float(part) for part in text.split(":")]
    except ValueError:
        parts = []
    if len(parts) not in (2, 3):
        raise Usage("--price wants US dollars for a million tokens, read:written, such as 2.5:10")
    return dict(zip(names, parts, strict=False))


def _key(chosen: argparse.Namespace) -> str | None:
    if chosen.key_env is not None:
        return secret_of(chosen.key_env)
    if chosen.key_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if sys.stdin.isatty():
        # Nothing entered: no key, or the one that was kept before.
        return getpass.getpass(f"key of {chosen.name}: ") or None
    return None
