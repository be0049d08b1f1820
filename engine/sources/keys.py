"""The keys of a vault, in a file that only its owner can read."""

import os
from collections.abc import Sequence
from pathlib import Path

from engine.ports import StoreFailed
from engine.sources.vault import FileVault, new_key, write_private


class KeyFile:
    """One key a line, the newest first. All methods block for a moment; call them in a thread."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> Sequence[bytes]:
        """Return the keys; the first is made when none was needed before."""
        try:
            return tuple(self._path.read_bytes().split())
        except FileNotFoundError:
            pass
        except OSError as error:
            raise StoreFailed("vault_closed", "The keys of the vault cannot be read.") from error
        return self._first()

    def _first(self) -> Sequence[bytes]:
        """Make a key. Of two who do so at once, one wins and the other takes that one."""
        part = self._path.with_name(f"{self._path.name}.first.{os.getpid()}")
        write_private(part, new_key() + b"\n")
        try:
            os.link(part, self._path)
        except FileExistsError:
            pass
        except OSError as error:
            raise StoreFailed("vault_closed", "The key of the vault cannot be kept.") from error
        finally:
            part.unlink(missing_ok=True)
        return self.read()

    def rotate(self, vault: Path) -> int:
        """Make a new key, encrypt all secrets by it, and forget the older keys.

        Return how many secrets there are. A server that uses them may go on meanwhile. If it is
        broken off, old and new keys stay until it is done again.
        """
        new, old = new_key(), self.read()
        self._write((new, *old))
        count = FileVault(vault, (new, *old)).rotate()
        self._write((new,))
        return count

    def _write(self, keys: Sequence[bytes]) -> None:
        write_private(self._path, b"\n".join(keys) + b"\n")
