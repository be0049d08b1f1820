"""Sessions: open and find them, ask in them, follow them, run SQL and Python of one's own."""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import msgspec

from client.connection import Connection
from client.places import START, Place, Wish
from client.readers import Reader
from client.results import Done, Gathered
from client.runs import Run
from protocol.choices import Attachment, DataPolicy, Gates, Mode, RunOptions, SessionStatus
from protocol.commands import (
    AnyCommand,
    KernelComplete,
    KernelExecute,
    KernelInspect,
    KernelInterrupt,
    KernelReset,
    KernelRestart,
    KernelRestore,
    QueryRun,
    RunStart,
    SessionArchive,
    SessionCreate,
    SessionDelete,
    SessionUpdate,
    WhenBusy,
)
from protocol.events import ItemCompleted
from protocol.ids import CommandId, Epoch, ItemId, Key, RunId, SessionId
from protocol.replies import Snapshot
from protocol.results import Created, ItemAccepted, KernelCompleted, KernelSeen, RunAccepted
from protocol.screens import Doing, Screen


class _Listed(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[Doing, ...]
    next: str | None = None


class Session:
    """One session, named by its id. Nothing is asked of the server until something is done."""

    def __init__(
        self, connection: Connection, session: SessionId, epoch: Epoch | None = None
    ) -> None:
        self.connection = connection
        self.id = session
        self._epoch = epoch

    # --- Asking ---

    async def ask(
        self,
        text: str,
        *,
        mode: Mode | None = None,
        source: str | None = None,
        model: str | None = None,
        attachments: Sequence[Attachment] = (),
        when_busy: WhenBusy = "reject",
        **limits: Any,
    ) -> Run:
        """Ask a question and return its run. `limits` are the other fields of `RunOptions`."""
        options: RunOptions | None = RunOptions(mode=mode, source=source, model=model, **limits)
        if options == RunOptions():
            options = None
        accepted: RunAccepted = await self._ask(
            lambda id, key: RunStart(
                id=id,
                key=key,
                session=self.id,
                text=text,
                attachments=tuple(attachments),
                options=options,
                when_busy=when_busy,
            )
        )
        return self.run(accepted.run, after=max(accepted.upto - 1, 0))

    def run(self, run: str, *, after: int = 0) -> Run:
        """Return a run by its id, to be read from a position on."""
        return Run(self, RunId(run), Place(epoch=self._epoch, after=after))

    def follow(self, after: int | Place | Wish = 0) -> Reader:
        """Return every record after a position, for ever; from `tail` on; or a `snapshot` first."""
        if isinstance(after, int):
            start = Place(epoch=self._epoch, after=after) if after else START
            return self.connection.read(self.id, start)
        return self.connection.read(self.id, after)

    # --- One's own work ---

    async def query(self, sql: str, source: str, *, max_rows: int | None = None) -> Done:
        """Run SQL through the guard and wait for its end."""
        accepted: ItemAccepted = await self._ask(
            lambda id, key: QueryRun(
                id=id, key=key, session=self.id, source=source, sql=sql, max_rows=max_rows
            )
        )
        return await self._done(accepted)

    async def execute(self, code: str) -> Done:
        """Run Python in the session's kernel and wait for its end."""
        accepted: ItemAccepted = await self._ask(
            lambda id, key: KernelExecute(id=id, key=key, session=self.id, code=code)
        )
        return await self._done(accepted)

    async def _done(self, accepted: ItemAccepted) -> Done:
        gathered = Gathered(self.connection.http)
        family: set[ItemId | None] = {accepted.item}
        reader = self.follow(Place(epoch=self._epoch, after=max(accepted.upto - 2, 0)))
        try:
            async for told in reader:
                if isinstance(told, Snapshot):
                    continue
                event = told.event
                if getattr(event, "of", None) in family:
                    family.add(event.item)  # type: ignore[union-attr]  # only what starts has `of`
                if not isinstance(event, ItemCompleted) or event.item not in family:
                    continue
                if event.item == accepted.item:
                    return Done(accepted.item, event, gathered)
                gathered.see(event)
        finally:
            self.connection.leave(reader)
        raise AssertionError("a log has no end")

    async def inspect(self) -> KernelSeen:
        """Say what the kernel holds."""
        seen: KernelSeen = await self._ask(
            lambda id, key: KernelInspect(id=id, key=key, session=self.id)
        )
        return seen

    async def complete(self, code: str, cursor: int | None = None) -> KernelCompleted:
        """Say how code could go on at a place, by default at its end."""
        place = len(code) if cursor is None else cursor
        found: KernelCompleted = await self._ask(
            lambda id, key: KernelComplete(id=id, key=key, session=self.id, code=code, cursor=place)
        )
        return found

    async def restore(self) -> Done:
        """Run the cells again that worked so far, in an empty kernel, and wait for their end."""
        accepted: ItemAccepted = await self._ask(
            lambda id, key: KernelRestore(id=id, key=key, session=self.id)
        )
        return await self._done(accepted)

    async def interrupt(self) -> None:
        """Stop what the kernel is doing; variables stay."""
        await self._ask(lambda id, key: KernelInterrupt(id=id, key=key, session=self.id))

    async def reset(self) -> None:
        """Forget all variables."""
        await self._ask(lambda id, key: KernelReset(id=id, key=key, session=self.id))

    async def restart(self) -> None:
        """End the kernel; the next code starts a fresh one."""
        await self._ask(lambda id, key: KernelRestart(id=id, key=key, session=self.id))

    # --- The session itself ---

    async def screen(self) -> Screen:
        """Return the session as it is: runs, items, what waits for a person."""
        return msgspec.convert((await self.connection.fetch_snapshot(self.id)).state, Screen)

    async def update(
        self,
        *,
        name: str | None = None,
        source: str | None = None,
        model: str | None = None,
        mode: Mode | None = None,
        gates: Gates | None = None,
        data: DataPolicy | None = None,
        status: SessionStatus | None = None,
    ) -> None:
        """Change what is given."""
        await self._ask(
            lambda id, key: SessionUpdate(
                id=id,
                key=key,
                session=self.id,
                name=name,
                source=source,
                model=model,
                mode=mode,
                gates=gates,
                data=data,
                status=status,
            )
        )

    async def archive(self) -> None:
        """Put it away; a run that is going on is cancelled."""
        await self._ask(lambda id, key: SessionArchive(id=id, key=key, session=self.id))

    async def delete(self) -> None:
        """Delete it; `update(status="active")` brings it back for a while."""
        await self._ask(lambda id, key: SessionDelete(id=id, key=key, session=self.id))

    async def _ask(self, make: Callable[[CommandId, Key], AnyCommand]) -> Any:
        return await self.connection.ask(make)


class Sessions:
    """The caller's sessions."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def create(
        self,
        name: str = "",
        *,
        source: str | None = None,
        model: str | None = None,
        mode: Mode = "none",
        gates: Gates | None = None,
        data: DataPolicy | None = None,
        session: str | None = None,
    ) -> Session:
        """Open a session, under an own id if one is given."""
        created: Created = await self._connection.ask(
            lambda id, key: SessionCreate(
                id=id,
                key=key,
                session=None if session is None else SessionId(session),
                name=name,
                source=source,
                model=model,
                mode=mode,
                gates=gates,
                data=data,
            )
        )
        return Session(self._connection, created.session, created.epoch)

    async def list(
        self, *, archived: bool = False, search: str | None = None
    ) -> AsyncIterator[Doing]:
        """Yield them, the last used first."""
        after: str | None = None
        while True:
            listed = await self._connection.http.get(
                "/api/v1/sessions", _Listed, after=after, archived=archived, search=search
            )
            for doing in listed.items:
                yield doing
            after = listed.next
            if after is None:
                return
