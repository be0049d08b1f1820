"""The repository as its rules see it: which files are in it, and what a Python file imports."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("protocol", "engine", "gateway", "client")


@cache
def files() -> tuple[Path, ...]:
    """Every file that is in git or is about to be, relative to the root."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    names = listed.stdout.decode().split("\0")
    return tuple(Path(name) for name in sorted(set(names)) if name and (ROOT / name).is_file())


def python_files(*folders: str) -> tuple[Path, ...]:
    """The Python files of the given folders, of all when none is given."""
    return tuple(
        path
        for path in files()
        if path.suffix == ".py"
        and (not folders or any(path.is_relative_to(folder) for folder in folders))
    )


def text(path: Path) -> str:
    """What is written in a file."""
    return (ROOT / path).read_text(encoding="utf-8")


@cache
def tree(path: Path) -> ast.Module:
    """A Python file, parsed."""
    return ast.parse(text(path), filename=str(path))


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """Line and full name of each module that a Python file imports, wherever it does so."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, "." * node.level + (node.module or "")
