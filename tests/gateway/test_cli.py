"""The command line: what can be said, exit codes, what a pipe gets, and what is not imported."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.cli import main
from gateway.cli.parsing import parser
from tests.gateway.serving import make_shop

COMMANDS = (
    *("serve", "ask", "chat", "sessions", "replay"),
    *("export", "schema", "guard", "doctor", "version"),
)
ROOT = Path(__file__).parents[2]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return make_shop(tmp_path / "shop.sqlite")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == 0
    told = capsys.readouterr().out
    assert told.startswith(f"usage: askwire {command}")


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    told = capsys.readouterr().out
    assert [command for command in COMMANDS if f"\n    {command} " not in told] == []


@pytest.mark.parametrize(
    "argv",
    [
        [],
        ["fly"],
        ["ask"],
        ["ask", "?", "--mode", "brave"],
        ["serve", "--port", "70000"],
        ["ask", "   ", "--db", "x.db"],
        ["ask", "how many?", "--db", "not-there.db"],
        ["ask", "how many?", "--db", "x", "--url", "http://127.0.0.1:1"],
        ["serve", "--host", "0.0.0.0"],
        ["serve", "--source", "shop=not-there.db"],
        ["replay", "s", "--speed", "-1", "--data", "."],
        ["chat"],
    ],
    ids=" ".join,
)
def test_what_makes_no_sense_ends_with_two_and_says_why(
    argv: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(argv) == 2
    assert capsys.readouterr().err.strip()


def test_version_is_told_without_loading_the_server() -> None:
    code = (
        "import sys; from gateway.cli import main; main(['version']);"
        "heavy = {'litestar', 'granian', 'duckdb', 'sqlglot', 'rich', 'prompt_toolkit', 'msgspec',"
        " 'websockets', 'IPython', 'pandas', 'asyncio'};"
        "sys.exit(repr(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("askwire/")


def test_help_is_told_without_loading_anything_heavy() -> None:
    code = "import gateway.cli.parsing, sys; sys.exit('msgspec' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
    assert parser().prog == "askwire"


# --- ask ---


def test_ask_prints_table_and_answer(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "How many orders?", "--db", str(shop)]) == 0
    told = capsys.readouterr()
    assert "60" in told.out
    assert "\x1b" not in told.out


def test_a_chip_of_the_reading_is_changed_after_the_question(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    argv = ["ask", "How many orders?", "--db", str(shop)]
    assert main([*argv, "--change", "what=" + _other_measure(argv, capsys)]) == 0
    told = capsys.readouterr()
    readings = [line for line in told.err.splitlines() if line.startswith("How I read this")]
    assert len(readings) == 2
    assert readings[0] != readings[1]


def _other_measure(argv: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    assert main([*argv, "--json"]) == 0
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    plans = [r["content"] for r in records if r.get("content", {}).get("kind") == "plan"]
    return str(plans[0]["reading"][0]["choices"][0])


def test_a_chip_that_is_not_there_is_a_mistake_of_the_command(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    argv = ["ask", "How many orders?", "--db", str(shop), "--change", "colour=red"]
    assert main(argv) == 2
    assert "How I read this: 1 what number of orders" in capsys.readouterr().err


def test_ask_in_a_pipe_never_waits_for_a_person(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ask", "How many orders?", "--db", str(shop), "--mode", "full"]) == 3
    told = capsys.readouterr()
    assert "--yes" in told.err
    assert told.out == ""


def test_yes_approves_and_json_gives_records(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    argv = ["ask", "How many orders?", "--db", str(shop), "--mode", "full", "--yes", "--json"]
    assert main(argv) == 0
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    seqs = [record["seq"] for record in records]
    # Deltas of an item that is finished before they are read may be gone.
    assert seqs == sorted(set(seqs))
    types = [record["type"] for record in records]
    assert types.count("approval.requested") == types.count("approval.resolved") >= 1
    assert (types[0], types[-1]) == ("run.started", "run.finished")


def test_ask_about_a_file_leaves_nothing_behind(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(shop.parent.iterdir())
    main(["ask", "How many orders?", "--db", str(shop)])
    capsys.readouterr()
    assert sorted(shop.parent.iterdir()) == before


def test_a_source_that_is_not_there_is_a_mistake_of_the_command(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ask", "how many?", "--db", str(shop), "--source", "moon"]) == 2
    assert "moon" in capsys.readouterr().err


def test_no_server_there_is_a_failure_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "how many?", "--url", "http://127.0.0.1:9", "--patience", "0.2"]) == 1
    assert "did not answer" in capsys.readouterr().err


# --- What was kept ---


def test_what_was_asked_can_be_listed_replayed_exported_and_deleted(
    shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--data", str(tmp_path / "data")]
    assert main(["ask", "How many orders?", "--db", str(shop), *where]) == 0
    capsys.readouterr()

    assert main(["sessions", "--json", *where]) == 0
    (doing,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    session = doing["session"]
    assert doing["name"] == "How many orders?"

    assert main(["replay", session, "--json", *where]) == 0
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (records[0]["type"], records[-1]["type"]) == ("session.created", "run.finished")

    assert main(["replay", session, *where]) == 0
    assert "How many orders?" in capsys.readouterr().out

    assert main(["export", session, *where]) == 0
    page = capsys.readouterr().out
    assert page.startswith("# How many orders?\n")
    assert "```sql" in page

    notebook = tmp_path / "session.ipynb"
    assert main(["export", session, "--as", "notebook", "--to", str(notebook), *where]) == 0
    assert json.loads(notebook.read_text())["nbformat"] == 4

    assert main(["export", session, "--as", "csv", *where]) == 0
    assert "60" in capsys.readouterr().out

    assert main(["export", session, "--as", "json", *where]) == 0
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == records

    assert main(["sessions", "delete", session, *where]) == 0
    assert main(["sessions", "--json", *where]) == 0
    assert capsys.readouterr().out == ""


def test_a_session_that_is_not_there_is_said_to_be_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["replay", "s_none", "--data", str(tmp_path / "data")]) == 1
    assert "s_none" in capsys.readouterr().err


# --- The rest ---


@pytest.mark.parametrize(
    ("form", "start"),
    [("jsonschema", "{"), ("asyncapi", "{"), ("typescript", "/"), ("markdown", "#")],
)
def test_schema_is_printed_in_every_form(
    form: str, start: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["schema", "--as", form]) == 0
    assert capsys.readouterr().out.startswith(start)


def test_guard_says_what_may_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["guard", "--dialect", "sqlite", "SELECT 1"]) == 0
    assert main(["guard", "--dialect", "sqlite", "DELETE FROM orders"]) == 1
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["allowed"] for line in lines] == [True, False]


@pytest.mark.kernel
def test_doctor_looks_at_everything(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["doctor", "--json", "--data", str(tmp_path / "data"), "--port", "0"])
    looks = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    names = [look["what"] for look in looks]
    assert names[:8] == [
        *("python", "data", "disk", "page", "port", "model", "environment", "isolation")
    ]
    assert names[-1] == "python of kernels"
    assert all(look["how"] == "ok" or look["advice"] for look in looks)


def test_doctor_has_advice_for_a_folder_that_cannot_be_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from gateway.cli.checking import look_at_data
    from gateway.settings import Settings

    (tmp_path / "file").write_text("in the way")
    look = look_at_data(Settings(data=tmp_path / "file" / "data"))
    assert look.how == "wrong"
    assert look.advice is not None
