"""Files about each source: what its owner says of it and keeps back, and how it looked last."""

import os
from pathlib import Path
from typing import Final, Literal

import msgspec

from engine.ports import StoreFailed
from protocol.ids import CallerId

Paper = Literal["meaning.yaml", "privacy.yaml", "shape.msgpack"]
ESCAPED: Final = ("%", "/", "\\", "\0")


class Key(msgspec.Struct, frozen=True):
    """Which source: `owner` is who uploaded it, None for one of the server."""

    owner: CallerId | None
    name: str


class Papers:
    """The files of all sources, in one folder. All methods block: call them in a thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, key: Key, paper: Paper) -> bytes | None:
        """Return what a file holds, or None if there is none."""
        try:
            return self._path(key, paper).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _failed(key, "read") from error

    def write(self, key: Key, paper: Paper, content: bytes) -> None:
        """Put a file in place of another, whole, and on the disk."""
        path = self._path(key, paper)
        part = path.with_name(f"{paper}.{os.getpid()}.part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as target:
                target.write(content)
                target.flush()
                os.fsync(target.fileno())
            os.replace(part, path)
        except OSError as error:
            raise _failed(key, "kept") from error

    def remove(self, key: Key, paper: Paper) -> None:
        """Forget a file; no matter if it is not there."""
        try:
            self._path(key, paper).unlink(missing_ok=True)
        except OSError as error:
            raise _failed(key, "removed") from error

    def _path(self, key: Key, paper: Paper) -> Path:
        owner = "server" if key.owner is None else f"caller {_safe(key.owner)}"
        return self._folder / owner / f"source {_safe(key.name)}" / paper


def _safe(name: str) -> str:
    """Write a name so that it is one part of a path. What stands before it keeps dots harmless."""
    for mark in ESCAPED:
        name = name.replace(mark, f"%{ord(mark):02x}")
    return name


def _failed(key: Key, done: str) -> StoreFailed:
    return StoreFailed("storage_failed", f"What is kept about {key.name} cannot be {done}.")
