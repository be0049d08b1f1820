"""A whole engine without network: real rules, real log, scripted model, source and kernel."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from engine.engine import Engine
from engine.kernels.scripted import ScriptedKernels
from engine.models.scripted import Round, Scripted
from engine.models.shelf import Models
from engine.ports import KernelOutput
from engine.results.memory import MemoryResults
from engine.sources.scripted import Answer, ScriptedSource, ScriptedSources
from engine.stores.memory import MemoryStore
from engine.workspace.files import Workspaces
from engine.world import World
from protocol.codec import decode_records
from protocol.commands import AnyCommand, RunStart, SessionCreate
from protocol.events import AnyEvent, UnknownEvent
from protocol.ids import CallerId, CommandId, Key, SessionId
from protocol.items import Column
from protocol.pages import Page
from protocol.replies import Caller

ME = Caller(id=CallerId("me"), name="me")
OTHER = Caller(id=CallerId("other"), name="other")
COUNT = "SELECT COUNT(*) AS n FROM orders"
ANSWERS = {COUNT: ((Column(name="n", type="integer"),), [[42]])}


def id_() -> CommandId:
    """Return an id for a command whose reply nobody mixes up."""
    return CommandId("c")


class Rig:
    """An engine and what stands behind it."""

    def __init__(
        self,
        rounds: Sequence[Round] = (),
        script: Mapping[str, Sequence[KernelOutput]] | None = None,
        store: Any = None,
        pause: float = 0.0,
        answers: Mapping[str, Answer] = ANSWERS,
        kernels: Any = None,
        **world: Any,
    ) -> None:
        self.model = Scripted(rounds, name="builtin", pause=pause)
        self.source = ScriptedSource(answers, name="shop")
        self.kernels: Any = kernels or ScriptedKernels(script)
        self.results = MemoryResults()
        self.store = store or MemoryStore()
        self._world = world
        self.folder = Path(tempfile.mkdtemp(prefix="askwire-rig-"))
        self.engine = self._engine()

    def _engine(self) -> Engine:
        return Engine(
            World(
                store=self.store,
                models=Models({"builtin": self.model}),
                sources=ScriptedSources(self.source),
                kernels=self.kernels,
                results=self.results,
                files=Workspaces(self.folder),
                default_source="shop",
                **self._world,
            )
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Rig"]:
        """Start the engine, and close it."""
        await self.engine.start()
        try:
            yield self
        finally:
            await self.engine.close()
            shutil.rmtree(self.folder, ignore_errors=True)

    async def restarted(self) -> None:
        """End this engine and start another on the same store."""
        await self.engine.close()
        self.engine = self._engine()
        await self.engine.start()

    async def session(self, caller: Caller = ME, **fields: Any) -> SessionId:
        """Create a session."""
        made = await self.engine.handle(caller, SessionCreate(id=id_(), **fields))
        session: SessionId = made.session
        return session

    async def ask(self, session: SessionId, text: str = "how many?", **fields: Any) -> Any:
        """Ask a question."""
        return await self.send(RunStart(id=id_(), session=session, text=text, **fields))

    async def send(self, command: AnyCommand, caller: Caller = ME) -> Any:
        """Send a command."""
        return await self.engine.handle(caller, command)

    async def until(
        self, session: SessionId, kind: type[Any], count: int = 1, caller: Caller = ME
    ) -> list[AnyEvent]:
        """Follow from the start until so many events of a kind have come; return all events."""
        follower = self.engine.follower(caller)
        await follower.follow(session)
        seen: list[AnyEvent] = []
        try:
            async for told in follower.stream():
                assert isinstance(told, Page)
                seen.extend(events_of(told))
                if sum(isinstance(event, kind) for event in seen) >= count:
                    return seen
        finally:
            follower.close()
        raise AssertionError("a stream does not end")

    async def log(self, session: SessionId) -> list[AnyEvent]:
        """Return all that is kept of a session."""
        events: list[AnyEvent] = []
        after = 0
        while (page := await self.store.read(session, after)) is not None:
            events.extend(events_of(page))
            after = page.upto
        return events


def events_of(page: Page) -> list[AnyEvent]:
    """Return the events of a page."""
    return [
        record.event
        for record in decode_records(page.records)
        if not isinstance(record.event, UnknownEvent)
    ]


def key(text: str) -> Key:
    """Return a key."""
    return Key(text)


def last(events: Sequence[AnyEvent], kind: type[Any]) -> Any:
    """Return the last event of a kind."""
    return next(event for event in reversed(events) if isinstance(event, kind))
