"""What was said and done, as messages: the run that goes on whole, earlier ones in short."""

import json
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from engine.models.wires import CallGave, CallMade, Message, Said
from engine.ports import Answered, Called, Person, Turn
from protocol.ids import ResultId

_CELL_CHARS: Final = 200
_TEXT_CHARS: Final = 6_000
_NOT_RUN: Final = "It was not run."
_THEN: Final = "If this answers my question, reply now with <answer>the answer</answer>."
_MEND: Final = "Mend it, and reply with <sql>the mended statement</sql>."


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """Messages, and what of the data stands in them."""

    messages: tuple[Message, ...]
    rows: int = 0
    results: tuple[ResultId, ...] = ()


def messages_of(turns: Sequence[Turn], most_rows: int, most_chars: int = _TEXT_CHARS) -> Told:
    """Return turns as messages, each call followed by what it gave; persons speak in between."""
    answers = {turn.call: turn for turn in turns if isinstance(turn, Answered)}
    found: list[Message] = []
    rows, results = 0, []
    for turn in turns:
        match turn:
            case Person():
                found.append(Said(role="user", text=_person(turn)))
            case Called() if turn.tool == "answer":
                found.append(Said(role="assistant", text=str(turn.arguments.get("text") or "…")))
            case Called():
                gave = answers.get(turn.call)
                if gave is not None and gave.rows and gave.result is not None:
                    rows += len(gave.rows[:most_rows])
                    results.append(gave.result)
                found.append(CallMade(id=turn.call, tool=turn.tool, arguments=_plain(turn)))
                found.append(_gave(turn.call, gave, most_rows, most_chars))
            case Answered():
                pass
    return Told(messages=tuple(found), rows=rows, results=tuple(results))


def in_short(turns: Sequence[Turn]) -> str:
    """Tell an earlier run in few words: what was asked, what ran, what was answered."""
    answers = {turn.call: turn for turn in turns if isinstance(turn, Answered)}
    lines: list[str] = []
    for turn in turns:
        match turn:
            case Person(text=text):
                lines.append(f"Asked: {_short(text, 300)}")
            case Called(tool="run_sql" | "run_python"):
                gave = answers.get(turn.call)
                if gave is not None and gave.ok:
                    lines.append(f"Ran: {_short(_code(turn), 400)} -> {_shape(gave)}")
            case Called(tool="answer"):
                lines.append(f"Answered: {_short(str(turn.arguments.get('text') or ''), 300)}")
            case _:
                pass
    return "\n".join(lines)


def runs_of(turns: Sequence[Turn], begins: int) -> list[Sequence[Turn]]:
    """Take the turns before the run that goes on apart: each run begins with its question."""
    runs: list[list[Turn]] = []
    for turn in turns[:begins]:
        if (isinstance(turn, Person) and not turn.feedback) or not runs:
            runs.append([])
        runs[-1].append(turn)
    return [*runs]


def as_text(messages: Sequence[Message]) -> tuple[Message, ...]:
    """Say calls and what they gave in words, for models that speak in tags.

    After a result they are told what to do with it: small ones would ask the same for ever.
    """
    found: list[Said] = []
    if messages and isinstance(last := messages[-1], CallGave):
        told = _THEN if last.ok else _MEND
        messages = [*messages, Said(role="user", text=told)]
    for message in messages:
        said = _in_tags(message)
        if found and found[-1].role == said.role:
            # Many templates of small models insist that the roles take turns.
            text = f"{found[-1].text}\n\n{said.text}"
            found[-1] = Said(role=said.role, text=text)
        else:
            found.append(said)
    return tuple(found)


def _in_tags(message: Message) -> Said:
    match message:
        case Said():
            return message
        case CallMade(tool=tool, arguments=arguments):
            match tool:
                case "run_sql":
                    text = f"<sql>{arguments.get('sql', '')}</sql>"
                case "run_python":
                    text = f"<code>{arguments.get('code', '')}</code>"
                case "make_plan":
                    text = "<plan>" + "\n".join(map(str, arguments.get("steps") or ())) + "</plan>"
                case _:
                    text = f"({tool})"
            return Said(role="assistant", text=text)
        case CallGave(text=text, ok=ok):
            return Said(role="user", text=f"{'Result' if ok else 'That failed'}:\n{text}")


def _person(turn: Person) -> str:
    return f"(About what you are doing:) {turn.text}" if turn.feedback else turn.text


def _plain(called: Called) -> dict[str, Any]:
    return {name: value for name, value in called.arguments.items() if value is not None}


def _gave(call: str, gave: Answered | None, most_rows: int, most_chars: int) -> CallGave:
    if gave is None:
        return CallGave(id=call, text=_NOT_RUN, ok=False)
    parts = [_table(gave, most_rows)] if gave.columns else []
    if gave.text:
        parts.append(_short(gave.text, most_chars))
    text = "\n".join(parts) or ("Done." if gave.ok else _NOT_RUN)
    return CallGave(id=call, text=text, ok=gave.ok)


def _table(gave: Answered, most_rows: int) -> str:
    """Write rows as JSON lists, one a line: cells of text cannot be mistaken for structure."""
    shown = gave.rows[:most_rows]
    lines = [f"{_shape(gave)}. Columns: {json.dumps([column.name for column in gave.columns])}"]
    lines += [json.dumps([_cell(cell) for cell in row], ensure_ascii=False) for row in shown]
    if shown and gave.row_count is not None and gave.row_count > len(shown):
        lines.append(f"… and {gave.row_count - len(shown)} more rows, which the person sees.")
    return "\n".join(lines)


def _cell(cell: Any) -> Any:
    if isinstance(cell, str):
        return _short(cell, _CELL_CHARS)
    return cell if isinstance(cell, int | float | bool | None) else _short(str(cell), _CELL_CHARS)


def _shape(gave: Answered) -> str:
    if gave.row_count is None:
        return "done"
    return f"{gave.row_count} row{'' if gave.row_count == 1 else 's'}"


def _code(called: Called) -> str:
    return " ".join(str(called.arguments.get("sql") or called.arguments.get("code") or "").split())


def _short(text: str, most: int) -> str:
    """Cut a text in its middle: of a traceback both ends matter."""
    if len(text) <= most:
        return text
    half = most // 2
    return f"{text[:half]} … {text[-half:]}"
