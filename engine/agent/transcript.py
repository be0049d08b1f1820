"""What was said and done in a session, as a model reads it: the fold of the log into turns."""

from collections import defaultdict

from engine.ports import Answered, Called, Person, Turn
from protocol.events import (
    AnyEvent,
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
from protocol.ids import ItemId
from protocol.items import Answer, Chart, Code, Error, Output, Plan, Table

TOOLS = {"sql": "run_sql", "python": "run_python"}


class Transcript:
    """The turns of one session, oldest first. `begins` is where the run that goes on began."""

    def __init__(self) -> None:
        self.turns: list[Turn] = []
        self.begins = 0
        self._of: dict[ItemId, ItemId] = {}
        self._made: defaultdict[ItemId, list[Table | Output | Error]] = defaultdict(list)
        self._own: set[ItemId] = set()

    def see(self, event: AnyEvent | UnknownEvent) -> None:
        """Take in one event."""
        match event:
            case RunStarted():
                self.begins = len(self.turns)
                self.turns.append(Person(text=event.text))
            case RunSteered():
                self.turns.append(Person(text=event.text, feedback=True))
            case RunFinished():
                self._of.clear()
                self._made.clear()
            case ApprovalResolved(text=str(text)) if text and event.verdict == "feedback":
                self.turns.append(Person(text=text, feedback=True))
            case QuestionAsked():
                arguments = {"prompts": [prompt.title for prompt in event.prompts]}
                called = Called(call=event.question, tool="ask_user", arguments=arguments)
                self.turns.append(called)
            case QuestionAnswered():
                text = "; ".join(", ".join(answer) for answer in event.answers)
                ok = bool(event.answers)
                self.turns.append(Answered(call=event.question, ok=ok, text=text))
            case ItemStarted() if event.of is not None:
                self._of[event.item] = event.of
            case ItemCompleted():
                self._completed(event)
            case _:
                pass

    def _completed(self, event: ItemCompleted) -> None:
        item, content, ok = event.item, event.content, event.outcome == "ok"
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
            case Answer():
                self._call(item, "answer", {"text": content.text}, ok)
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
        self.turns.extend((called, _answer(event, made)))


def _answer(event: ItemCompleted, made: list[Table | Output | Error]) -> Answered:
    ok = event.outcome == "ok"
    texts: list[str] = []
    table: Table | None = None
    for content in made:
        match content:
            case Table():
                table = content
            case Output():
                texts.extend(filter(None, (content.stdout, content.stderr, content.result)))
            case Error():
                texts.append(content.traceback or content.message)
    if event.error is not None:
        texts.append(f"{event.outcome}: {event.error.message}")
    return Answered(
        call=event.item,
        ok=ok,
        text="\n".join(texts),
        columns=table.columns if table is not None else (),
        row_count=table.row_count if table is not None else None,
        result=table.result if table is not None else None,
    )
