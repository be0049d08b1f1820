"""Owners state what data means, and what is kept back, in the terminal."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from gateway.cli import main
from tests.gateway.serving import make_shop, serving

MEANING = """\
metrics:
  - {name: revenue, type: simple, table: orders, aggregate: sum, expression: amount, unit: EUR}
"""
PRIVACY = "tables:\n  - name: orders\n    columns:\n      - {name: at, mask: 'substr(at, 1, 4)'}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shop = make_shop(tmp_path / "shop.sqlite")
    monkeypatch.setenv("ASKWIRE_SAMPLE", "false")
    monkeypatch.setenv("ASKWIRE_SOURCES", f"shop={shop}")
    (tmp_path / "good.yaml").write_text(MEANING)
    (tmp_path / "bad.yaml").write_text(MEANING.replace("amount", "amounts"))
    (tmp_path / "privacy.yaml").write_text(PRIVACY)
    return tmp_path


def test_a_meaning_goes_in_and_comes_out_again(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def said(*words: str) -> tuple[int, str, str]:
        code = main(("meaning", *words, "--data", str(folder / "data")))
        return code, *capsys.readouterr()

    assert said("show", "shop") == (0, "nothing is said of it\n", "")
    code, out, _ = said("check", "shop", str(folder / "bad.yaml"))
    assert (code, "line 2, metrics[0] (revenue).expression" in out) == (1, True)
    assert "Did you mean amount?" in said("import", "shop", str(folder / "bad.yaml"))[2]
    assert said("import", "shop", str(folder / "good.yaml"))[0] == 0
    assert "sum of amount in orders [EUR]" in said("show", "shop")[1]
    assert said("export", "shop") == (0, MEANING, "")
    assert said("export", "shop", str(folder / "copy.yaml"))[0] == 0
    assert (folder / "copy.yaml").read_text() == MEANING
    assert said("forget", "shop")[0] == 0
    assert said("show", "shop")[1] == "nothing is said of it\n"
    assert said("import", "shop")[0] == 2
    assert said("show", "shopp")[0] == 1


def test_what_changed_in_a_source_is_known_after_a_restart(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ("--data", str(folder / "data"))
    assert main(("sources", "show", "shop", *where)) == 0
    assert "changed" not in capsys.readouterr().out
    with sqlite3.connect(folder / "shop.sqlite") as database:
        database.execute("ALTER TABLE orders ADD COLUMN note TEXT")
    database.close()
    for _ in range(2):  # What changed is told until something else does.
        assert main(("sources", "show", "shop", *where)) == 0
        assert "column added orders.note" in capsys.readouterr().out


async def test_rules_are_stated_to_a_server(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with serving(folder, token="boss") as served:
        where = ("--url", served.url, "--token", "boss")

        async def said(*words: str) -> str:
            assert await asyncio.to_thread(main, ("privacy", *words, *where)) == 0
            return capsys.readouterr().out

        assert "samples" not in await said("show", "shop")
        assert "sensitive:" in await said("export", "shop")
        await said("check", "shop", str(folder / "privacy.yaml"))
        await said("import", "shop", str(folder / "privacy.yaml"))
        assert "orders.at: shown as substr(at, 1, 4)" in await said("show", "shop")
        assert await said("export", "shop") == PRIVACY
        await said("forget", "shop")
        assert "orders.at" not in await said("show", "shop")
