"""Secrets by name, encrypted at rest."""

import fcntl
import os
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from engine.ports import StoreFailed

Keys = Sequence[bytes] | Callable[[], Sequence[bytes]]


class FileVault:
    """Keeps secrets in one file, encrypted by the first key and readable by any.

    All methods block for a moment; call them in a thread. A secret never stands in an exception.
    """

    def __init__(self, path: Path, keys: Keys) -> None:
        """`keys` are Fernet keys, the newest first; a function gives those that hold by then.

        Raise `StoreFailed` if there is none.
        """
        self._path = path
        self._keys = keys
        if not callable(keys):
            self._fernet()

    def put(self, name: str, secret: str) -> None:
        """Keep a secret, in place of one of that name."""
        with self._alone():
            tokens = self._read()
            tokens[name] = self._fernet().encrypt(secret.encode()).decode()
            self._write(tokens)

    def get(self, name: str) -> str | None:
        """Return a secret, or None. Raise `StoreFailed` if no key opens it."""
        token = self._read().get(name)
        if token is None:
            return None
        try:
            return self._fernet().decrypt(token.encode()).decode()
        except InvalidToken as error:
            raise _wrong_key() from error

    def remove(self, name: str) -> None:
        """Forget a secret; no matter if it is not there."""
        with self._alone():
            tokens = self._read()
            if tokens.pop(name, None) is not None:
                self._write(tokens)

    def rotate(self) -> int:
        """Encrypt all secrets anew by the first key, and return how many there are.

        Either all are rotated or none. After it, the older keys are not needed any more.
        """
        with self._alone():
            fernet = self._fernet()
            try:
                tokens = {
                    name: fernet.rotate(token.encode()).decode()
                    for name, token in self._read().items()
                }
            except InvalidToken as error:
                raise _wrong_key() from error
            if tokens:
                self._write(tokens)
        return len(tokens)

    def _fernet(self) -> MultiFernet:
        keys = self._keys() if callable(self._keys) else self._keys
        if not keys:
            raise StoreFailed(
                "vault_closed", "The vault needs a key.", "Make one, and keep it safe."
            )
        try:
            return MultiFernet([Fernet(key) for key in keys])
        except ValueError as error:
            raise StoreFailed(
                "vault_closed", "A key of the vault is not a Fernet key: 32 bytes in base64."
            ) from error

    @contextmanager
    def _alone(self) -> Generator[None]:
        """Keep others out, of other processes too: a key may be rotated beside a server."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            file = os.open(self._path.with_name(f"{self._path.name}.lock"), os.O_CREAT, 0o600)
        except OSError as error:
            raise StoreFailed("vault_closed", "The vault cannot be written.") from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
        finally:
            os.close(file)

    def _read(self) -> dict[str, str]:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=dict[str, str])
        except FileNotFoundError:
            return {}
        except (OSError, msgspec.MsgspecError) as error:
            raise StoreFailed("vault_closed", "The vault cannot be read.") from error

    def _write(self, tokens: dict[str, str]) -> None:
        write_private(self._path, msgspec.json.encode(tokens))


def write_private(path: Path, content: bytes) -> None:
    """Put a file in place of another, whole, so that only its owner can read it."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(file, "wb") as target:
            target.write(content)
            target.flush()
            os.fsync(target.fileno())
        os.replace(part, path)
    except OSError as error:
        raise StoreFailed("vault_closed", "The vault cannot be written.") from error


def new_key() -> bytes:
    """Make a key for a vault."""
    return Fernet.generate_key()


def _wrong_key() -> StoreFailed:
    return StoreFailed(
        "vault_closed",
        "No key of the vault opens this secret.",
        "Start with the key it was kept by, or enter the secret again.",
    )
