"""Asking the builtin model in tests: a session is played against a real database."""

import sqlite3
from collections.abc import Sequence
from typing import Any

from bench.nl2sql import described
from engine.models.builtin import Builtin
from engine.ports import (
    Answered,
    CallDelta,
    Called,
    CallStarted,
    Catalogue,
    Model,
    ModelEvent,
    Person,
    Prompt,
    Turn,
)  # fmt: skip
from protocol.items import Column
from tests.questions import asking, shop

TOOLS = ("make_plan", "run_sql", "run_python", "make_chart", "ask_user", "answer")


def database() -> sqlite3.Connection:
    """Return the small shop, filled."""
    return asking.database(shop)


def catalogue(db: sqlite3.Connection) -> Catalogue:
    """Describe a database."""
    return described(db, "test")


async def round_of(model: Model, prompt: Prompt) -> list[ModelEvent]:
    """Let a model speak one round."""
    return [event async for event in model.think(prompt)]


def calls(events: Sequence[ModelEvent]) -> list[Called]:
    """Return the whole calls among events."""
    return [event for event in events if isinstance(event, Called)]


def check_stream(events: Sequence[ModelEvent]) -> None:
    """Hold a round to the port's words: each streamed call ends with its `Called`, in order."""
    started: dict[str, str] = {}
    done: set[str] = set()
    for event in events:
        match event:
            case CallStarted():
                assert event.call not in started
                started[event.call] = event.tool
            case CallDelta():
                assert event.call in started
                assert event.call not in done
            case Called():
                assert event.call not in done
                assert started.get(event.call, event.tool) == event.tool
                done.add(event.call)
            case _:
                pass
    assert set(started) <= done
    assert done, "a round calls at least one tool"


async def play(
    db: sqlite3.Connection,
    *said: str,
    model: Model | None = None,
    turns: Sequence[Turn] = (),
    failing: bool = False,
) -> list[Turn]:
    """Ask one question after the other; approve everything; return all turns.

    SQL must run, unless it may be `failing` because somebody typed it.
    """
    model = model or Builtin()
    known = catalogue(db)
    found = list(turns)
    for text in said:
        found.append(Person(text=text))
        for number in range(1, 8):
            prompt = Prompt(
                question=text, turns=tuple(found), catalogue=known, tools=TOOLS,
                today="2026-11-22", round=number,
            )  # fmt: skip
            events = await round_of(model, prompt)
            check_stream(events)
            for called in calls(events):
                found += [called, perform(db, called, failing)]
            if calls(events)[-1].tool == "answer":
                break
        else:
            raise AssertionError(f"no answer to {text!r}")
    return found


def perform(db: sqlite3.Connection, called: Called, failing: bool = False) -> Answered:
    """Do what a call asks for."""
    if called.tool == "ask_user":
        return Answered(
            call=called.call, ok=True, text=called.arguments["prompts"][0]["options"][0]
        )
    if called.tool != "run_sql":
        return Answered(call=called.call, ok=True)
    try:
        cursor = db.execute(called.arguments["sql"])
    except sqlite3.OperationalError as why:
        if not failing:
            raise
        return Answered(call=called.call, ok=False, text=f"failed: SQLite says: {why}")
    rows = cursor.fetchall()
    columns = tuple(Column(name=name[0]) for name in cursor.description)
    return Answered(call=called.call, ok=True, columns=columns, rows=rows, row_count=len(rows))


def last(turns: Sequence[Turn], tool: str) -> dict[str, Any] | None:
    """Return the arguments of the latest call of a tool."""
    found = [t for t in turns if isinstance(t, Called) and t.tool == tool]
    return dict(found[-1].arguments) if found else None
