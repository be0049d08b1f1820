"""A run, as who asked sees it: events as they come, questions to be answered, a result."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from client.places import Place
from client.results import Gathered, Result
from protocol.commands import ApprovalResolve, InputReply, QuestionAnswer, RunCancel, RunSteer
from protocol.events import (
    AnyEvent,
    ApprovalRequested,
    InputRequested,
    ItemCompleted,
    QuestionAsked,
    Record,
    Remember,
    RunFinished,
    UnknownEvent,
    Usage,
    Verdict,
)
from protocol.ids import ApprovalId, InputId, QuestionId, RunId
from protocol.items import Step
from protocol.replies import Snapshot
from protocol.screens import Screen

if TYPE_CHECKING:
    from client.sessions import Session


class _Belongs(msgspec.Struct):
    run: RunId | None = None


class Run:
    """Iterate it for its events; break off and iterate again to go on where you were.

    It keeps its place, not its events: nothing is read while nobody iterates.
    """

    def __init__(self, session: "Session", run: RunId, start: Place) -> None:
        self.session = session
        self.id = run
        self.finished: RunFinished | None = None
        self._reader = session.follow(start)
        self._gathered = Gathered(session.connection.http)

    # --- Watching ---

    def __aiter__(self) -> "Run":
        return self

    async def __anext__(self) -> AnyEvent | UnknownEvent:
        while self.finished is None:
            told = await anext(self._reader)
            event = self._of_snapshot(told) if isinstance(told, Snapshot) else self._mine(told)
            if event is None:
                continue
            if isinstance(event, ItemCompleted):
                self._gathered.see(event)
            elif isinstance(event, RunFinished):
                self.finished = event
                self.session.connection.leave(self._reader)
            return event
        raise StopAsyncIteration

    async def result(self) -> Result:
        """Wait for the end and return it. While the run waits for a person, so does this."""
        async for _ in self:
            pass
        assert self.finished is not None, "iteration ends with it"
        return Result(self.finished, self._gathered)

    def _mine(self, record: Record) -> AnyEvent | UnknownEvent | None:
        event = record.event
        run = (
            msgspec.json.decode(event.raw, type=_Belongs).run
            if isinstance(event, UnknownEvent)
            else event.run
        )
        return event if run == self.id else None

    def _of_snapshot(self, snapshot: Snapshot) -> AnyEvent | None:
        """History was lost. If the run is over there, say so; else go on from there."""
        screen = msgspec.convert(snapshot.state, Screen)
        seen = next((run for run in screen.runs if run.run == self.id), None)
        self._gathered = Gathered(self.session.connection.http)
        for item in screen.items.values():
            if item.run == self.id and item.content is not None:
                completed = ItemCompleted(run=self.id, item=item.item, content=item.content)
                self._gathered.see(completed)
        if seen is None or seen.outcome is None:
            return None
        return RunFinished(
            run=self.id,
            outcome=seen.outcome,
            answer=seen.answer,
            error=seen.error,
            usage=seen.usage or Usage(),
            elapsed_ms=seen.elapsed_ms or 0,
        )

    # --- Answering ---

    async def approve(
        self,
        approval: ApprovalRequested | str,
        *,
        code: str | None = None,
        plan: Sequence[str | Step] | None = None,
        remember: Remember = "once",
    ) -> None:
        """Let a step go on; with `code` or `plan`, changed to that."""
        steps = None
        if plan is not None:
            steps = tuple(Step(text=step) if isinstance(step, str) else step for step in plan)
        verdict: Verdict = "approve" if code is None and steps is None else "edit"
        await self._resolve(approval, verdict, code=code, plan=steps, remember=remember)

    async def reject(self, approval: ApprovalRequested | str, reason: str | None = None) -> None:
        """Say no; the run ends."""
        await self._resolve(approval, "reject", text=reason)

    async def feedback(self, approval: ApprovalRequested | str, text: str) -> None:
        """Say what should be different; a new proposal follows."""
        await self._resolve(approval, "feedback", text=text)

    async def skip(self, approval: ApprovalRequested | str) -> None:
        """Leave this step out."""
        await self._resolve(approval, "skip")

    async def retry(self, approval: ApprovalRequested | str) -> None:
        """Try again what failed."""
        await self._resolve(approval, "retry")

    async def _resolve(
        self, approval: ApprovalRequested | str, verdict: Verdict, **given: Any
    ) -> None:
        digest: str | None = None
        if isinstance(approval, ApprovalRequested):
            # It says what was seen: the server refuses if it would run something else.
            digest = approval.digest or None
            known = approval.approval
        else:
            known = ApprovalId(approval)
        await self.session.connection.ask(
            lambda id, key: ApprovalResolve(
                id=id,
                key=key,
                session=self.session.id,
                approval=known,
                digest=digest,
                verdict=verdict,
                **given,
            )
        )

    async def answer(
        self, question: QuestionAsked | str, answers: Sequence[Sequence[str]] | str
    ) -> None:
        """Answer a question: texts for each of its prompts, or one text for the only one."""
        known = question.question if isinstance(question, QuestionAsked) else QuestionId(question)
        given = ((answers,),) if isinstance(answers, str) else tuple(tuple(a) for a in answers)
        await self.session.connection.ask(
            lambda id, key: QuestionAnswer(
                id=id, key=key, session=self.session.id, question=known, answers=given
            )
        )

    async def input(self, asked: InputRequested | str, text: str) -> None:
        """Type a line into Python's `input()`."""
        known = asked.input if isinstance(asked, InputRequested) else InputId(asked)
        await self.session.connection.ask(
            lambda id, key: InputReply(
                id=id, key=key, session=self.session.id, input=known, text=text
            )
        )

    async def steer(self, text: str) -> None:
        """Tell the run something while it works."""
        await self.session.connection.ask(
            lambda id, key: RunSteer(
                id=id, key=key, session=self.session.id, run=self.id, text=text
            )
        )

    async def cancel(self) -> None:
        """Stop the run, and what it runs."""
        await self.session.connection.ask(
            lambda id, key: RunCancel(id=id, key=key, session=self.session.id, run=self.id)
        )
