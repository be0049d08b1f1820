"""A line to an engine in this process: no server, no socket, the same records."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from client.results import Rows
from engine.audit import audit
from engine.engine import Engine
from engine.grants import Grant, all_of
from engine.queries import MOST, list_sessions
from gateway.building import Parts, build
from gateway.identity import LOCAL
from gateway.notebooks import notebook_of
from gateway.settings import from_environ
from protocol.audit import Decided
from protocol.codec import decode_records
from protocol.commands import AnyCommand
from protocol.events import Record
from protocol.ids import ResultId, SessionId
from protocol.pages import Page
from protocol.replies import Snapshot
from protocol.screens import Doing, Screen


@asynccontextmanager
async def opened(data: Path | None, db: Path | None, working: bool) -> AsyncGenerator["Local"]:
    """Open an engine on a data folder, and on a file to be asked if there is one."""
    sources = None if db is None else {db.stem: str(db)}
    settings = from_environ(
        data=data, sources=sources, sample=None if db is None else False, warm_kernels=0
    )
    if not working and not (settings.data / "sample").exists():
        # Who only looks need not wait until sample data is made.
        settings = msgspec.structs.replace(settings, sample=False)
    parts = build(settings)
    engine = Engine(parts.world)
    async with parts.opened():
        if working:
            await engine.start()
        try:
            yield Local(engine, parts)
        finally:
            await engine.close()


class Local:
    """See `Line`."""

    def __init__(self, engine: Engine, parts: Parts) -> None:
        self._engine = engine
        self._parts = parts

    @property
    def parts(self) -> Parts:
        """What stands behind the engine."""
        return self._parts

    async def send(self, command: AnyCommand) -> Any:
        """Have it done."""
        return await self._engine.handle(LOCAL, command)

    async def records(
        self, session: SessionId, after: int = 0, until: int | None = None
    ) -> AsyncIterator[Record | Snapshot]:
        """Follow it."""
        follower = self._engine.follower(LOCAL)
        await follower.follow(session, None, after)
        try:
            async for told in follower.stream():
                for record in decode_records(told.records) if isinstance(told, Page) else [told]:
                    yield record
                if until is not None and told.upto >= until:
                    return
        finally:
            follower.close()

    async def screen(self, session: SessionId) -> tuple[Screen, int]:
        """Fold it."""
        snapshot = await self._engine.snapshot(LOCAL, session)
        return msgspec.convert(snapshot.state, Screen), snapshot.upto

    async def rows(self, result: ResultId, limit: int, offset: int = 0) -> Rows:
        """Read a page of rows."""
        page = await self._engine.world.results.page(result, offset, limit)
        return msgspec.convert(msgspec.to_builtins(page), Rows)

    async def sessions(self, archived: bool = False) -> Sequence[Doing]:
        """List them all."""
        found: list[Doing] = []
        after: str | None = None
        while True:
            listed = await list_sessions(self._engine.rooms, LOCAL.id, after, MOST, archived)
            found += listed.items
            after = listed.next
            if after is None:
                return found

    async def sources(self) -> Sequence[str]:
        """List them."""
        return [info.name for info in await self._parts.sources.list(LOCAL.id)]

    async def audit(self, session: SessionId | None = None) -> AsyncIterator[Decided]:
        """Fold the logs."""
        after: str | None = None
        while True:
            page = await audit(self._engine.rooms, LOCAL, session, after, MOST)
            for decided in page.items:
                yield decided
            after = page.next
            if after is None:
                return

    async def grants(self) -> Sequence[Grant]:
        """Read them."""
        return await all_of(self._engine.world.store, LOCAL.id)

    async def revoke(self, grant: str) -> bool:
        """Take it back."""
        return await self._engine.take_back(LOCAL, grant)

    async def notebook(self, session: SessionId) -> bytes:
        """Write it."""
        live = await self._engine.session(LOCAL, session)
        return await notebook_of(self._engine, self._parts.sources, LOCAL.id, live)

    async def csv(self, result: ResultId) -> bytes:
        """Write it."""
        chunks = self._engine.world.results.export(result, "csv")
        return b"".join([chunk async for chunk in chunks])
