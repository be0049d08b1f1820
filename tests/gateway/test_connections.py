"""Databases are connected over REST and in the terminal, and their passwords never come out."""

import asyncio
import json
import logging
import sqlite3
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from engine.sources.keys import KeyFile
from engine.sources.vault import FileVault
from gateway.building import KEYS, SECRETS
from gateway.cli import main
from protocol.ids import CallerId
from tests.contracts.servers import free_port, postgres_programs, postgres_server
from tests.gateway.serving import Served, make_shop, serving

SECRET = "hunter2-very-secret"
BOSS = {"Authorization": "Bearer boss"}


def config(**more: Any) -> dict[str, Any]:
    base = {"host": "127.0.0.1", "port": free_port(), "database": "x", "user": "reader"}
    return {**base, "password": SECRET, **more}


def everything(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


async def sent(served: Served, method: str, path: str, body: Any = None, **headers: str) -> Any:
    """Send JSON and return the status and what was said."""
    raw = None if body is None else json.dumps(body).encode()
    kind = {"Content-Type": "application/json"} if raw else {}
    status, said, _ = await served.http(
        method, f"/api/v1/sources{path}", raw, {**BOSS, **kind, **headers}
    )
    assert SECRET.encode() not in said
    return status, json.loads(said) if said else None


async def test_a_connection_is_kept_and_its_password_is_nowhere(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with serving(tmp_path, token="boss") as served:
        body = {"name": "far", "kind": "postgres", "config": config()}
        status, profile = await sent(served, "POST", "", body)
        assert (status, profile["name"]) == (201, "far")
        assert "password" not in profile["config"]
        status, tested = await sent(served, "POST", "/far/test")
        assert tested["error"]["message"] == "Nothing answers at this host and port."
        _, listed = await sent(served, "GET", "")
        far = next(item for item in listed["items"] if item["name"] == "far")
        assert (far["kind"], far["problem"]) == ("connection", tested["error"]["message"])
        assert (await sent(served, "GET", "/far/connection"))[1] == profile
        assert (await sent(served, "GET", "/far/catalogue"))[0] == 502
        data = served.settings.data
        assert (data / KEYS).stat().st_mode & 0o077 == 0
        assert SECRET.encode() not in everything(data)
        assert (await sent(served, "DELETE", "/far"))[0] == 204
        assert (await sent(served, "DELETE", "/far"))[0] == 404
    assert SECRET not in caplog.text


async def test_a_form_can_be_made_for_each_kind(tmp_path: Path) -> None:
    async with serving(tmp_path, token="boss") as served:
        _, kinds = await sent(served, "GET", "/kinds")
        assert [kind["kind"] for kind in kinds["items"]] == [
            "postgres",
            "mysql",
            "sqlite",
            "duckdb",
        ]
        assert kinds["items"][0]["config"]["properties"]["password"]["format"] == "password"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"name": "shop", "kind": "postgres", "config": config()}, "already"),
        ({"name": "a/b", "kind": "postgres", "config": config()}, "slashes"),
        ({"name": "x", "kind": "oracle", "config": config()}, "no kind of source"),
        ({"name": "x", "kind": "postgres", "config": config(port="many")}, "port"),
        ({"name": "x", "kind": "postgres", "config": config(passwort=SECRET)}, "passwort"),
        ({"name": "x", "kind": "postgres"}, "config"),
    ],
)
async def test_a_wrong_connection_names_the_wrong_part(
    tmp_path: Path, body: dict[str, Any], words: str
) -> None:
    async with serving(tmp_path, token="boss") as served:
        status, refusal = await sent(served, "POST", "", body)
        assert (status, refusal["code"]) == (400, "bad_message")
        assert words in refusal["detail"]


async def test_only_an_admin_changes_the_server(tmp_path: Path) -> None:
    ann = {"Authorization": "Bearer ann"}
    body = {"kind": "postgres", "config": config()}
    async with serving(tmp_path, token="boss", tokens={"ann": "ann"}) as served:
        for method, path, said in (
            ("POST", "", {"name": "far", **body}),
            ("POST", "/test", body),
            ("POST", "/far/test", None),
            ("GET", "/far/connection", None),
            ("DELETE", "/far", None),
        ):
            status, refusal = await sent(served, method, path, said, **ann)
            assert (status, refusal["code"]) == (403, "not_allowed"), path
        assert [i["name"] for i in (await sent(served, "GET", "", **ann))[1]["items"]] == ["shop"]


async def test_what_changed_in_a_source_is_told(tmp_path: Path) -> None:
    async with serving(tmp_path, token="boss") as served:
        assert (await sent(served, "GET", "/shop/catalogue"))[1]["changes"] == []
        with sqlite3.connect(tmp_path / "shop.sqlite") as database:
            database.execute("ALTER TABLE orders ADD COLUMN note TEXT")
        database.close()
        catalogue = (await sent(served, "GET", "/shop/catalogue?refresh=true"))[1]
        (change,) = catalogue["changes"]
        assert (change["what"], change["table"], change["column"]) == (
            "column_added",
            "orders",
            "note",
        )


@pytest.mark.skipif(postgres_programs() is None, reason="no PostgreSQL server on this machine")
async def test_a_connected_database_can_be_asked_at_once(tmp_path: Path) -> None:
    with postgres_server() as there:
        owner = await asyncpg.connect(host=there.host, port=there.port, user="postgres")
        await owner.execute(
            "CREATE TABLE things (id int); CREATE ROLE reader LOGIN;"
            "GRANT SELECT ON things TO reader"
        )
        await owner.close()
        place = config(port=there.port, database="postgres")
        async with serving(tmp_path, token="boss") as served:
            asked = {"kind": "postgres", "config": place}
            assert (await sent(served, "POST", "/test", asked))[1]["tables"] == 1
            assert (await sent(served, "POST", "", {"name": "far", **asked}))[0] == 201
            catalogue = (await sent(served, "GET", "/far/catalogue"))[1]
            assert [table["name"] for table in catalogue["tables"]] == ["things"]
            # A change takes the place of what was open.
            asked["config"] = config(port=there.port, database="nowhere")
            assert (await sent(served, "POST", "", {"name": "far", **asked}))[0] == 201
            assert (await sent(served, "GET", "/far/catalogue"))[0] == 502


async def test_the_terminal_speaks_with_a_server(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAR_PASSWORD", SECRET)
    async with serving(tmp_path, token="boss") as served:
        where = ("--url", served.url, "--token", "boss")
        place = ("--host", "127.0.0.1", "--port", str(free_port()), "--database", "x")
        add = ("sources", "add", "far", *place, "--user", "r", "--password-env", "FAR_PASSWORD")
        assert await asyncio.to_thread(main, (*add, *where)) == 1
        assert "Nothing answers" in capsys.readouterr().out
        assert await asyncio.to_thread(main, ("sources", "list", *where)) == 0
        assert "far" in capsys.readouterr().out
        data = served.settings.data
        assert FileVault(data / SECRETS, KeyFile(data / KEYS).read).get("source:far") == SECRET
        # A key is turned beside a server that goes on.
        assert main(("vault", "rotate", "--data", str(data))) == 0
        assert "anew: 1" in capsys.readouterr().out
        assert await asyncio.to_thread(main, ("sources", "test", "far", *where)) == 1
        assert "Nothing answers" in capsys.readouterr().out
        assert await asyncio.to_thread(main, ("sources", "remove", "far", *where)) == 0
        assert await asyncio.to_thread(main, ("sources", "test", "far", *where)) == 1
        assert "no profile named 'far'" in capsys.readouterr().err


def test_the_terminal_works_in_a_folder_without_a_server(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASKWIRE_SAMPLE", "false")
    where = ("--data", str(tmp_path / "data"))
    add = ("sources", "add", "far", "--kind", "mysql", "--database", "x", "--user", "r")
    assert main((*add, "--no-test", *where)) == 0
    assert main(("sources", "list", "--json", *where)) == 0
    assert json.loads(capsys.readouterr().out)["name"] == "far"
    shop = tmp_path / "shop.sqlite"
    make_shop(shop)
    assert main(("sources", "add", "near", "--kind", "sqlite", "--path", str(shop), *where)) == 0
    assert "near: connected, 1 tables" in capsys.readouterr().out
    assert main(("sources", "remove", *where)) == 2
    assert "which source" in capsys.readouterr().err
    assert main((*add, "--password-env", "NOT_THERE", *where)) == 2


@pytest.mark.skipif(postgres_programs() is None, reason="no PostgreSQL server on this machine")
async def test_what_is_kept_back_holds_before_anybody_can_ask(tmp_path: Path) -> None:
    rules = (
        "hidden_schemas: [payroll]\ntables: [{name: people, columns: [{name: pin, hidden: %s}]}]"
    )
    with postgres_server() as there:
        owner = await asyncpg.connect(host=there.host, port=there.port, user="postgres")
        await owner.execute(
            "CREATE TABLE people (id int, pin text); CREATE SCHEMA payroll;"
            "CREATE TABLE payroll.people (id int, pay int); CREATE TABLE payroll.bonus (pay int);"
            "CREATE ROLE reader LOGIN;"
            "GRANT USAGE ON SCHEMA payroll TO reader;"
            "GRANT SELECT ON people, payroll.people, payroll.bonus TO reader;"
            "ALTER ROLE reader SET search_path = public, payroll"
        )
        await owner.close()
        place = config(port=there.port, database="postgres")
        body = {"name": "far", "kind": "postgres", "config": place}
        async with serving(tmp_path, token="boss") as served:
            status, refused = await sent(served, "POST", "", {**body, "privacy": rules % "maybe"})
            assert (status, "hidden: Expected" in refused["detail"]) == (400, True)
            wrong = rules.replace("pin", "pinn") % "true"
            status, refused = await sent(served, "POST", "", {**body, "privacy": wrong})
            assert (status, "Did you mean pin?" in refused["detail"]) == (400, True)
            assert (await sent(served, "GET", "/far/connection"))[0] == 404
            status, _ = await sent(served, "POST", "", {**body, "privacy": rules % "true"})
            assert status == 201
            (table,) = (await sent(served, "GET", "/far/catalogue"))[1]["tables"]
            assert (table["name"], [one["name"] for one in table["columns"]]) == ("people", ["id"])
            source = await served.app.state.engine.world.sources.get("far", CallerId("boss"))
            for sql in ("SELECT pay FROM payroll.people", "SELECT pay FROM bonus"):
                (finding,) = source.check(sql).findings
                assert finding.code == "table_not_allowed", sql
            assert source.check("SELECT id FROM public.people").ok
