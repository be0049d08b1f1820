"""Where truth is kept: the log of each session, and small documents beside it."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from protocol.ids import CallerId, Epoch, Key, SessionId
from protocol.pages import Page


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """The kept reply to a command with a `key`, so that a retry gets the same words."""

    caller: CallerId
    key: Key
    reply: bytes


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A small JSON document. `version` counts its writes, from 1; `at` is when it was written."""

    kind: str
    id: str
    owner: CallerId
    body: bytes
    version: int = 0
    at: str = ""


class Append(msgspec.Struct, frozen=True, kw_only=True):
    """One page to keep, and what must be kept with it or not at all.

    `decisive` asks for the disk to have it before the call returns (power cut included); otherwise
    the death of the process is survived, a power cut perhaps not. A page that ends where it begins
    moves nothing and keeps only what comes with it, if the log still stands there.
    """

    page: Page
    decisive: bool = False
    receipt: Receipt | None = None
    document: Document | None = None


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """Where a log stands."""

    epoch: Epoch
    upto: int


class EventLog(Protocol):
    """The one place truth is kept: per session an append-only sequence of pages without gaps."""

    async def append(self, append: Append) -> None:
        """Keep the page, receipt and document, or none of them.

        The first page of a log has `after` 0 and names its epoch. Raise `Conflict` if `page.after`
        is not the head, if the epoch differs or if the receipt's key has its reply already;
        `StoreFailed` if it cannot be kept (code `storage_full` or `storage_failed`). Cancelling the
        call leaves open whether it was kept.
        """

    async def read(self, session: SessionId, after: int, max_bytes: int = 262_144) -> Page | None:
        """Return what follows `after` as one page, whole stored pages joined up to `max_bytes`.

        At least one record is returned if there is any. None when there is nothing after `after`.
        A position inside a stored page is served from there on.
        """

    async def head(self, session: SessionId) -> Head | None:
        """Return where the log stands, or None if there is no such log."""

    async def replace(self, page: Page) -> None:
        """Put `page` in place of all stored pages within its (after, upto]: compaction.

        Both ends must lie on borders of stored pages, else `Conflict`; head and epoch stay.
        """

    async def drop(self, session: SessionId) -> None:
        """Forget the log. A later log of that name must have another epoch."""

    async def receipt(self, caller: CallerId, key: Key) -> bytes | None:
        """Return the reply kept for this key, if any."""


class Records(Protocol):
    """Small documents by kind and id."""

    async def put(self, document: Document, expect: int | None = None) -> int:
        """Write and return the new version. With `expect`, raise `Conflict` unless it is current.

        `expect=0` demands that the document does not exist yet.
        """
        ...

    async def get(self, kind: str, id: str) -> Document | None:
        """Return the document, or None."""

    async def list(
        self, kind: str, owner: CallerId | None = None, after: str = "", limit: int = 100
    ) -> Sequence[Document]:
        """Return up to `limit` documents with id > `after`, in order of id."""
        ...

    async def delete(self, kind: str, id: str) -> None:
        """Remove it; no matter if it is not there."""
