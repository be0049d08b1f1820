"""The weaknesses of DSAgent's server, W1 to W25 of the contract: each has a test of its name."""

import ast
import re
from pathlib import Path

FILES = Path(__file__).parent.glob("test_dsagent_weak_*.py")


def test_each_weakness_is_shown_not_to_be_here() -> None:
    tests = [
        node.name
        for path in FILES
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.AsyncFunctionDef)
    ]
    shown = {int(found[1]) for name in tests if (found := re.match(r"test_w(\d\d)_", name))}
    assert shown == set(range(1, 26))
