"""What owners say of sources and keep back of them: kept in files, in force at once."""

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Final, Generic, Literal, Protocol, TypeVar

import msgspec

from engine.ports import Catalogue, Meaning, PortError
from engine.sources.catalogue import KeptCatalogue
from engine.sources.drift import Memory
from engine.sources.papers import Key, Paper, Papers
from engine.sources.privacy import CLOSED, OPEN, Privacy, check_privacy
from engine.sources.semantic.checking import check_meaning
from engine.sources.semantic.problems import BadText, Problem, errors
from engine.sources.semantic.reading import Read, read

_log = logging.getLogger("askwire.sources")

Kind = Literal["meaning", "privacy"]
T = TypeVar("T", Meaning, Privacy)
Listener = Callable[[Key], Awaitable[object]]
MEANING: Final[Paper] = "meaning.yaml"
PRIVACY: Final[Paper] = "privacy.yaml"
SHAPE: Final[Paper] = "shape.msgpack"


class Ruled(Protocol):
    """A source that can be ruled."""

    known: KeptCatalogue

    async def catalogue(self, refresh: bool = False) -> Catalogue:
        """See `engine.ports.Source`."""
        ...


class Stated(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """What an owner wrote. `version` names the text and is empty if there is none."""

    value: T
    text: str = ""
    version: str = ""
    kept: bool = False
    """Whether it was kept here; else it came with the source, or there is none."""
    problems: tuple[Problem, ...] = ()
    """Why the text cannot be read; then `value` is what holds instead."""


class Ruling:
    """The rules and meanings of all sources of a server."""

    def __init__(self, papers: Papers, shipped: Mapping[str, Path] | None = None) -> None:
        """`shipped` are files with the meaning of sources that came with one."""
        self._papers = papers
        self._shipped = dict(shipped or {})
        self._changing = asyncio.Lock()
        self._told: Listener | None = None

    def tell(self, listener: Listener) -> None:
        """Call this whenever other rules came into force for a source, before saying so."""
        self._told = listener

    async def enforce(self, key: Key, source: Ruled) -> None:
        """Put what is kept about a source in force; for one that was just opened.

        Rules that cannot be read, because somebody spoilt the file, hide everything; a meaning that
        cannot be read is none.
        """
        source.known.remember(
            Memory(
                lambda: self._papers.read(key, SHAPE),
                lambda content: self._papers.write(key, SHAPE, content),
            )
        )
        privacy, said = await self.privacy(key), await self.meaning(key)
        for problem in (*privacy.problems, *said.problems):
            _log.warning("source %s: %s", key.name, problem.words())
        source.known.rule(privacy.value, said.value)

    async def meaning(self, key: Key) -> Stated[Meaning]:
        """Return what is said of a source."""
        text = await asyncio.to_thread(self._papers.read, key, MEANING)
        kept = text is not None
        if text is None and key.owner is None and key.name in self._shipped:
            text = await asyncio.to_thread(self._shipped[key.name].read_bytes)
        return await asyncio.to_thread(_stated, text, kept, Meaning(), Meaning(), "meaning")

    async def privacy(self, key: Key) -> Stated[Privacy]:
        """Return what is kept back of a source."""
        text = await asyncio.to_thread(self._papers.read, key, PRIVACY)
        return await asyncio.to_thread(_stated, text, text is not None, OPEN, CLOSED, "rules")

    async def problems(self, kind: Kind, text: str, source: Ruled) -> tuple[Problem, ...]:
        """Say what is wrong with a text, all that can be found."""
        await source.catalogue()
        tables, dialect = source.known.tables, source.known.dialect
        try:
            if kind == "privacy":
                rules = await asyncio.to_thread(read, text, Privacy, "rules")
                return check_privacy(rules.value, tables, dialect, rules.lines)
            said = await asyncio.to_thread(read, text, Meaning, "meaning")
            return check_meaning(said.value, tables, dialect, said.lines)
        except BadText as error:
            return error.problems

    async def state(
        self, kind: Kind, key: Key, source: Ruled, text: str, expected: str | None = None
    ) -> None:
        """Keep a text in place of what was kept, and put it in force.

        With `expected`, only in place of that version. Raise `BadText`, or `PortError`
        `version_changed`; then nothing is kept.
        """
        wrong = errors(await self.problems(kind, text, source))
        if wrong:
            raise BadText("meaning" if kind == "meaning" else "rules", wrong)
        await self._replace(kind, key, source, text.encode(), expected)

    async def foretell(self, key: Key, privacy: str) -> None:
        """Keep rules for a source that is not there yet. Raise `BadText` if they make no sense."""
        await asyncio.to_thread(read, privacy, Privacy, "rules")
        await asyncio.to_thread(self._papers.write, key, PRIVACY, privacy.encode())

    async def withdraw(
        self, kind: Kind, key: Key, source: Ruled, expected: str | None = None
    ) -> None:
        """Forget what was kept; what came with the source is in force again."""
        await self._replace(kind, key, source, None, expected)

    async def forget(self, key: Key) -> None:
        """Forget all about a source that is removed."""
        for paper in (MEANING, PRIVACY, SHAPE):
            await asyncio.to_thread(self._papers.remove, key, paper)

    async def _replace(
        self,
        kind: Kind,
        key: Key,
        source: Ruled,
        content: bytes | None,
        expected: str | None,
    ) -> None:
        paper = MEANING if kind == "meaning" else PRIVACY
        async with self._changing:
            if expected is not None:
                await self._must_be(kind, key, expected)
            if content is None:
                await asyncio.to_thread(self._papers.remove, key, paper)
            else:
                await asyncio.to_thread(self._papers.write, key, paper, content)
            before = source.known.rules
            await self.enforce(key, source)
            if self._told is not None and source.known.rules != before:
                await self._told(key)

    async def _must_be(self, kind: Kind, key: Key, expected: str) -> None:
        stated = await (self.meaning(key) if kind == "meaning" else self.privacy(key))
        version = stated.version
        if version != expected:
            raise PortError(
                "version_changed",
                f"Somebody else has changed this; it is version {version or 'none'} now.",
                "Read it again, and send your change with its version.",
            )


def _stated(content: bytes | None, kept: bool, none: T, instead: T, what: str) -> Stated[T]:
    """Read a text; without one it is `none`, and where it cannot be read `instead` holds."""
    if content is None:
        return Stated(value=none)
    version = hashlib.sha256(content).hexdigest()[:16]
    text = content.decode("utf-8", "replace")
    try:
        found: Read[T] = read(text, type(none), what)
    except BadText as error:
        return Stated(value=instead, text=text, version=version, kept=kept, problems=error.problems)
    return Stated(value=found.value, text=text, version=version, kept=kept)
