"""What a caller has allowed for always: listed, and taken back."""

from collections.abc import Sequence

import msgspec
from litestar import delete, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from engine.engine import Engine
from engine.grants import Grant, all_of
from protocol.refusals import Refused
from protocol.replies import Caller


class GrantsSeen(msgspec.Struct, frozen=True, kw_only=True):
    """All that need not be asked about in any session of the caller."""

    items: Sequence[Grant]


@get("/grants", operation_id="native.grants.list")
async def get_grants(
    caller: NamedDependency[Caller], engine: NamedDependency[Engine]
) -> GrantsSeen:
    """List what the caller has allowed for always."""
    return GrantsSeen(items=await all_of(engine.world.store, caller.id))


@delete("/grants/{grant:str}", operation_id="native.grants.take_back", status_code=204)
async def delete_grant(
    grant: FromPath[str], caller: NamedDependency[Caller], engine: NamedDependency[Engine]
) -> None:
    """Take a grant back, as `approval.revoke` does: from the next step on it is asked again."""
    if not await engine.take_back(caller, grant):
        raise Refused("not_found", f"there is no grant {grant!r}")


ROUTES = (get_grants, delete_grant)
