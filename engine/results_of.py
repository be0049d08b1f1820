"""Whose rows a result holds."""

from engine.ports import Document, PortError
from engine.world import World
from protocol.ids import CallerId, ResultId

KIND = "result"


async def own(world: World, owner: CallerId, result: ResultId) -> None:
    """Note whose rows these are: knowing an id is not enough to read them."""
    await world.store.put(Document(kind=KIND, id=result, owner=owner, body=b"{}"))


async def result_of(world: World, caller: CallerId, name: str) -> ResultId:
    """Return the id if the rows are the caller's; else raise `PortError` `unknown_result`."""
    document = await world.store.get(KIND, name)
    if document is None or document.owner != caller:
        raise PortError("unknown_result", f"there is no result {name!r}")
    return ResultId(name)
