"""Whose rows a result holds."""

import msgspec

from engine.ports import Document, PortError
from engine.world import World
from protocol.codec import encode_value
from protocol.ids import CallerId, ResultId, SessionId
from protocol.items import Cell

KIND = "result"


async def own(
    world: World, owner: CallerId, session: SessionId, result: ResultId, source: str = ""
) -> None:
    """Note whose rows these are, and of which source: knowing an id is not enough to read them."""
    body = encode_value({"session": session, "source": source})
    await world.store.put(Document(kind=KIND, id=result, owner=owner, body=body))


async def result_in(world: World, session: SessionId, name: str) -> ResultId:
    """Return the id if the rows were shown in this session; else raise `unknown_result`."""
    document = await world.store.get(KIND, name)
    known = {} if document is None else msgspec.json.decode(document.body, type=dict[str, str])
    if known.get("session") != session:
        raise PortError("unknown_result", f"this session has no result {name!r}")
    return ResultId(name)


async def first_rows(world: World, result: ResultId, most: int) -> list[list[Cell]]:
    """Return the first rows of a result; none if they are not kept any more."""
    try:
        return (await world.results.page(result, 0, most)).rows
    except PortError as failure:
        if failure.info.code != "unknown_result":
            raise
        return []


async def drop_of(world: World, source: str, owner: CallerId | None) -> int:
    """Forget the rows that a source gave, because other rules hold there now; return how many.

    `owner` is who uploaded the source; None for one of the server, whose rows anybody may have.
    """
    after, count = "", 0
    while documents := await world.store.list(KIND, owner, after, 500):
        after = documents[-1].id
        for document in documents:
            known = msgspec.json.decode(document.body, type=dict[str, str])
            if known.get("source") == source:
                await world.results.drop(ResultId(document.id))
                await world.store.delete(KIND, document.id)
                count += 1
    return count


async def result_of(world: World, caller: CallerId, name: str) -> ResultId:
    """Return the id if the rows are the caller's; else raise `PortError` `unknown_result`."""
    document = await world.store.get(KIND, name)
    if document is None or document.owner != caller:
        raise PortError("unknown_result", f"there is no result {name!r}")
    return ResultId(name)
