"""Every API of models: what is said and what is sent, over a connection that splits anywhere."""

import json
from typing import Any

import pytest

from engine.ports import (
    Answered,
    Asking,
    CallDelta,
    Called,
    CallStarted,
    Dropped,
    Person,
    Spent,
    Thinking,
)
from protocol.items import Column
from tests.engine.models.apis import SPOKEN, Answer, Calls, Saying
from tests.engine.models.asked import TOOLS, check_stream
from tests.engine.models.wired import (
    ANSWERS,
    KEY,
    SQL,
    calls_of,
    heard,
    ok,
    prompt,
    said,
    speaker,
    streamed,
)

WHOLE = Saying(
    thought=("I should ", "count."),
    text=("Let me ", "look."),
    calls=(said("run_sql", sql=SQL), said("run_python", "call_2", code="print('é')\n")),
)


@pytest.fixture(params=SPOKEN, ids=str)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


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


async def test_sql_that_would_fail_is_mended_and_the_person_is_told(kind: str) -> None:
    bad = said("run_sql", sql="SELECT COUNT(*) FROM buyer", explanation="Counts.")
    async with speaker(kind, ok(kind, Saying(calls=(bad,)))) as (found, _):
        events = await heard(found.model)
    (call,) = calls_of(events)
    assert "FROM buyers AS buyer" in " ".join(call[1]["sql"].split())
    assert call[1]["explanation"] == "Counts. Mended: table buyer read as buyers."
    assert streamed(events) == {"call_1": "SELECT COUNT(*) FROM buyer"}, "as it was written"


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
