"""What was said and done in a session, as a model reads it: the fold of the log into turns."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from engine.ports import Answered, Called, Person, Turn
from protocol.events import (
    AnyEvent,
    ApprovalRequested,
    ApprovalResolved,
    ItemCompleted,
    ItemStarted,
    QuestionAnswered,
    QuestionAsked,
    RunFinished,
    RunStarted,
    RunSteered,
    UnknownEvent,
)
from protocol.ids import ApprovalId, ItemId
from protocol.items import Answer, AnyContent, Chart, Code, Error, Output, Plan, Table, Tool

TOOLS: Final = {"sql": "run_sql", "python": "run_python"}
TOLD: Final[Mapping[tuple[str, str], str]] = {
    ("plan", "edit"): "I changed the plan: follow it as it stands now.",
    ("sql", "edit"): "I changed this SQL before it ran.",
    ("python", "edit"): "I changed this Python before it ran.",
    ("tool", "edit"): "I changed these arguments before the tool was called.",
    ("sql", "skip"): "I skipped this SQL: go on without it.",
    ("python", "skip"): "I skipped this Python: go on without it.",
    ("tool", "skip"): "I skipped this call: go on without it.",
    ("error", "skip"): "Leave what failed as it is, and go on without it.",
    ("error", "retry"): "Run what failed once more, as it was.",
    ("error", "edit"): "I changed what failed; it runs once more, as I wrote it.",
    ("plan", "reject"): "I do not want this plan.",
    ("sql", "reject"): "I do not want this SQL to run.",
    ("python", "reject"): "I do not want this Python to run.",
    ("tool", "reject"): "I do not want this tool to be called.",
    ("error", "reject"): "Stop after this failure.",
    ("answer", "reject"): "I do not take this answer.",
}
"""Verdicts in words, by what they were about; a yes needs none."""


class Transcript:
    """The turns of one session, oldest first. `begins` is where the run that goes on began."""

    def __init__(self) -> None:
        self.turns: list[Turn] = []
        self.begins = 0
        self._of: dict[ItemId, ItemId] = {}
        self._made: defaultdict[ItemId, list[Table | Output | Error]] = defaultdict(list)
        self._cells: set[ItemId] = set()
        self._asked: dict[ApprovalId, ApprovalRequested] = {}
        self._said: defaultdict[ItemId, list[Person]] = defaultdict(list)

    def see(self, event: AnyEvent | UnknownEvent) -> None:
        """Take in one event."""
        match event:
            case RunStarted():
                self.begins = len(self.turns)
                self.turns.append(Person(text=event.text))
            case RunSteered():
                self.turns.append(Person(text=event.text, feedback=True))
            case RunFinished():
                for said in self._said.values():
                    self.turns.extend(said)
                for kept in (self._of, self._made, self._asked, self._said, self._cells):
                    kept.clear()
            case ApprovalRequested():
                self._asked[event.approval] = event
            case ApprovalResolved():
                self._resolved(event)
            case QuestionAsked():
                arguments = {"prompts": [prompt.title for prompt in event.prompts]}
                called = Called(call=event.question, tool="ask_user", arguments=arguments)
                self.turns.append(called)
            case QuestionAnswered():
                text = "; ".join(", ".join(answer) for answer in event.answers)
                ok = bool(event.answers)
                self.turns.append(Answered(call=event.question, ok=ok, text=text))
            case ItemStarted():
                if event.of is not None:
                    self._of[event.item] = event.of
                if event.language == "python":
                    self._cells.add(event.item)
            case ItemCompleted():
                self._completed(event)
            case _:
                pass

    def _resolved(self, event: ApprovalResolved) -> None:
        """Tell the model what a person decided: after the call that it is about."""
        request = self._asked.pop(event.approval, None)
        said = _words(request.subject, event) if request is not None else None
        if request is None or said is None:
            return
        if request.subject in ("sql", "python", "tool"):
            # The call itself is told when it is completed.
            self._said[request.item].append(said)
        else:
            self.turns.append(said)

    def _completed(self, event: ItemCompleted) -> None:
        item, content, ok = event.item, event.content, event.outcome == "ok"
        if self._of.get(item) in self._cells and _is_of_code(content):
            self._made.pop(item, None)  # code was told, not the model
            return
        match content:
            case Table() | Output() | Error() if item in self._of:
                self._made[self._of[item]].append(content)
            case Code() if event.run is not None:
                self._code(event, content)
            case Plan():
                steps = [step.text for step in content.steps]
                self._call(item, "make_plan", {"steps": steps}, ok)
            case Chart():
                self._call(item, "make_chart", {"spec": content.spec}, ok)
            case Answer() if event.outcome != "skipped":
                self._call(item, "answer", {"text": content.text}, ok)
            case Tool() if event.run is not None:
                self._tool(event, content)
            case _:
                pass

    def _call(self, item: ItemId, tool: str, arguments: dict[str, object], ok: bool) -> None:
        """Note a call and its empty answer; a changed plan takes the place of the first."""
        called = Called(call=item, tool=tool, arguments=arguments)
        for place in range(self.begins, len(self.turns)):
            turn = self.turns[place]
            if isinstance(turn, Called) and turn.call == item:
                self.turns[place] = called
                return
        self.turns.extend((called, Answered(call=item, ok=ok)))

    def _code(self, event: ItemCompleted, content: Code) -> None:
        key = "sql" if content.language == "sql" else "code"
        arguments = {key: content.text, "source": content.source}
        called = Called(call=event.item, tool=TOOLS[content.language], arguments=arguments)
        made = self._made.pop(event.item, [])
        self.turns.extend((called, _answer(event, made), *self._said.pop(event.item, ())))

    def _tool(self, event: ItemCompleted, content: Tool) -> None:
        called = Called(call=event.item, tool=content.name, arguments=content.arguments)
        text, ok = _gave(event, content), event.outcome == "ok"
        answered = Answered(call=event.item, ok=ok, text=text, failure="" if ok else text)
        self.turns.extend((called, answered, *self._said.pop(event.item, ())))


def _is_of_code(content: AnyContent) -> bool:
    """Tell whether this, coming out of Python, is something that code asked for."""
    return isinstance(content, Tool) or (isinstance(content, Code) and content.language == "sql")


def _words(subject: str, event: ApprovalResolved) -> Person | None:
    """Return a verdict as something the person said, or None if there is nothing to say."""
    if event.verdict in ("cancelled", "expired"):
        return None
    text = (event.text or "").strip()
    if event.verdict == "feedback":
        return Person(text=text, feedback=True)
    words = " ".join(filter(None, (TOLD.get((subject, event.verdict)), text)))
    verdict: Any = event.verdict
    return Person(text=words, feedback=True, verdict=verdict) if words else None


def _gave(event: ItemCompleted, content: Tool) -> str:
    """Return what a tool gave, as text."""
    if event.error is not None:
        return f"{event.outcome}: {event.error.message}"
    if content.error is not None:
        return f"{event.outcome}: {content.error}"
    if isinstance(content.result, str):
        return content.result
    return msgspec.json.encode(content.result).decode()


def _answer(event: ItemCompleted, made: list[Table | Output | Error]) -> Answered:
    ok = event.outcome == "ok"
    texts: list[str] = []
    errors: list[str] = []
    table: Table | None = None
    for content in made:
        match content:
            case Table():
                table = content
            case Output():
                texts.extend(filter(None, (content.stdout, content.stderr, content.result)))
            case Error():
                errors.append(content.traceback or content.message)
    if event.error is not None:
        errors.append(f"{event.outcome}: {event.error.message}")
    return Answered(
        call=event.item,
        ok=ok,
        text="\n".join((*texts, *errors)),
        failure="\n".join(errors),
        columns=table.columns if table is not None else (),
        row_count=table.row_count if table is not None else None,
        result=table.result if table is not None else None,
    )
