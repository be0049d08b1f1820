"""What the result store asks of its children."""

from typing import Literal

import msgspec

Format = Literal["csv", "xlsx", "parquet", "json"]


class Arrange(msgspec.Struct, frozen=True, kw_only=True, tag="arrange"):
    """Name the rows from `offset` on, sorted by a column's number and filtered by a text."""

    folder: str
    sort: int | None
    descending: bool
    search: str | None
    offset: int
    limit: int


class Arranged(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of rows, and how many rows the search lets through."""

    numbers: tuple[int, ...]
    matching: int


class Export(msgspec.Struct, frozen=True, kw_only=True, tag="export"):
    """Write the result to `target`."""

    folder: str
    format: Format
    target: str


Order = Arrange | Export


class ResultsOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How much of the machine the children may use."""

    memory_mb: int = 256
    spill_mb: int = 2048
