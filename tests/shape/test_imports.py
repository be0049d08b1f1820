"""Who may lean on whom, as far as single files can tell; import-linter follows the chains."""

import ast
import sys
from pathlib import Path

import pytest

from tests.shape.tree import imported, python_files, text, tree

# Everything that a folder may import beside the standard library and itself.
MAY_IMPORT = {
    "protocol": {"msgspec"},
    "gateway/dialects": {"msgspec", "protocol"},
    "client": {"httpx", "msgspec", "protocol", "websockets"},
}

# Nothing in these waits for anything: they are told what has happened and say what follows.
PURE = (
    "engine/session.py",
    "engine/snapshot.py",
    "engine/gates.py",
    "engine/state.py",
    "engine/folds.py",
    "engine/effects.py",
    "engine/rules",
    "gateway/dialects",
)

CLOCKS = {"datetime.now", "datetime.utcnow", "date.today", "time.time", "time.monotonic", "uuid4"}


@pytest.mark.parametrize("folder", MAY_IMPORT)
def test_a_folder_imports_only_what_it_may(folder: str) -> None:
    may = MAY_IMPORT[folder] | set(sys.stdlib_module_names)
    inside = folder.replace("/", ".")
    found = [
        f"{path}:{line}: {name}"
        for path in python_files(folder)
        for line, name in imported(path)
        if name.split(".")[0] not in may and not f"{name}.".startswith(f"{inside}.")
    ]
    assert found == []


def test_one_module_has_one_name() -> None:
    relative = [
        f"{path}:{line}: {name}"
        for path in python_files()
        for line, name in imported(path)
        if name.startswith(".")
    ]
    assert relative == []


def test_deciding_never_waits() -> None:
    waits = (ast.AsyncFunctionDef, ast.AsyncFor, ast.AsyncWith, ast.Await)
    found = [
        f"{path}:{node.lineno}"
        for path in python_files(*PURE)
        for node in ast.walk(tree(path))
        if isinstance(node, waits)
    ]
    assert found == []


def test_deciding_looks_at_no_clock_and_makes_no_ids() -> None:
    found = [
        f"{path}: {word}" for path in python_files(*PURE) for word in CLOCKS if word in text(path)
    ]
    assert found == []


def test_only_settings_read_the_environment_while_modules_load() -> None:
    """Two apps in one process would share what is read then (law 9)."""
    found = [
        f"{path}:{node.lineno}"
        for path in python_files()
        if path != Path("gateway/settings.py")
        for node in _run_on_import(tree(path))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and (node.value.id, node.attr) in {("os", "environ"), ("os", "getenv")}
    ]
    assert found == []


def _run_on_import(module: ast.Module) -> list[ast.AST]:
    """Every node that runs when the module is imported: not the insides of functions."""
    found: list[ast.AST] = []
    waiting: list[ast.AST] = [module]
    while waiting:
        node = waiting.pop()
        found.append(node)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            # Decorators and default values do run.
            waiting += [*node.decorator_list, *node.args.defaults]
            waiting += [value for value in node.args.kw_defaults if value is not None]
        elif not isinstance(node, ast.Lambda):
            waiting += ast.iter_child_nodes(node)
    return found
