"""Taking in sessions that happened elsewhere: their past as events of ours, with its own times."""

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from engine.live_session import CARD
from engine.ports import Append, Document
from engine.session import fold
from engine.snapshot import Viewer
from engine.state import Session
from engine.world import World
from protocol.codec import encode_records, encode_value
from protocol.events import AnyEvent
from protocol.ids import CallerId, Epoch, SessionId
from protocol.pages import Page
from protocol.screens import Doing, Screen

PAGE_BYTES: Final = 256 * 1024
"""About how large a page may be, as pages of sessions that happen here are."""


class Past(msgspec.Struct, frozen=True, kw_only=True):
    """Events that happened at one time (RFC 3339, UTC, `Z`)."""

    at: str
    events: tuple[AnyEvent, ...]


async def is_here(world: World, session: SessionId) -> bool:
    """Return whether a session of this name was kept whole."""
    return await world.store.get(CARD, session) is not None


async def take_in(world: World, owner: CallerId, session: SessionId, past: Sequence[Past]) -> int:
    """Keep a session's past and return how many records that were; 0 if it is here already.

    Raise `Unlawful`, with nothing kept, if it could not have happened here. Its card comes with the
    last page: what broke off before that is no session yet, and is begun anew by the next try.
    """
    if await is_here(world, session):
        return 0
    card = _card(owner, session, past)
    if await world.store.head(session) is not None:
        await world.store.drop(session)
    epoch, upto = Epoch(world.new_id("e")), 0
    pages = list(_pages(past))
    for number, (records, count) in enumerate(pages, 1):
        page = Page(session=session, epoch=epoch, after=upto, upto=upto + count, records=records)
        last = number == len(pages)
        append = Append(page=page, decisive=last, document=card if last else None)
        await world.store.append(append)
        upto += count
    return upto


def _pages(past: Sequence[Past]) -> Iterator[tuple[bytes, int]]:
    """Yield the records of each page, and how many they are."""
    parts: list[bytes] = []
    place = count = 0
    for some in past:
        parts.append(encode_records(some.events, place, some.at))
        place += len(some.events)
        count += len(some.events)
        if sum(map(len, parts)) > PAGE_BYTES:
            yield b",".join(filter(None, parts)), count
            parts, count = [], 0
    if count:
        yield b",".join(filter(None, parts)), count


def _card(owner: CallerId, session: SessionId, past: Sequence[Past]) -> Document:
    state = Session(session=session)
    viewer = Viewer(session)
    for some in past:
        state = fold(state, some.events)
        for event in some.events:
            viewer.see(event, some.at)
    screen: Screen = viewer.show()
    doing = Doing(
        session=session,
        name=state.name,
        source=state.source,
        mode=state.mode,
        model=state.model,
        labels=state.labels,
        messages=screen.messages,
        status=state.status,
        activity=state.activity,
        created_at=screen.created_at,
        updated_at=screen.updated_at,
    )
    return Document(kind=CARD, id=session, owner=owner, body=encode_value(doing))
