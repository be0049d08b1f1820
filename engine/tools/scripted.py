"""Tools that give what they were told to give, for tests and demonstrations: nothing is called."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from engine.ports import ToolFailed, ToolInfo
from protocol.ids import CallerId


class ScriptedTools:
    """`Tools` that answer by name; a `ToolFailed` is raised in place of an answer.

    While `held` is not set, a call waits before it answers. What was called is kept in `called`.
    """

    def __init__(self, answers: Mapping[str, Any], rules: str = "1") -> None:
        self.called: list[tuple[str, Mapping[str, Any]]] = []
        self.rules = rules
        self.held = asyncio.Event()
        self.held.set()
        self._answers = dict(answers)

    async def list(self, caller: CallerId) -> Sequence[ToolInfo]:
        """Return a tool for each answer."""
        return tuple(ToolInfo(name=name, rules=self.rules) for name in self._answers)

    async def call(self, name: str, arguments: Mapping[str, Any], caller: CallerId) -> Any:
        """Give the answer."""
        self.called.append((name, arguments))
        await self.held.wait()
        answer = self._answers[name]
        if isinstance(answer, ToolFailed):
            raise answer
        return answer
