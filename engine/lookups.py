"""What a rule cannot know by itself: the guard's word on a text, whether a name exists."""

from engine.agent.acting import check_python
from engine.agent.calling import check_call
from engine.agent.outside import allows
from engine.agent.proposals import limits_of
from engine.ports import Checked, PortError, Source
from engine.state import ItemState, Session
from engine.world import World
from protocol.choices import DataPolicy
from protocol.commands import (
    AnyCommand,
    ApprovalResolve,
    QueryRun,
    RunStart,
    SessionCreate,
    SessionUpdate,
)
from protocol.ids import CallerId
from protocol.refusals import Refused
from protocol.replies import Caller


class Lookup:
    """Looks up for a command, before it is decided."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def checked(
        self, session: Session, command: AnyCommand, caller: Caller
    ) -> Checked | None:
        """Look up what the rule cannot: the guard's word on a text, whether a name exists."""
        world = self._world
        match command:
            case SessionCreate() | SessionUpdate() | RunStart():
                chosen = command.options if isinstance(command, RunStart) else command
                if chosen is not None:
                    await self._must_exist(chosen.source, chosen.model, caller.id)
                    self._must_be_allowed(chosen.data)
                return None
            case QueryRun():
                source = await self._source(command.source, caller.id)
                return source.check(command.sql, command.max_rows or world.bounds.query.max_rows)
            case ApprovalResolve(verdict="edit", code=str(code)):
                request = session.approvals.get(command.approval)
                item = session.item(request.item) if request is not None else None
                if item is None or item.kind not in ("code", "tool"):
                    return None  # The rule says what is wrong with that.
                return await self._edited(session, item, code)
            case _:
                return None

    async def _edited(self, session: Session, item: ItemState, code: str) -> Checked:
        """Return the guard's word on what a person wrote in a proposal's place."""
        owner = session.owner or CallerId("")
        if item.kind == "tool":
            offered = await self._world.tools.list(owner)
            return check_call(item.name or "", code, offered)
        if item.language == "python":
            return check_python(code)
        source = await self._source(item.source or "", owner)
        return source.check(code, limits_of(self._world, session.run).max_rows)

    async def _must_exist(self, source: str | None, model: str | None, caller: CallerId) -> None:
        if source is not None:
            await self._source(source, caller)
        if model is not None:
            try:
                await self._world.models.get(model)
            except PortError as failure:
                raise Refused("unknown_model", failure.info.message) from None

    def _must_be_allowed(self, data: DataPolicy | None) -> None:
        most = self._world.bounds.data_most
        if data is not None and not allows(most, data):
            words = f"this server tells models outside no more of the data than {most!r}"
            raise Refused("not_allowed", words)

    async def _source(self, name: str, caller: CallerId) -> Source:
        try:
            return await self._world.sources.get(name, caller)
        except PortError as failure:
            raise Refused("unknown_source", failure.info.message) from None
