"""A run as its asker sees it: what it says upwards, what it yields, and how it ends."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from client import Askwire, Run
from protocol.events import (
    ApprovalRequested,
    InputRequested,
    QuestionAsked,
    RunFinished,
    RunStarted,
    UnknownEvent,
)
from protocol.ids import ApprovalId, InputId, ItemId, QuestionId, RunId
from protocol.items import Step
from tests.client.rooms import Room, playing

AT = "2026-01-01T00:00:00Z"
ASKED = ApprovalRequested(
    run=RunId("r"), approval=ApprovalId("a"), item=ItemId("i"), subject="sql", digest="d"
)
QUESTION = QuestionAsked(question=QuestionId("q"), prompts=())
INPUT = InputRequested(input=InputId("n"))


@asynccontextmanager
async def running(*told: dict[str, Any]) -> AsyncIterator[tuple[Run, list[dict[str, Any]]]]:
    """A run on a server that grants everything, and says `told` of its session."""
    heard: list[dict[str, Any]] = []

    async def play(room: Room) -> None:
        await room.greets()
        while True:
            asked = await room.hears_any()
            heard.append(asked)
            result: dict[str, Any] = {"upto": 2}
            if asked["type"] == "session.follow":
                result = {"epoch": "e", "recovered": True, "upto": 0}
            elif asked["type"] == "run.start":
                result["run"] = "r"
            await room.says(type="reply", id=asked["id"], result=result)
            if asked["type"] == "session.follow":
                for message in told:
                    await room.says(**message)

    async with playing(play) as url, Askwire(url) as wire:
        yield await wire.session("s").ask("?", mode="full"), heard


def page(*events: dict[str, Any], after: int = 1) -> dict[str, Any]:
    records = [{"seq": after + n, "at": AT, **event} for n, event in enumerate(events, 1)]
    place = {"after": after, "upto": after + len(events)}
    return {"type": "page", "session": "s", "epoch": "e", "records": records} | place


@pytest.mark.parametrize(
    ("say", "expected"),
    [
        (lambda run: run.approve(ASKED), {"verdict": "approve", "digest": "d"}),
        (lambda run: run.approve("a"), {"verdict": "approve"}),
        (lambda run: run.approve("a", code="x"), {"verdict": "edit", "code": "x"}),
        (
            lambda run: run.approve("a", plan=["one", Step(text="two")]),
            {"verdict": "edit", "plan": [{"text": "one"}, {"text": "two"}]},
        ),
        (
            lambda run: run.approve("a", remember="session"),
            {"verdict": "approve", "remember": "session"},
        ),
        (lambda run: run.reject("a", "no"), {"verdict": "reject", "text": "no"}),
        (lambda run: run.feedback("a", "by year"), {"verdict": "feedback", "text": "by year"}),
        (lambda run: run.skip("a"), {"verdict": "skip"}),
        (lambda run: run.retry("a"), {"verdict": "retry"}),
    ],
)
async def test_an_approval_is_answered(
    say: Callable[[Run], Awaitable[None]], expected: dict[str, Any]
) -> None:
    async with running() as (run, heard):
        await say(run)
    told = heard[-1]
    assert told.pop("key")
    assert told.pop("id")
    assert told == {"type": "approval.resolve", "session": "s", "approval": "a"} | expected


@pytest.mark.parametrize(
    ("say", "expected"),
    [
        (
            lambda run: run.answer(QUESTION, "yes"),
            {"type": "question.answer", "question": "q", "answers": [["yes"]]},
        ),
        (
            lambda run: run.answer("q", [["a", "b"], []]),
            {"type": "question.answer", "question": "q", "answers": [["a", "b"], []]},
        ),
        (
            lambda run: run.input(INPUT, "Ada"),
            {"type": "input.reply", "input": "n", "text": "Ada"},
        ),
        (lambda run: run.steer("faster"), {"type": "run.steer", "run": "r", "text": "faster"}),
        (lambda run: run.cancel(), {"type": "run.cancel", "run": "r"}),
    ],
)
async def test_everything_else_is_said(
    say: Callable[[Run], Awaitable[None]], expected: dict[str, Any]
) -> None:
    async with running() as (run, heard):
        await say(run)
    told = heard[-1]
    assert told.pop("key")
    assert told.pop("id")
    assert told == {"session": "s"} | expected


async def test_options_are_sent_only_where_they_are_given() -> None:
    async with running() as (_, heard):
        pass
    assert heard[0]["options"] == {"mode": "full"}


async def test_a_run_yields_its_own_events_and_ends() -> None:
    told = page(
        {"type": "run.started", "run": "r", "text": "?", "by": "me"},
        {"type": "kernel.busy"},
        {"type": "run.dreamed", "run": "r", "of": "sheep"},
        {"type": "round.started", "run": "other", "round": 1},
        {"type": "run.finished", "run": "r", "outcome": "answered", "answer": "42"},
    )
    async with running(told) as (run, _):
        events = [event async for event in run]
        assert [type(event) for event in events] == [RunStarted, UnknownEvent, RunFinished]
        result = await run.result()
        assert (result.outcome, str(result), result.tables) == ("answered", "42", ())
        assert [event async for event in run] == []


async def test_breaking_off_and_iterating_again_goes_on() -> None:
    told = page(
        {"type": "run.started", "run": "r", "text": "?", "by": "me"},
        {
            "type": "run.finished",
            "run": "r",
            "outcome": "failed",
            "error": {"code": "x", "message": "broken"},
        },
    )
    async with running(told) as (run, heard):
        async for event in run:
            assert isinstance(event, RunStarted)
            break
        assert str(await run.result()) == "broken"
        assert [message["type"] for message in heard].count("session.follow") == 1


async def test_a_run_that_ended_in_lost_history_is_over() -> None:
    state = {
        "session": "s",
        "runs": [
            {
                "run": "r",
                "text": "?",
                "by": "me",
                "outcome": "answered",
                "answer": "42",
                "items": ["i"],
            }
        ],
        "items": {
            "i": {
                "item": "i",
                "kind": "table",
                "run": "r",
                "content": {"kind": "table", "columns": [{"name": "n"}], "row_count": 1},
            }
        },
    }
    told = {"type": "snapshot", "session": "s", "epoch": "e2", "upto": 9, "state": state}
    async with running(told) as (run, _):
        result = await run.result()
    assert (result.answer, [table.row_count for table in result.tables]) == ("42", [1])
