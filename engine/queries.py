"""Reads that return protocol structs, page by page."""

import asyncio
from collections.abc import Sequence

import msgspec

from engine.live_session import LiveSession
from engine.rooms import Rooms
from protocol.ids import CallerId, ItemId
from protocol.screens import Doing, ItemSeen

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
    every = await every_session(rooms, caller)
    cards = [card for card in every if _wanted(card, archived, search)]
    if after is not None:
        cards = [card for card in cards if _place(card) < after]
    page = cards[:limit]
    more = len(cards) > limit
    return Listed(items=page, next=_place(page[-1]) if more else None)


async def every_session(rooms: Rooms, caller: CallerId) -> list[Doing]:
    """Return a line about each session of a caller's that is not deleted, the last used first."""
    cards = [card for card in await rooms.cards(caller) if card.status != "deleted"]
    return sorted(cards, key=_place, reverse=True)


def _place(card: Doing) -> str:
    return f"{card.updated_at}|{card.session}"


def _wanted(card: Doing, archived: bool, search: str | None) -> bool:
    if (card.status == "archived") != archived:
        return False
    return search is None or search.casefold() in card.name.casefold()


async def completed(live: LiveSession, item: ItemId) -> list[ItemSeen]:
    """Wait until an item is over and kept; return it, and after it all that came out of it."""
    news = asyncio.Event()
    live.listen(news.set)
    try:
        while (seen := live.viewer.screen.items.get(item)) is None or seen.outcome is None:
            if live.broken is not None:
                raise live.broken
            news.clear()
            await news.wait()
    finally:
        live.unlisten(news.set)
    await live.until_kept(live.head)
    return [seen, *(part for part in live.viewer.screen.items.values() if part.of == item)]
