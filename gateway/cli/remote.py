"""A line to a server, by the Python SDK."""

import tempfile
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from client import Askwire, Rows
from client.http import granted, in_path
from client.results import page_of
from engine.grants import Grant
from protocol.audit import Audited, Decided
from protocol.commands import AnyCommand
from protocol.events import Record
from protocol.ids import CommandId, Key, ResultId, SessionId
from protocol.replies import Snapshot
from protocol.screens import Doing, Screen

NOT_FOUND: Final = 404


class _Grants(msgspec.Struct):
    items: Sequence[Grant] = ()


class Remote:
    """See `Line`."""

    def __init__(self, wire: Askwire) -> None:
        self._wire = wire

    async def send(self, command: AnyCommand) -> Any:
        """Send it, again after every break."""

        def make(id: CommandId, key: Key) -> AnyCommand:
            return msgspec.structs.replace(command, id=id, key=key)

        return await self._wire.connection.ask(make)

    async def records(
        self, session: SessionId, after: int = 0, until: int | None = None
    ) -> AsyncIterator[Record | Snapshot]:
        """Follow it."""
        reader = self._wire.session(session).follow(after)
        try:
            while until is None or reader.place is None or reader.place.after < until:
                yield await anext(reader)
        finally:
            self._wire.connection.leave(reader)

    async def screen(self, session: SessionId) -> tuple[Screen, int]:
        """Ask for a snapshot."""
        snapshot = await self._wire.connection.fetch_snapshot(session)
        return msgspec.convert(snapshot.state, Screen), snapshot.upto

    async def rows(self, result: ResultId, limit: int, offset: int = 0) -> Rows:
        """Ask for a page of rows."""
        return await page_of(self._wire.http, result, limit=limit, offset=offset)

    async def sessions(self, archived: bool = False) -> Sequence[Doing]:
        """List them all."""
        return [doing async for doing in self._wire.sessions.list(archived=archived)]

    async def sources(self) -> Sequence[str]:
        """List them."""
        return [source.name for source in await self._wire.sources()]

    async def audit(self, session: SessionId | None = None) -> AsyncIterator[Decided]:
        """Ask for it, page by page."""
        http, after = self._wire.http, None
        while True:
            page = await http.get("/api/v1/audit", Audited, session=session, after=after)
            for decided in page.items:
                yield decided
            after = page.next
            if after is None:
                return

    async def grants(self) -> Sequence[Grant]:
        """Ask for them."""
        return (await self._wire.http.get("/api/v1/grants", _Grants)).items

    async def revoke(self, grant: str) -> bool:
        """Have it taken back."""
        answer = await self._wire.http.send("DELETE", f"/api/v1/grants/{in_path(grant)}")
        return answer.status != NOT_FOUND and bool(granted(answer))

    async def notebook(self, session: SessionId) -> bytes:
        """Ask for it."""
        path = f"/api/v1/sessions/{in_path(session)}/notebook"
        return granted(await self._wire.http.answer(path)).body

    async def csv(self, result: ResultId) -> bytes:
        """Ask for it."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "table.csv"
            await self._wire.export(result, "csv", file)
            return file.read_bytes()
