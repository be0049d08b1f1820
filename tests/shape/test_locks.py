"""What is installed is pinned, and where it comes from is nobody's business but the installer's."""

import json
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest

from tests.shape.tree import PACKAGES, ROOT, files, imported, python_files, text

PYTHON_LOCKS = [
    path for path in files() if path.parent == Path("requirements") and path.suffix == ".lock"
]
ADDRESS = re.compile(r"\w+://|--(?:extra-)?index-url|--find-links|--trusted-host")
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)")


def project() -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads(text(Path("pyproject.toml")))["project"]
    return found


def plain(name: str) -> str:
    """A package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(path: Path) -> dict[str, str]:
    """Name and version of each package in a lock file."""
    found = (PINNED.match(line) for line in text(path).splitlines())
    return {plain(match[1]): match[2] for match in found if match}


@pytest.mark.parametrize("path", PYTHON_LOCKS, ids=str)
def test_a_python_lock_pins_by_hash_and_names_no_address(path: Path) -> None:
    entries = re.split(r"\n(?=[A-Za-z0-9])", text(path).split("\n", 2)[2])
    for entry in entries:
        assert PINNED.match(entry), entry
        assert "--hash=sha256:" in entry, entry
    assert not ADDRESS.search(text(path))


def test_the_lock_for_serving_holds_what_the_project_asks_for() -> None:
    wanted = {plain(re.split(r"[<>=!~\[; ]", need)[0]) for need in project()["dependencies"]}
    assert wanted <= pinned(Path("requirements/serve.lock")).keys()


def test_every_package_that_is_imported_is_asked_for_by_name() -> None:
    """What another package happens to bring may be gone with its next version."""
    wanted = {plain(re.split(r"[<>=!~\[; ]", need)[0]) for need in project()["dependencies"]}
    brought_by = packages_distributions()
    silent = {
        f"{path}: {root}"
        for path in python_files(*PACKAGES)
        for _, name in imported(path)
        if (root := name.split(".")[0]) not in {*PACKAGES, *sys.stdlib_module_names}
        if not wanted & {plain(package) for package in brought_by.get(root, [root])}
    }
    assert silent == set()


def test_developing_and_serving_use_the_same_versions() -> None:
    serve, dev = pinned(Path("requirements/serve.lock")), pinned(Path("requirements/dev.lock"))
    assert serve.items() <= dev.items()


def test_the_npm_lock_pins_by_hash_and_names_no_address() -> None:
    lock = json.loads(text(Path("web/package-lock.json")))
    for name, package in lock["packages"].items():
        if not name or package.get("link"):
            continue
        assert "resolved" not in package, f"{name} names an address"
        assert package.get("integrity") or package.get("inBundle"), f"{name} has no hash"
    assert "omit-lockfile-registry-resolved=true" in text(Path("web/.npmrc"))


def test_nothing_else_tells_an_installer_where_to_look() -> None:
    told = [name for name in ("pip.conf", ".pypirc", "uv.toml", ".npmrc") if (ROOT / name).exists()]
    assert told == []
