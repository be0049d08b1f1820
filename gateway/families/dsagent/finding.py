"""The caller's session of an id, as this family knows it: what was deleted is not there."""

from engine.engine import Engine
from engine.live_session import LiveSession
from gateway.families.dsagent.refusing import Declined
from protocol.ids import CommandId, SessionId
from protocol.replies import Caller

COMMAND = CommandId("dsagent")
"""The id of every command that a request becomes: its reply has nobody else to be told from."""


async def found(engine: Engine, caller: Caller, session_id: str) -> LiveSession:
    """Return a session of the caller's, or raise."""
    live = await engine.session(caller, SessionId(session_id))
    if live.state.status == "deleted":
        raise Declined(404, f"Session {session_id} not found")
    return live
