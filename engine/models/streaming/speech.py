"""One round of a model elsewhere: what its API says, told as events of the `Model` port."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

from engine.models.streaming.calls import Calls
from engine.models.streaming.tags import (
    Piece,
    Tags,
    steps_of,
    tool_calls_of,
    without_fence,
)
from engine.models.wires import (
    CallClosed,
    CallMore,
    CallOpened,
    End,
    Ended,
    Heard,
    Reasoning,
    Text,
    Used,
    WireFailed,
)
from engine.ports import CallDelta, Called, CallStarted, Dropped, ModelEvent, Thinking

HOLD: Final = 280
"""So many characters of plain text are held back: what comes before a call is an aside, and what is
longer than this is taken for the answer and shown while it is written."""
_TOOLS: Final = {"plan": "make_plan", "sql": "run_sql", "code": "run_python", "answer": "answer"}
_CODE: Final = ("run_sql", "run_python")


class Speech:
    """What a model says in one round.

    An answer that comes in one round with code is dropped: it cannot have seen what the code gives.
    """

    def __init__(self, tags: bool) -> None:
        """`tags` says that the model was asked to speak in tags: then fences are meant to run."""
        self._by_tags = tags
        self._tags = Tags(fences=tags)
        self._calls = Calls()
        self._free: list[str] = []
        self._aloud: str | None = None
        self._block: dict[str, Any] = {}
        self._answer: Called | None = None
        self._made: set[str] = set()
        self._end: End | None = None
        self.used = Used()
        self.said: list[str] = []
        """Everything the model wrote, for counting where the API does not."""
        self.enough = False
        """Whether what follows is of no use: a model that speaks in tags would make results up."""

    def hear(self, heard: Heard) -> Iterator[ModelEvent]:
        """Tell what this adds."""
        match heard:
            case Text(text=text):
                self.said.append(text)
                for piece in self._tags.feed(text):
                    yield from self._piece(piece)
            case Reasoning(text=text) if text:
                self.said.append(text)
                yield Thinking(text=text)
            case CallOpened() | CallMore() | CallClosed():
                if isinstance(heard, CallMore):
                    self.said.append(heard.text)
                yield from self._call(heard)
            case Used():
                self._count(heard)
            case Ended(why=why):
                self._end = why
            case _:
                pass

    def close(self) -> Iterator[ModelEvent]:
        """Tell the rest, now that the API has said all. Raise `WireFailed` if it broke off."""
        self._whole()
        for piece in self._tags.close():
            yield from self._piece(piece)
        for event in self._calls.close():
            yield from self._told(event)
        yield from self._last_words()
        if not self._made:
            hint = "Ask again, or choose another model."
            raise WireFailed("model_silent", "The model said nothing that can be done.", hint)

    def _whole(self) -> None:
        if self.enough:
            return
        if self._end is None:
            raise WireFailed(
                "model_broke_off", "The model's answer broke off.", "Ask again.", again=True
            )
        if self._end == "refused":
            raise WireFailed("model_declined", "The model does not want to answer this.")
        if self._end == "length" and (self._calls.any_open or self._tags.inside != "text"):
            raise WireFailed(
                "model_cut_off",
                "The model reached the most it may write in the middle of a step.",
                "Ask for less at once, or allow it more: answer_tokens of its profile.",
            )

    def _count(self, used: Used) -> None:
        known = self.used
        self.used = Used(
            *(
                new if new is not None else old
                for new, old in (
                    (used.input_tokens, known.input_tokens),
                    (used.output_tokens, known.output_tokens),
                    (used.cached_tokens, known.cached_tokens),
                )
            )
        )

    # --- Calls ---

    def _call(self, heard: CallOpened | CallMore | CallClosed) -> Iterator[ModelEvent]:
        if isinstance(heard, CallOpened):
            yield from self._aside()
        for event in self._calls.hear(heard):
            yield from self._told(event)

    def _told(self, event: ModelEvent) -> Iterator[ModelEvent]:
        """Pass a call on; an answer only when the round is over."""
        if not isinstance(event, Called):
            yield event
            return
        self._made.add(event.tool)
        if event.tool != "answer":
            yield event
            return
        if self._answer is not None:
            yield Dropped(call=self._answer.call, text=_text_of(self._answer))
        self._answer = event

    def _last_words(self) -> Iterator[ModelEvent]:
        text = "".join(self._free).strip()
        if self._answer is None and text and not self._made - {"make_plan"}:
            yield from self._free_answer(text)
        else:
            yield from self._aside()
        if self._answer is None:
            return
        early = any(tool in self._made for tool in _CODE)
        if early or not _text_of(self._answer).strip():
            self._made.discard("answer")
            yield Dropped(call=self._answer.call, text=_text_of(self._answer))
        else:
            yield self._answer

    # --- Plain text ---

    def _free_answer(self, text: str) -> Iterator[ModelEvent]:
        """What was said without any call is the answer; or a call that a small model wrote out."""
        as_json = tool_calls_of(text) if self._aloud is None and _is_json(text) else None
        if as_json is not None:
            self._free = []
            yield from self._said_as_json(as_json)
            return
        if self._aloud is None and self._by_tags and _is_sql(text):
            call = self._calls.new_id()
            yield CallStarted(call=call, tool="run_sql")
            yield from self._told(
                Called(call=call, tool="run_sql", arguments={"sql": _first_statement(text)})
            )
            return
        said = self._aloud
        if said is None:
            said = self._calls.new_id()
            yield CallStarted(call=said, tool="answer")
            yield CallDelta(call=said, text=text)
        self._free, self._aloud = [], None
        yield from self._told(Called(call=said, tool="answer", arguments={"text": text}))

    def _say(self, text: str) -> Iterator[ModelEvent]:
        if self._made - {"make_plan"}:
            yield Thinking(text=text)
            return
        self._free.append(text)
        if self._aloud is not None:
            yield CallDelta(call=self._aloud, text=text)
            return
        held = "".join(self._free)
        if len(held) > HOLD and not _is_json(held) and not (self._by_tags and _is_sql(held)):
            self._aloud = self._calls.new_id()
            yield CallStarted(call=self._aloud, tool="answer")
            yield CallDelta(call=self._aloud, text=held.lstrip())

    def _aside(self) -> Iterator[ModelEvent]:
        """Make a thought of what was said: it was not the answer, since a call follows."""
        text = "".join(self._free)
        call, self._aloud, self._free = self._aloud, None, []
        if call is not None:
            yield Dropped(call=call, text=text.strip())
        elif text.strip():
            yield Thinking(text=text.strip())

    # --- Blocks ---

    def _piece(self, piece: Piece) -> Iterator[ModelEvent]:
        match piece.block:
            case "text":
                yield from self._say(piece.text)
            case "think":
                if piece.text:
                    yield Thinking(text=piece.text)
            case "tool_call":
                yield from self._json_call(piece)
            case block:
                yield from self._in_block(_TOOLS[block], piece)

    def _in_block(self, tool: str, piece: Piece) -> Iterator[ModelEvent]:
        if piece.began:
            yield from self._aside()
            self._block = {"call": self._calls.new_id(), "text": ""}
            yield CallStarted(call=self._block["call"], tool=tool)
        text = piece.text if self._block["text"] else piece.text.lstrip("\n")
        if text:
            self._block["text"] += text
            yield CallDelta(call=self._block["call"], text=text)
        if piece.ended:
            arguments = _arguments(tool, self._block["text"])
            yield from self._told(Called(call=self._block["call"], tool=tool, arguments=arguments))
            self.enough = self.enough or tool in _CODE

    def _json_call(self, piece: Piece) -> Iterator[ModelEvent]:
        if piece.began:
            yield from self._aside()
            self._block = {"text": ""}
        self._block["text"] += piece.text
        if not piece.ended:
            return
        found = tool_calls_of(self._block["text"])
        if found is None:
            yield Thinking(text=self._block["text"])
        else:
            yield from self._said_as_json(found)

    def _said_as_json(self, calls: Sequence[tuple[str, dict[str, Any]]]) -> Iterator[ModelEvent]:
        for tool, arguments in calls:
            place = self._calls.new_id()
            for heard in (
                CallOpened(place, "", tool),
                CallMore(place, json.dumps(arguments)),
                CallClosed(place),
            ):
                yield from self._call(heard)


def _arguments(tool: str, text: str) -> dict[str, Any]:
    match tool:
        case "make_plan":
            return {"steps": steps_of(text)}
        case "run_sql":
            return {"sql": without_fence(text)}
        case "run_python":
            return {"code": without_fence(text)}
        case _:
            return {"text": text.strip()}


def _text_of(answer: Called) -> str:
    text = answer.arguments.get("text")
    return text if isinstance(text, str) else ""


def _is_json(text: str) -> bool:
    """Whether this may become a call in writing: servers without a parser pass it on as it is."""
    return text.lstrip().startswith(("{", "[{", "```json"))


def _is_sql(text: str) -> bool:
    return text.lstrip().upper().startswith(("SELECT ", "SELECT\n", "WITH "))


def _first_statement(text: str) -> str:
    return text.split(";")[0].split("\n\n")[0].strip()
