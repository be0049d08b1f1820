"""Every API of models, refusing, breaking off, silent or gone; and what is made of it."""

import asyncio
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from engine.ports import (
    Asking,
    Called,
    ModelEvent,
    ModelFailed,
    Person,
    Spent,
    Thinking,
)
from tests.engine.models.apis import SPOKEN, TOO_LONG, Answer, Calls, Saying, api
from tests.engine.models.wired import (
    ANSWERS,
    KEY,
    SQL,
    Speaker,
    calls_of,
    collected,
    heard,
    ok,
    prompt,
    said,
    speaker,
)


@pytest.fixture(params=SPOKEN, ids=str)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


# --- What goes wrong ---


async def test_a_busy_server_is_asked_again_when_it_says(kind: str) -> None:
    busy = Answer(status=429, headers=(("retry-after", "3"),), body=b'{"error": {}}')
    async with speaker(kind, busy, ok(kind, ANSWERS)) as (found, server):
        events = await heard(found.model)
    assert calls_of(events) == [("answer", {"text": "There are **42**."})]
    assert len(server.asked) == 2
    (paused,) = found.paused
    assert 3.0 <= paused <= 3.5
    assert sum(isinstance(event, Asking) for event in events) == 2


async def test_a_server_that_fails_is_asked_again_a_few_times(kind: str) -> None:
    broken = Answer(status=500, body=b"<html>oops</html>")
    async with speaker(kind, broken, broken, ok(kind, ANSWERS)) as (found, server):
        assert calls_of(await heard(found.model))
    assert len(server.asked) == 3
    async with speaker(kind, broken, retries=2) as (found, server):
        with pytest.raises(ModelFailed, match="status 500") as failed:
            await heard(found.model)
    assert (failed.value.info.code, len(server.asked)) == ("model_down", 3)


async def test_who_asks_to_wait_too_long_is_not_waited_for(kind: str) -> None:
    busy = Answer(status=429, headers=(("retry-after", "3600"),), body=b'{"error": {}}')
    async with speaker(kind, busy) as (found, server):
        with pytest.raises(ModelFailed) as failed:
            await heard(found.model)
    assert (failed.value.info.code, len(server.asked), found.paused) == ("model_busy", 1, [])


async def test_a_connection_that_breaks_before_the_first_word_is_tried_again(kind: str) -> None:
    broken = Answer(status=200, body=b": nothing yet\n\n", then="cut")
    async with speaker(kind, broken, ok(kind, ANSWERS)) as (found, server):
        assert calls_of(await heard(found.model))
    assert len(server.asked) == 2


@pytest.mark.parametrize("then", ["cut", "end"])
async def test_what_was_shown_is_never_asked_for_again(kind: str, then: Any) -> None:
    half = Saying(thought=("I should ",), calls=(said("run_sql", sql=SQL),), end="")
    async with speaker(kind, ok(kind, half, then=then)) as (found, server):
        seen: list[ModelEvent] = []
        with pytest.raises(ModelFailed) as failed:
            await collected(found.model, seen)
    assert failed.value.info.code == "model_broke_off"
    assert len(server.asked) == 1
    assert calls_of(seen) == []
    assert isinstance(seen[-1], Spent), "what was read is paid for all the same"


async def test_what_is_too_long_is_made_shorter_and_asked_again(kind: str) -> None:
    before = []
    for n in range(30):
        question = f"Question {n} about orders and customers, in many words " * 12
        before += [
            Person(text=question),
            Called(call=f"b{n}", tool="answer", arguments={"text": "x"}),
        ]
    long = prompt(before=tuple(before), begins=len(before))
    too_long = Answer(status=400, body=TOO_LONG[kind])
    async with speaker(kind, too_long, ok(kind, ANSWERS)) as (found, server):
        assert calls_of(await heard(found.model, long))
        first, second = server.asked
        assert len(second.raw) < len(first.raw)
        assert b"How many orders?" in second.raw
        # It has been learned: the next round is asked for in the right size at once.
        await heard(found.model, long)
    assert len(server.asked) == 3
    assert len(server.asked[2].raw) <= len(second.raw) + 10


async def test_what_stays_too_long_fails_with_advice(kind: str) -> None:
    async with speaker(kind, Answer(status=400, body=TOO_LONG[kind])) as (found, server):
        with pytest.raises(ModelFailed) as failed:
            await heard(found.model)
    assert failed.value.info.code == "context_too_long"
    assert failed.value.info.hint
    assert len(server.asked) == 4


async def test_a_step_that_is_cut_off_by_length_is_not_taken(kind: str) -> None:
    # As it happens: the API says why it ends, and closes what was open.
    half = Calls(id="c", tool="run_sql", pieces=('{"sql": "SELECT * FROM',))
    seen: list[ModelEvent] = []
    async with speaker(kind, ok(kind, Saying(calls=(half,), end="length"))) as (found, _):
        with pytest.raises(ModelFailed) as failed:
            await collected(found.model, seen)
    assert failed.value.info.code == "model_cut_off"
    assert calls_of(seen) == []


async def test_a_model_that_declines_says_so(kind: str) -> None:
    async with speaker(kind, ok(kind, Saying(text=("I",), end="refused"))) as (found, _):
        with pytest.raises(ModelFailed) as failed:
            await heard(found.model)
    assert failed.value.info.code == "model_declined"


async def test_silence_is_not_waited_for_without_end(kind: str) -> None:
    quiet = Answer(body=b": wait\n\n", then="hang")
    async with speaker(kind, quiet, silence_seconds=0.3) as (found, server):
        with pytest.raises(ModelFailed) as failed:
            await heard(found.model)
    assert failed.value.info.code == "model_timeout"
    assert len(server.asked) == 1


async def test_nobody_there_is_told_with_advice(kind: str) -> None:
    async with api(ok(kind, ANSWERS)) as server:
        pass
    found = Speaker(kind, server, retries=1)
    with pytest.raises(ModelFailed) as failed:
        await heard(found.model)
    assert failed.value.info.code == "model_down"
    assert "server running" in (failed.value.info.hint or "")
    assert len(found.paused) == 1


async def test_hanging_up_between_two_words_closes_the_request(kind: str) -> None:
    begun = Saying(thought=("I ", "think"), end="")
    async with speaker(kind, ok(kind, begun, then="hang")) as (found, server):
        events = found.model.think(prompt())
        async for event in events:
            if isinstance(event, Thinking):
                break
        assert not server.left.is_set()
        await events.aclose()
        async with asyncio.timeout(20):
            await server.left.wait()


async def test_cancelling_who_waits_for_the_first_word_closes_the_request(kind: str) -> None:
    async with speaker(kind, Answer(body=b": wait\n\n", then="hang")) as (found, server):
        task = asyncio.ensure_future(heard(found.model))  # cancelled below
        async with asyncio.timeout(20):
            await server.came.wait()
            task.cancel()
            await server.left.wait()
        with pytest.raises(asyncio.CancelledError):
            await task


def refusals() -> Iterator[tuple[int, str, str]]:
    echo = f"Incorrect API key provided: {KEY}."
    yield (
        401,
        json.dumps({"error": {"message": echo, "type": "x", "code": "bad"}}),
        "model_unauthorized",
    )
    yield 403, json.dumps({"error": {"message": echo}}), "model_forbidden"
    yield 404, json.dumps({"error": {"message": f"no model m for {KEY}"}}), "unknown_model"
    yield 400, json.dumps({"error": {"message": f"bad request with {KEY}"}}), "model_refused"
    yield (
        429,
        json.dumps({"error": {"code": "insufficient_quota", "message": KEY}}),
        "model_no_credit",
    )
    yield 200, "data: {no json\n\n", "model_garbled"


@pytest.mark.parametrize(("status", "body", "code"), list(refusals()))
async def test_a_key_is_in_no_error_and_no_log(
    kind: str, status: int, body: str, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    answer = Answer(status=status, body=body.encode())
    async with speaker(kind, answer, retries=0) as (found, _):
        with pytest.raises(ModelFailed) as failed:
            await heard(found.model)
    told = failed.value
    if kind != "anthropic" or status != 200:
        assert told.info.code == code
    assert told.__cause__ is None
    assert KEY not in f"{told!r} {told.info}"
    assert KEY not in caplog.text


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (400, "registry.example/m does not support tools"),
        (500, "tools param requires --jinja flag"),
        (400, '"auto" tool choice requires --enable-auto-tool-choice'),
    ],
)
async def test_a_model_that_knows_no_tools_is_spoken_with_in_tags(status: int, words: str) -> None:
    refused = Answer(status=status, body=json.dumps({"error": {"message": words}}).encode())
    tags = ok("openai", Saying(text=("<sql>SELECT COUNT(*) ", "FROM orders</sql>")))
    async with speaker("openai", refused, tags) as (found, server):
        events = await heard(found.model)
        await heard(found.model)
    assert calls_of(events) == [("run_sql", {"sql": "SELECT COUNT(*) FROM orders"})]
    assert ["tools" in asked.body for asked in server.asked] == [True, False, False]
    assert "<sql>" in server.asked[1].body["messages"][0]["content"]
    assert found.paused == [0.0]


async def test_errors_in_the_middle_of_a_stream_are_read_too(kind: str) -> None:
    bodies = {
        "openai": b'data: {"error": {"message": "busy", "type": "server_error", "code": null}}\n\n',
        "responses": b'event: error\ndata: {"type": "error", "code": "server_error", "message": '
        b'"busy", "param": null, "sequence_number": 1}\n\n',
        "anthropic": b'event: error\ndata: {"type": "error", "error": {"type": '
        b'"overloaded_error", "message": "Overloaded"}}\n\n',
    }
    async with speaker(kind, Answer(body=bodies[kind]), ok(kind, ANSWERS)) as (found, server):
        assert calls_of(await heard(found.model)) == [("answer", {"text": "There are **42**."})]
    assert len(server.asked) == 2
