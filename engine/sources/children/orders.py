"""What children are told when they start, and what importing is asked."""

import msgspec


class DuckdbTable(msgspec.Struct, frozen=True, kw_only=True):
    """A name, and the Parquet files behind it. Several files make one table."""

    name: str
    paths: tuple[str, ...]


class DuckdbOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What to read, and with how much of the machine."""

    tables: tuple[DuckdbTable, ...]
    memory_mb: int = 512
    threads: int = 2
    spill_mb: int = 2048


class Import(msgspec.Struct, frozen=True, kw_only=True):
    """Read the file at `path` (its name says of what kind it is) and write `target`."""

    path: str
    name: str
    target: str


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it. `notes` are for a person."""

    rows: int
    columns: int
    notes: tuple[str, ...] = ()


class ImportOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How much of the machine may be used."""

    memory_mb: int = 768
    threads: int = 2


class SqliteOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What to read, and the functions that may be called."""

    path: str
    functions: frozenset[str]
