"""Names of files as people and code give them, made safe or refused."""

import re
import unicodedata

from engine.ports import PortError

MOST_BYTES = 200
FOLDERS = ("data", "artifacts", "notebooks")
_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"|?*\\/]')
_RESERVED = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)


class WorkspaceFailed(PortError):
    """A file could not be kept, found or read."""


def safe_name(name: str) -> str:
    """Return the last part of `name` as a file name that is safe everywhere.

    Folders before it are dropped, unsafe characters become `_`. Raise `WorkspaceFailed` when
    nothing is left.
    """
    last = re.split(r"[\\/]", unicodedata.normalize("NFC", name))[-1]
    clean = "".join(c for c in _UNSAFE.sub("_", last) if c.isprintable()).strip().strip(".")
    if _RESERVED.match(clean):
        clean = f"_{clean}"
    clean = _shortened(clean)
    if not clean.strip("_ "):
        raise WorkspaceFailed("bad_name", "The file needs a name.", "Use letters and digits.")
    return clean


def _shortened(name: str) -> str:
    if len(name.encode()) <= MOST_BYTES:
        return name
    stem, dot, ending = name.rpartition(".")
    ending = dot + ending if dot and len(ending.encode()) <= 16 else ""
    kept = (stem if ending else name).encode()[: MOST_BYTES - len(ending.encode())]
    return kept.decode(errors="ignore") + ending


def parts_of(path: str) -> tuple[str, ...]:
    """Split a relative path; raise `WorkspaceFailed` for one that could lead out."""
    parts = tuple(path.split("/"))
    if not path or any(part in ("", ".", "..") or "\0" in part for part in parts):
        raise WorkspaceFailed("bad_name", "That is not a file of this session.")
    return parts
