"""Families of the API: all of one form, none leaning on another, each path told in the docs."""

import ast
import inspect
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar.handlers import BaseRouteHandler

from gateway.app import FAMILIES
from gateway.families.shape import Family
from tests.shape.tree import ROOT, text, tree

MOST_STATEMENTS = 10
FOLDER = Path("gateway/families")
NAMES = [family.name for family in FAMILIES]
OF_LITESTAR = {"get", "post", "put", "patch", "delete", "websocket", "websocket_listener"}


def handlers(family: Family) -> list[BaseRouteHandler]:
    """Return what a family answers with."""
    return [handler for handler in family.routes if isinstance(handler, BaseRouteHandler)]


def function_of(handler: BaseRouteHandler) -> Any:
    """Return the function behind a handler."""
    return inspect.unwrap(getattr(handler.fn, "func", handler.fn))


def modules(name: str) -> list[Path]:
    """Return the files of a family that have routes."""
    found = (path.relative_to(ROOT) for path in sorted((ROOT / FOLDER / name).glob("*.py")))
    return [path for path in found if path.name != "__init__.py" and "ROUTES" in assigned(path)]


def assigned(path: Path) -> set[str]:
    """Return the names that a module gives values to."""
    return {
        target.id
        for node in tree(path).body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def statements(node: ast.AST) -> int:
    """Count the statements of a function, its docstring and itself left out."""
    inner = sum(isinstance(part, ast.stmt) for part in ast.walk(node)) - 1
    return inner - bool(isinstance(node, ast.AsyncFunctionDef) and ast.get_docstring(node))


def handlers_in(path: Path) -> Iterator[ast.AsyncFunctionDef | ast.FunctionDef]:
    """Yield the functions of a module that answer requests."""
    for node in tree(path).body:
        if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef) and is_handler(node):
            yield node


def is_handler(node: ast.AsyncFunctionDef | ast.FunctionDef) -> bool:
    """Tell whether a function is decorated as an answer to requests."""
    called = (it.func for it in node.decorator_list if isinstance(it, ast.Call))
    return any(isinstance(name, ast.Name) and name.id in OF_LITESTAR for name in called)


@pytest.mark.parametrize("family", FAMILIES, ids=NAMES)
def test_every_operation_is_named_after_its_family_and_stands_once(family: Family) -> None:
    # A socket is no operation of OpenAPI.
    every = [it for it in handlers(family) if hasattr(it, "operation_id")]
    names = [str(it.operation_id) for it in every]
    assert [name for name in names if not re.fullmatch(rf"{family.name}(\.\w+){{1,2}}", name)] == []
    assert [name for name, count in Counter(names).items() if count > 1] == []


def test_no_method_and_path_is_answered_twice() -> None:
    taken = Counter(
        (method, re.sub(r"{\w+", "{", re.sub("/+", "/", f"{prefix}/{path}")))
        for family in FAMILIES
        for prefix in filter(None, (family.prefix, family.own))
        for handler in handlers(family)
        for path in handler.paths
        for method in getattr(handler, "http_methods", {"WebSocket"})
    )
    assert [place for place, count in taken.items() if count > 1] == []


@pytest.mark.parametrize("family", FAMILIES, ids=NAMES)
def test_every_operation_says_what_it_does(family: Family) -> None:
    silent = [it.handler_name for it in handlers(family) if not inspect.getdoc(function_of(it))]
    assert silent == []


@pytest.mark.parametrize("family", FAMILIES, ids=NAMES)
def test_every_operation_asks_who_it_is_or_says_that_anybody_may(family: Family) -> None:
    open_doors = [
        handler.handler_name
        for handler in handlers(family)
        if not handler.opt.get("public")
        and "caller" not in inspect.signature(function_of(handler)).parameters
        and "door" not in inspect.signature(function_of(handler)).parameters
    ]
    assert open_doors == []


@pytest.mark.parametrize("name", NAMES)
def test_handlers_translate_call_and_translate(name: str) -> None:
    long = {
        f"{path}:{node.name}": statements(node)
        for path in modules(name)
        for node in handlers_in(path)
        if statements(node) > MOST_STATEMENTS
    }
    assert long == {}


@pytest.mark.parametrize("name", NAMES)
def test_a_module_has_its_parts_in_order(name: str) -> None:
    """Structs, translations, handlers, ROUTES: whoever has read one module knows the others."""
    mixed: list[str] = []
    for path in modules(name):
        body = tree(path).body
        structs = [place for place, node in enumerate(body) if isinstance(node, ast.ClassDef)]
        functions = ast.AsyncFunctionDef | ast.FunctionDef
        works = [place for place, node in enumerate(body) if isinstance(node, functions)]
        last = body[-1]
        ends = isinstance(last, ast.Assign) and ast.unparse(last.targets[0]) == "ROUTES"
        if not ends or (structs and works and structs[-1] > works[0]):
            mixed.append(str(path))
    assert mixed == []


def test_every_module_of_routes_is_mounted() -> None:
    mounted = {id(handler) for family in FAMILIES for handler in family.routes}
    forgotten = [
        f"{name}.{path.stem}"
        for name in NAMES
        for path in modules(name)
        for handler in _module(path).ROUTES
        if id(handler) not in mounted
    ]
    assert forgotten == []


def _module(path: Path) -> Any:
    return __import__(".".join(path.with_suffix("").parts), fromlist=["ROUTES"])


@pytest.mark.parametrize("name", NAMES)
def test_no_family_leans_on_another(name: str) -> None:
    others = [f"gateway.families.{other}" for other in NAMES if other != name]
    leaning = [
        f"{path.name}: {module}"
        for path in (ROOT / FOLDER / name).glob("*.py")
        for module in imported(path.relative_to(ROOT))
        if any(f"{module}.".startswith(f"{other}.") for other in others)
    ]
    assert leaning == []


def imported(path: Path) -> list[str]:
    """Return the modules that a file imports."""
    found: list[str] = []
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom):
            found += [f"{node.module}.{it.name}" for it in node.names] + [str(node.module)]
        elif isinstance(node, ast.Import):
            found += [it.name for it in node.names]
    return found


def test_every_path_of_a_family_is_told_in_the_docs() -> None:
    missing = [
        path
        for family in FAMILIES
        for page in [text(page_of(family))]
        for handler in handlers(family)
        for path in (
            re.sub(r":(str|path)}", "}", re.sub("/+", "/", f"{family.prefix}/{it}"))
            for it in handler.paths
        )
        if f"`{path}`" not in page
    ]
    assert missing == []


def page_of(family: Family) -> Path:
    """Return the page that tells of a family: for ours the one for clients, else its ledger."""
    return Path("docs/client.md") if family.own is None else Path(f"docs/families/{family.name}.md")
