"""Who decided what, and when, in the caller's sessions; an admin sees those of everybody."""

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from engine.audit import audit
from engine.engine import Engine
from protocol.audit import Audited
from protocol.ids import SessionId
from protocol.replies import Caller


@get("/audit", operation_id="native.audit.list")
async def get_audit(
    caller: NamedDependency[Caller],
    engine: NamedDependency[Engine],
    session: FromQuery[str | None] = None,
    after: FromQuery[str | None] = None,
    limit: FromQuery[int] = 100,
) -> Audited:
    """List verdicts, grants taken back and changes of mode; `next` is where to go on."""
    chosen = None if session is None else SessionId(session)
    return await audit(engine.rooms, caller, chosen, after, limit)


ROUTES = (get_audit,)
