"""What an owner keeps back is seen on no path: rows, exports, errors, plans, the catalogue."""

import io
import json
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.gateway.serving import Served, serving

SECRETS = ("mallory@x", "mallory", "2222")
PRIVACY = """\
tables:
  - name: people
    rows: region = 'EU'
    columns:
      - {name: mail, mask: "'***'"}
      - {name: pin, hidden: true}
  - name: keys
    hidden: true
"""


def make_people(path: Path) -> None:
    """Write people of whom one is in the US; only ann's name may be seen by anybody."""
    with sqlite3.connect(path) as database:
        database.executescript(
            """
            CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, mail TEXT, pin TEXT,
                                 region TEXT);
            INSERT INTO people VALUES (1, 'ann', 'ann@x', '1111', 'EU'),
                                      (2, 'mallory', 'mallory@x', '2222', 'US');
            CREATE TABLE keys (owner INTEGER REFERENCES people (id), key TEXT);
            INSERT INTO keys VALUES (2, 'mallory@x');
            """
        )
    database.close()


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    make_people(tmp_path / "people.sqlite")
    sources = {"people": str(tmp_path / "people.sqlite")}
    async with serving(tmp_path, sources=sources) as made:
        yield made


async def rule(served: Served, text: str = PRIVACY) -> None:
    path = "/api/v1/sources/people/privacy.yaml"
    status, said, _ = await served.http("PUT", path, text.encode())
    assert status == 200, said


async def run(served: Served, sql: str) -> dict[str, dict[str, Any]]:
    """Run SQL in a session of its own and return what was completed, by kind."""
    async with served.talk() as talk:
        session = (await talk.result(type="session.create", source="people"))["session"]
        await talk.result(type="session.follow", session=session)
        reply = await talk.ask(type="query.run", session=session, source="people", sql=sql)
        if reply["type"] == "refusal":
            return {"refusal": reply}
        found: dict[str, dict[str, Any]] = {"session": {"name": session}}
        while "code" not in found:
            for record in await talk.records("item.completed"):
                if record["type"] == "item.completed":
                    found[record["content"]["kind"]] = record
        return found


async def rows_of(served: Served, table: dict[str, Any], ending: str = "") -> bytes:
    path = f"/api/v1/results/{table['content']['result']}{ending}"
    status, body, _ = await served.http("GET", path)
    assert status == 200
    return body


def leaks(said: object) -> list[str]:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else json.dumps(said)
    return [secret for secret in SECRETS if secret in text]


async def test_rows_and_every_kind_of_export_show_only_what_may_be_seen(served: Served) -> None:
    await rule(served)
    table = (await run(served, "SELECT * FROM people"))["table"]
    page = json.loads(await rows_of(served, table))
    assert [column["name"] for column in page["columns"]] == ["id", "name", "mail", "region"]
    assert page["rows"] == [[1, "ann", "***", "EU"]]
    assert (await rows_of(served, table, ".csv")).decode("utf-8-sig").split() == [
        "id,name,mail,region",
        "1,ann,***,EU",
    ]
    book = openpyxl.load_workbook(io.BytesIO(await rows_of(served, table, ".xlsx")))
    assert [[cell.value for cell in row] for row in book.worksheets[0].rows][1:] == [
        [1, "ann", "***", "EU"]
    ]
    for ending in (".json", ".parquet"):
        assert leaks(await rows_of(served, table, ending)) == []


HIDDEN = (
    "SELECT pin FROM people",
    "SELECT people.pin FROM people",
    "SELECT key FROM keys",
    "SELECT count(*) FROM people WHERE pin = '2222'",
    "EXPLAIN QUERY PLAN SELECT * FROM people",
    "SELECT sql FROM sqlite_schema",
    "SELECT * FROM pragma_table_info('people')",
)


async def test_what_is_hidden_cannot_be_asked_for(served: Served) -> None:
    await rule(served)
    for sql in HIDDEN:
        found = await run(served, sql)
        ended = found.get("refusal") or found["code"]
        assert ended.get("code") == "guard_refused" or ended.get("outcome") == "failed", sql
        assert leaks(ended.get("error") or ended.get("detail")) == []
        assert "region" not in json.dumps(ended.get("error") or ended.get("detail"))


FAILING = (
    "SELECT id FROM people WHERE json_extract(name, '$.a') IS NULL",
    "SELECT id, json(name) FROM people",
    "SELECT id FROM people WHERE name <> 'ann' AND json_array_length(name) > 0",
)


async def test_an_error_tells_nothing_of_rows_that_are_not_seen(served: Served) -> None:
    await rule(served)
    everybody = [await run(served, sql) for sql in FAILING]
    with sqlite3.connect(served.settings.sources["people"]) as database:
        database.execute("DELETE FROM people WHERE id = 2")
    database.close()
    for sql, before in zip(FAILING, everybody, strict=True):
        after = await run(served, sql)
        assert [one.get("outcome", "ok") for one in before.values()] == [
            one.get("outcome", "ok") for one in after.values()
        ]
        assert before["code"].get("error") == after["code"].get("error")
        assert (
            leaks({kind: one for kind, one in before.items() if kind not in ("code", "session")})
            == []
        )


async def test_the_catalogue_tells_nothing_of_what_is_hidden(served: Served) -> None:
    await rule(served)
    _, said, _ = await served.http("GET", "/api/v1/sources/people/catalogue")
    (table,) = json.loads(said)["tables"]
    assert [column["name"] for column in table["columns"]] == ["id", "name", "mail", "region"]
    assert (leaks(said), table["rows"]) == ([], None)
    _, listed, _ = await served.http("GET", "/api/v1/sources")
    assert json.loads(listed)["items"][0]["tables"] == ["people"]


async def test_rows_that_were_kept_by_other_rules_are_gone(served: Served) -> None:
    found = await run(served, "SELECT * FROM people")
    table, session = found["table"], found["session"]
    assert leaks(await rows_of(served, table)) != []
    await rule(served)
    path = f"/api/v1/results/{table['content']['result']}"
    for ending in ("", ".csv", ".xlsx"):
        status, said, _ = await served.http("GET", path + ending)
        assert (status, leaks(said)) == (404, [])
    notebook = f"/api/v1/sessions/{session['name']}/notebook"
    status, said, _ = await served.http("GET", notebook)
    assert (status, leaks(said)) == (200, [])
    assert not [
        file
        for file in (served.settings.data / "results").rglob("*")
        if file.is_file() and leaks(file.read_bytes())
    ]
    # The same rules again change nothing.
    table = (await run(served, "SELECT * FROM people"))["table"]
    await rule(served, "# said once more\n" + PRIVACY)
    assert json.loads(await rows_of(served, table))["row_count"] == 1


async def checked(served: Served, text: str) -> Any:
    path = "/api/v1/sources/people/privacy/check"
    status, said, _ = await served.http("POST", path, text.encode())
    assert status == 200, said
    return json.loads(said)


async def test_what_rules_would_keep_back_is_said_before_they_hold(served: Served) -> None:
    said = await checked(served, "sensitive: [name]\n" + PRIVACY)
    assert said == {
        "items": [],
        "kept_back": [
            {"what": "table", "table": "keys"},
            {"what": "rows", "table": "people", "instead": "region = 'EU'"},
            {"what": "values", "table": "people", "column": "name"},
            {"what": "mask", "table": "people", "column": "mail", "instead": "'***'"},
            {"what": "column", "table": "people", "column": "pin"},
        ],
        "samples": True,
        "tables": 2,
    }
    # Nothing holds yet.
    assert (await run(served, "SELECT pin FROM people"))["table"]["content"]["row_count"] == 2


async def test_a_text_that_is_wrong_says_where_and_foretells_nothing(served: Served) -> None:
    said = await checked(served, "only: [people]\ntables: {")
    assert [problem["line"] for problem in said["items"]] == [2]
    assert (said["kept_back"], said["tables"]) == ([], 2)
    said = await checked(served, "only: [people]\nsamples: false")
    assert (said["kept_back"], said["samples"]) == ([{"what": "table", "table": "keys"}], False)
