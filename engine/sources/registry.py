"""The named sources of a server, and what callers have uploaded."""

import asyncio
import difflib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from engine.clock import stamp_at
from engine.ports import PortError, Source, SourceFailed
from engine.sources.duckdb import DuckdbSource
from engine.sources.files.kinds import SQLITE, TABLES, ending, table_name, tables_in
from engine.sources.files.shelf import Shelf
from engine.sources.files.uploads import UploadLimits, Uploads, source_name
from engine.sources.local import tables_at
from engine.sources.papers import Key, Papers
from engine.sources.profiles import Connected, Profile, Profiles, Tested
from engine.sources.ruling import Ruling
from engine.sources.sqlite import SqliteSource
from protocol.ids import CallerId

UPLOADS = "uploads"
AnySource = SqliteSource | DuckdbSource | Connected


class SourceInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A source as a list shows it."""

    name: str
    dialect: str
    kind: str
    """sqlite, files, uploads or connection."""
    owner: CallerId | None = None
    """Who uploaded it; None if the server was started with it."""


class Where(msgspec.Struct, frozen=True, kw_only=True):
    """Where a source's files are, for a notebook that opens them by itself."""

    dialect: str
    path: str | None = None
    files: Mapping[str, str] = {}


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A file that somebody brought: a table of `source`, or all of it. `size` in bytes."""

    name: str
    source: str
    size: int
    at: str


class Uploaded(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an upload. `notes` say what had to be done to the file."""

    source: str
    tables: tuple[str, ...]
    notes: tuple[str, ...] = ()


class Sources:
    """All sources of one server. Files on disk are the truth: it can be made anew at any time."""

    def __init__(
        self,
        configured: Mapping[str, Path],
        folder: Path,
        *,
        limits: UploadLimits | None = None,
        profiles: Profiles | None = None,
        ruling: Ruling | None = None,
    ) -> None:
        """`configured` maps names to files or folders; uploads and imports are kept in `folder`."""
        self._profiles = profiles
        self.ruling = ruling or Ruling(Papers(folder / "about"))
        self._configured = dict(configured)
        self._uploads = Uploads(folder / "uploads", limits or UploadLimits())
        self._shelf = Shelf(folder / "imported")
        self._open: dict[Key, AnySource] = {}
        self._uploading = asyncio.Lock()

    async def list(self, caller: CallerId) -> Sequence[SourceInfo]:
        """Name the sources that the caller may ask, those of the server first."""
        found = list(await asyncio.to_thread(self._list, caller))
        for profile in await self._profiles.list() if self._profiles else ():
            if profile.name not in {info.name for info in found}:
                found.append(SourceInfo(name=profile.name, dialect=profile.kind, kind="connection"))
        return found

    async def get(self, name: str, caller: CallerId) -> Source:
        """Return the source. Raise `SourceFailed` `unknown_source`, naming those that are near."""
        source = (await self.open(name, caller))[1]
        if source.known.waits:
            with suppress(PortError):  # It says itself, when asked, what is wrong.
                await source.catalogue()
        return source

    async def open(self, name: str, caller: CallerId) -> tuple[Key, AnySource]:
        """Return the source, with its rules in force, and the key of what is kept about it.

        Raise `SourceFailed` `unknown_source`, naming those that are near.
        """
        found = {info.name: info for info in await self.list(caller)}
        info = found.get(name)
        if info is None:
            raise _unknown(name, list(found))
        key = Key(info.owner, name)
        if key not in self._open:
            made: AnySource
            if info.kind == "connection" and self._profiles is not None:
                made = await self._profiles.open(name, self._shelf)
            else:
                made = self._make(info, caller)
            await self.ruling.enforce(key, made)
            if key in self._open:  # Somebody else was quicker.
                await made.close()
            else:
                self._open[key] = made
        return key, self._open[key]

    @property
    def profiles(self) -> Profiles:
        """The connection profiles. Raise `SourceFailed` `bad_profile` if there is no place."""
        if self._profiles is None:
            raise SourceFailed("bad_profile", "This server keeps no connection profiles.")
        return self._profiles

    async def connect(
        self, name: str, kind: str, config: Mapping[str, Any], privacy: str = ""
    ) -> Profile:
        """Keep a connection profile, and ask by it from now on.

        `privacy` is YAML of what is kept back, in force before anybody asks. Raise `SourceFailed`
        `bad_profile`, also if a file of the server has that name; `BadText`, or what is wrong with
        the source, if it cannot be told whether the rules fit it. Then a new one is not kept.
        """
        if name in self._configured or name == UPLOADS:
            raise SourceFailed(
                "bad_profile", f"There is a source named {name!r} already.", "Choose another name."
            )
        new = name not in {profile.name for profile in await self.profiles.list()}
        try:
            if privacy and new:
                await self.ruling.foretell(Key(None, name), privacy)
            kept = await self.profiles.add(name, kind, config)
            await self._close(None, name)
            if privacy:
                key, source = await self.open(name, CallerId(""))
                await self.ruling.state("privacy", key, source, privacy)
        except PortError:
            if new:
                await self._forget(name)
            raise
        return kept

    async def try_connection(
        self, kind: str, config: Mapping[str, Any], name: str | None = None
    ) -> Tested:
        """Try a connection, or a change of one, and say what is wrong with it. Keeps nothing."""
        return await self.profiles.test(kind, config, self._shelf, name)

    async def try_kept(self, name: str) -> Tested:
        """Try a connection as it is kept. Raise `SourceFailed` `unknown_source`."""
        return await self.profiles.test_kept(name, self._shelf)

    async def disconnect(self, name: str) -> None:
        """Forget a connection profile. Raise `SourceFailed` `unknown_source`."""
        await self.profiles.get(name)
        await self._forget(name)

    async def where(self, name: str, caller: CallerId) -> Where:
        """Return where the files of a source are. Raise `SourceFailed` `unknown_source`.

        Of a source with rules it is not told: whoever opens its files would go round them.
        """
        found = {info.name: info for info in await self.list(caller)}
        info = found.get(name)
        if info is None:
            raise _unknown(name, list(found))
        rules = (await self.ruling.privacy(Key(info.owner, name))).value
        if info.kind == "connection" or rules.restricts:
            return Where(dialect=info.dialect)
        return await asyncio.to_thread(self._where, info, caller)

    async def add_upload(self, caller: CallerId, file_name: str, path: Path) -> Uploaded:
        """Take the file at `path` over (it is moved) under a safe form of `file_name`.

        Tables go into the caller's source `uploads`; a SQLite file becomes a source of its own. A
        file of the same name is replaced. Raise `SourceFailed` `bad_upload` or `upload_too_large`,
        or `source_down` with words about a file that cannot be read; then nothing is kept.
        """
        async with self._uploading:
            kept = await asyncio.to_thread(self._uploads.take, caller, file_name, path)
            try:
                if ending(kept.name) in SQLITE:
                    return await self._added_sqlite(caller, kept)
                return await self._added_table(caller, kept)
            except SourceFailed:
                await asyncio.to_thread(kept.unlink, missing_ok=True)
                raise

    async def uploads(self, caller: CallerId) -> Sequence[Kept]:
        """Return the files that a caller has brought, by name."""
        files = await asyncio.to_thread(self._uploads.kept, caller)
        return await asyncio.to_thread(lambda: [self._kept(file) for file in files])

    async def remove_upload(self, caller: CallerId, name: str) -> None:
        """Remove an uploaded table or SQLite source. Raise `SourceFailed` `unknown_source`."""
        called = partial(self._uploads.files_called, caller, name, self._configured)
        files = await asyncio.to_thread(called)
        if not files:
            names = [kept.name for kept in await self.uploads(caller)]
            raise _unknown(name, names)
        for path in files:
            await self._shelf.forget(path)
            await asyncio.to_thread(path.unlink, missing_ok=True)
        await self._close(caller, name)
        if name != UPLOADS:
            await self.ruling.forget(Key(caller, name))
        source = self._open.get(Key(caller, UPLOADS))
        if isinstance(source, DuckdbSource):
            await source.look_again()

    def _kept(self, file: Path) -> Kept:
        name = source_name(file, self._configured)
        alone = ending(file.name) in SQLITE
        return Kept(
            name=name,
            source=name if alone else UPLOADS,
            size=file.stat().st_size,
            at=stamp_at(file.stat().st_mtime),
        )

    async def close(self) -> None:
        """Close all sources."""
        for source in self._open.values():
            await source.close()
        self._open.clear()
        await self._shelf.close()

    async def _added_sqlite(self, caller: CallerId, kept: Path) -> Uploaded:
        name = table_name(kept.name, self._configured)
        await self._close(caller, name)
        source = SqliteSource(name, kept)
        try:
            await self.ruling.enforce(Key(caller, name), source)
            catalogue = await source.catalogue()
        except SourceFailed:
            await source.close()
            raise
        self._open[Key(caller, name)] = source
        return Uploaded(source=name, tables=tuple(table.name for table in catalogue.tables))

    async def _added_table(self, caller: CallerId, kept: Path) -> Uploaded:
        shelved = await self._shelf.take(kept)
        source = await self.get(UPLOADS, caller)
        if isinstance(source, DuckdbSource):
            await source.look_again()
        return Uploaded(source=UPLOADS, tables=(table_name(kept.name),), notes=shelved.notes)

    async def _forget(self, name: str) -> None:
        await self.profiles.remove(name)
        await self._close(None, name)
        await self.ruling.forget(Key(None, name))

    async def _close(self, caller: CallerId | None, name: str) -> None:
        source = self._open.pop(Key(caller, name), None)
        if source is not None:
            await source.close()

    def _list(self, caller: CallerId) -> Sequence[SourceInfo]:
        infos = [self._info(name, path) for name, path in self._configured.items()]
        folder = self._uploads.folder(caller)
        files = sorted(folder.iterdir()) if folder.is_dir() else []
        if any(ending(file.name) in TABLES for file in files):
            infos.append(SourceInfo(name=UPLOADS, dialect="duckdb", kind="uploads", owner=caller))
        infos += [
            SourceInfo(
                name=table_name(file.name, self._configured),
                dialect="sqlite",
                kind="sqlite",
                owner=caller,
            )
            for file in files
            if ending(file.name) in SQLITE
        ]
        return infos

    def _info(self, name: str, path: Path) -> SourceInfo:
        if ending(path.name) in SQLITE and not path.is_dir():
            return SourceInfo(name=name, dialect="sqlite", kind="sqlite")
        return SourceInfo(name=name, dialect="duckdb", kind="files")

    def _where(self, info: SourceInfo, caller: CallerId) -> Where:
        if info.kind == "sqlite":
            own = info.owner is None
            path = (
                self._configured[info.name]
                if own
                else self._uploads.sqlite_called(caller, info.name, self._configured)
            )
            return Where(dialect=info.dialect, path=str(path))
        if info.kind == "uploads":
            tables = tables_in(self._uploads.folder(caller))
        else:
            tables = tables_at(self._configured[info.name])
        files = {table: str(paths[0]) for table, paths in tables.items() if paths}
        return Where(dialect=info.dialect, files=files)

    def _make(self, info: SourceInfo, caller: CallerId) -> AnySource:
        if info.kind == "files":
            path = self._configured[info.name]
            return DuckdbSource(info.name, lambda: tables_at(path), self._shelf, address=str(path))
        if info.kind == "uploads":
            folder = self._uploads.folder(caller)
            return DuckdbSource(
                info.name, lambda: tables_in(folder), self._shelf, address=str(folder)
            )
        if info.owner is None:
            return SqliteSource(info.name, self._configured[info.name])
        path = self._uploads.sqlite_called(caller, info.name, self._configured)
        return SqliteSource(info.name, path)


def _unknown(name: str, known: Sequence[str]) -> SourceFailed:
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5) or sorted(known)[:5]
    hint = f"Did you mean {' or '.join(near)}?" if near else "No source is set up yet."
    return SourceFailed("unknown_source", f"There is no source named {name!r}.", hint)
