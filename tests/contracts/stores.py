"""The adapters of `EventLog` and `Records`: a new one adds one line and is held to all of it."""

from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Protocol

import msgspec

from engine.ports import Append, EventLog, Records
from engine.stores.memory import MemoryStore
from engine.stores.sqlite import SqliteStore
from protocol.ids import Epoch, SessionId
from protocol.pages import Page


class Store(EventLog, Records, Protocol):
    """Both ports in one object."""


Opening = Callable[[Path], AbstractAsyncContextManager[Any]]

STORES: dict[str, Opening] = {
    "memory": lambda folder: MemoryStore(),
    "sqlite": lambda folder: SqliteStore(folder / "log.db"),
}

SESSION = SessionId("s_1")
OTHER = SessionId("s_2")
EPOCH = Epoch("e_1")


def record(seq: int, text: str = "") -> bytes:
    """Return a small record, as it goes on the wire."""
    return msgspec.json.encode({"seq": seq, "type": "note", "text": text})


def page(
    after: int,
    upto: int,
    *,
    session: SessionId = SESSION,
    epoch: Epoch = EPOCH,
    only: Iterable[int] | None = None,
    text: str = "",
) -> Page:
    """Return the page from `after` to `upto`, with all its records or `only` some."""
    seqs = range(after + 1, upto + 1) if only is None else only
    records = b",".join(record(seq, text) for seq in seqs)
    return Page(session=session, epoch=epoch, after=after, upto=upto, records=records)


def append(after: int, upto: int, **more: Any) -> Append:
    """Return an append of the page from `after` to `upto`."""
    return Append(page=page(after, upto, **more))


def seqs_of(shown: Page | None) -> list[int]:
    """Return the places of the records of a page."""
    records = msgspec.json.decode(b"[%b]" % shown.records) if shown else []
    return [found["seq"] for found in records]
