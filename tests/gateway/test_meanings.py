"""Owners state over REST what their data means and what is kept back; it holds at once."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.serving import Served, serving

BOSS = {"Authorization": "Bearer boss"}
ANN = {"Authorization": "Bearer ann-s-token"}
MEANING = """\
# Kept as it is, with this line.
tables:
  - name: orders
    synonyms: [purchase]
metrics:
  - {name: revenue, type: simple, table: orders, aggregate: sum, expression: amount, unit: EUR}
"""
PRIVACY = """\
tables:
  - name: orders
    rows: id <= 10
    columns:
      - {name: at, hidden: true}
"""


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(tmp_path, token="boss", tokens={"ann": "ann-s-token"}) as made:
        yield made


async def sent(
    served: Served, method: str, path: str, body: str | None = None, **headers: str
) -> tuple[int, Any, str]:
    """Send a text and return the status, what was said, and the version."""
    status, said, got = await served.http(
        method,
        f"/api/v1/sources/shop{path}",
        None if body is None else body.encode(),
        {**BOSS, **{name.replace("_", "-"): value for name, value in headers.items()}},
    )
    try:
        told: Any = json.loads(said) if said else None
    except ValueError:
        told = said.decode()
    return status, told, got.get("ETag", "")


async def test_a_meaning_is_stated_and_used_at_once(served: Served) -> None:
    status, seen, none = await sent(served, "GET", "/meaning")
    assert (status, seen["version"], seen["meaning"]) == (200, "", {})
    assert "name: amount" in (await sent(served, "GET", "/meaning.yaml"))[1]
    status, seen, tag = await sent(served, "PUT", "/meaning.yaml", MEANING, If_Match=none)
    assert (status, seen["kept"], seen["problems"]) == (200, True, [])
    assert seen["meaning"]["metrics"][0]["name"] == "revenue"
    assert (await sent(served, "GET", "/meaning.yaml"))[1:] == (MEANING, tag)
    catalogue = (await sent(served, "GET", "/catalogue"))[1]
    assert catalogue["meaning"] == seen["meaning"]
    assert (await sent(served, "DELETE", "/meaning"))[0] == 204
    assert (await sent(served, "GET", "/meaning"))[1]["meaning"] == {}


async def test_a_change_to_another_version_is_refused(served: Served) -> None:
    _, _, tag = await sent(served, "PUT", "/meaning.yaml", MEANING)
    other = json.dumps({"tables": [{"name": "orders", "title": "Sales"}]})
    kind = {"Content_Type": "application/json"}
    status, seen, newer = await sent(served, "PUT", "/meaning", other, If_Match=tag, **kind)
    assert (status, seen["meaning"]["tables"][0]["title"]) == (200, "Sales")
    status, refused, _ = await sent(served, "PUT", "/meaning.yaml", MEANING, If_Match=tag)
    assert (status, refused["code"]) == (412, "version_changed")
    assert (await sent(served, "DELETE", "/meaning", If_Match=tag))[0] == 412
    assert (await sent(served, "DELETE", "/meaning", If_Match=newer))[0] == 204


async def test_a_text_that_does_not_fit_is_refused_with_its_lines(served: Served) -> None:
    wrong = MEANING.replace("expression: amount", "expression: amout")
    status, refused, _ = await sent(served, "PUT", "/meaning.yaml", wrong)
    assert (status, refused["code"]) == (400, "bad_message")
    said = "line 6, metrics[0] (revenue).expression: orders has no column amout."
    assert f"{said} Did you mean amount?" in refused["detail"]
    (problem,) = (await sent(served, "POST", "/meaning/check", wrong))[1]["items"]
    assert (problem["line"], problem["where"]) == (6, "metrics[0] (revenue).expression")
    assert (await sent(served, "GET", "/meaning"))[1]["version"] == ""


async def test_rules_hold_at_once_in_catalogue_and_meaning(served: Served) -> None:
    dated = (
        MEANING + "  - {name: last, type: simple, table: orders, aggregate: max, expression: at}\n"
    )
    await sent(served, "PUT", "/meaning.yaml", dated)
    status, seen, tag = await sent(served, "PUT", "/privacy.yaml", PRIVACY)
    assert (status, seen["problems"]) == (200, [])
    assert (await sent(served, "GET", "/privacy.yaml"))[1:] == (PRIVACY, tag)
    catalogue = (await sent(served, "GET", "/catalogue"))[1]
    (table,) = catalogue["tables"]
    assert [column["name"] for column in table["columns"]] == ["id", "amount"]
    assert [column["samples"] for column in table["columns"]] == [[], []]
    assert [metric["name"] for metric in catalogue["meaning"]["metrics"]] == ["revenue"]
    assert (await sent(served, "DELETE", "/privacy", If_Match=tag))[0] == 204
    (table,) = (await sent(served, "GET", "/catalogue"))[1]["tables"]
    assert [column["name"] for column in table["columns"]] == ["id", "amount", "at"]


async def test_only_owners_state_and_see_rules(served: Served) -> None:
    await sent(served, "PUT", "/privacy.yaml", PRIVACY)
    await sent(served, "PUT", "/meaning.yaml", MEANING)
    for method, path, body in (
        ("PUT", "/meaning.yaml", MEANING),
        ("GET", "/meaning.yaml", None),
        ("DELETE", "/meaning", None),
        ("POST", "/meaning/check", MEANING),
        ("GET", "/privacy", None),
        ("GET", "/privacy.yaml", None),
        ("PUT", "/privacy.yaml", PRIVACY),
        ("DELETE", "/privacy", None),
        ("POST", "/privacy/check", PRIVACY),
    ):
        status, refused, _ = await sent(served, method, path, body, **ANN)
        assert (status, refused["code"]) == (403, "not_allowed"), (method, path)
    status, seen, _ = await sent(served, "GET", "/meaning", **ANN)
    assert (status, seen["meaning"]["tables"]) == (
        200,
        [{"name": "orders", "synonyms": ["purchase"]}],
    )


async def test_rules_that_cannot_be_read_any_more_hide_everything(tmp_path: Path) -> None:
    async with serving(tmp_path, token="boss") as served:
        await sent(served, "PUT", "/privacy.yaml", PRIVACY)
        (kept,) = served.settings.data.rglob("privacy.yaml")
    kept.write_text("tables: [")
    async with serving(tmp_path, token="boss") as served:
        assert (await sent(served, "GET", "/catalogue"))[1]["tables"] == []
        (problem,) = (await sent(served, "GET", "/privacy"))[1]["problems"]
        assert problem["line"] == 1
        assert (await sent(served, "PUT", "/privacy.yaml", PRIVACY))[0] == 200
        assert len((await sent(served, "GET", "/catalogue"))[1]["tables"]) == 1
