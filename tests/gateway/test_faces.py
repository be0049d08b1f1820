"""All faces carry the same pages; and what plain HTTP says to what is wrong."""

import asyncio
import json
import urllib.request
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from engine.models.scripted import call
from tests.gateway.serving import Served, serving

SQL = call("run_sql", "c", sql="SELECT id, amount FROM orders")
SAY = call("answer", "a", "60 orders.", text="60 orders.")


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    """A server whose model asks and answers."""
    async with serving(tmp_path, [SQL, SAY] * 20) as found:
        yield found


async def finished(served: Served, **fields: Any) -> str:
    """Ask one question and return the session when it is answered and made small."""
    async with served.talk() as talk:
        session = (await talk.result(type="session.create", **fields))["session"]
        await talk.result(type="session.follow", session=session)
        await talk.result(type="run.start", session=session, text="how many?")
        await talk.records("run.finished")
    await served.app.state.engine.rest()
    assert isinstance(session, str)
    return session


async def by_socket(served: Served, session: str) -> list[Any]:
    async with served.talk(follow=[{"session": session}]) as talk:
        return await talk.records("run.finished")


async def by_long_poll(served: Served, session: str) -> list[Any]:
    records: list[Any] = []
    after = 0
    while True:
        status, body, _ = await served.http(
            "GET", f"/api/v1/sessions/{session}/events?after={after}"
        )
        if status == 204:
            return records
        page = json.loads(body)
        assert page["after"] == after
        records += page["records"]
        after = page["upto"]


def _events(url: str, last: str | None, count: int) -> list[dict[str, str]]:
    """Read server-sent events as a browser would."""
    headers = {"Accept": "text/event-stream", **({"Last-Event-ID": last} if last else {})}
    found: list[dict[str, str]] = []
    event: dict[str, str] = {}
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=20) as body:
        for raw in body:
            line = raw.decode().rstrip("\n")
            if line == "" and "data" in event:
                found.append(event)
                if len(found) == count:
                    return found
            name, _, value = line.partition(": ")
            event = {} if line == "" else {**event, name: value}
    return found


async def by_events(served: Served, session: str, last: str | None = None) -> list[Any]:
    url = f"{served.url}/api/v1/sessions/{session}/events"
    events = await asyncio.to_thread(_events, url, last, 1)
    assert events[0]["event"] == "page"
    page = json.loads(events[0]["data"])
    assert events[0]["id"] == f"{page['epoch']}:{page['upto']}"
    records: list[Any] = page["records"]
    return records


async def test_all_faces_carry_the_same_records(served: Served) -> None:
    session = await finished(served)
    whole = await by_socket(served, session)
    assert [record["type"] for record in whole][-1] == "run.finished"
    assert await by_long_poll(served, session) == whole
    assert await by_events(served, session) == whole


async def test_an_event_stream_goes_on_from_its_last_id(served: Served) -> None:
    session = await finished(served)
    _, body, _ = await served.http("GET", f"/api/v1/sessions/{session}/events?after=0")
    page = json.loads(body)
    middle = page["records"][4]["seq"]
    rest = await by_events(served, session, f"{page['epoch']}:{middle}")
    assert rest == [record for record in page["records"] if record["seq"] > middle]


async def test_a_position_that_cannot_be_served_gives_a_snapshot(served: Served) -> None:
    session = await finished(served)
    path = f"/api/v1/sessions/{session}/events?epoch=e_other&after=3"
    status, body, _ = await served.http("GET", path)
    assert (status, json.loads(body)["type"]) == (409, "snapshot")
    url = f"{served.url}/api/v1/sessions/{session}/events"
    events = await asyncio.to_thread(_events, url, "e_other:3", 1)
    assert events[0]["event"] == "snapshot"


async def test_a_long_poll_waits_for_what_comes(served: Served) -> None:
    session = (await served.command(type="session.create"))["result"]["session"]
    path = f"/api/v1/sessions/{session}/events?after=1&wait=20"
    waiting = asyncio.create_task(served.http("GET", path))
    await served.command(type="session.update", session=session, name="New")
    status, body, _ = await waiting
    assert status == 200
    assert json.loads(body)["records"][0]["name"] == "New"
    status, _, _ = await served.http("GET", f"/api/v1/sessions/{session}/events?after=2&wait=0.1")
    assert status == 204


async def test_commands_over_http_have_the_same_replies(served: Served) -> None:
    made = await served.command(type="session.create", key="k")
    assert await served.command(type="session.create", key="k") == made
    for body, code, status in (
        (b"no json", "bad_message", 400),
        (b'{"type":"run.strat","id":"1"}', "unknown_type", 400),
        (b'{"type":"run.start","id":"1","session":"x","text":"y"}', "unknown_session", 404),
        (b'{"type":"session.follow","id":"1","session":"x"}', "not_offered", 422),
        (b'{"type":"ping","id":"1"}', "not_offered", 422),
        (b"{" + b" " * 1_100_000 + b"}", "frame_too_large", 413),
    ):
        got, answer, _ = await served.http("POST", "/api/v1/commands", body)
        refusal = json.loads(answer)
        assert (got, refusal["type"], refusal["code"]) == (status, "refusal", code)


async def test_results_are_paged_exported_and_their_owners(tmp_path: Path) -> None:
    async with serving(tmp_path, [SQL, SAY], token="secret", tokens={"ann": "hers"}) as served:
        own, other = ({"Authorization": f"Bearer {token}"} for token in ("hers", "secret"))
        async with served.talk(token="hers") as talk:
            session = (await talk.result(type="session.create"))["session"]
            await talk.result(type="session.follow", session=session)
            await talk.result(type="run.start", session=session, text="how many?")
            records = await talk.records("run.finished")
        table = next(
            record["content"]
            for record in records
            if record["type"] == "item.completed" and record["content"]["kind"] == "table"
        )
        assert table["row_count"] == 60
        path = f"/api/v1/results/{table['result']}"
        status, body, _ = await served.http("GET", f"{path}?offset=10&limit=5", headers=own)
        page = json.loads(body)
        assert (status, len(page["rows"]), page["row_count"]) == (200, 5, 60)
        for ending, start in ((".csv", b"id,amount"), (".xlsx", b"PK"), (".parquet", b"PAR1")):
            status, body, headers = await served.http("GET", path + ending, headers=own)
            assert status == 200
            assert body.lstrip(b"\xef\xbb\xbf").startswith(start)
            assert "attachment" in headers["Content-Disposition"]
        assert (await served.http("GET", path, headers=other))[0] == 404
        assert (await served.http("GET", path + ".csv", headers=other))[0] == 404
        assert (await served.http("GET", path))[0] == 401


async def test_sessions_are_listed_found_and_put_away(served: Served) -> None:
    for name in ("Apples", "Pears", "Plums"):
        await served.command(type="session.create", name=name)
    _, body, _ = await served.http("GET", "/api/v1/sessions?limit=2")
    first = json.loads(body)
    _, body, _ = await served.http("GET", f"/api/v1/sessions?limit=2&after={first['next']}")
    names = [doing["name"] for doing in first["items"] + json.loads(body)["items"]]
    assert sorted(names) == ["Apples", "Pears", "Plums"]
    _, body, _ = await served.http("GET", "/api/v1/sessions?search=pea")
    pears = json.loads(body)["items"]
    assert [doing["name"] for doing in pears] == ["Pears"]
    await served.command(type="session.archive", session=pears[0]["session"])
    _, body, _ = await served.http("GET", "/api/v1/sessions?archived=true")
    assert [doing["name"] for doing in json.loads(body)["items"]] == ["Pears"]


async def test_every_kind_of_no_has_one_shape(served: Served) -> None:
    for method, path, status in (
        ("GET", "/api/v1/nothing", 404),
        ("GET", "/api/v1/sessions/nope/snapshot", 404),
        ("GET", "/api/v1/results/nope", 404),
        ("GET", "/api/v1/results/nope.csv", 404),
        ("GET", "/api/v1/sources/nope/catalogue", 404),
        ("GET", "/api/v1/sessions?limit=many", 400),
        ("DELETE", "/api/v1/commands", 405),
        ("GET", "/assets/..%2f..%2fapp.py", 404),
        ("POST", "/api/v1/uploads", 422),
    ):
        got, body, _ = await served.http(method, path, b"" if method == "POST" else None)
        refusal = json.loads(body)
        assert (path, got) == (path, status)
        assert refusal["type"] == "refusal"
        assert refusal["detail"]
        assert refusal["advice"] in ("fix", "retry", "stop")


async def test_a_foreign_page_may_not_change_anything(served: Served) -> None:
    headers = {"Origin": "http://evil.example", "Content-Type": "text/plain"}
    body = b'{"type":"session.create","id":"1"}'
    status, answer, _ = await served.http("POST", "/api/v1/commands", body, headers)
    assert (status, json.loads(answer)["code"]) == (403, "not_allowed")


async def test_health_and_documents_need_nobody(tmp_path: Path) -> None:
    async with serving(tmp_path, token="secret") as served:
        for path in ("/health/live", "/health/ready", "/schema.json", "/asyncapi.json"):
            assert (await served.http("GET", path))[0] == 200
        status, body, headers = await served.http("GET", "/api/v1/sessions")
        assert (status, json.loads(body)["code"]) == (401, "unauthenticated")
        assert headers["WWW-Authenticate"] == "Bearer"


def _form(name: str, data: bytes) -> tuple[bytes, dict[str, str]]:
    """Return one file as a form."""
    edge = b"----edge"
    head = f'Content-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    body = b"--" + edge + b"\r\n" + head.encode() + data + b"\r\n--" + edge + b"--\r\n"
    return body, {"Content-Type": "multipart/form-data; boundary=----edge"}


UPLOADS = (
    ("fruit.csv", b"name,price\napple,1.5\npear,2\n", 201),
    ("../../evil.csv", b"a,b\n1,2\n", 201),
    ("umlaut.csv", "name;größe\nä;1\n".encode("latin-1"), 201),
    ("ragged.csv", b"a,b\n1,2\n3\n4,5,6\n", 201),
    ("empty.csv", b"", 422),
    ("prog.exe", b"MZ", 422),
)


async def test_uploads_become_tables_or_are_refused_in_words(served: Served) -> None:
    for name, data, status in UPLOADS:
        body, headers = _form(name, data)
        got, answer, _ = await served.http("POST", "/api/v1/uploads", body, headers)
        told = json.loads(answer)
        assert got == status, told
        if status == 201:
            assert told["items"][0]["source"] == "uploads"
            assert told["items"][0]["tables"]
        else:
            assert told["detail"]
    outside = served.settings.data.parent / "evil.csv"
    assert not outside.exists()
    assert (await served.http("GET", "/health/live"))[0] == 200


async def test_uploads_are_listed_and_removed(served: Served) -> None:
    for name, data in (("a.csv", b"x\n1\n"), ("b.csv", b"x\n2\n")):
        body, headers = _form(name, data)
        assert (await served.http("POST", "/api/v1/uploads", body, headers))[0] == 201
    status, answer, _ = await served.http("GET", "/api/v1/uploads")
    assert status == 200
    listed = json.loads(answer)["items"]
    assert [(item["name"], item["source"], item["size"]) for item in listed] == [
        ("a", "uploads", 4),
        ("b", "uploads", 4),
    ]
    assert (await served.http("DELETE", "/api/v1/uploads/a"))[0] == 204
    status, answer, _ = await served.http("DELETE", "/api/v1/uploads/a")
    assert status == 404
    assert "no upload named 'a'" in json.loads(answer)["detail"]
    _, answer, _ = await served.http("GET", "/api/v1/sources")
    (own,) = [item for item in json.loads(answer)["items"] if item["own"]]
    assert (own["name"], own["tables"]) == ("uploads", ["b"])


async def test_the_page_of_documents_asks_nobody_else(served: Served) -> None:
    status, body, headers = await served.http("GET", "/docs")
    assert status == 200
    assert b"http://" not in body
    assert b"https://" not in body
    assert b"/api/v1/commands" in body
    assert b"Send one command and get its reply" in body
    assert b"/api/sessions/{session_id}/chat" in body
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    status, body, _ = await served.http("GET", "/openapi.json")
    assert "/api/v1/sessions" in json.loads(body)["paths"]


async def test_a_poll_without_patience_gets_what_is_kept_also_after_a_restart(
    tmp_path: Path,
) -> None:
    async with serving(tmp_path, [SQL, SAY]) as served:
        session = await finished(served)
        whole = await by_long_poll(served, session)
    async with serving(tmp_path) as served:
        assert await by_long_poll(served, session) == lasting(whole)


def lasting(records: list[Any]) -> list[Any]:
    """Return records without the deltas of finished items, which a later reader does not get."""
    return [record for record in records if record["type"] != "item.delta"]
