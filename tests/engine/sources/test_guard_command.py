"""`askwire guard` prints a line of JSON for each statement."""

import io
import json
from pathlib import Path

import pytest

from engine.sources.guard.command import guard_command


def test_one_statement(capsys: pytest.CaptureFixture[str]) -> None:
    assert guard_command(["--dialect", "sqlite", "SELECT 1 -- x", "--max-rows", "5"]) == 0
    line = json.loads(capsys.readouterr().out)
    assert line == {"allowed": True, "sql": "SELECT 1 LIMIT 6", "findings": []}


def test_a_refusal_is_exit_code_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert guard_command(["--dialect", "sqlite", "DROP TABLE t"]) == 1
    line = json.loads(capsys.readouterr().out)
    assert (line["allowed"], line["sql"]) == (False, None)
    assert line["findings"][0]["code"] == "not_a_query"


def test_a_file_of_statements(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "lines.jsonl"
    file.write_text(
        '{"dialect": "duckdb", "sql": "FROM t", "why": "x"}\n\n{"sql": "SELECT pg_sleep(1)"}\n'
    )
    assert guard_command(["--jsonl", str(file)]) == 1
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["allowed"] for line in lines] == [True, False]


def test_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO('{"dialect": "mysql", "sql": "SELECT 1"}\n'))
    assert guard_command(["--jsonl", "-"]) == 0
    assert json.loads(capsys.readouterr().out)["allowed"]


@pytest.mark.parametrize(
    "argv", [[], ["--jsonl", "/does/not/exist"], ["--what"], ["SELECT 1", "--jsonl", "-"]]
)
def test_senseless_arguments_are_exit_code_two(
    argv: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert guard_command(argv) == 2
    assert capsys.readouterr().err


def test_a_bad_line_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "lines.jsonl"
    file.write_text('{"sql": "SELECT 1"}\nnonsense\n')
    assert guard_command(["--jsonl", str(file)]) == 2
    assert "line 2" in capsys.readouterr().err
