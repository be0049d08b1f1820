"""`askwire eval`: questions of a file, asked of a model, compared with references."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from gateway.cli import main
from gateway.cli.matching import same_rows
from tests.engine.models.apis import Answer, Calls, Saying, api, chat
from tests.gateway.serving import make_shop


def questions(folder: Path, *lines: dict[str, Any]) -> str:
    make_shop(folder / "shop.sqlite")
    path = folder / "questions.jsonl"
    path.write_text("\n".join(json.dumps({"path": "shop.sqlite", **line}) for line in lines) + "\n")
    return str(path)


COUNT = {"question": "How many orders are there?", "sql": "SELECT COUNT(*) FROM orders", "id": "n"}
WRONG = {"question": "How many orders are there?", "sql": "SELECT MAX(amount) FROM orders"}


def test_a_model_is_asked_a_file_of_questions(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = questions(tmp_path, COUNT, WRONG)
    where = ("--data", str(tmp_path / "data"))
    assert main(("eval", file, "--json", *where)) == 0
    first, second, last = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (first["id"], first["right"], first["outcome"]) == ("n", True, "answered")
    assert "COUNT(*)" in first["sql"]
    assert (second["right"], second["rounds"] > 0) == (False, True)
    report = last["report"]
    assert (report["model"], report["questions"], report["right"]) == ("builtin", 2, 1)
    assert report["accuracy"] == 0.5
    assert main(("eval", file, "--limit", "1", "--least", "100", *where)) == 0
    assert "1 of 1 right (100.0%)" in capsys.readouterr().out
    assert main(("eval", file, "--least", "60", *where)) == 1


async def test_a_provider_of_the_data_folder_is_asked_with_its_price(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASKWIRE_SAMPLE", "false")
    sql = json.dumps({"sql": "SELECT COUNT(*) FROM orders"})
    asked = Calls(id="c", tool="run_sql", pieces=(sql,))
    file = questions(tmp_path, COUNT)
    where = ("--data", str(tmp_path / "data"))
    answers = (Answer(body=chat(Saying(calls=(asked,)))), Answer(body=chat(Saying(text=("60.",)))))
    async with api(*answers) as far:
        add = ("models", "add", "own", "--at", far.url, "--price", "10:100", "--no-test", *where)
        assert await asyncio.to_thread(main, add) == 0
        command = ("eval", file, "--model", "own/m", "--tell", "schema", "--json", *where)
        assert await asyncio.to_thread(main, command) == 0
    report = json.loads(capsys.readouterr().out.splitlines()[-1])["report"]
    assert (report["right"], report["rounds"]) == (1, 2)
    assert (report["input_tokens"], report["output_tokens"]) == (240, 60)
    assert report["cost"] == pytest.approx((240 * 10 + 60 * 100) / 1e6)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ({"question": "x"}, "line 1"),
        ({"question": "x", "sql": "SELECT 1", "path": None}, "`path` or `source`"),
        ({"question": "x", "sql": "DROP TABLE orders"}, "guard"),
    ],
)
def test_a_wrong_file_is_told_with_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], line: dict[str, Any], words: str
) -> None:
    file = questions(tmp_path, line)
    assert main(("eval", file, "--data", str(tmp_path / "data"))) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    ("expected", "found", "ordered", "same"),
    [
        ([[1, "a"], [2, "b"]], [["b", 2.0], ["a", 1.0]], False, True),
        ([[1, "a"], [2, "b"]], [["b", 2.0], ["a", 1.0]], True, False),
        ([[1], [1]], [[1], [2]], False, False),
        ([["1.50"]], [[1.5]], False, True),
        ([[0.1 + 0.2]], [[0.3]], False, True),
        ([[1, 2], [2, 1]], [[1, 1], [2, 2]], False, False),
        ([], [], True, True),
        ([[1]], [[1, 1]], False, False),
        ([[None]], [[""]], False, False),
    ],
)
def test_rows_are_the_same_in_any_order_of_columns(
    expected: Any, found: Any, ordered: bool, same: bool
) -> None:
    assert same_rows(expected, found, ordered=ordered) is same
