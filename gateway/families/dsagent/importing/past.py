"""What was said in a session of DSAgent: from its `events.jsonl`, or else from its history."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final, Literal

import msgspec

from gateway.families.dsagent.importing.left import Message, Stored, events_file

MOST_LINE: Final = 8 * 1024 * 1024
MOST_LINES: Final = 200_000
MOST_TEXT: Final = 200_000
"""Characters of one text that are kept; the rest is cut, and said to be."""
CUT: Final = "\n… (cut here when it was imported)"
CONTINUED: Final = ("Code executed:", "Please continue with the next step of your plan.")
"""How the agent's own prompts begin that DSAgent stores as the user's."""
SILENT: Final = "(No output)"


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened: a question, a reply with its tags, code that ran, or a failure."""

    kind: Literal["asked", "replied", "ran", "failed"]
    at: str
    text: str
    code: str = ""
    ok: bool = True


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """All that was said in a session, and how many lines or messages could not be read."""

    said: Sequence[Said] = ()
    unread: int = 0


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A line of `events.jsonl`."""

    type: str = ""
    timestamp: str = ""
    data: dict[str, Any] = {}


def told_in(folder: Path, stored: Stored) -> Told:
    """Return what was said: events know all rounds, the history only the last messages."""
    descriptor = events_file(folder, stored.id)
    if descriptor is not None:
        with os.fdopen(descriptor, "rb") as file:
            told = from_events(file)
        if told.said:
            return told
    return Told(said=tuple(from_messages(stored.history.messages)))


# --- Events ---


def from_events(file: BinaryIO) -> Told:
    """Read a log, line by line; a line that cannot be read is counted."""
    said: list[Said] = []
    unread = 0
    for raw in _lines(file):
        try:
            line = msgspec.json.decode(raw or b"", type=Line)
        except (msgspec.DecodeError, RecursionError):
            unread += 1
            continue
        one = _said(line)
        if one is not None:
            said.append(one)
    return Told(said=said, unread=unread)


def _lines(file: BinaryIO) -> Iterator[bytes | None]:
    """Yield the lines that are not empty; None in the place of one that is too long."""
    for _ in range(MOST_LINES):
        line = file.readline(MOST_LINE)
        if not line:
            return
        if not line.endswith(b"\n") and len(line) == MOST_LINE:
            while (rest := file.readline(MOST_LINE)) and not rest.endswith(b"\n"):
                pass
            yield None
        elif line.strip():
            yield line


def _said(line: Line) -> Said | None:
    data, at = line.data, line.timestamp
    match line.type:
        case "user_message":
            return Said(kind="asked", at=at, text=_text(data.get("message")))
        case "llm_response":
            return Said(kind="replied", at=at, text=_text(data.get("response")))
        case "code_execution":
            ok = data.get("success") is not False
            text = _text(data.get("output" if ok else "error") or data.get("output"))
            return _ran(at, _text(data.get("code")), text, ok)
        case "error":
            return Said(kind="failed", at=at, text=_text(data.get("error") or data.get("message")))
        case _:
            return None


def _ran(at: str, code: str, text: str, ok: bool) -> Said:
    return Said(kind="ran", at=at, text="" if text == SILENT else text, code=code, ok=ok)


# --- History ---


def from_messages(messages: Sequence[Message]) -> Iterator[Said]:
    """Yield what messages say. There, what code gave stands before the reply that has the code."""
    ran: list[Said] = []
    for message in messages:
        text, at, data = _text(message.content), message.timestamp, message.metadata
        if message.role == "execution":
            ok = data.get("success") is not False
            ran.append(_ran(at, _text(data.get("code")), _text(data.get("output")) or text, ok))
        elif message.role == "assistant":
            yield Said(kind="replied", at=at, text=text)
            yield from ran
            ran = []
        elif message.role == "user" and not text.startswith(CONTINUED):
            yield from ran
            ran = []
            yield Said(kind="asked", at=at, text=text)
    yield from ran


def _text(value: Any) -> str:
    """Return a text that is kept, whatever stands there."""
    text = value if isinstance(value, str) else "" if value is None else str(value)
    return text if len(text) <= MOST_TEXT else text[:MOST_TEXT] + CUT
