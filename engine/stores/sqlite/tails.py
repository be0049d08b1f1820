"""The newest pages of the logs that are being written: most readers want nothing else."""

from collections import OrderedDict

from engine.stores.joining import joined
from protocol.ids import Epoch, SessionId
from protocol.pages import Page

MOST_BYTES = 16 << 20
MOST_BYTES_OF_ONE = 1 << 20


class Tail:
    """The pages of one log from some position to its head, by where each begins."""

    def __init__(self, epoch: Epoch, upto: int) -> None:
        self.epoch = epoch
        self.upto = upto
        self.size = 0
        self.pages: OrderedDict[int, Page] = OrderedDict()

    def extend(self, page: Page) -> None:
        """Add the next page, and let go of the oldest ones when there is too much."""
        self.pages[page.after] = page
        self.upto = page.upto
        self.size += len(page.records)
        while self.size > MOST_BYTES_OF_ONE:
            _, oldest = self.pages.popitem(last=False)
            self.size -= len(oldest.records)

    def following(self, after: int, max_bytes: int) -> list[Page]:
        """Return the pages from `after` on, as many as fit; none if no page begins there."""
        chosen: list[Page] = []
        size = 0
        while page := self.pages.get(after):
            size += len(page.records) + 1
            if chosen and size - 1 > max_bytes:
                break
            chosen.append(page)
            after = page.upto
        return chosen


class Tails:
    """A bounded memory of what was committed last. Lives on the event loop."""

    def __init__(self) -> None:
        self._tails: OrderedDict[SessionId, Tail] = OrderedDict()
        self._size = 0

    def committed(self, page: Page) -> None:
        """Remember a page that the log has kept."""
        tail = self._tails.pop(page.session, None)
        self._size -= tail.size if tail else 0
        if tail is None or tail.upto != page.after or tail.epoch != page.epoch:
            tail = Tail(page.epoch, page.after)
        if page.upto > page.after:
            tail.extend(page)
        self._tails[page.session] = tail
        self._size += tail.size
        while self._size > MOST_BYTES:
            self._size -= self._tails.popitem(last=False)[1].size

    def forget(self, session: SessionId) -> None:
        """Know nothing of this log any more."""
        tail = self._tails.pop(session, None)
        self._size -= tail.size if tail else 0

    def read(self, session: SessionId, after: int, max_bytes: int) -> tuple[bool, Page | None]:
        """Return whether this memory can tell, and if so what follows `after`."""
        tail = self._tails.get(session)
        if tail is None:
            return False, None
        if after >= tail.upto:
            return True, None
        pages = tail.following(after, max_bytes)
        return bool(pages), joined(pages) if pages else None
