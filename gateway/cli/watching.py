"""One run in the terminal: what settles is printed once, what waits for a person is asked."""

import asyncio
from typing import Any

from rich.console import Console

from gateway.cli.lines import ID, Line
from gateway.cli.person import Person
from gateway.cli.showing import (
    answer_block,
    ask_block,
    block_of,
    code_block,
    end_block,
    table_block,
)
from gateway.cli.tail import Tail
from protocol.commands import ApprovalResolve, InputReply, QuestionAnswer, RunCancel
from protocol.events import (
    ApprovalRequested,
    ApprovalResolved,
    CheckFinished,
    InputRequested,
    ItemCompleted,
    ItemDelta,
    ItemStarted,
    QuestionAsked,
    Record,
    RunFinished,
)
from protocol.ids import ApprovalId, ItemId, SessionId
from protocol.items import Answer, Chip, Code, Plan, Step, Table
from protocol.refusals import Refused
from protocol.results import RunAccepted

ROWS = 20
KEYS = {
    "approve": "[y]es",
    "retry": "[r]etry",
    "edit": "[e]dit",
    "reject": "[n]o",
    "skip": "[s]kip",
}


class Watching:
    """Follows one run to its end."""

    def __init__(self, line: Line, person: Person, out: Console, session: SessionId) -> None:
        self._line = line
        self._person = person
        self._out = out
        self._session = session
        self._tail = Tail(out)
        self._asking: asyncio.Task[None] | None = None
        self._shown: dict[ItemId, str] = {}
        self._languages: dict[ItemId, str] = {}
        self._run: RunAccepted | None = None
        self._answering: set[ApprovalId] = set()
        self.reading: tuple[Chip, ...] = ()

    async def follow(self, accepted: RunAccepted) -> RunFinished:
        """Show it and ask what it asks, until it is over."""
        self._run = accepted
        async with asyncio.TaskGroup() as group:
            with self._tail:
                async for told in self._line.records(self._session, accepted.upto - 1):
                    if not isinstance(told, Record):
                        continue
                    event = told.event
                    if getattr(event, "run", None) != accepted.run:
                        continue
                    if isinstance(event, RunFinished):
                        self._stop_asking()
                        self._print(end_block(event))
                        return event
                    await self._show(event, group)
        raise AssertionError("a log has no end")

    async def cancel(self) -> None:
        """Stop the run."""
        if self._run is not None:
            self._tail.says("stopping")
            cancel = RunCancel(id=ID, session=self._session, run=self._run.run)
            await self._line.send(cancel)

    async def _show(self, event: Any, group: asyncio.TaskGroup) -> None:
        match event:
            case ItemStarted(kind=kind):
                self._languages[event.item] = event.language or "sql"
                self._tail.says(self._languages[event.item] if kind == "code" else kind)
            case CheckFinished(ok=True, text=str(text)):
                # What will run, before what it gives.
                self._code(event.item, text)
            case ItemDelta(text=str(text)):
                self._tail.add(event.item, text)
            case ItemCompleted():
                self._tail.settle(event.item)
                await self._settled(event)
            case ApprovalRequested():
                self._asking = group.create_task(self._ask(self._approval(event)))
            case ApprovalResolved():
                self._resolved(event)
            case QuestionAsked():
                self._asking = group.create_task(self._ask(self._question(event)))
            case InputRequested():
                self._asking = group.create_task(self._ask(self._input(event)))
            case _:
                pass

    async def _settled(self, event: ItemCompleted) -> None:
        match event.content:
            case Table(result=str(result)):
                self._print(table_block(await self._line.rows(result, ROWS)))
            case Answer(text=text):
                self._print(answer_block(text))
            case Code(text=text) if event.error is None:
                self._code(event.item, text)
            case Plan() if event.item in self._shown:
                pass  # steps that are ticked off: the plan itself is known
            case Plan():
                self._shown[event.item] = ""
                self.reading = event.content.reading
                self._print(block_of(event))
            case _:
                self._print(block_of(event))

    def _code(self, item: ItemId, text: str) -> None:
        """Show code, unless that is what was shown of it last."""
        self._tail.settle(item)
        if self._shown.get(item, "").strip() != text.strip():
            self._shown[item] = text
            self._print(code_block(text, self._languages.get(item, "sql")))

    def _print(self, block: Any) -> None:
        if block is not None:
            self._out.print(block)

    # --- Asking ---

    async def _ask(self, asking: Any) -> None:
        self._tail.hide()
        try:
            if not await asking:
                await self.cancel()
        except EOFError:
            await self.cancel()
        except Refused as refused:
            self._out.print(refused.detail, style="red", markup=False)
        finally:
            self._tail.show()

    def _resolved(self, event: ApprovalResolved) -> None:
        if event.approval in self._answering:
            # Our own answer: it may be seen here before the reply that grants it.
            return
        if self._asking is not None and not self._asking.done():
            self._stop_asking()
            by = f" by {event.by}" if event.by else ""
            self._out.print(f"{event.verdict}{by}, elsewhere", style="dim", markup=False)

    def _stop_asking(self) -> None:
        if self._asking is not None:
            self._asking.cancel()

    async def _approval(self, request: ApprovalRequested) -> bool:
        """Ask what to do about one step. Return False if the person wants to stop."""
        text = request.text or ""
        self._print(ask_block(request))
        if request.subject in ("sql", "python", "error"):
            self._code(request.item, text)
        keys = [KEYS[option] for option in request.options if option in KEYS]
        if request.remembers:
            keys.append("[a]lways")
            self._out.print(f"a: {request.remembers}", style="dim", markup=False)
        while True:
            said = await self._person.ask(" ".join(keys) + " or say what should be different: ")
            if said is None:
                return False
            if await self._answered(request, said.strip()):
                return True

    async def _answered(self, request: ApprovalRequested, said: str) -> bool:
        options = request.options
        match said.lower():
            case "y" | "yes":
                first = "approve" if "approve" in options else options[0]
                return await self._resolve(request, first)
            case "a" | "always" if request.remembers:
                return await self._resolve(request, "approve", remember="session")
            case "n" | "no":
                why = await self._person.ask("why (Enter for no reason): ")
                return await self._resolve(request, "reject", text=(why or "").strip() or None)
            case "e" | "edit" if "edit" in options:
                return await self._edit(request)
            case "s" | "skip" if "skip" in options:
                return await self._resolve(request, "skip")
            case "r" | "retry" if "retry" in options:
                return await self._resolve(request, "retry")
            case words if len(words) > 2 and "feedback" in options:
                return await self._resolve(request, "feedback", text=said)
            case _:
                return False

    async def _edit(self, request: ApprovalRequested) -> bool:
        plan = request.subject == "plan"
        ending = {"python": ".py", "plan": ".txt"}.get(request.subject, ".sql")
        changed = await self._person.edit(request.text or "", ending)
        if changed is None:
            self._out.print("nothing was changed", style="dim")
            return False
        if not plan:
            return await self._resolve(request, "edit", code=changed)
        steps = tuple(Step(text=line.strip()) for line in changed.splitlines() if line.strip())
        return await self._resolve(request, "edit", plan=steps)

    async def _resolve(self, request: ApprovalRequested, verdict: str, **given: Any) -> bool:
        resolve = ApprovalResolve(
            id=ID,
            session=self._session,
            approval=request.approval,
            verdict=verdict,  # type: ignore[arg-type]  # one that is offered
            digest=request.digest or None,
            **given,
        )
        try:
            self._answering.add(resolve.approval)
            await self._line.send(resolve)
        except Refused as refused:
            self._out.print(refused.detail, style="red", markup=False)
            return refused.code == "approval_settled"
        return True

    async def _question(self, asked: QuestionAsked) -> bool:
        answers: list[tuple[str, ...]] = []
        for prompt in asked.prompts:
            self._out.print(f"{prompt.title} {prompt.text}".strip(), style="bold", markup=False)
            for number, option in enumerate(prompt.options, 1):
                self._out.print(f"  {number} {option}", markup=False)
            said = await self._person.ask("? ")
            if said is None:
                return False
            chosen = said.strip()
            if chosen.isdecimal() and 0 < int(chosen) <= len(prompt.options):
                chosen = prompt.options[int(chosen) - 1]
            answers.append((chosen,))
        answer = QuestionAnswer(
            id=ID, session=self._session, question=asked.question, answers=tuple(answers)
        )
        await self._line.send(answer)
        return True

    async def _input(self, asked: InputRequested) -> bool:
        said = await self._person.ask(asked.prompt or "input: ")
        if said is None:
            return False
        reply = InputReply(id=ID, session=self._session, input=asked.input, text=said)
        await self._line.send(reply)
        return True
