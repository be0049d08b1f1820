"""One round of a model: what it says, turned into events as it comes."""

from collections.abc import Mapping, Sequence
from contextlib import aclosing
from typing import Any, Final

from engine.agent.acting import check_python
from engine.agent.arguments import chips_of, prompts_of, sequence, spec_of, steps_of
from engine.agent.asking import expiry
from engine.agent.calling import check_call, text_of_call
from engine.agent.citing import cited
from engine.agent.outside import filled, noted
from engine.live_session import LiveSession
from engine.ports import (
    Asking,
    CallDelta,
    Called,
    CallStarted,
    Checked,
    Dropped,
    Model,
    ModelEvent,
    Prompt,
    Source,
    Spent,
    Thinking,
    ToolInfo,
)
from engine.text import whole, whole_in
from engine.world import World
from protocol.events import (
    CheckFinished,
    DataPolicy,
    ItemCompleted,
    ItemDelta,
    ItemStarted,
    QuestionAsked,
)
from protocol.ids import ItemId, QuestionId, ResultId, RunId
from protocol.items import (
    Answer,
    Chart,
    ErrorInfo,
    Finding,
    Kind,
    Plan,
    Thought,
    Tool,
)

KINDS: Final[Mapping[str, Kind]] = {
    "make_plan": "plan",
    "run_sql": "code",
    "run_python": "code",
    "make_chart": "chart",
    "answer": "answer",
}


class Round:
    """One round: a model's words, streamed into items."""

    def __init__(
        self,
        world: World,
        live: LiveSession,
        run: RunId,
        source: Source | None,
        max_rows: int,
        offered: Sequence[ToolInfo] = (),
        figures: Mapping[str, str] | None = None,
    ) -> None:
        """`figures` are put into the answer of a model that was not told them."""
        self._world = world
        self._live = live
        self._run = run
        self._source = source
        self._max_rows = max_rows
        self._offered = offered
        self._figures = figures or {}
        self._data: DataPolicy = "results"
        self._items: dict[str, ItemId] = {}
        self._thought: ItemId | None = None
        self._thoughts: list[str] = []

    async def think(self, model: Model, prompt: Prompt) -> None:
        """Let the model speak until its round is over."""
        self._data = prompt.data
        events = model.think(prompt)
        async with aclosing(events) as stream:  # type: ignore[type-var]  # an async generator
            async for event in stream:
                self._hear(event)
                if self._live.crowded:
                    await self._live.room()
        self._end_thought()

    def _hear(self, event: ModelEvent) -> None:
        if type(event) is CallDelta:
            # First of all, since nearly all that is heard is this.
            self._end_thought()
            item = self._items.get(event.call)
            if item is not None and event.text:
                self._live.more(ItemDelta(run=self._run, item=item, text=whole(event.text)))
            return
        if not isinstance(event, Thinking | Spent):
            self._end_thought()
        match event:
            case Thinking(text=text):
                self._think_aloud(whole(text))
            case CallStarted():
                self._begin(event.call, whole(event.tool), {})
            case Called(call=call, tool=tool):
                self._called(call, whole(tool), whole_in(event.arguments))
            case Dropped():
                self._drop(event)
            case Asking() | Spent():
                self._live.record(noted(event, self._run, self._data))
            case _:
                raise AssertionError(f"a model said what no model may: {event}")

    # --- Reasoning ---

    def _think_aloud(self, text: str) -> None:
        if self._thought is None:
            self._thought = self._id()
            self._live.record(ItemStarted(run=self._run, item=self._thought, kind="thought"))
        self._thoughts.append(text)
        self._live.more(ItemDelta(run=self._run, item=self._thought, text=text))

    def _end_thought(self) -> None:
        if self._thought is None:
            return
        content = Thought(text="".join(self._thoughts))
        self._live.record(ItemCompleted(run=self._run, item=self._thought, content=content))
        self._thought, self._thoughts = None, []

    # --- Calls ---

    def _drop(self, dropped: Dropped) -> None:
        """Close what began as an answer and was none."""
        item = self._items.get(dropped.call)
        if item is not None:
            content = Answer(text=whole(dropped.text))
            self._live.record(
                ItemCompleted(run=self._run, item=item, content=content, outcome="skipped")
            )

    def _id(self) -> ItemId:
        return ItemId(self._world.new_id("i"))

    def _begin(self, call: str, tool: str, arguments: Mapping[str, Any]) -> ItemId | None:
        """Show that a call begins, if it has not begun yet."""
        if call in self._items or tool == "ask_user":
            return self._items.get(call)
        item = self._items[call] = self._id()
        kind = KINDS.get(tool, "tool")
        source = self._source.name if tool == "run_sql" and self._source is not None else None
        title = arguments.get("title")
        self._live.record(
            ItemStarted(
                run=self._run,
                item=item,
                kind=kind,
                language={"run_sql": "sql", "run_python": "python"}.get(tool),  # type: ignore[arg-type]  # a table of literals
                source=source,
                name=tool if kind == "tool" else None,
                arguments=dict(arguments) if kind == "tool" and arguments else None,
                title=title if isinstance(title, str) else None,
            )
        )
        return item

    def _called(self, call: str, tool: str, arguments: dict[str, Any]) -> None:
        if tool == "ask_user":
            self._ask(arguments)
            return
        fresh = call not in self._items
        item = self._begin(call, tool, arguments)
        assert item is not None, "only ask_user has no item"
        match tool:
            case "make_plan":
                self._complete_plan(item, arguments)
            case "run_sql" | "run_python":
                self._propose(item, tool, arguments, fresh)
            case "make_chart":
                self._complete_chart(item, arguments)
            case "answer":
                self._complete_answer(item, arguments)
            case _ if any(tool == known.name for known in self._offered):
                text = text_of_call(arguments)
                self._judged(item, text, check_call(tool, text, self._offered), None)
            case _:
                self._unknown(item, tool, arguments)

    def _complete_plan(self, item: ItemId, arguments: Mapping[str, Any]) -> None:
        plan = Plan(steps=steps_of(arguments), reading=chips_of(arguments))
        self._live.record(ItemCompleted(run=self._run, item=item, content=plan))

    def _propose(self, item: ItemId, tool: str, arguments: Mapping[str, Any], fresh: bool) -> None:
        text = str(arguments.get("sql" if tool == "run_sql" else "code") or "")
        if fresh and text:
            self._live.record(ItemDelta(run=self._run, item=item, text=text))
        self._judged(item, text, self.check(tool, text), arguments.get("explanation"))

    def _judged(self, item: ItemId, text: str, checked: Checked, explanation: Any) -> None:
        self._live.record(
            CheckFinished(
                run=self._run,
                item=item,
                ok=checked.ok,
                findings=checked.findings,
                sql=checked.sql or None,
                text=text,
                explanation=explanation if isinstance(explanation, str) else None,
                rules=checked.rules or None,
            )
        )

    def check(self, tool: str, text: str) -> Checked:
        """Ask the guard about SQL, the compiler about Python."""
        if not text.strip():
            found = Finding(code="empty", message="There is no code in the call.")
            return Checked(ok=False, findings=(found,))
        if tool == "run_python":
            return check_python(text)
        if self._source is None:
            found = Finding(code="no_source", message="This session has no source to ask.")
            return Checked(ok=False, findings=(found,))
        return self._source.check(text, self._max_rows)

    def _complete_chart(self, item: ItemId, arguments: Mapping[str, Any]) -> None:
        title = arguments.get("title")
        result = self._result_of(str(arguments.get("call") or ""))
        content = Chart(
            spec=spec_of(arguments, bound=result is not None),
            title=title if isinstance(title, str) else None,
            result=result,
        )
        failed = None
        if not content.spec:
            failed = ErrorInfo(code="bad_call", message="The chart has no spec.")
        self._live.record(
            ItemCompleted(
                run=self._run,
                item=item,
                content=content,
                outcome="failed" if failed else "ok",
                error=failed,
            )
        )

    def _result_of(self, call: str) -> ResultId | None:
        """Return the rows that a call gave: the call named, or the last one that gave any."""
        found: ResultId | None = None
        for seen in self._live.viewer.show().items.values():
            content = seen.content
            if content is None or content.__struct_config__.tag != "table":
                continue
            result: ResultId | None = getattr(content, "result", None)
            if seen.run == self._run and result is not None:
                found = result
                if seen.of == self._items.get(call, ItemId(call)):
                    return result
        return found

    def _complete_answer(self, item: ItemId, arguments: Mapping[str, Any]) -> None:
        sources = tuple(
            self._items.get(str(call), ItemId(str(call)))
            for call in sequence(arguments.get("sources"))
        )
        suggestions = tuple(str(text) for text in sequence(arguments.get("suggestions")))
        text = filled(str(arguments.get("text") or ""), self._figures)
        known = self._live.viewer.show().items
        names = tuple(cited(known[s].content) if s in known else "" for s in sources)
        content = Answer(text=text, sources=sources, suggestions=suggestions, cited=names)
        self._live.record(ItemCompleted(run=self._run, item=item, content=content))

    def _unknown(self, item: ItemId, tool: str, arguments: Mapping[str, Any]) -> None:
        words = f"There is no tool {tool!r} here."
        content = Tool(name=tool, arguments=dict(arguments), error=words)
        error = ErrorInfo(code="unknown_tool", message=words)
        self._live.record(
            ItemCompleted(run=self._run, item=item, content=content, outcome="failed", error=error)
        )

    def _ask(self, arguments: Mapping[str, Any]) -> None:
        prompts = prompts_of(arguments)
        question = QuestionId(self._world.new_id("q"))
        until = expiry(self._live.state, self._world.bounds, self._world.clock)
        asked = QuestionAsked(run=self._run, question=question, prompts=prompts, expires_at=until)
        self._live.record(asked)
