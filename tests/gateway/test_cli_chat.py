"""The chat in the terminal, with a person who says what a script says."""

import asyncio
import io
import os
import signal
from argparse import Namespace
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, cast

import pytest
from rich.console import Console

from gateway.cli.chatting import Chat
from gateway.cli.lines import Line, line_to
from gateway.cli.person import QUESTION
from gateway.cli.watching import Watching
from protocol.commands import AnyCommand, ApprovalResolve
from protocol.events import ApprovalResolved, Record
from protocol.ids import SessionId
from tests.gateway.serving import make_shop

GATE = "[y]es [e]dit [n]o [s]kip [a]lways or say what should be different: "


class Scripted:
    """A person who answers in order, and leaves when there is nothing more to say."""

    def __init__(self, *said: str | None, edited: str | None = None) -> None:
        self.prompts: list[str] = []
        self.edits: list[str] = []
        self._said = list(said)
        self._edited = edited

    async def ask(self, prompt: str) -> str | None:
        self.prompts.append(prompt)
        if not self._said:
            raise EOFError
        return self._said.pop(0)

    async def edit(self, text: str, ending: str) -> str | None:
        self.edits.append(text)
        return self._edited


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[Line]:
    shop = make_shop(tmp_path / "shop.sqlite")
    where = Namespace(db=shop, data=tmp_path / "data", url=None, token=None)
    async with line_to(where) as found:
        yield found


async def chat(line: Line, person: Scripted, mode: str = "review_first") -> str:
    out = io.StringIO()
    console = Console(file=out, width=100)
    chosen = Namespace(mode=mode, source=None, session=None, model=None, tell=None)
    async with asyncio.timeout(30):
        assert await Chat(line, person, console, chosen).talk() == 0
    return out.getvalue()


async def resolved(line: Line) -> Sequence[ApprovalResolved]:
    (doing,) = await line.sessions()
    _, upto = await line.screen(doing.session)
    return [
        told.event
        async for told in line.records(doing.session, 0, upto)
        if isinstance(told, Record) and isinstance(told.event, ApprovalResolved)
    ]


async def test_an_approved_question_shows_code_once_then_table_and_answer(line: Line) -> None:
    person = Scripted("How many orders?", "y")
    told = await chat(line, person)
    assert person.prompts == [QUESTION, GATE, QUESTION]
    assert told.count("COUNT(") == 1
    assert "60" in told


async def test_an_edit_is_what_runs(line: Line) -> None:
    changed = "SELECT 7 AS lucky FROM orders LIMIT 1"
    person = Scripted("How many orders?", "e", edited=changed)
    told = await chat(line, person)
    assert "COUNT(" in person.edits[0]
    assert "lucky" in told
    (answer,) = await resolved(line)
    assert answer.verdict == "edit"
    assert answer.changed is not None
    assert answer.changed.after == changed


async def test_an_edit_that_changes_nothing_asks_again(line: Line) -> None:
    person = Scripted("How many orders?", "e", "y")
    assert "nothing was changed" in await chat(line, person)
    assert [answer.verdict for answer in await resolved(line)] == ["approve"]


async def test_an_edit_that_is_refused_says_why_and_asks_again(line: Line) -> None:
    person = Scripted("How many orders?", "e", "n", "", edited="DROP TABLE orders")
    told = await chat(line, person)
    assert "rejected" in told
    assert [answer.verdict for answer in await resolved(line)] == ["reject"]
    assert person.prompts.count(GATE) == 2


async def test_no_asks_why(line: Line) -> None:
    await chat(line, Scripted("How many orders?", "n", "wrong table"))
    (answer,) = await resolved(line)
    assert (answer.verdict, answer.text) == ("reject", "wrong table")


async def test_always_is_remembered_for_the_session(line: Line) -> None:
    person = Scripted("How many orders?", "a", "How many orders?")
    await chat(line, person)
    assert person.prompts.count(GATE) == 1


async def test_ctrl_c_at_a_gate_stops_the_run(line: Line) -> None:
    told = await chat(line, Scripted("How many orders?", None))
    assert "cancelled" in told


async def test_ctrl_c_twice_at_the_question_leaves(line: Line) -> None:
    person = Scripted(None, None, "never said")
    assert "again leaves" in await chat(line, person)
    assert person.prompts == [QUESTION, QUESTION]


async def test_ctrl_c_while_it_works_stops_the_run_and_not_the_chat(line: Line) -> None:
    class Interrupting(Scripted):
        async def ask(self, prompt: str) -> str | None:
            if prompt != GATE:
                return await super().ask(prompt)
            os.kill(os.getpid(), signal.SIGINT)
            return await asyncio.Future()

    person = Interrupting("How many orders?", "/quit")
    assert "cancelled" in await chat(line, person)
    assert person.prompts == [QUESTION, QUESTION]


async def test_slash_commands(line: Line) -> None:
    person = Scripted(
        "/help",
        "/sources",
        "/mode brave",
        "/mode none",
        "/new My session",
        "/sql SELECT 6 * 7 AS answer FROM orders LIMIT 1",
        "/sql DELETE FROM orders",
        "/open s_none",
        "/sessions",
        "/quit",
    )
    told = await chat(line, person)
    for words in ("/new [NAME]", "shop", "review_first", "42", "DELETE", "s_none", "My session"):
        assert words in told, words
    assert len(person.prompts) == 10


async def test_an_answer_given_elsewhere_takes_the_question_away(line: Line) -> None:
    from gateway.cli.lines import ID
    from protocol.commands import ApprovalResolve, RunStart, SessionCreate

    class Silent(Scripted):
        async def ask(self, prompt: str) -> str | None:
            (doing,) = await line.sessions()
            screen, _ = await line.screen(doing.session)
            (approval,) = screen.approvals
            await line.send(
                ApprovalResolve(id=ID, session=doing.session, approval=approval, verdict="approve")
            )
            return await asyncio.Future()

    session: SessionId = (await line.send(SessionCreate(id=ID, mode="review_first"))).session
    accepted = await line.send(RunStart(id=ID, session=session, text="How many orders?"))
    out = io.StringIO()
    watching = Watching(line, Silent(), Console(file=out), session)
    async with asyncio.timeout(30):
        finished = await watching.follow(accepted)
    assert finished.outcome == "answered"
    assert "elsewhere" in out.getvalue()


class LateReplies:
    """A line on which what an answer caused is seen before the reply that grants it."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._seen = asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._line, name)

    async def send(self, command: AnyCommand) -> Any:
        reply = await self._line.send(command)
        if isinstance(command, ApprovalResolve):
            await self._seen.wait()
        return reply

    async def records(self, *where: Any) -> AsyncIterator[Any]:
        async for told in self._line.records(*where):
            yield told
            if isinstance(told, Record) and isinstance(told.event, ApprovalResolved):
                self._seen.set()


async def test_ones_own_answer_is_not_taken_for_somebody_elses(line: Line) -> None:
    told = await chat(cast(Line, LateReplies(line)), Scripted("How many orders?", "y"))
    assert "elsewhere" not in told
    assert "60" in told


async def test_a_chip_is_changed_by_its_number(line: Line) -> None:
    person = Scripted("How many orders?", "/change", "/change 1 1", "/change 9 x")
    told = await chat(line, person, mode="none")
    assert "1 what number of orders" in told
    assert told.count("How I read this: 1 what") >= 2
    assert "no one chip is '9'" in told
