"""Every API of models, over a real connection that splits, breaks and refuses as they do."""

import asyncio
import json
import logging
from collections.abc import Iterator
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

import pytest

from engine.models.counting import Counter
from engine.models.profiles import parse
from engine.models.shelf import manner_of, wire_of
from engine.models.speaking import Speaking
from engine.ports import (
    Answered,
    Asking,
    CallDelta,
    Called,
    CallStarted,
    Catalogue,
    Dropped,
    ModelEvent,
    ModelFailed,
    Person,
    Prompt,
    Spent,
    Thinking,
)
from protocol.items import Column
from tests.engine.models.apis import SPOKEN, TOO_LONG, Answer, Api, Calls, Saying, api
from tests.engine.models.asked import TOOLS, catalogue, check_stream, database

KEY = "sk-canary-5f1e0c9d7b3a"
SQL = 'SELECT COUNT(*) AS "größe"\nFROM orders -- 🎉'
COUNTER = Counter()


def said(tool: str, id: str = "call_1", cut: int = 3, **arguments: Any) -> Calls:
    """Return a call whose arguments come in small pieces, with every escape JSON knows."""
    raw = json.dumps(arguments)
    return Calls(
        id=id, tool=tool, pieces=tuple(raw[at : at + cut] for at in range(0, len(raw), cut))
    )


WHOLE = Saying(
    thought=("I should ", "count."),
    text=("Let me ", "look."),
    calls=(said("run_sql", sql=SQL), said("run_python", "call_2", code="print('é')\n")),
)
ANSWERS = Saying(calls=(said("answer", text="There are **42**."),))


@pytest.fixture(params=SPOKEN, ids=str)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


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


# --- What is said ---


@pytest.mark.parametrize("pieces", [0, 3, 50], ids=["whole", "within letters", "within lines"])
async def test_thoughts_text_and_parallel_calls_stream_however_they_are_cut(
    kind: str, pieces: int
) -> None:
    async with speaker(kind, ok(kind, WHOLE, pieces)) as (found, _):
        events = await heard(found.model)
    asking, *rest, spent = events
    assert isinstance(asking, Asking)
    assert (asking.model, asking.to) == ("far/m", "127.0.0.1")
    check_stream(rest)
    thoughts = [event.text for event in rest if isinstance(event, Thinking)]
    assert thoughts == ["I should ", "count.", "Let me look."]
    assert streamed(events) == {"call_1": SQL, "call_2": "print('é')\n"}
    assert calls_of(events) == [("run_sql", {"sql": SQL}), ("run_python", {"code": "print('é')\n"})]
    begun = [event.call for event in rest if isinstance(event, CallStarted)]
    assert begun == ["call_1", "call_2"]
    assert spent == Spent(model="far/m", input_tokens=120, output_tokens=30, cached_tokens=20)


async def test_a_call_is_told_while_it_is_written(kind: str) -> None:
    begun = Saying(calls=(said("run_sql", sql=SQL),), end="")
    answer = ok(kind, begun, then="hang")
    async with speaker(kind, answer) as (found, _):
        events = found.model.think(prompt())
        text = ""
        async for event in events:
            if isinstance(event, CallDelta):
                text += event.text
                if text == SQL:
                    break
        await events.aclose()
    assert text == SQL


async def test_plain_text_is_the_answer_and_streams_when_it_is_long(kind: str) -> None:
    long = tuple(f"word {n} " for n in range(90))
    for text in (("It is ", "42."), long):
        async with speaker(kind, ok(kind, Saying(text=text))) as (found, _):
            events = await heard(found.model)
        whole = "".join(text).strip()
        assert calls_of(events) == [("answer", {"text": whole})]
        (said_aloud,) = streamed(events).values()
        assert said_aloud.strip() == whole
        deltas = [event for event in events if isinstance(event, CallDelta)]
        assert len(deltas) == (1 if text is not long else len(deltas))


async def test_an_answer_that_has_not_seen_its_results_is_dropped(kind: str) -> None:
    both = Saying(calls=(said("answer", "a", text="42!"), said("run_sql", "b", sql="SELECT 1")))
    async with speaker(kind, ok(kind, both)) as (found, _):
        events = await heard(found.model)
    assert calls_of(events) == [("run_sql", {"sql": "SELECT 1"})]
    assert [event for event in events if isinstance(event, Dropped)] == [
        Dropped(call="a", text="42!")
    ]


async def test_long_words_before_a_call_were_an_aside(kind: str) -> None:
    text = tuple(f"thinking {n} " for n in range(60))
    both = Saying(text=text, calls=(said("run_sql", sql="SELECT 1"),))
    async with speaker(kind, ok(kind, both)) as (found, _):
        events = await heard(found.model)
    assert calls_of(events) == [("run_sql", {"sql": "SELECT 1"})]
    (dropped,) = [event for event in events if isinstance(event, Dropped)]
    assert dropped.text == "".join(text).strip()


@pytest.mark.parametrize(
    ("raw", "arguments"),
    [
        ('{"sql": "SELECT 1\n', {"sql": "SELECT 1\n"}),
        ('{"sql": "SELECT 1"} trailing', {"sql": "SELECT 1"}),
        ('"{\\"sql\\": \\"SELECT 1\\"}"', {"sql": "SELECT 1"}),
        ("no json at all", {}),
        ("", {}),
    ],
)
async def test_arguments_that_are_no_json_give_what_can_be_read(
    kind: str, raw: str, arguments: dict[str, Any]
) -> None:
    bad = Calls(id="c", tool="run_sql", pieces=(raw,))
    async with speaker(kind, ok(kind, Saying(calls=(bad,)))) as (found, _):
        assert calls_of(await heard(found.model)) == [("run_sql", arguments)]


async def test_what_the_provider_does_not_count_we_count(kind: str) -> None:
    silent = Saying(text=("It is 42.",), read=None, written=None, cached=0)
    async with speaker(kind, ok(kind, silent)) as (found, _):
        spent = (await heard(found.model))[-1]
    assert isinstance(spent, Spent)
    assert spent.estimated
    assert spent.output_tokens == 5


async def test_a_price_is_told_where_one_is_known(kind: str) -> None:
    prices = {"m": {"input": 1.0, "output": 10.0, "cached": 0.5}}
    async with speaker(kind, ok(kind, ANSWERS), prices=prices) as (found, _):
        spent = (await heard(found.model))[-1]
    assert isinstance(spent, Spent)
    assert spent.cost == pytest.approx((100 * 1.0 + 20 * 0.5 + 30 * 10.0) / 1e6)


# --- What is sent ---


async def test_what_was_done_is_told_as_the_api_wants_it(kind: str) -> None:
    done = (
        Called(call="i_1", tool="run_sql", arguments={"sql": "SELECT 1", "source": None}),
        Answered(
            call="i_1",
            ok=True,
            columns=(Column(name="n", type="integer"),),
            rows=[[42]],
            row_count=1,
        ),
        Person(text="shorter", feedback=True),
    )
    async with speaker(kind, ok(kind, ANSWERS), answer_tokens=500) as (found, server):
        await heard(found.model, prompt(*done))
    (asked,) = server.asked
    text = asked.raw.decode()
    assert "orders" in text
    assert "2026-11-22" in text
    assert "[42]" in text
    body = asked.body
    match kind:
        case "openai":
            roles = [message["role"] for message in body["messages"]]
            assert roles == ["system", "user", "assistant", "tool", "user"]
            assert body["messages"][2]["tool_calls"][0]["id"] == body["messages"][3]["tool_call_id"]
            assert (body["stream"], body["max_tokens"]) == (True, 500)
        case "responses":
            kinds = [message.get("type", message.get("role")) for message in body["input"]]
            assert kinds == ["user", "function_call", "function_call_output", "user"]
            assert (body["store"], body["max_output_tokens"]) == (False, 500)
        case _:
            roles = [message["role"] for message in body["messages"]]
            assert roles == ["user", "assistant", "user"]
            assert [block["type"] for block in body["messages"][2]["content"]] == [
                "tool_result",
                "text",
            ]
            assert body["max_tokens"] == 500
    assert {tool.get("name") or tool["function"]["name"] for tool in body["tools"]} == set(TOOLS)


async def test_nothing_that_lay_about_is_sent(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in (
        "OPENAI_API_KEY",
        "OPENAI_ADMIN_KEY",
        "OPENAI_ORG_ID",
        "OPENAI_PROJECT_ID",
        "ANTHROPIC_API_KEY",
        "ANTHROPIC_AUTH_TOKEN",
    ):
        monkeypatch.setenv(variable, "stray-secret")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Stray: stray-secret")
    monkeypatch.setenv("ANTHROPIC_CUSTOM_HEADERS", "X-Stray: stray-secret")
    for key in (KEY, None):
        async with speaker(kind, ok(kind, ANSWERS), api_key=key) as (found, server):
            await heard(found.model)
        (asked,) = server.asked
        assert "stray-secret" not in str(asked.headers)
        sent = asked.headers.get("authorization", "") + asked.headers.get("x-api-key", "")
        assert sent.removeprefix("Bearer ") == (key or "")
        assert not [name for name in asked.headers if name.startswith("x-stainless")]


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


async def test_the_models_of_a_provider_can_be_listed(kind: str) -> None:
    entry = {"id": "m-1", "object": "model", "created": 1, "owned_by": "x"}
    if kind == "anthropic":
        entry = {
            "id": "m-1",
            "type": "model",
            "display_name": "M",
            "created_at": "2026-01-01T00:00:00Z",
        }
    more = {"has_more": False, "first_id": "m-1", "last_id": "m-1"} if kind == "anthropic" else {}
    listed = {"object": "list", "data": [entry], **more}
    async with speaker(kind, Answer(body=json.dumps(listed).encode())) as (found, _):
        assert await found.wire.models() == ("m-1",)
