"""A model that plays given rounds, for tests and demonstrations: no network, no thinking, no
surprises.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence

from engine.ports import CallDelta, Called, CallStarted, ModelEvent, ModelFailed, Prompt
from protocol.choices import DataPolicy

Round = Sequence[ModelEvent | ModelFailed]


class Scripted:
    """`Model` that yields `rounds[n]` the n-th time it is asked, and fails when there are no more.

    A `ModelFailed` in a round is raised at its place. `pause` seconds pass before each event, so
    that a test can cancel in the middle.
    """

    def __init__(self, rounds: Sequence[Round], name: str = "scripted", pause: float = 0.0) -> None:
        self.name = name
        self.outside = False
        self.data: DataPolicy | None = None
        self.prompts: list[Prompt] = []
        self._rounds = rounds
        self._pause = pause

    async def think(self, prompt: Prompt) -> AsyncIterator[ModelEvent]:
        """Play the next round. The prompts it was asked with are kept in `prompts`."""
        place = len(self.prompts)
        self.prompts.append(prompt)
        if place >= len(self._rounds):
            raise ModelFailed("script_over", f"the script has {len(self._rounds)} rounds, no more")
        for event in self._rounds[place]:
            await asyncio.sleep(self._pause)
            if isinstance(event, ModelFailed):
                raise event
            yield event


def call(tool: str, call: str, streamed: str = "", **arguments: object) -> tuple[ModelEvent, ...]:
    """Return one whole call of a tool, its main text `streamed` word by word if there is any."""
    events: list[ModelEvent] = [CallStarted(call=call, tool=tool)]
    events += [CallDelta(call=call, text=piece) for piece in streamed.splitlines(keepends=True)]
    return (*events, Called(call=call, tool=tool, arguments=arguments))
