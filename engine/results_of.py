"""Whose rows a result holds."""

from engine.ports import Document, PortError
from engine.world import World
from protocol.codec import encode_value
from protocol.ids import CallerId, ResultId, SessionId

KIND = "result"


async def own(world: World, owner: CallerId, session: SessionId, result: ResultId) -> None:
    """Note whose rows these are: knowing an id is not enough to read them."""
    body = encode_value({"session": session})
    await world.store.put(Document(kind=KIND, id=result, owner=owner, body=body))


async def result_of(world: World, caller: CallerId, name: str) -> ResultId:
    """Return the id if the rows are the caller's; else raise `PortError` `unknown_result`."""
    document = await world.store.get(KIND, name)
    if document is None or document.owner != caller:
        raise PortError("unknown_result", f"there is no result {name!r}")
    return ResultId(name)
