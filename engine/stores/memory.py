"""A store that needs nothing and is gone when the process is."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from engine.clock import stamp_of
from engine.ports import Append, Conflict, Document, Head, Receipt
from engine.stores.clock import RECEIPT_LIFE, Clock, utc_now
from engine.stores.joining import joined, later_part
from protocol.ids import CallerId, Epoch, Key, SessionId
from protocol.pages import Page


class Log:
    """The pages of one session, and where each begins."""

    def __init__(self, epoch: Epoch) -> None:
        self.epoch = epoch
        self.upto = 0
        self.afters: list[int] = []
        self.pages: list[Page] = []

    def extend(self, page: Page) -> None:
        """Add a page at the end. One without records moves nothing and is not kept."""
        if page.upto > self.upto:
            self.afters.append(page.after)
            self.pages.append(page)
            self.upto = page.upto

    def following(self, after: int, max_bytes: int) -> list[Page]:
        """Return the stored pages to show to who stands at `after`, at least one record of them."""
        start = max(0, bisect_right(self.afters, after) - 1)
        chosen: list[Page] = []
        size = shown = 0
        for page in self.pages[start:]:
            size += len(page.records) + 1
            if shown and size - 1 > max_bytes:
                break
            chosen.append(page)
            shown += len(later_part(page, after).records)
        return chosen

    def replace(self, page: Page) -> None:
        """Put `page` in place of those within it."""
        first = bisect_left(self.afters, page.after)
        last = bisect_left(self.afters, page.upto)
        borders = {*self.afters, self.upto}
        if self.epoch != page.epoch or page.after not in borders or page.upto not in borders:
            raise Conflict(f"{page.session}: {page.after} to {page.upto} are no borders of pages")
        self.afters[first:last] = [page.after]
        self.pages[first:last] = [page]


class MemoryStore:
    """`EventLog` and `Records` for tests, and for a server that is meant to forget."""

    def __init__(self, *, now: Clock = utc_now, receipt_life: timedelta = RECEIPT_LIFE) -> None:
        self._now = now
        self._receipt_life = receipt_life
        self._logs: dict[SessionId, Log] = {}
        self._receipts: dict[tuple[CallerId, Key], tuple[datetime, bytes]] = {}
        self._documents: dict[tuple[str, str], Document] = {}

    async def __aenter__(self) -> "MemoryStore":
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    # --- EventLog -----------------------------------------------------------------------------

    async def append(self, append: Append) -> None:
        """Keep the page and what comes with it, or nothing."""
        page = append.page
        if page.upto < page.after:
            raise ValueError(f"a page cannot end at {page.upto}, before its begin {page.after}")
        log = self._logs.get(page.session) or Log(page.epoch)
        if log.upto != page.after or log.epoch != page.epoch:
            raise Conflict(f"{page.session}: {page.after} is not the head")
        if append.receipt is not None:
            self._keep(append.receipt)
        log.extend(page)
        self._logs[page.session] = log
        if append.document is not None:
            self._write(append.document)

    async def read(self, session: SessionId, after: int, max_bytes: int = 262_144) -> Page | None:
        """Return what follows `after`, or None."""
        log = self._logs.get(session)
        if log is None or after >= log.upto:
            return None
        return later_part(joined(log.following(after, max_bytes)), after)

    async def head(self, session: SessionId) -> Head | None:
        """Return where the log stands."""
        log = self._logs.get(session)
        return Head(epoch=log.epoch, upto=log.upto) if log else None

    async def replace(self, page: Page) -> None:
        """Compact: put `page` in place of those within it."""
        if page.upto <= page.after:
            raise ValueError(f"there is nothing between {page.after} and {page.upto}")
        log = self._logs.get(page.session)
        if log is None:
            raise Conflict(f"{page.session}: no such log")
        log.replace(page)

    async def drop(self, session: SessionId) -> None:
        """Forget the log."""
        self._logs.pop(session, None)

    async def receipt(self, caller: CallerId, key: Key) -> bytes | None:
        """Return the reply kept for this key, if any."""
        kept = self._receipts.get((caller, key))
        return kept[1] if kept else None

    def _keep(self, receipt: Receipt) -> None:
        place = receipt.caller, receipt.key
        if place in self._receipts:
            raise Conflict(f"{receipt.key}: this key has its reply already")
        now = self._now()
        # A dict remembers its order, so the old ones stand in front.
        while self._receipts:
            oldest = next(iter(self._receipts))
            if now - self._receipts[oldest][0] <= self._receipt_life:
                break
            del self._receipts[oldest]
        self._receipts[place] = now, receipt.reply

    # --- Records ------------------------------------------------------------------------------

    async def put(self, document: Document, expect: int | None = None) -> int:
        """Write and return the new version."""
        kept = self._documents.get((document.kind, document.id))
        if expect is not None and expect != (kept.version if kept else 0):
            raise Conflict(f"{document.kind} {document.id}: version {expect} is not current")
        return self._write(document)

    async def get(self, kind: str, id: str) -> Document | None:
        """Return the document, or None."""
        return self._documents.get((kind, id))

    async def list(
        self, kind: str, owner: CallerId | None = None, after: str = "", limit: int = 100
    ) -> Sequence[Document]:
        """Return up to `limit` documents with id > `after`, in order of id."""
        found = [
            document
            for document in self._documents.values()
            if document.kind == kind and document.id > after and owner in (None, document.owner)
        ]
        return sorted(found, key=lambda document: document.id)[: max(limit, 0)]

    async def delete(self, kind: str, id: str) -> None:
        """Remove it; no matter if it is not there."""
        self._documents.pop((kind, id), None)

    def _write(self, document: Document) -> int:
        place = document.kind, document.id
        kept = self._documents.get(place)
        version = kept.version + 1 if kept else 1
        at = stamp_of(self._now())
        self._documents[place] = msgspec.structs.replace(document, version=version, at=at)
        return version
