"""Where a reader stands in a log, and what a page means to it. Pure."""

from typing import Literal

import msgspec

from protocol.ids import Epoch
from protocol.replies import PageMessage

Meaning = Literal["new", "old", "gap"]
Wish = Literal["tail", "snapshot"]


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """All up to `after` was seen, in this history. No epoch: the history is not known yet."""

    epoch: Epoch | None = None
    after: int = 0


START = Place()


def meaning_of(page: PageMessage, place: Place) -> Meaning:
    """Say whether a page brings news, was seen already, or shows that something was missed.

    A page of another history is a gap too: whoever follows again is told of it by a snapshot.
    """
    if place.epoch is not None and page.epoch != place.epoch:
        return "gap"
    if page.after > place.after:
        return "gap"
    return "new" if page.upto > place.after else "old"


def end_of(page: PageMessage) -> Place:
    """Return where a reader stands who has seen this page."""
    return Place(epoch=page.epoch, after=page.upto)
