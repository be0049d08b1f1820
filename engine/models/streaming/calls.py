"""Calls of tools, told while their arguments are still being written."""

import json
from collections.abc import Iterator
from typing import Any, Final

from engine.models.streaming.maintext import MainText
from engine.models.wires import CallClosed, CallMore, CallOpened
from engine.ports import CallDelta, Called, CallStarted, ModelEvent

MAIN: Final = {"make_plan": "steps", "run_sql": "sql", "run_python": "code", "answer": "text"}
"""The argument of each tool that is shown while it is written."""
_MADE_FOR: Final = {
    "sql": "run_sql",
    "execute_sql": "run_sql",
    "query": "run_sql",
    "python": "run_python",
    "execute_python": "run_python",
    "plan": "make_plan",
    "final_answer": "answer",
}
"""What small models call the tools when they do not look."""


def tool_named(name: str) -> str:
    """Return the tool that is meant."""
    plain = name.strip().removeprefix("functions.")
    return _MADE_FOR.get(plain, plain)


class _Open:
    """A call that goes on."""

    def __init__(self, call: str, tool: str) -> None:
        self.call = call
        self.tool = tool
        self.raw: list[str] = []
        self.main = MainText(MAIN[tool]) if tool in MAIN else None


class Calls:
    """The calls of one round, several of which may be open at once."""

    def __init__(self) -> None:
        self._open: dict[str, _Open] = {}
        self._broken: list[Called] = []
        self._ids: set[str] = set()

    @property
    def any_open(self) -> bool:
        """Whether some call is not whole, or was closed in the middle of its arguments."""
        return bool(self._open or self._broken)

    def new_id(self, wish: str = "") -> str:
        """Return an id that no other call of this round has: some APIs give all the same."""
        call = wish if wish and wish not in self._ids else f"call-{len(self._ids) + 1}"
        self._ids.add(call)
        return call

    def hear(self, heard: CallOpened | CallMore | CallClosed) -> Iterator[ModelEvent]:
        """Tell what this adds."""
        match heard:
            case CallOpened():
                opened = _Open(self.new_id(heard.id), tool_named(heard.tool))
                self._open[heard.place] = opened
                yield CallStarted(call=opened.call, tool=opened.tool)
            case CallMore(place=place, text=text) if place in self._open:
                opened = self._open[place]
                opened.raw.append(text)
                if opened.main is not None and (more := opened.main.feed(text)):
                    yield CallDelta(call=opened.call, text=more)
            case CallClosed(place=place) if place in self._open:
                yield from self._called(self._open.pop(place))
            case _:
                pass

    def close(self) -> Iterator[ModelEvent]:
        """Tell of the calls that the API did not close by itself, or that are no JSON.

        These wait until it is known that nothing was cut off.
        """
        while self._open:
            yield from self._called(self._open.pop(next(iter(self._open))))
        yield from self._broken
        self._broken = []

    def _called(self, opened: _Open) -> Iterator[Called]:
        arguments = _whole(opened)
        if arguments is not None:
            yield Called(call=opened.call, tool=opened.tool, arguments=arguments)
        else:
            arguments = _main_only(opened)
            self._broken.append(Called(call=opened.call, tool=opened.tool, arguments=arguments))


def _whole(opened: _Open) -> dict[str, Any] | None:
    """Read the arguments, or return None if they are no JSON object."""
    raw = "".join(opened.raw)
    try:
        # Not strict: small models write line breaks into strings as they are.
        found = json.loads(raw, strict=False) if raw.strip() else {}
    except ValueError:
        found = None
    if isinstance(found, str):
        # Encoded twice: some servers do it, and some models.
        try:
            found = json.loads(found, strict=False)
        except ValueError:
            found = None
    return found if isinstance(found, dict) else None


def _main_only(opened: _Open) -> dict[str, Any]:
    """Return the main text as far as it could be read."""
    if opened.main is None or not opened.main.text:
        return {}
    text = opened.main.text
    return {MAIN[opened.tool]: text.splitlines() if opened.tool == "make_plan" else text}
