"""The files of a session, opened as what they are: made by code that nobody trusts.

Everything goes by open folders, never by whole paths, so that no link and no renaming leads out.
"""

import asyncio
import contextlib
import mimetypes
import os
import stat
import sys
import uuid
from collections.abc import AsyncIterator, Generator, Mapping
from pathlib import Path

import msgspec

from engine.workspace.names import FOLDERS, WorkspaceFailed, parts_of, safe_name
from engine.workspace.quota import usage
from protocol.ids import SessionId

CHUNK = 1 << 18
MOST_FILES = 2_000


class FileInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a session. `path` is relative to its workspace, `changed_at` in Unix seconds."""

    path: str
    size: int
    mime: str
    changed_at: float


class Quota(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of one workspace."""

    file_bytes: int = 512 * 1024 * 1024
    total_bytes: int = 2 * 1024 * 1024 * 1024


class Workspaces:
    """One folder per session under `root`, with data/, artifacts/ and notebooks/ in it."""

    def __init__(self, root: Path, quota: Quota | None = None) -> None:
        self._root = root
        self._quota = quota or Quota()

    def folder(self, session: SessionId) -> Path:
        """Return where the session's files are. It need not exist yet."""
        name = safe_name(session)
        if name != session or name.startswith("."):
            raise WorkspaceFailed("bad_name", "That is not the name of a session.")
        return self._root / name

    async def prepare(self, session: SessionId) -> Path:
        """Make the session's folders if they are missing, and return the outermost."""
        return await asyncio.to_thread(_prepare, self.folder(session))

    async def store(
        self, session: SessionId, name: str, chunks: AsyncIterator[bytes], into: str = "data"
    ) -> FileInfo:
        """Keep a file under a safe form of its name; one of that name is replaced.

        Raise `WorkspaceFailed` with code `bad_name`, `file_too_large`, `quota` or `disk_full`;
        then nothing is left of it.
        """
        if into not in FOLDERS:
            raise WorkspaceFailed("bad_name", f"Files go into {', '.join(FOLDERS)}.")
        name = safe_name(name)
        root = await self.prepare(session)
        room = self._quota.total_bytes - await asyncio.to_thread(usage, root)
        temporary = f".upload-{uuid.uuid4().hex}"
        path = f"{into}/{name}"
        with _mapped():
            file = await asyncio.to_thread(_create, root, into, temporary)
            try:
                await self._fill(file, chunks, room)
                await asyncio.to_thread(_put_in_place, root, into, temporary, name)
            except BaseException:
                await asyncio.to_thread(_remove, root, f"{into}/{temporary}")
                raise
            finally:
                await asyncio.to_thread(os.close, file)
            return await asyncio.to_thread(_info, root, path)

    async def _fill(self, file: int, chunks: AsyncIterator[bytes], room: int) -> None:
        size = 0
        async for chunk in chunks:
            size += len(chunk)
            if size > self._quota.file_bytes:
                most = self._quota.file_bytes // 1_000_000
                raise WorkspaceFailed("file_too_large", f"A file may have at most {most} MB.")
            if size > room:
                raise WorkspaceFailed(
                    "quota", "The session's space is used up.", "Delete files that are not needed."
                )
            await asyncio.to_thread(_write_all, file, chunk)

    async def list(self, session: SessionId) -> tuple[FileInfo, ...]:
        """Return the session's files, hidden ones left out, in order of their paths."""
        return await asyncio.to_thread(_list, self.folder(session))

    async def read(
        self, session: SessionId, path: str, start: int = 0, end: int | None = None
    ) -> AsyncIterator[bytes]:
        """Stream a file, or its bytes from `start` up to `end`.

        Raise `WorkspaceFailed` with code `file_not_found` if it is none.
        """
        file = await asyncio.to_thread(_open, self.folder(session), path)
        left = sys.maxsize if end is None else end - start
        try:
            await asyncio.to_thread(os.lseek, file, start, os.SEEK_SET)
            while chunk := await asyncio.to_thread(os.read, file, min(CHUNK, left)):
                left -= len(chunk)
                yield chunk
        finally:
            os.close(file)

    async def preview(self, session: SessionId, path: str, most: int = 65_536) -> bytes:
        """Return the first bytes of a file."""
        file = await asyncio.to_thread(_open, self.folder(session), path)
        try:
            return await asyncio.to_thread(os.read, file, most)
        finally:
            os.close(file)

    async def delete(self, session: SessionId, path: str) -> None:
        """Remove a file; raise `WorkspaceFailed` with code `file_not_found` if it is not there."""
        with _mapped():
            await asyncio.to_thread(_remove, self.folder(session), path, True)

    async def used(self, session: SessionId) -> int:
        """Return the bytes that the session's files take."""
        return await asyncio.to_thread(usage, self.folder(session))


def changed(before: tuple[FileInfo, ...], after: tuple[FileInfo, ...]) -> tuple[FileInfo, ...]:
    """Return the files that are new or were written in between; notebooks and data of ours too."""
    known: Mapping[str, FileInfo] = {file.path: file for file in before}
    return tuple(file for file in after if known.get(file.path) != file)


# --- Blocking, by open folders ---


@contextlib.contextmanager
def _mapped() -> Generator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise WorkspaceFailed("file_not_found", "There is no such file.") from error
    except OSError as error:
        full = error.errno in (28, 122)  # ENOSPC, EDQUOT
        code, message = ("disk_full", "The disk is full.") if full else ("file_failed", str(error))
        raise WorkspaceFailed(code, message) from error


def _prepare(folder: Path) -> Path:
    with _mapped():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if stat.S_IMODE(folder.lstat().st_mode) & 0o700 != 0o700:
            folder.chmod(0o700)  # code has shut it, also for itself
        with _opened(folder) as place:
            for name in FOLDERS:
                with contextlib.suppress(FileExistsError):
                    os.mkdir(name, 0o700, dir_fd=place)
                    _give_to_owner_of(place, name)
    return folder


def _give_to_owner_of(place: int, name: str) -> None:
    """A kernel under a spare user owns the folder: what we add is its own too."""
    owner = os.fstat(place)
    if owner.st_uid != os.geteuid():
        os.chown(name, owner.st_uid, owner.st_gid, dir_fd=place, follow_symlinks=False)


@contextlib.contextmanager
def _opened(root: Path, *parts: str) -> Generator[int]:
    """Open a folder below `root` step by step, following no link."""
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    place = os.open(root, flags)
    try:
        for part in parts:
            inner = os.open(part, flags, dir_fd=place)
            os.close(place)
            place = inner
        yield place
    finally:
        os.close(place)


def _open(root: Path, path: str) -> int:
    *folders, name = parts_of(path)
    try:
        with _opened(root, *folders) as place:
            # Without waiting: a pipe would keep us for ever.
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            file = os.open(name, flags, dir_fd=place)
    except OSError as error:
        raise WorkspaceFailed("file_not_found", "There is no such file.") from error
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise WorkspaceFailed("file_not_found", "That is not a file.")
    return file


def _create(root: Path, into: str, name: str) -> int:
    with _opened(root, into) as place:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        file = os.open(name, flags, 0o644, dir_fd=place)
        _give_to_owner_of(place, name)
        return file


def _write_all(file: int, chunk: bytes) -> None:
    view = memoryview(chunk)
    while view:
        view = view[os.write(file, view) :]


def _put_in_place(root: Path, into: str, temporary: str, name: str) -> None:
    with _opened(root, into) as place:
        os.replace(temporary, name, src_dir_fd=place, dst_dir_fd=place)


def _remove(root: Path, path: str, must_exist: bool = False) -> None:
    *folders, name = parts_of(path)
    try:
        with _opened(root, *folders) as place:
            os.unlink(name, dir_fd=place)
    except OSError:
        if must_exist:
            raise


def _info(root: Path, path: str) -> FileInfo:
    *folders, name = parts_of(path)
    with _opened(root, *folders) as place:
        return _told(path, os.stat(name, dir_fd=place, follow_symlinks=False))


def _told(path: str, found: os.stat_result) -> FileInfo:
    mime = mimetypes.guess_type(path)[0] or "application/octet-stream"
    return FileInfo(path=path, size=found.st_size, mime=mime, changed_at=found.st_mtime)


def _list(root: Path) -> tuple[FileInfo, ...]:
    found: list[FileInfo] = []
    if not root.is_dir():
        return ()
    for above, folders, names, place in os.fwalk(root, follow_symlinks=False):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__pycache__")))
        prefix = os.path.relpath(above, root)
        for name in names:
            with contextlib.suppress(OSError, UnicodeError):
                name.encode()  # a name that is no text cannot be asked for
                told = os.stat(name, dir_fd=place, follow_symlinks=False)
                if stat.S_ISREG(told.st_mode) and not name.startswith("."):
                    found.append(_told(name if prefix == "." else f"{prefix}/{name}", told))
        if len(found) >= MOST_FILES:
            break
    return tuple(sorted(found[:MOST_FILES], key=lambda file: file.path))
