"""Models behind a server of the tests."""

import json
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

from engine.models.counting import Counter
from engine.models.profiles import parse
from engine.models.shelf import manner_of, wire_of
from engine.models.speaking import Speaking
from engine.ports import (
    CallDelta,
    Called,
    Catalogue,
    ModelEvent,
    Person,
    Prompt,
)
from tests.engine.models.apis import SPOKEN, Answer, Api, Calls, Saying, api
from tests.engine.models.asked import TOOLS, catalogue, database

KEY = "sk-canary-5f1e0c9d7b3a"
SQL = 'SELECT COUNT(*) AS "größe"\nFROM orders -- 🎉'
COUNTER = Counter()


def said(tool: str, id: str = "call_1", cut: int = 3, **arguments: Any) -> Calls:
    """Return a call whose arguments come in small pieces, with every escape JSON knows."""
    raw = json.dumps(arguments)
    return Calls(
        id=id, tool=tool, pieces=tuple(raw[at : at + cut] for at in range(0, len(raw), cut))
    )


ANSWERS = Saying(calls=(said("answer", text="There are **42**."),))


class Speaker:
    """A model behind a server of the tests, and the pauses it would have made."""

    def __init__(self, kind: str, server: Api, **config: Any) -> None:
        url = server.url.removesuffix("/v1") if kind == "anthropic" else server.url
        found = parse(kind, {"base_url": url, "api_key": KEY, **config})
        self.wire = wire_of(kind, found)
        self.paused: list[float] = []
        self.model = Speaking("far/m", self.wire, manner_of("m", found), COUNTER, self._pause)

    async def _pause(self, seconds: float) -> None:
        self.paused.append(seconds)


@asynccontextmanager
async def speaker(kind: str, *answers: Answer, **config: Any) -> Any:
    async with api(*answers) as server:
        found = Speaker(kind, server, **config)
        try:
            yield found, server
        finally:
            await found.wire.close()


@cache
def shop() -> Catalogue:
    return catalogue(database())


def prompt(*more: Any, **fields: Any) -> Prompt:
    turns = (*fields.pop("before", ()), Person(text="How many orders?"), *more)
    known = shop()
    chosen = {"question": "How many orders?", "catalogue": known, "tools": TOOLS, **fields}
    return Prompt(turns=turns, today="2026-11-22", **chosen)


async def heard(model: Speaking, asked: Prompt | None = None) -> list[ModelEvent]:
    return [event async for event in model.think(asked or prompt())]


async def collected(model: Speaking, into: list[ModelEvent]) -> None:
    """Hear a round that may fail, and keep what came before."""
    async for event in model.think(prompt()):
        into.append(event)


def ok(kind: str, saying: Saying, pieces: int = 0, **more: Any) -> Answer:
    return Answer(body=SPOKEN[kind](saying), pieces=pieces, **more)


def calls_of(events: list[ModelEvent]) -> list[tuple[str, Any]]:
    return [(event.tool, event.arguments) for event in events if isinstance(event, Called)]


def streamed(events: list[ModelEvent]) -> dict[str, str]:
    found: dict[str, str] = {}
    for event in events:
        if isinstance(event, CallDelta):
            found[event.call] = found.get(event.call, "") + event.text
    return found
