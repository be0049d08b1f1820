"""What can be asked: sources, what they hold, and the rows they gave."""

from collections.abc import AsyncIterator, Sequence
from typing import Final, Literal, Protocol

import msgspec

from engine.ports.meaning import Meaning
from protocol.ids import ResultId
from protocol.items import Cell, Column, Finding


class ColumnInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A column as the catalogue knows it. `native` is the type in the source's own words."""

    name: str
    type: str
    native: str = ""
    nullable: bool = True
    primary: bool = False
    comment: str = ""
    distinct: int | None = None
    samples: tuple[str, ...] = ()
    """Some values in their text form, most frequent first; empty where privacy forbids."""


class ForeignKey(msgspec.Struct, frozen=True, kw_only=True):
    """`columns` of this table point to `to_columns` of `to_table`."""

    columns: tuple[str, ...]
    to_table: str
    to_columns: tuple[str, ...]
    inferred: bool = False


UNKNOWN_TABLE: Final = "?"
"""Among the tables that a view reads: there may be others."""


class TableInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A table or view. `rows` is an estimate, None when unknown."""

    name: str
    columns: tuple[ColumnInfo, ...]
    schema: str = ""
    view: bool = False
    rows: int | None = None
    comment: str = ""
    foreign_keys: tuple[ForeignKey, ...] = ()
    reads: tuple[str, ...] = ()
    """For a view: the tables whose rows it shows, `UNKNOWN_TABLE` if there may be more."""


class CatalogueChange(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is not as it was; `was` and `now` in words, where something changed."""

    what: Literal[
        "table_added",
        "table_removed",
        "column_added",
        "column_removed",
        "column_changed",
        "keys_changed",
    ]
    table: str
    column: str | None = None
    was: str | None = None
    now: str | None = None


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """What a source holds. `version` changes when its tables, columns, rules or meaning do."""

    source: str
    dialect: str
    tables: tuple[TableInfo, ...]
    version: str = ""
    changes: tuple[CatalogueChange, ...] = ()
    """What became different when it last changed between two looks at it."""
    changed_at: str = ""
    """When that was seen."""
    meaning: Meaning = Meaning()
    """What its owner says of it, as far as it may be known."""


class QueryLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of one query. Over `max_rows` the result is cut; over the others the query fails."""

    max_rows: int = 10_000
    max_seconds: float = 30.0
    max_bytes: int = 256 * 1024 * 1024


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """What a query would cost, as far as the source can tell."""

    rows: int | None = None
    bytes: int | None = None
    cost: float | None = None


class Rows(msgspec.Struct, frozen=True, kw_only=True):
    """Some rows of a result, in order, each a list of cells as `Column.type` says."""

    rows: list[list[Cell]]


class RowsEnd(msgspec.Struct, frozen=True, kw_only=True):
    """All rows were given; `truncated` when a limit cut them."""

    row_count: int
    truncated: bool = False


class Abilities(msgspec.Struct, frozen=True, kw_only=True):
    """What a source can do beyond running SQL."""

    cancel: bool = True
    estimate: bool = False
    stream: bool = True


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """The guard's word. `sql` is what will run: regenerated, limited, without comments.

    `rules` names what it was judged by: where the source points and which policy holds there. It
    differs whenever one of them does, so that a yes to the one does not hold for the other.
    """

    ok: bool
    sql: str = ""
    findings: tuple[Finding, ...] = ()
    tables: tuple[str, ...] = ()
    rules: str = ""


class Source(Protocol):
    """A database or files that can be asked in SQL, read-only whatever the SQL says."""

    name: str
    dialect: str
    """The sqlglot name of its dialect: sqlite, duckdb, postgres, mysql."""
    abilities: Abilities

    @property
    def rules(self) -> str:
        """Name where it points and the policy in force there: other rules, another name."""
        ...

    async def catalogue(self, refresh: bool = False) -> Catalogue:
        """Return what it holds; cached until `refresh`, or until the data is known to differ."""
        ...

    def check(self, sql: str, max_rows: int | None = None) -> Checked:
        """Ask the guard. Pure and quick (about a millisecond); nothing runs."""
        ...

    def run(
        self, sql: str, limits: QueryLimits
    ) -> AsyncIterator[tuple[Column, ...] | Rows | RowsEnd]:
        """Run SQL that `check` allowed: the columns first, then rows in batches, then the end.

        Closing the iterator, or cancelling who awaits it, stops the query in the source within a
        second. Raise `SourceFailed` with code `query_failed`, `query_timeout`, `query_too_large`,
        `query_cancelled` or `source_down`.
        """
        ...

    async def estimate(self, sql: str) -> Estimate | None:
        """Say what it would cost, or None if it cannot tell."""

    async def close(self) -> None:
        """Let go of connections and files."""


class Results(Protocol):
    """Kept rows of tables, for paging and export without running the query again."""

    async def create(self, result: ResultId, columns: Sequence[Column]) -> None:
        """Begin an empty result."""

    async def append(self, result: ResultId, rows: Sequence[Sequence[Cell]]) -> None:
        """Add rows at the end."""

    async def finish(self, result: ResultId, truncated: bool) -> None:
        """Close it: all rows are there. An unfinished result is not served."""

    async def info(self, result: ResultId) -> "ResultInfo | None":
        """Return its columns and size, or None if there is no such finished result."""

    async def page(
        self,
        result: ResultId,
        offset: int = 0,
        limit: int = 200,
        sort: str | None = None,
        descending: bool = False,
        search: str | None = None,
    ) -> "ResultPage":
        """Return rows from `offset` on, optionally sorted by a column and filtered by a text."""
        ...

    def export(
        self, result: ResultId, format: Literal["csv", "xlsx", "parquet", "json"]
    ) -> AsyncIterator[bytes]:
        """Stream the whole result as a file. Spreadsheet formulas are defused."""
        ...

    async def drop(self, result: ResultId) -> None:
        """Forget it."""


class ResultInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What a result is."""

    result: ResultId
    columns: tuple[Column, ...]
    row_count: int
    truncated: bool = False


class ResultPage(msgspec.Struct, frozen=True, kw_only=True):
    """Some rows of a result. `matching` counts the rows that the search let through."""

    columns: tuple[Column, ...]
    offset: int
    rows: list[list[Cell]]
    row_count: int
    matching: int
    truncated: bool = False
