"""What goes over the pipes between the server and a child.

A frame is one byte of kind, four bytes of length, and MessagePack. The parent sends requests; the
child answers each with `DATA` frames and then `END` or `FAILED`. The first request is what it works
on, and is answered when it is ready.
"""

import struct
from typing import Final

import msgspec

from protocol.items import Cell, Column

DATA: Final = b"d"
END: Final = b"e"
FAILED: Final = b"f"
HEAD: Final = struct.Struct(">cI")


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """Why a request could not be answered, in words fit for a person."""

    code: str
    message: str
    hint: str | None = None


class Head(msgspec.Struct, frozen=True, kw_only=True, tag="head"):
    """The columns of a result."""

    columns: tuple[Column, ...]


class Batch(msgspec.Struct, frozen=True, kw_only=True, tag="batch"):
    """Some rows."""

    rows: list[list[Cell]]


class Tail(msgspec.Struct, frozen=True, kw_only=True, tag="tail"):
    """All rows were given."""

    row_count: int
    truncated: bool


Piece = Head | Batch | Tail


class Run(msgspec.Struct, frozen=True, kw_only=True, tag="run"):
    """Run one checked statement within these bounds."""

    sql: str
    max_rows: int
    max_seconds: float
    max_bytes: int


class Survey(msgspec.Struct, frozen=True, kw_only=True, tag="survey"):
    """Describe all tables, spending about this long on values."""

    budget_seconds: float


class Weigh(msgspec.Struct, frozen=True, kw_only=True, tag="weigh"):
    """Say what one checked statement would cost."""

    sql: str


Request = Run | Survey | Weigh


class Refused(Exception):
    """Raised in a child to end a request with a `Failure`."""

    def __init__(self, code: str, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.failure = Failure(code=code, message=message, hint=hint)
