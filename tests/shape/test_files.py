"""How files are named, how long they are, and what must not stand in them."""

import ast
import re
from pathlib import Path

from tests.shape.tree import PACKAGES, files, python_files, text, tree

CODE = {".py", ".ts", ".js", ".svelte", ".css", ".sql", ".sh"}
MOST_LINES = 400
MADE_BY_MACHINES = re.compile(r"(^|/)(generated|golden)/|lock")

# Names that say where something was put instead of what it is.
NO_NAMES = {"base", "common", "helper", "helpers", "manager", "misc", "service", "util", "utils"}


def code() -> list[Path]:
    return [
        path
        for path in files()
        if (path.suffix in CODE or path.name == "Makefile")
        and not MADE_BY_MACHINES.search(path.as_posix())
    ]


def test_no_file_is_too_long_to_read_in_one_sitting() -> None:
    lengths = {str(path): len(text(path).splitlines()) for path in code()}
    assert {path: lines for path, lines in lengths.items() if lines > MOST_LINES} == {}


def test_every_file_and_folder_is_named_for_what_it_is() -> None:
    vague = [
        path
        for path in files()
        if path.suffix in CODE - {".css", ".sql"}
        for part in path.with_suffix("").parts
        if NO_NAMES & set(re.split(r"[._-]", part.lower()))
    ]
    assert vague == []


def test_every_module_says_what_it_is() -> None:
    silent = [
        path
        for path in python_files(*PACKAGES)
        if tree(path).body and not ast.get_docstring(tree(path))
    ]
    assert silent == []


def test_no_path_of_anybodys_machine_is_written_down() -> None:
    # A home folder with something in it, or a place to work: nobody else has those.
    private = re.compile(r"(?<![\w.~-])/(?:root/\w|(?:home|Users)/\w+/|work/(?:main|shared)\b)")
    found = [
        f"{path}:{number}: {line.strip()[:80]}"
        for path in files()
        if path.suffix in CODE | {".md", ".toml", ".cfg", ".ini", ".yaml", ".yml", ".json"}
        or not path.suffix
        for number, line in enumerate(text(path).splitlines(), 1)
        if private.search(line) and path != Path("tests/shape/test_files.py")
    ]
    assert found == []
