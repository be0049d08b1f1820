"""Where imported files are kept, so that each is imported once."""

import asyncio
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

from engine.ports import SourceFailed
from engine.sources.children.orders import Import, Imported, ImportOptions
from engine.sources.children.pool import Pool
from engine.sources.files.kinds import PARQUET, ending

IMPORT_SECONDS = 300.0


class Shelved(msgspec.Struct, frozen=True, kw_only=True):
    """A file as Parquet."""

    parquet: str
    rows: int
    columns: int
    notes: tuple[str, ...] = ()


class Shelf:
    """Imports files and keeps the outcome under a name made of path, size and time of change."""

    def __init__(self, folder: Path, *, memory_mb: int = 768) -> None:
        self._folder = folder.absolute()
        options = msgspec.msgpack.encode(ImportOptions(memory_mb=memory_mb))
        self._pool = Pool("engine.sources.children.importing", options, size=2, warm=2)
        self._locks: dict[str, asyncio.Lock] = {}

    async def take(self, path: Path, name: str | None = None) -> Shelved:
        """Return the file as Parquet, importing it if it is new or has changed.

        Raise `SourceFailed` with words about the file if it cannot be read.
        """
        name = name or path.name
        try:
            path, key = await asyncio.to_thread(_key, path)
        except OSError as error:
            raise SourceFailed(
                "source_down", f"{name} cannot be read: {error.strerror}."
            ) from error
        lock = self._locks.setdefault(key, asyncio.Lock())
        try:
            async with lock:
                kept = await asyncio.to_thread(self._kept, key)
                return kept or await self._import(path, name, key)
        finally:
            if not lock.locked():
                self._locks.pop(key, None)

    def rest(self) -> None:
        """Say that no more files are coming for now."""
        self._pool.rest()

    async def forget(self, path: Path) -> None:
        """Remove what was imported of this file."""
        await asyncio.to_thread(self._forget, path)

    async def close(self) -> None:
        """End imports that run."""
        await self._pool.close()

    async def _import(self, path: Path, name: str, key: str) -> Shelved:
        parquet = self._folder / f"{key}.parquet"
        unfinished = self._folder / f"{key}.{os.getpid()}.part"
        await asyncio.to_thread(self._folder.mkdir, parents=True, exist_ok=True)
        request = Import(path=str(path), name=name, target=str(unfinished))
        try:
            imported = await self._ask(request, name)
            kept = Shelved(
                parquet=str(path if ending(name) in PARQUET else parquet),
                rows=imported.rows,
                columns=imported.columns,
                notes=imported.notes,
            )
            await asyncio.to_thread(self._keep, key, unfinished, kept)
        except OSError as error:
            raise SourceFailed(
                "source_down", f"{name} could not be kept: {error.strerror}."
            ) from error
        finally:
            unfinished.unlink(missing_ok=True)
        return kept

    async def _ask(self, request: Import, name: str) -> Imported:
        try:
            async with asyncio.timeout(IMPORT_SECONDS), self._pool.lend(IMPORT_SECONDS) as child:
                answer = [part async for part in child.ask(msgspec.msgpack.encode(request))]
        except TimeoutError as error:
            raise SourceFailed(
                "source_down", f"{name} took too long to read.", "Split it, or send it as Parquet."
            ) from error
        return msgspec.msgpack.decode(answer[0], type=Imported)

    def _kept(self, key: str) -> Shelved | None:
        try:
            kept = msgspec.json.decode((self._folder / f"{key}.json").read_bytes(), type=Shelved)
        except (OSError, msgspec.DecodeError):
            return None
        return kept if Path(kept.parquet).is_file() else None

    def _keep(self, key: str, unfinished: Path, kept: Shelved) -> None:
        if unfinished.exists():
            os.replace(unfinished, kept.parquet)
        note = self._folder / f"{key}.json"
        part = note.with_suffix(f".{os.getpid()}.note")
        part.write_bytes(msgspec.json.encode(kept))
        os.replace(part, note)

    def _forget(self, path: Path) -> None:
        try:
            _, key = _key(path)
        except OSError:
            return
        for suffix in (".json", ".parquet"):
            (self._folder / f"{key}{suffix}").unlink(missing_ok=True)


def stamp_of(paths: Sequence[Path]) -> tuple[tuple[str, int, int], ...]:
    """Say in what state files are, so that a change is seen."""
    stamps: list[tuple[str, int, int]] = []
    for path in paths:
        try:
            found = path.stat()
            stamps.append((str(path), found.st_mtime_ns, found.st_size))
        except OSError:
            stamps.append((str(path), 0, -1))
    return tuple(stamps)


def _key(path: Path) -> tuple[Path, str]:
    path = path.absolute()
    found = path.stat()
    text = f"{path}\0{found.st_size}\0{found.st_mtime_ns}\0{found.st_ino}"
    return path, hashlib.sha256(text.encode()).hexdigest()[:32]
