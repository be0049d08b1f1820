"""The session's model, asked from Python: a few rounds of its own, with SQL as its only tool.

It gets no Python, so nothing it does can ask again. It begins with the question alone, and what it
says in between is not shown; its queries and its last word stand in the log.
"""

from collections.abc import Sequence
from contextlib import aclosing
from typing import Any, Final

import msgspec

from engine.agent.cells import CellAtWork
from engine.agent.outside import noted, policy_for, withheld
from engine.agent.querying import Query
from engine.live_session import LiveSession
from engine.ports import (
    Answered,
    Asking,
    Called,
    Model,
    ModelFailed,
    Person,
    PortError,
    Prompt,
    Spent,
    Turn,
)
from engine.results.shortening import shortened
from engine.state import Unlawful
from engine.text import whole_in
from engine.world import World
from protocol.events import DataPolicy, ItemCompleted, ItemStarted
from protocol.ids import CallerId, ItemId
from protocol.items import ErrorInfo, Tool

NAME: Final = "ask"
TOOLS: Final = ("run_sql", "answer")
MOST_ROUNDS: Final = 6
MOST_TEXT: Final = 20_000


async def consult(world: World, live: LiveSession, cell: CellAtWork, question: str) -> str:
    """Return the model's answer. Raise `PortError`."""
    if not question.strip() or len(question) > MOST_TEXT:
        raise PortError("bad_call", "A question is a text, and not a book.")
    return await _Consultation(world, live, cell, question).answer()


class _Consultation:
    """One question of one cell."""

    def __init__(self, world: World, live: LiveSession, cell: CellAtWork, question: str) -> None:
        self._world = world
        self._live = live
        self._cell = cell
        self._question = question
        self._item = ItemId(world.new_id("i"))

    async def answer(self) -> str:
        """Ask, and note question and answer in the log."""
        arguments = {"question": self._question}
        self._live.record(
            ItemStarted(
                run=self._cell.run,
                item=self._item,
                kind="tool",
                of=self._cell.item,
                name=NAME,
                arguments=arguments,
            )
        )
        try:
            text = await self._rounds()
        except PortError as failed:
            self._complete(None, failed.info)
            raise
        except Unlawful as late:
            raise PortError("run_over", "The run has ended: nothing is asked any more.") from late
        except BaseException:
            self._complete(None, ErrorInfo(code="interrupted", message="It was interrupted."))
            raise
        self._complete(text, None)
        return text

    def _complete(self, text: str | None, error: ErrorInfo | None) -> None:
        found = self._live.state.item(self._item)
        if found is None or not found.open:
            return  # the run was ended, and its items with it
        content = Tool(
            name=NAME,
            arguments={"question": self._question},
            result=text,
            error=error.message if error is not None else None,
        )
        outcome: Any = "ok" if error is None else "failed"
        if error is not None and error.code == "interrupted":
            outcome = "interrupted"
        self._live.record(
            ItemCompleted(
                run=self._cell.run, item=self._item, content=content, outcome=outcome, error=error
            )
        )

    async def _rounds(self) -> str:
        model = await self._model()
        turns: list[Turn] = [Person(text=self._question)]
        for number in range(1, MOST_ROUNDS + 1):
            for called in await self._calls(model, await self._prompt(turns, number)):
                if called.tool == "answer":
                    return str(called.arguments.get("text") or "")
                turns += [called, await self._done(called)]
        raise ModelFailed(
            "rounds_exhausted",
            f"The model had no answer after {MOST_ROUNDS} rounds.",
            "Ask for less at once.",
        )

    async def _model(self) -> Model:
        state = self._live.state
        own = state.run.options.model if state.run is not None and self._cell.run else None
        name = own or state.model or self._world.default_model
        return await self._world.models.get(name)

    async def _prompt(self, turns: Sequence[Turn], number: int) -> Prompt:
        state, world = self._live.state, self._world
        own = state.run.options.source if state.run is not None and self._cell.run else None
        name = own or state.source or world.default_source
        caller = state.owner or CallerId("")
        source = await world.sources.get(name, caller) if name else None
        return Prompt(
            question=self._question,
            turns=tuple(turns),
            catalogue=await source.catalogue() if source is not None else None,
            tools=TOOLS,
            today=world.clock.now().date().isoformat(),
            round=number,
        )

    async def _calls(self, model: Model, prompt: Prompt) -> list[Called]:
        found: list[Called] = []
        policy = policy_for(self._live.state, model, self._world.bounds)
        events = model.think(withheld(prompt, policy) if model.outside else prompt)
        async with aclosing(events) as stream:  # type: ignore[type-var]  # an async generator
            async for event in stream:
                if isinstance(event, Called):
                    heard = whole_in(event.arguments)
                    found.append(msgspec.structs.replace(event, arguments=heard))
                elif isinstance(event, Asking | Spent):
                    self._note(event, policy)
        if not found:
            raise ModelFailed("model_silent", "the model proposed nothing")
        return found

    def _note(self, event: Asking | Spent, policy: DataPolicy) -> None:
        """Say what left, and count what it cost; only a run has a bill."""
        if isinstance(event, Spent) and self._cell.run is None:
            return
        if self._cell.run is not None and self._live.state.run is None:
            raise Unlawful("the run is over")
        self._live.record(noted(event, self._cell.run, policy))

    async def _done(self, called: Called) -> Answered:
        """Do what the model called for, and say what it gave."""
        if called.tool == "run_sql":
            return await self._queried(called)
        if called.tool == "ask_user":
            prompts = called.arguments.get("prompts") or ()
            titles = [
                str(prompt.get("title", "")) for prompt in prompts if isinstance(prompt, dict)
            ]
            raise PortError("asked_back", " ".join(("The model asks back:", *titles)))
        ok = called.tool in ("make_plan", "make_chart")
        return Answered(call=called.call, ok=ok, text="" if ok else "There is no such tool here.")

    async def _queried(self, called: Called) -> Answered:
        source = called.arguments.get("source")
        query = Query(self._world, self._live, self._cell)
        try:
            result = await query.run(
                str(called.arguments.get("sql") or ""), source if isinstance(source, str) else None
            )
        except PortError as failed:
            return Answered(call=called.call, ok=False, text=failed.info.message)
        page = await self._world.results.page(result, 0, self._world.bounds.model_rows)
        return Answered(
            call=called.call,
            ok=True,
            columns=page.columns,
            rows=shortened(page.rows),
            row_count=page.row_count,
            result=result,
        )
