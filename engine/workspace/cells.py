"""A session as the cells of a notebook, and how a notebook gets at the data."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from engine.ports import KernelOutput


class Gave(msgspec.Struct, frozen=True, kw_only=True):
    """A kept table, and the SQL that gives it again."""

    result: str
    sql: str
    source: str | None = None


class NotebookCell(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a session. `source` names the source of a SQL cell."""

    kind: Literal["markdown", "code"]
    text: str
    language: Literal["python", "sql"] = "python"
    source: str | None = None
    outputs: tuple[KernelOutput, ...] = ()
    tables: tuple[Gave, ...] = ()
    """The kept tables that this cell, or what its Python asked for, gave."""
    answers: Mapping[str, str] = {}
    """What the session's model said to this cell's Python, by question."""


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """How a notebook gets at a source. A credential never stands in it.

    `files` maps table names to CSV, Parquet or JSON files; `path` is a database file; for servers
    the notebook reads the address from the environment variable `variable`.
    """

    dialect: str
    path: str | None = None
    files: Mapping[str, str] = {}
    variable: str | None = None
