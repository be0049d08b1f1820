"""Which files can be tables, and under what names."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

DELIMITED: Final = (".csv", ".tsv", ".txt")
JSON: Final = (".json", ".ndjson", ".jsonl")
PARQUET: Final = (".parquet", ".pq")
SQLITE: Final = (".sqlite", ".sqlite3", ".db", ".db3")
TABLES: Final = DELIMITED + JSON + PARQUET
SQLITE_MAGIC: Final = b"SQLite format 3\x00"
PARQUET_MAGIC: Final = b"PAR1"


def ending(name: str) -> str:
    """Return the ending of a file's name in lower case, such as `.csv`."""
    return Path(name).suffix.lower()


def table_name(file_name: str, taken: Iterable[str] = ()) -> str:
    """Make a name that needs no quotes and is not taken yet."""
    stem = Path(file_name.replace("\\", "/")).stem.strip().lower()
    name = "".join(letter if letter.isalnum() else "_" for letter in stem)
    while "__" in name:
        name = name.replace("__", "_")
    name = name.strip("_")[:60] or "table"
    if name[0].isdigit():
        name = f"t_{name}"
    taken = set(taken)
    unique, count = name, 1
    while unique in taken:
        count += 1
        unique = f"{name}_{count}"
    return unique


def tables_in(folder: Path) -> dict[str, tuple[Path, ...]]:
    """Name the tables of a folder: one per file, and one per folder of Parquet files."""
    found: dict[str, tuple[Path, ...]] = {}
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith("."):
            continue
        if entry.is_file() and ending(entry.name) in TABLES:
            found[table_name(entry.name, found)] = (entry,)
        elif entry.is_dir():
            parts = tuple(sorted(part for part in entry.rglob("*") if ending(part.name) in PARQUET))
            if parts:
                found[table_name(entry.name, found)] = parts
    return found
