"""The contract of a model, held by each that needs nothing to run."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from engine.models import scripted
from engine.models.builtin import Builtin
from engine.ports import Answered, Asking, Model, ModelFailed, Person, Prompt
from tests.engine.models import wired
from tests.engine.models.apis import Saying
from tests.engine.models.asked import (
    TOOLS,
    calls,
    catalogue,
    check_stream,
    database,
    play,
    round_of,
)

WIRED = ("openai", "responses", "anthropic")
ANSWER = scripted.call("answer", "a1", "Hello\nworld\n", text="Hello\nworld\n")
MODELS: dict[str, Callable[[], Model]] = {
    "builtin": Builtin,
    "scripted": lambda: scripted.Scripted([ANSWER]),
}


def prompt(text: str, *more: Person | Answered) -> Prompt:
    turns = (Person(text=text), *more)
    known = catalogue(database())
    return Prompt(question=text, turns=turns, catalogue=known, tools=TOOLS, today="2026-11-22")


@pytest.fixture(params=(*MODELS, *WIRED), ids=str)
async def model(request) -> AsyncIterator[Model]:
    if request.param not in WIRED:
        yield MODELS[request.param]()
        return
    called = wired.said("run_sql", sql=wired.SQL, explanation="Counts them.")
    saying = Saying(thought=("Well. ",), text=("I count.",), calls=(called,))
    async with wired.speaker(request.param, wired.ok(request.param, saying, 5)) as (found, _):
        yield found.model


async def test_a_round_streams_whole_calls(model):
    check_stream(await round_of(model, prompt("How many buyers are there?")))


async def test_a_model_says_whether_what_it_is_told_leaves_and_tells_before_it_does(model):
    events = await round_of(model, prompt("How many buyers are there?"))
    asking = [place for place, event in enumerate(events) if isinstance(event, Asking)]
    assert asking == ([0] if model.outside else [])
    assert model.data in (None, "none", "schema", "samples", "results")
    assert model.name


async def test_a_round_can_be_left_between_any_two_events(model):
    events = model.think(prompt("How many buyers are there?"))
    await anext(events)
    await events.aclose()
    with pytest.raises(StopAsyncIteration):
        await anext(events)


async def test_a_round_can_be_cancelled():
    slow = scripted.Scripted([ANSWER], pause=5.0)
    task = asyncio.ensure_future(round_of(slow, prompt("x")))  # cancelled below
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_the_same_prompt_gives_the_same_events():
    asked = prompt("Revenue by category in 2025")
    assert await round_of(Builtin(), asked) == await round_of(Builtin(), asked)


async def test_a_script_that_is_over_fails():
    model = scripted.Scripted([])
    with pytest.raises(ModelFailed):
        await round_of(model, prompt("x"))


async def test_a_script_fails_where_it_says_so():
    model = scripted.Scripted([(ANSWER[0], ModelFailed("model_down", "gone"))])
    with pytest.raises(ModelFailed, match="gone"):
        await round_of(model, prompt("x"))
    assert len(model.prompts) == 1


async def test_calls_of_a_session_never_share_an_id():
    turns = await play(
        database(), "How many buyers are there?", "and from Asia?", "Revenue by category"
    )
    ids = [
        called.call for called in calls([t for t in turns if not isinstance(t, Answered | Person)])
    ]
    assert len(ids) == len(set(ids))
