"""A session as the cells of a notebook, and how a notebook gets at the data."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from engine.ports import KernelOutput


class NotebookCell(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a session. `source` names the source of a SQL cell."""

    kind: Literal["markdown", "code"]
    text: str
    language: Literal["python", "sql"] = "python"
    source: str | None = None
    outputs: tuple[KernelOutput, ...] = ()


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """How a notebook gets at a source. A credential never stands in it.

    `files` maps table names to CSV, Parquet or JSON files; `path` is a database file; for servers
    the notebook reads the address from the environment variable `variable`.
    """

    dialect: str
    path: str | None = None
    files: Mapping[str, str] = {}
    variable: str | None = None
