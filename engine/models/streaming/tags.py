"""The tag form: plan, code and answer as marks in plain text, for models that know no tools.

<plan>…</plan>  <sql>…</sql>  <code>…</code>  <answer>…</answer>  <think>…</think>
```sql … ```  ```python … ```  <tool_call>{"name": …, "arguments": {…}}</tool_call>
"""

import json
import re
from collections.abc import Iterator
from typing import Any, Final, Literal

import msgspec

Block = Literal["text", "think", "plan", "sql", "code", "answer", "tool_call"]

_NAMES: Final[dict[str, Block]] = {
    "think": "think",
    "thinking": "think",
    "plan": "plan",
    "sql": "sql",
    "code": "code",
    "python": "code",
    "answer": "answer",
    "tool_call": "tool_call",
}
_TAG: Final = re.compile(rf"<({'|'.join(_NAMES)})>", re.IGNORECASE)
_FENCE: Final = re.compile(r"```([A-Za-z0-9_+-]*)[^\S\n]*\n")
_FENCED: Final[dict[str, Block]] = {
    "sql": "sql",
    "sqlite": "sql",
    "postgresql": "sql",
    "mysql": "sql",
    "duckdb": "sql",
    "python": "code",
    "py": "code",
}
_LONGEST: Final = 40
"""No mark is longer: what may be the beginning of one is held back until this is known."""


class Piece(msgspec.Struct, frozen=True):
    """More of a block. `began` with its first piece, `ended` with its last."""

    block: Block
    text: str = ""
    began: bool = False
    ended: bool = False


class Tags:
    """Takes text apart as it comes. `fences` says whether code in fences is meant to run."""

    def __init__(self, fences: bool) -> None:
        self._fences = fences
        self._held = ""
        self._block: Block = "text"
        self._closing = ""

    @property
    def inside(self) -> Block:
        """The block that goes on."""
        return self._block

    def feed(self, text: str) -> Iterator[Piece]:
        """Take in more, and tell what is certain by now."""
        self._held += text
        while True:
            before = (self._held, self._block)
            yield from self._step()
            if (self._held, self._block) == before:
                return

    def close(self) -> Iterator[Piece]:
        """Tell the rest: there is no more. What was not closed ends here."""
        held, self._held = self._held, ""
        if self._block == "text":
            if held:
                yield Piece("text", held)
            return
        block, self._block = self._block, "text"
        yield Piece(block, held.removesuffix("```"), ended=True)

    def _step(self) -> Iterator[Piece]:
        yield from self._outside() if self._block == "text" else self._within()

    def _outside(self) -> Iterator[Piece]:
        found = self._opening()
        if found is None:
            yield from self._certain(_may_open(self._held, self._fences))
            return
        place, block = found
        if before := self._held[: place.start()]:
            yield Piece("text", before)
        self._held = self._held[place.end() :]
        self._block = block
        self._closing = "```" if place[0].startswith("`") else f"</{place[1].lower()}>"
        yield Piece(block, began=True)

    def _opening(self) -> tuple[re.Match[str], Block] | None:
        tag = _TAG.search(self._held)
        fence = self._runs() if self._fences else None
        if tag is not None and (fence is None or tag.start() < fence[0].start()):
            return tag, _NAMES[tag[1].lower()]
        return fence

    def _runs(self) -> tuple[re.Match[str], Block] | None:
        """Find a fence with code that is meant to run."""
        for fence in _FENCE.finditer(self._held):
            language = fence[1].lower()
            if language in _FENCED:
                return fence, _FENCED[language]
            after = self._held[fence.end() :].lstrip()[:6].upper()
            if not language and (after.startswith(("SELECT", "WITH "))):
                return fence, "sql"
        return None

    def _within(self) -> Iterator[Piece]:
        at = self._held.lower().find(self._closing)
        if at < 0:
            yield from self._certain(_may_end(self._held, self._closing))
            return
        text, self._held = self._held[:at], self._held[at + len(self._closing) :]
        block, self._block = self._block, "text"
        yield Piece(block, text, ended=True)

    def _certain(self, until: int) -> Iterator[Piece]:
        """Tell what stands before `until`, and hold the rest."""
        if until > 0:
            text, self._held = self._held[:until], self._held[until:]
            yield Piece(self._block, text)


def _may_open(text: str, fences: bool) -> int:
    """Return where at the end of a text a mark may have begun."""
    at = len(text)
    marks = "<`" if fences else "<"
    for place in range(max(0, len(text) - _LONGEST), len(text)):
        if text[place] in marks and _begins_mark(text[place:]):
            at = place
            break
    return at


def _begins_mark(text: str) -> bool:
    if text[0] == "<":
        return any(f"<{name}>".startswith(text.lower()) for name in _NAMES)
    if text.startswith("```"):
        # The line of the fence says what it holds; without a language, its first word does.
        line, ended, after = text[3:].partition("\n")
        return not ended or (not line.strip() and len(after.lstrip()) < 6)
    return "```".startswith(text)


def _may_end(text: str, closing: str) -> int:
    """Return where at the end of a text its closing mark may have begun."""
    for length in range(min(len(closing) - 1, len(text)), 0, -1):
        if text[-length:].lower() == closing[:length]:
            return len(text) - length
    return len(text)


def without_fence(text: str) -> str:
    """Return code without the fence that some models put inside a tag."""
    stripped = text.strip()
    found = re.fullmatch(r"```[A-Za-z]*\s*\n?(.*?)\n?```", stripped, re.DOTALL)
    return found[1] if found else stripped


def steps_of(text: str) -> list[str]:
    """Return the lines of a plan without their numbers and bullets."""
    lines = (re.sub(r"^\s*(?:\d+[.)]|[-*•])\s+", "", line).strip() for line in text.splitlines())
    return [line for line in lines if line]


def tool_calls_of(text: str) -> list[tuple[str, dict[str, Any]]] | None:
    """Read calls that stand in the text as JSON, one after another; None if it is anything else."""
    decoder, at = json.JSONDecoder(strict=False), 0
    plain = without_fence(text)
    calls: list[tuple[str, dict[str, Any]]] = []
    while at < len(plain):
        try:
            found, at = decoder.raw_decode(plain, at)
        except ValueError:
            return None
        for each in found if isinstance(found, list) else [found]:
            call = _call_of(each)
            if call is None:
                return None
            calls.append(call)
        while at < len(plain) and plain[at] in " \t\r\n,;":
            at += 1
    return calls or None


def _call_of(found: Any) -> tuple[str, dict[str, Any]] | None:
    if not isinstance(found, dict) or not isinstance(found.get("name"), str):
        return None
    arguments = found.get("arguments", found.get("parameters"))
    return (found["name"], arguments) if isinstance(arguments, dict) else None
