"""The terminal against a server: the same words as against a file."""

import json
from pathlib import Path

import pytest

from gateway.cli import main
from tests.e2e.servers import Server

pytestmark = pytest.mark.e2e


def test_what_is_asked_of_a_server_is_kept_there(
    server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--url", server.url]
    question = "How many orders per region?"
    assert main(["ask", question, "--mode", "full", *where]) == 3
    assert "--yes" in capsys.readouterr().err

    assert main(["ask", question, "--mode", "full", "--yes", *where]) == 0
    assert "north" in capsys.readouterr().out

    assert main(["sessions", "--json", *where]) == 0
    session, rejected = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert session["name"] == rejected["name"] == question

    assert main(["replay", session["session"], "--json", *where]) == 0
    records = capsys.readouterr().out
    assert json.loads(records.splitlines()[-1])["type"] == "run.finished"
    assert main(["export", session["session"], "--as", "json", *where]) == 0
    assert capsys.readouterr().out == records

    for form, start in (("markdown", b"# How"), ("csv", b"region"), ("notebook", b"{")):
        file = tmp_path / form
        assert main(["export", session["session"], "--as", form, "--to", str(file), *where]) == 0
        assert file.read_bytes().removeprefix(b"\xef\xbb\xbf").startswith(start)

    assert main(["sessions", "archive", rejected["session"], *where]) == 0
    capsys.readouterr()
    assert main(["sessions", "--archived", "--json", *where]) == 0
    (archived,) = capsys.readouterr().out.splitlines()
    assert json.loads(archived)["session"] == rejected["session"]


def test_a_folder_that_a_server_uses_is_left_to_it(
    server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sessions", "--data", str(server.data)]) == 2
    assert "--url" in capsys.readouterr().err
