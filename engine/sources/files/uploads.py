"""Files that callers sent, one folder for each caller."""

import hashlib
import os
import shutil
from collections.abc import Collection
from pathlib import Path

import msgspec

from engine.ports import SourceFailed
from engine.sources.files.kinds import (
    PARQUET,
    PARQUET_MAGIC,
    SQLITE,
    SQLITE_MAGIC,
    TABLES,
    ending,
    table_name,
)
from protocol.ids import CallerId


class UploadLimits(msgspec.Struct, frozen=True, kw_only=True):
    """How much a caller may send."""

    file_bytes: int = 512 * 1024 * 1024
    total_bytes: int = 2 * 1024 * 1024 * 1024
    files: int = 200


class Uploads:
    """Where uploads lie. All of its methods block; call them in a thread."""

    def __init__(self, root: Path, limits: UploadLimits) -> None:
        self._root = root
        self._limits = limits

    def folder(self, caller: CallerId) -> Path:
        """Return the caller's folder. Its name tells nothing and cannot lead elsewhere."""
        return self._root / hashlib.sha256(str(caller).encode()).hexdigest()[:24]

    def take(self, caller: CallerId, file_name: str, path: Path) -> Path:
        """Move a file into the folder of its caller under a safe name."""
        kind = ending(file_name.replace("\\", "/"))
        if kind not in TABLES + SQLITE:
            known = ", ".join(TABLES + SQLITE)
            raise SourceFailed(
                "bad_upload",
                f"Files of the kind {kind or 'without ending'!r} cannot be read.",
                f"Send one of {known}.",
            )
        folder = self.folder(caller)
        target = folder / f"{table_name(file_name)}{kind}"
        try:
            self._measure(path, folder, target)
            _look_at_content(path, kind)
            folder.mkdir(parents=True, exist_ok=True)
            part = folder / f".{target.name}.part"
            shutil.move(path, part)
            _retire_same_table(folder, target)
            os.replace(part, target)
        except OSError as error:
            raise SourceFailed(
                "bad_upload", f"The file could not be kept: {error.strerror}."
            ) from error
        return target

    def kept(self, caller: CallerId) -> list[Path]:
        """Return all files of a caller."""
        folder = self.folder(caller)
        files = sorted(folder.iterdir()) if folder.is_dir() else []
        return [file for file in files if not file.name.startswith(".")]

    def files_called(self, caller: CallerId, name: str, taken: Collection[str]) -> list[Path]:
        """Return the files that make the table or source of this name.

        `taken` are the names of the server's own sources, which a SQLite file steps aside for.
        """
        return [file for file in self.kept(caller) if source_name(file, taken) == name]

    def sqlite_called(self, caller: CallerId, name: str, taken: Collection[str]) -> Path:
        """Return the SQLite file behind a source's name."""
        for file in self.files_called(caller, name, taken):
            if ending(file.name) in SQLITE:
                return file
        return self.folder(caller) / f"{name}.sqlite"

    def _measure(self, path: Path, folder: Path, target: Path) -> None:
        size = path.stat().st_size
        others = [file for file in folder.iterdir() if file != target] if folder.is_dir() else []
        total = size + sum(file.stat().st_size for file in others)
        limits = self._limits
        if size > limits.file_bytes:
            raise _too_large(f"A file may have {limits.file_bytes // 1_048_576} MB.")
        if total > limits.total_bytes:
            raise _too_large(f"Your files together may have {limits.total_bytes // 1_048_576} MB.")
        if len(others) >= limits.files:
            raise _too_large(f"You may keep {limits.files} files.")


def source_name(file: Path, taken: Collection[str]) -> str:
    """Return what a kept file is called: its table, or the source that it is by itself."""
    return table_name(file.name, taken) if ending(file.name) in SQLITE else file.stem


def _retire_same_table(folder: Path, target: Path) -> None:
    """Let a new file take the place of one that makes the same table in another format."""
    for file in folder.iterdir():
        if file.stem == target.stem and file != target and not file.name.startswith("."):
            file.unlink()


def _look_at_content(path: Path, kind: str) -> None:
    """Believe the ending of a name only if the first bytes agree."""
    with path.open("rb") as file:
        head = file.read(16)
    if kind in SQLITE and head != SQLITE_MAGIC:
        raise SourceFailed("bad_upload", "This is not a SQLite database.")
    if kind in PARQUET and head[:4] != PARQUET_MAGIC:
        raise SourceFailed("bad_upload", "This is not a Parquet file.")
    if kind in SQLITE:
        _leave_wal_mode(path)


def _leave_wal_mode(path: Path) -> None:
    """Mark a database as not in WAL mode, which would need files beside it that nobody sent.

    Two bytes of the header say it; the file is not opened as a database here, because it may be
    made to do harm.
    """
    with path.open("r+b") as file:
        file.seek(18)
        if file.read(2) == b"\x02\x02":
            file.seek(18)
            file.write(b"\x01\x01")


def _too_large(hint: str) -> SourceFailed:
    return SourceFailed("upload_too_large", "There is no room for this file.", hint)
