"""`askwire ask`: one question, one answer, one exit code."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from typing import Any

from gateway.cli.leaving import Usage, code_of
from gateway.cli.lines import ID, Line, line_to
from gateway.cli.reading import changing, reading_line
from protocol.codec import encode_record
from protocol.commands import (
    ApprovalResolve,
    InputReply,
    QuestionAnswer,
    RunCancel,
    RunStart,
    SessionCreate,
    SessionDelete,
)
from protocol.events import (
    ApprovalRequested,
    InputRequested,
    ItemCompleted,
    QuestionAsked,
    Record,
    RunFinished,
    RunOptions,
)
from protocol.ids import SessionId
from protocol.items import Chip, Code, Plan, Table
from protocol.refusals import Refused
from protocol.replies import Snapshot
from protocol.results import RunAccepted


def run(chosen: argparse.Namespace) -> int:
    """Ask, print, and say by the exit code how it went."""
    return asyncio.run(_ask(chosen))


async def _ask(chosen: argparse.Namespace) -> int:
    question = sys.stdin.read() if chosen.question == "-" else chosen.question
    if not question.strip():
        raise Usage("the question is empty")
    try:
        async with line_to(chosen) as line:
            return await Asking(line, chosen).ask(question, chosen.change)
    except Refused as refused:
        if refused.advice != "fix" or refused.code == "unauthenticated":
            raise
        raise Usage(refused.detail) from None


class Asking:
    """One question over one line. The answer goes to stdout, how it came about to stderr."""

    def __init__(self, line: Line, chosen: argparse.Namespace) -> None:
        self._line = line
        self._chosen = chosen
        # Only a person at a terminal can be asked; a pipe would wait for ever.
        self._person = sys.stdin.isatty() and sys.stderr.isatty() and not chosen.json
        self._session = SessionId("")
        self._reading: tuple[Chip, ...] = ()

    async def ask(self, question: str, changes: Sequence[str] = ()) -> int:
        """Ask and follow to the end; then change chips, each change a run of its own."""
        code = await self._asked(question)
        for said in changes:
            if code != 0:
                break
            which, _, choice = said.partition("=")
            code = await self._asked(changing(self._reading, which, choice))
        return code

    async def _asked(self, question: str) -> int:
        chosen, made = self._chosen, None
        if chosen.session is None and not self._session:
            made = await self._line.send(SessionCreate(id=ID, name=question.strip()[:80]))
            self._session = made.session
        elif chosen.session is not None:
            self._session = SessionId(chosen.session)
        options = RunOptions(
            mode=chosen.mode, source=chosen.source, model=chosen.model, data=chosen.tell
        )
        start = RunStart(id=ID, session=self._session, text=question, options=options)
        try:
            accepted: RunAccepted = await self._line.send(start)
        except Refused:
            if made is not None:
                # Nothing was asked in it: it would only stand in the list.
                await self._line.send(SessionDelete(id=ID, session=self._session))
            raise
        try:
            return await self._follow(accepted)
        except (KeyboardInterrupt, asyncio.CancelledError):
            cancel = RunCancel(id=ID, session=self._session, run=accepted.run)
            await asyncio.shield(self._line.send(cancel))
            raise

    async def _follow(self, accepted: RunAccepted) -> int:
        async for told in self._line.records(self._session, accepted.upto - 1):
            if isinstance(told, Snapshot):
                continue
            if self._chosen.json:
                self._say_raw(told)
            event = told.event
            if getattr(event, "run", None) != accepted.run:
                continue
            if isinstance(event, RunFinished):
                return await self._end(event)
            await self._react(event)
        raise AssertionError("a log has no end")

    async def _react(self, event: Any) -> None:
        match event:
            case ItemCompleted():
                await self._completed(event)
            case ApprovalRequested():
                await self._approval(event)
            case QuestionAsked():
                answers = tuple(tuple(prompt.options[:1]) for prompt in event.prompts)
                await self._line.send(
                    QuestionAnswer(
                        id=ID, session=self._session, question=event.question, answers=answers
                    )
                )
            case InputRequested():
                await self._line.send(
                    InputReply(id=ID, session=self._session, input=event.input, text="")
                )
            case _:
                pass

    # --- Waiting for a person ---

    async def _approval(self, request: ApprovalRequested) -> None:
        verdict, words = "approve", None
        if not self._chosen.yes:
            verdict, words = await self._verdict(request)
        if verdict not in request.options:
            verdict = "retry" if verdict == "approve" and "retry" in request.options else "reject"
        await self._line.send(
            ApprovalResolve(
                id=ID,
                session=self._session,
                approval=request.approval,
                verdict=verdict,  # type: ignore[arg-type]  # one that is offered
                text=words,
                digest=request.digest or None,
            )
        )

    async def _verdict(self, request: ApprovalRequested) -> tuple[str, str | None]:
        if not self._person:
            self._hint(
                f"the {request.subject} waits for approval and nobody can be asked: rejected. "
                "Say --yes to approve, or ask in a terminal."
            )
            return "reject", "nobody was there to be asked"
        sys.stderr.write(f"\n{request.text or ''}\nRun this {request.subject}? [y/N] ")
        sys.stderr.flush()
        said = await asyncio.to_thread(sys.stdin.readline)
        return ("approve", None) if said.strip().lower() in ("y", "yes") else ("reject", None)

    # --- Showing ---

    async def _completed(self, event: ItemCompleted) -> None:
        if isinstance(event.content, Plan) and event.content.reading:
            self._read(event.content.reading)
        if self._chosen.json:
            return
        match event.content:
            case Code(text=text, language=language) if event.outcome != "ok":
                self._hint(
                    f"{language} {event.outcome}: {event.error.message if event.error else text}"
                )
            case Code(text=text) if sys.stderr.isatty():
                self._hint(text)
            case Plan(steps=steps) if sys.stderr.isatty():
                self._hint("\n".join(f"  {step.status}: {step.text}" for step in steps))
            case Table() as table:
                await self._table(table)
            case _:
                pass

    def _read(self, reading: tuple[Chip, ...]) -> None:
        if reading != self._reading and not self._chosen.json:
            self._hint(reading_line(reading))
        self._reading = reading

    async def _table(self, table: Table) -> None:
        from gateway.cli.showing import table_text

        if table.result is None or not table.columns:
            return
        found = await self._line.rows(table.result, max(self._chosen.rows, 1))
        sys.stdout.write(table_text(found.columns, found.rows) + "\n")
        left = found.row_count - len(found.rows)
        if left > 0:
            self._hint(f"… {left} more rows; --rows N prints more")
        sys.stdout.write("\n")

    async def _end(self, finished: RunFinished) -> int:
        if not self._chosen.json:
            if finished.answer:
                sys.stdout.write(finished.answer.strip() + "\n")
            if finished.error is not None:
                words = " ".join(filter(None, (finished.error.message, finished.error.hint)))
                self._hint(f"{finished.outcome}: {words}")
            elif finished.outcome != "answered":
                self._hint(finished.outcome)
        sys.stdout.flush()
        return code_of(finished.outcome)

    def _hint(self, words: str) -> None:
        sys.stderr.write(words + "\n")

    def _say_raw(self, record: Record) -> None:
        sys.stdout.write(encode_record(record).decode() + "\n")
        sys.stdout.flush()
