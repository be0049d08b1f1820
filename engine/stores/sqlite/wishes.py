"""What the writer can be asked to do; appends come as `engine.ports.Append`."""

import msgspec

from engine.ports import Append, Conflict, Document, StoreFailed
from protocol.ids import SessionId
from protocol.pages import Page


class Replace(msgspec.Struct, frozen=True):
    """Put a page in place of those within it."""

    page: Page


class Drop(msgspec.Struct, frozen=True):
    """Forget a log."""

    session: SessionId


class Put(msgspec.Struct, frozen=True):
    """Write a document, perhaps only over a certain version."""

    document: Document
    expect: int | None


class Delete(msgspec.Struct, frozen=True):
    """Remove a document."""

    kind: str
    id: str


Wish = Append | Replace | Drop | Put | Delete

Outcome = int | Conflict | StoreFailed
"""What became of a wish: the version of a put document (0 for the others), or why not."""


def decisive(wish: Wish) -> bool:
    """Tell whether the disk must have it before anybody is told.

    A power cut may undo a compaction, which only costs space; all the rest is someone's word.
    """
    return wish.decisive if isinstance(wish, Append) else not isinstance(wish, Replace)


def weight(wish: Wish) -> int:
    """Return about how many bytes it writes."""
    match wish:
        case Append(page=page) | Replace(page=page):
            return len(page.records) + 256
        case Put(document=document):
            return len(document.body) + 256
        case _:
            return 256
