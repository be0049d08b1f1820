"""`askwire sources` and `askwire vault`: databases that can be asked, and the keys of passwords."""

import argparse
import asyncio
import getpass
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

import msgspec

from client.http import Http, granted, in_path
from engine.ports import Catalogue
from engine.sources.keys import KeyFile
from engine.sources.profiles import Tested
from engine.sources.registry import Sources
from gateway.building import KEYS, SECRETS
from gateway.cli.leaving import FAILED, Usage
from gateway.cli.places import server_or_folder
from gateway.cli.stated import told_catalogue
from gateway.settings import from_environ, secret_of
from protocol.ids import CallerId

PARTS = ("host", "port", "database", "user", "tls", "path")


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A source in the list."""

    name: str
    dialect: str
    kind: str
    problem: str | None = None


class _Listing(msgspec.Struct):
    items: list[Listed]


class Place(Protocol):
    """Where sources are: on a server, or in a data folder that no server uses."""

    async def list(self) -> Sequence[Listed]:
        """List them."""
        ...

    async def look(self, name: str, refresh: bool) -> Catalogue:
        """Return what a source holds, looking anew if asked."""
        ...

    async def add(self, name: str, kind: str, config: Mapping[str, Any], privacy: str) -> None:
        """Keep a connection, and what is kept back of it."""

    async def test(self, name: str) -> Tested:
        """Try a connection that is kept."""
        ...

    async def remove(self, name: str) -> None:
        """Forget a connection."""


class OnServer:
    """See `Place`."""

    def __init__(self, http: Http) -> None:
        self._http = http

    async def list(self) -> Sequence[Listed]:
        """Ask for the list."""
        return (await self._http.get("/api/v1/sources", _Listing)).items

    async def look(self, name: str, refresh: bool) -> Catalogue:
        """Ask for it."""
        path = f"/api/v1/sources/{in_path(name)}/catalogue"
        return await self._http.get(path, Catalogue, refresh="true" if refresh else "false")

    async def add(self, name: str, kind: str, config: Mapping[str, Any], privacy: str) -> None:
        """Send it."""
        body = {"name": name, "kind": kind, "config": config, "privacy": privacy}
        granted(await self._http.send("POST", "/api/v1/sources", msgspec.json.encode(body)))

    async def test(self, name: str) -> Tested:
        """Have it tried there."""
        path = f"/api/v1/sources/{in_path(name)}/test"
        return msgspec.json.decode(granted(await self._http.send("POST", path)).body, type=Tested)

    async def remove(self, name: str) -> None:
        """Have it forgotten."""
        granted(await self._http.send("DELETE", f"/api/v1/sources/{in_path(name)}"))


class InFolder:
    """See `Place`."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    async def list(self) -> Sequence[Listed]:
        """Look what is there; nothing is connected."""
        infos = await self._sources.list(CallerId("local"))
        return [Listed(name=i.name, dialect=i.dialect, kind=i.kind) for i in infos]

    async def look(self, name: str, refresh: bool) -> Catalogue:
        """Look at it."""
        return await (await self._sources.get(name, CallerId("local"))).catalogue(refresh)

    async def add(self, name: str, kind: str, config: Mapping[str, Any], privacy: str) -> None:
        """Keep it."""
        await self._sources.connect(name, kind, config, privacy)

    async def test(self, name: str) -> Tested:
        """Try it."""
        return await self._sources.try_kept(name)

    async def remove(self, name: str) -> None:
        """Forget it."""
        await self._sources.disconnect(name)


def run(chosen: argparse.Namespace) -> int:
    """Do what is asked of the sources, or turn the keys."""
    return _rotate(chosen) if chosen.command == "vault" else asyncio.run(_sources(chosen))


def _rotate(chosen: argparse.Namespace) -> int:
    folder = from_environ(data=chosen.data).data
    count = KeyFile(folder / KEYS).rotate(folder / SECRETS)
    sys.stdout.write(f"a new key is in force; secrets encrypted anew: {count}\n")
    return 0


async def _sources(chosen: argparse.Namespace) -> int:
    if chosen.action != "list" and chosen.name is None:
        raise Usage(f"say which source to {chosen.action}")
    config = _config(chosen) if chosen.action == "add" else {}
    privacy = await asyncio.to_thread(_privacy, chosen.privacy) if chosen.action == "add" else ""
    async with place_of(chosen) as place:
        match chosen.action:
            case "list":
                return await _list(place, chosen.json)
            case "add":
                await place.add(chosen.name, chosen.kind, config, privacy)
                return await _added(place, chosen.name, chosen)
            case "show":
                told = told_catalogue(await place.look(chosen.name, chosen.refresh))
                sys.stdout.write(told)
                return 0
            case "test":
                return await _test(place, chosen.name)
            case _:
                await place.remove(chosen.name)
                return 0


@asynccontextmanager
async def place_of(chosen: argparse.Namespace) -> AsyncGenerator[Place]:
    async with server_or_folder(chosen) as where:
        yield OnServer(where) if isinstance(where, Http) else InFolder(where.sources)


async def _list(place: Place, as_json: bool) -> int:
    found = await place.list()
    for source in found:
        if as_json:
            sys.stdout.write(msgspec.json.encode(source).decode() + "\n")
            continue
        problem = f"  ! {source.problem}" if source.problem else ""
        sys.stdout.write(f"{source.name:20} {source.kind:10} {source.dialect}{problem}\n")
    if not found and not as_json:
        sys.stderr.write("no sources yet: askwire sources add NAME connects one\n")
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
        sys.stdout.write(f"✓ {name}: connected, {tested.tables} tables\n")
        return 0
    hint = f"\n    {tested.error.hint}" if tested.error.hint else ""
    sys.stdout.write(f"✗ {name}: {tested.error.message}{hint}\n")
    return FAILED


def _config(chosen: argparse.Namespace) -> dict[str, Any]:
    """Gather how to reach it. A password never stands among the arguments: others can see them."""
    config = {part: getattr(chosen, part) for part in PARTS}
    if chosen.path is not None:
        config["path"] = str(chosen.path.expanduser().absolute())
    else:
        config["password"] = _password(chosen)
    return {part: value for part, value in config.items() if value is not None}


def _privacy(file: Path | None) -> str:
    """Read what is kept back, if anything is."""
    try:
        return "" if file is None else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Usage(f"{file} cannot be read: {error}") from None


def _password(chosen: argparse.Namespace) -> str | None:
    if chosen.password_env is not None:
        return secret_of(chosen.password_env)
    if chosen.password_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if sys.stdin.isatty():
        # Nothing entered: no password, or the one that was kept before.
        return getpass.getpass(f"password of {chosen.user or chosen.name}: ") or None
    return None
