"""What the terminal talks to: a server, or an engine in this process. Records are the same."""

import argparse
import asyncio
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from client.results import Rows
from engine.grants import Grant
from gateway.cli.leaving import Usage
from protocol.audit import Decided
from protocol.commands import AnyCommand
from protocol.events import Record
from protocol.ids import CommandId, ResultId, SessionId
from protocol.replies import Snapshot
from protocol.screens import Doing, Screen

NEAR: Final = "http://127.0.0.1:8000"
ID: Final = CommandId("")
"""Commands are made with this id; the line gives them one of its own."""


class Line(Protocol):
    """Commands up, records down."""

    async def send(self, command: AnyCommand) -> Any:
        """Have a command done and return its result, or raise `Refused`."""

    def records(
        self, session: SessionId, after: int = 0, until: int | None = None
    ) -> AsyncIterator[Record | Snapshot]:
        """Yield a session's records after a position, for ever or up to one."""
        ...

    async def screen(self, session: SessionId) -> tuple[Screen, int]:
        """Return a session as it is, and where its log stands."""
        ...

    async def rows(self, result: ResultId, limit: int, offset: int = 0) -> Rows:
        """Return some rows of a table."""
        ...

    async def sessions(self, archived: bool = False) -> Sequence[Doing]:
        """Return the sessions, the last used first."""
        ...

    async def sources(self) -> Sequence[str]:
        """Return the names of what can be asked."""
        ...

    def audit(self, session: SessionId | None = None) -> AsyncIterator[Decided]:
        """Yield who decided what, in one session or in all that may be looked into."""
        ...

    async def grants(self) -> Sequence[Grant]:
        """Return what is allowed for always."""
        ...

    async def revoke(self, grant: str) -> bool:
        """Take a grant back; return whether there was one."""
        ...

    async def notebook(self, session: SessionId) -> bytes:
        """Return a session as a Jupyter notebook."""
        ...

    async def csv(self, result: ResultId) -> bytes:
        """Return a table as CSV."""
        ...


@asynccontextmanager
async def line_to(chosen: argparse.Namespace, *, working: bool = True) -> AsyncGenerator[Line]:
    """Open a line to where the arguments say; a server of this machine is found by itself.

    `working` says that runs will go on: who only reads must not take up what another left.
    """
    db: Path | None = getattr(chosen, "db", None)
    if chosen.url is not None and (db is not None or chosen.data is not None):
        raise Usage("--url names a server; --db and --data are for working without one")
    if db is not None and not await asyncio.to_thread(db.exists):
        raise Usage(f"there is no {db}")
    local = db is not None or chosen.data is not None
    url = chosen.url or (None if local else await asyncio.to_thread(near))
    if url is not None:
        async with _remote(url, chosen.token, chosen.patience) as line:
            yield line
        return
    with tempfile.TemporaryDirectory(prefix="askwire-", ignore_cleanup_errors=True) as folder:
        # A question about a file leaves nothing behind, unless it is said where.
        data = chosen.data or (Path(folder) if db is not None else None)
        async with _local(data, db, working) as line:
            yield line


@asynccontextmanager
async def _remote(url: str, token: str | None, patience: float) -> AsyncGenerator[Line]:
    from client import Askwire
    from gateway.cli.remote import Remote

    async with Askwire(url, token, client="terminal", patience=patience) as wire:
        yield Remote(wire)


@asynccontextmanager
async def _local(data: Path | None, db: Path | None, working: bool) -> AsyncGenerator[Line]:
    from gateway.cli.local import opened
    from gateway.settings import FolderTaken

    try:
        async with opened(data, db, working) as line:
            yield line
    except FolderTaken as taken:
        raise Usage(f"{taken}, or ask that server with --url") from None


def near() -> str | None:
    """Return the address of the server of this machine, if one answers."""
    try:
        with build_opener(ProxyHandler({})).open(f"{NEAR}/health/live", timeout=1) as said:
            return NEAR if b'"ok"' in said.read() else None
    except (URLError, OSError, ValueError):
        return None
