"""Secrets by name, encrypted at rest."""

import os
from collections.abc import Sequence
from pathlib import Path

import msgspec
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from engine.ports import StoreFailed


class FileVault:
    """Keeps secrets in one file, encrypted by the first key and readable by any.

    All methods block for a moment; call them in a thread. A secret never stands in an exception.
    """

    def __init__(self, path: Path, keys: Sequence[bytes]) -> None:
        """`keys` are Fernet keys, the newest first. Raise `StoreFailed` if there is none."""
        if not keys:
            raise StoreFailed(
                "vault_closed", "The vault needs a key.", "Make one, and keep it safe."
            )
        self._path = path
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except ValueError as error:
            raise StoreFailed(
                "vault_closed", "A key of the vault is not a Fernet key: 32 bytes in base64."
            ) from error

    def put(self, name: str, secret: str) -> None:
        """Keep a secret, in place of one of that name."""
        tokens = self._read()
        tokens[name] = self._fernet.encrypt(secret.encode()).decode()
        self._write(tokens)

    def get(self, name: str) -> str | None:
        """Return a secret, or None. Raise `StoreFailed` if no key opens it."""
        token = self._read().get(name)
        if token is None:
            return None
        try:
            return self._fernet.decrypt(token.encode()).decode()
        except InvalidToken as error:
            raise _wrong_key() from error

    def remove(self, name: str) -> None:
        """Forget a secret; no matter if it is not there."""
        tokens = self._read()
        if tokens.pop(name, None) is not None:
            self._write(tokens)

    def rotate(self) -> int:
        """Encrypt all secrets anew by the first key, and return how many there are.

        Either all are rotated or none. After it, the older keys are not needed any more.
        """
        try:
            tokens = {
                name: self._fernet.rotate(token.encode()).decode()
                for name, token in self._read().items()
            }
        except InvalidToken as error:
            raise _wrong_key() from error
        self._write(tokens)
        return len(tokens)

    def _read(self) -> dict[str, str]:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=dict[str, str])
        except FileNotFoundError:
            return {}
        except (OSError, msgspec.MsgspecError) as error:
            raise StoreFailed("vault_closed", "The vault cannot be read.") from error

    def _write(self, tokens: dict[str, str]) -> None:
        part = self._path.with_name(f"{self._path.name}.{os.getpid()}.part")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            file = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(file, "wb") as target:
                target.write(msgspec.json.encode(tokens))
                target.flush()
                os.fsync(target.fileno())
            os.replace(part, self._path)
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
