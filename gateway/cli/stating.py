"""`askwire meaning` and `askwire privacy`: what data means, and what of it is kept back."""

import argparse
import asyncio
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

import msgspec

from client.http import Http, granted, in_path
from engine.sources.privacy import OPEN
from engine.sources.registry import Sources
from engine.sources.ruling import Kind
from engine.sources.semantic.problems import Problem, errors
from engine.sources.semantic.writing import skeleton, write
from gateway.cli.leaving import FAILED, Usage
from gateway.cli.places import server_or_folder
from gateway.cli.stated import told_meaning, told_privacy
from gateway.families.native.meanings import MeaningSeen, Problems
from gateway.families.native.privacy import PrivacySeen
from protocol.ids import CallerId

LOCAL = CallerId("local")
YAML = "application/yaml"


class Place(Protocol):
    """Where sources are: on a server, or in a data folder that no server uses."""

    async def show(self, kind: Kind, name: str) -> str:
        """Return in lines what holds."""
        ...

    async def text(self, kind: Kind, name: str) -> str:
        """Return the text as it was stated."""
        ...

    async def check(self, kind: Kind, name: str, text: str) -> Sequence[Problem]:
        """Say what is wrong with a text."""
        ...

    async def state(self, kind: Kind, name: str, text: str) -> None:
        """Put a text in place of what was stated."""

    async def forget(self, kind: Kind, name: str) -> None:
        """Forget what was stated."""


class OnServer:
    """See `Place`."""

    def __init__(self, http: Http) -> None:
        self._http = http

    async def show(self, kind: Kind, name: str) -> str:
        """Ask for it."""
        if kind == "privacy":
            return told_privacy((await self._http.get(_path(kind, name), PrivacySeen)).privacy)
        return told_meaning((await self._http.get(_path(kind, name), MeaningSeen)).meaning)

    async def text(self, kind: Kind, name: str) -> str:
        """Ask for it."""
        return granted(await self._http.answer(f"{_path(kind, name)}.yaml")).body.decode()

    async def check(self, kind: Kind, name: str, text: str) -> Sequence[Problem]:
        """Have it checked there."""
        path = f"{_path(kind, name)}/check"
        said = granted(await self._http.send("POST", path, text.encode(), YAML)).body
        return msgspec.json.decode(said, type=Problems).items

    async def state(self, kind: Kind, name: str, text: str) -> None:
        """Send it."""
        path = f"{_path(kind, name)}.yaml"
        granted(await self._http.send("PUT", path, text.encode(), YAML))

    async def forget(self, kind: Kind, name: str) -> None:
        """Have it forgotten."""
        granted(await self._http.send("DELETE", _path(kind, name)))


class InFolder:
    """See `Place`."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    async def show(self, kind: Kind, name: str) -> str:
        """Look what is kept."""
        key, source = await self._sources.open(name, LOCAL)
        if kind == "privacy":
            return told_privacy((await self._sources.ruling.privacy(key)).value)
        return told_meaning((await source.catalogue()).meaning)

    async def text(self, kind: Kind, name: str) -> str:
        """Return what is kept."""
        key, source = await self._sources.open(name, LOCAL)
        if kind == "privacy":
            return (await self._sources.ruling.privacy(key)).text or write(OPEN, whole=True)
        stated = await self._sources.ruling.meaning(key)
        return stated.text or skeleton((await source.catalogue()).tables)

    async def check(self, kind: Kind, name: str, text: str) -> Sequence[Problem]:
        """Check it."""
        _, source = await self._sources.open(name, LOCAL)
        return await self._sources.ruling.problems(kind, text, source)

    async def state(self, kind: Kind, name: str, text: str) -> None:
        """Keep it."""
        key, source = await self._sources.open(name, LOCAL)
        await self._sources.ruling.state(kind, key, source, text)

    async def forget(self, kind: Kind, name: str) -> None:
        """Remove it."""
        key, source = await self._sources.open(name, LOCAL)
        await self._sources.ruling.withdraw(kind, key, source)


def run(chosen: argparse.Namespace) -> int:
    """Show, take in, give out, check or forget what an owner states."""
    return asyncio.run(_done(chosen, "privacy" if chosen.command == "privacy" else "meaning"))


async def _done(chosen: argparse.Namespace, kind: Kind) -> int:
    given = await asyncio.to_thread(_given, chosen) if chosen.action in ("import", "check") else ""
    async with _place_of(chosen) as place:
        match chosen.action:
            case "show":
                sys.stdout.write(await place.show(kind, chosen.source))
            case "export":
                await asyncio.to_thread(_write, await place.text(kind, chosen.source), chosen.file)
            case "import":
                await place.state(kind, chosen.source, given)
                sys.stdout.write(f"{chosen.source}: in force\n")
            case "check":
                return _told(chosen.file, await place.check(kind, chosen.source, given))
            case _:
                await place.forget(kind, chosen.source)
    return 0


@asynccontextmanager
async def _place_of(chosen: argparse.Namespace) -> AsyncGenerator[Place]:
    async with server_or_folder(chosen) as where:
        yield OnServer(where) if isinstance(where, Http) else InFolder(where.sources)


def _given(chosen: argparse.Namespace) -> str:
    if chosen.file is None:
        raise Usage(f"say which file to {chosen.action}; - is the standard input")
    if str(chosen.file) == "-":
        return sys.stdin.read()
    try:
        text: str = chosen.file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Usage(f"{chosen.file} cannot be read: {error}") from None
    return text


def _write(text: str, file: Path | None) -> None:
    if file is None or str(file) == "-":
        sys.stdout.write(text)
        return
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Usage(f"{file} cannot be written: {error}") from None


def _told(file: Path, problems: Sequence[Problem]) -> int:
    for problem in problems:
        sys.stdout.write(f"{file}: {problem.words()}\n")
    if not problems:
        sys.stdout.write(f"{file}: nothing wrong\n")
    return FAILED if errors(problems) else 0


def _path(kind: Kind, name: str) -> str:
    return f"/api/v1/sources/{in_path(name)}/{kind}"
