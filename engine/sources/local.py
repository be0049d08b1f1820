"""Files and folders of the server's own machine, as an admin names them."""

from pathlib import Path

import msgspec

from engine.ports import SourceFailed
from engine.sources.files.kinds import TABLES, ending, table_name, tables_in


class SqliteProfile(msgspec.Struct, frozen=True, kw_only=True):
    """A SQLite database on the server's machine."""

    path: str
    """The whole path of the file, on the machine where Askwire runs."""


class DuckdbProfile(msgspec.Struct, frozen=True, kw_only=True):
    """CSV, JSON or Parquet on the server's machine, read by DuckDB."""

    path: str
    """The whole path of a file or of a folder, on the machine where Askwire runs."""


def place_of(profile: SqliteProfile | DuckdbProfile, private: Path) -> Path:
    """Return where the files are. Raise `SourceFailed` `bad_profile` if they may not be asked.

    `private` is the folder that nobody may ask: the server's own, with everybody's sessions and the
    keys of their secrets. Links are followed before that is judged.
    """
    named = Path(profile.path)
    if not named.is_absolute():
        raise _wrong("A path must be whole: it begins with a slash.")
    try:
        place = named.resolve(strict=True)
    except (OSError, RuntimeError):
        raise _wrong(f"There is nothing at {profile.path} on the server's machine.") from None
    if place.is_relative_to(private.resolve()) or private.resolve().is_relative_to(place):
        raise _wrong("The server's own data cannot be a source.")
    if isinstance(profile, SqliteProfile) and not place.is_file():
        raise _wrong("A SQLite database is one file.")
    if isinstance(profile, DuckdbProfile) and place.is_file() and ending(place.name) not in TABLES:
        raise _wrong(f"Files of the kind {place.suffix or 'without ending'!r} cannot be read.")
    return place


def tables_at(path: Path) -> dict[str, tuple[Path, ...]]:
    """Name the tables of a path: a folder's, or the one of a file."""
    return tables_in(path) if path.is_dir() else {table_name(path.name): (path,)}


def _wrong(words: str) -> SourceFailed:
    return SourceFailed("bad_profile", words)
