"""Set-up itself: what its scripts promise, and that the words of `make` are kept."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.shape.tree import ROOT, files, text

SCRIPTS = [path for path in files() if path.suffix == ".sh" or path == Path(".ci/run")]


def step(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["setup/step.sh", "counting sheep", *command],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_step_that_works_takes_one_line() -> None:
    done = step("bash", "-c", "echo one; echo two >&2")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"  counting sheep \.\.\. +\d+ s\n", done.stdout)


def test_a_step_that_fails_says_why_and_with_what() -> None:
    done = step("bash", "-c", "echo one; echo two >&2; exit 7")
    assert done.returncode == 7
    assert "failed\n\none\ntwo\n" in done.stdout
    assert "bash -c echo one" in done.stdout


@pytest.mark.parametrize("script", SCRIPTS, ids=str)
def test_a_script_parses_and_can_be_started(script: Path) -> None:
    assert os.access(ROOT / script, os.X_OK)
    assert text(script).startswith("#!/usr/bin/env bash\n")
    subprocess.run(["bash", "-n", str(script)], cwd=ROOT, check=True)


def test_make_tells_of_every_target_it_has() -> None:
    makefile = text(Path("Makefile"))
    declared = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert declared
    told = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert set(declared[1].split()) == set(
        re.findall(r"^  make (\w+)\b(?! HOST)", told, re.MULTILINE)
    )


def test_continuous_integration_runs_what_people_run() -> None:
    assert re.search(r"^make test\b", text(Path(".ci/run")), re.MULTILINE)
