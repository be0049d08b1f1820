"""Reads that return protocol structs, page by page."""

from collections.abc import Sequence

import msgspec

from engine.rooms import Rooms
from protocol.ids import CallerId
from protocol.screens import Doing

MOST = 200


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """Some sessions, the last used first. `next`, if any, is the `after` of the next page."""

    items: Sequence[Doing]
    next: str | None = None


async def list_sessions(
    rooms: Rooms,
    caller: CallerId,
    after: str | None = None,
    limit: int = 50,
    archived: bool = False,
    search: str | None = None,
) -> Listed:
    """List a caller's sessions: those put away or those in use, with a text in their name."""
    limit = min(max(limit, 1), MOST)
    cards = [card for card in await rooms.cards(caller) if _wanted(card, archived, search)]
    cards.sort(key=_place, reverse=True)
    if after is not None:
        cards = [card for card in cards if _place(card) < after]
    page = cards[:limit]
    more = len(cards) > limit
    return Listed(items=page, next=_place(page[-1]) if more else None)


def _place(card: Doing) -> str:
    return f"{card.updated_at}|{card.session}"


def _wanted(card: Doing, archived: bool, search: str | None) -> bool:
    if card.status == "deleted" or (card.status == "archived") != archived:
        return False
    return search is None or search.casefold() in card.name.casefold()
