"""`askwire chat`: talk in the terminal. Ctrl-C stops the run, twice leaves."""

import argparse
import asyncio
import signal
import sys
from typing import Any, Final

from rich.console import Console

from gateway.cli.leaving import Usage
from gateway.cli.lines import ID, Line, line_to
from gateway.cli.parsing import MODES
from gateway.cli.person import QUESTION, Person, Terminal
from gateway.cli.reading import changing, choice_lines
from gateway.cli.showing import console
from gateway.cli.watching import Watching
from protocol.commands import QueryRun, RunStart, SessionCreate, SessionUpdate
from protocol.events import ItemCompleted, Record
from protocol.ids import ItemId, SessionId
from protocol.items import Chip, Table
from protocol.refusals import Refused

HELP: Final = """\
Ask a question, or:
  /new [NAME]      begin another session      /sessions       list them
  /open SESSION    go on in one               /sources        what can be asked
  /source NAME     ask this from now on       /mode MODE      which steps wait for you
  /sql SQL         run SQL of your own        /export [FILE]  save the session as Markdown
  /change          what each part of the reading could be
  /change N TO     make part N another: a choice's number, or words; without TO it is left out
  /help            this                       /quit           leave (or Ctrl-D)
While something waits: y, n, e to edit in $EDITOR, a for always; or say what should change."""
WORDS: Final = (
    "/new",
    "/open",
    "/source",
    "/sql",
    "/change",
    "/sessions",
    "/sources",
    "/mode",
    "/export",
    "/help",
    "/quit",
)


def run(chosen: argparse.Namespace) -> int:
    """Talk until the person leaves."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Usage("a chat needs a terminal; in a pipe, use askwire ask")
    return asyncio.run(_chat(chosen))


async def _chat(chosen: argparse.Namespace) -> int:
    from gateway.settings import from_environ

    history = (chosen.data or from_environ().data) / "history"
    person = await asyncio.to_thread(Terminal, history, WORDS)
    async with line_to(chosen) as line:
        return await Chat(line, person, console(), chosen).talk(chosen.question)


class Chat:
    """A conversation of one person over one line."""

    def __init__(
        self, line: Line, person: Person, out: Console, chosen: argparse.Namespace
    ) -> None:
        self._line = line
        self._person = person
        self._out = out
        self._mode: Any = chosen.mode
        self._source: str | None = chosen.source
        self._model: str | None = chosen.model
        self._data: Any = chosen.tell
        self._session = SessionId(chosen.session) if chosen.session else None
        self._interrupts = 0
        self._reading: tuple[Chip, ...] = ()

    async def talk(self, first: str | None = None) -> int:
        """Take one line after another until the person leaves."""
        self._say("Askwire. /help says what can be said here.")
        said = first
        while True:
            if said is None:
                said = await self._next()
            if said is None:
                return 0
            try:
                if said.startswith("/"):
                    if await self._command(said):
                        return 0
                elif said.strip():
                    await self._ask(said)
            except Refused as refused:
                self._out.print(refused.detail, style="red", markup=False)
            said = None

    async def _next(self) -> str | None:
        """Return the next line; None when the person leaves."""
        while self._interrupts < 2:
            try:
                said = await self._person.ask(QUESTION)
            except EOFError:
                return None
            if said is not None:
                self._interrupts = 0
                return said
            self._interrupts += 1
            if self._interrupts < 2:
                self._say("Ctrl-C again leaves")
        return None

    # --- Asking ---

    async def _ask(self, text: str) -> None:
        session = await self._here(text)
        accepted = await self._line.send(RunStart(id=ID, session=session, text=text))
        watching = Watching(self._line, self._person, self._out, session)
        following = asyncio.current_task()
        assert following is not None, "this is one"
        loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as group:

            def interrupted() -> None:
                self._interrupts += 1
                if self._interrupts == 1:
                    group.create_task(watching.cancel())
                else:
                    following.cancel()

            self._interrupts = 0
            loop.add_signal_handler(signal.SIGINT, interrupted)
            try:
                await watching.follow(accepted)
                self._reading = watching.reading
            finally:
                loop.remove_signal_handler(signal.SIGINT)

    async def _here(self, name: str = "") -> SessionId:
        """Return the session that goes on, beginning one if there is none."""
        if self._session is None:
            create = SessionCreate(
                id=ID,
                name=name.strip()[:80],
                source=self._source,
                mode=self._mode,
                model=self._model,
                data=self._data,
            )
            self._session = (await self._line.send(create)).session
        return self._session

    # --- Commands ---

    async def _command(self, said: str) -> bool:
        """Do what a line with a slash says. Return whether the person leaves."""
        word, _, rest = said.strip().partition(" ")
        rest = rest.strip()
        match word:
            case "/quit" | "/exit" | "/q":
                return True
            case "/new":
                self._session = None
                self._session = await self._here(rest)
            case "/open" if rest:
                await self._line.screen(SessionId(rest))
                self._session = SessionId(rest)
            case "/source" if rest:
                self._source = rest
                await self._update(source=rest)
            case "/mode" if rest in MODES:
                self._mode = rest
                await self._update(mode=rest)
            case "/mode":
                self._say("one of " + ", ".join(MODES))
            case "/sql" if rest:
                await self._sql(rest)
            case "/change" if rest:
                await self._change(rest)
            case "/change":
                self._say(choice_lines(self._reading) or "nothing was read yet")
            case "/sessions":
                for doing in await self._line.sessions():
                    mark = "▸" if doing.session == self._session else " "
                    self._say(f"{mark} {doing.session}  {doing.name}")
            case "/sources":
                self._say("\n".join(await self._line.sources()))
            case "/export":
                await self._export(rest)
            case _:
                self._say(HELP)
        return False

    async def _change(self, said: str) -> None:
        which, _, choice = said.partition(" ")
        try:
            words = changing(self._reading, which, choice)
        except Usage as wrong:
            self._say(str(wrong))
        else:
            await self._ask(words)

    async def _update(self, **fields: Any) -> None:
        if self._session is not None:
            await self._line.send(SessionUpdate(id=ID, session=self._session, **fields))

    async def _sql(self, sql: str) -> None:
        session = await self._here(sql)
        source = self._source or next(iter(await self._line.sources()), "")
        accepted = await self._line.send(
            QueryRun(id=ID, session=session, source=source, sql=sql, max_rows=1000)
        )
        await self._until_done(session, accepted.upto - 2, accepted.item)

    async def _until_done(self, session: SessionId, after: int, item: ItemId) -> None:
        from gateway.cli.showing import block_of, table_block

        async for told in self._line.records(session, max(after, 0)):
            event = told.event if isinstance(told, Record) else None
            if not isinstance(event, ItemCompleted) or event.run is not None:
                continue
            if isinstance(event.content, Table) and event.content.result is not None:
                self._out.print(table_block(await self._line.rows(event.content.result, 20)))
            elif event.error is not None:
                self._out.print(block_of(event))
            if event.item == item:
                return

    async def _export(self, file: str) -> None:
        from pathlib import Path

        from gateway.cli.keeping import markdown

        screen, _ = await self._line.screen(await self._here())
        text = await markdown(self._line, screen)
        target = Path(file or f"{screen.session}.md")
        await asyncio.to_thread(target.write_text, text, "utf-8")
        self._say(f"saved as {target}")

    def _say(self, words: str) -> None:
        self._out.print(words, style="dim", markup=False)
