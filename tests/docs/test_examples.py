"""Examples in the docs do what they say, against a real server with the real model."""

import asyncio
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from engine.models.builtin.analyst import Builtin
from tests.docs.pages import ADDRESS, Example, examples
from tests.gateway.serving import Served, serving
from tests.shape.tree import ROOT

TSC = ROOT / "web" / "node_modules" / "typescript" / "bin" / "tsc"
WIRE = ROOT / "web" / "src" / "wire"


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    folder = tmp_path / "server"
    folder.mkdir()
    async with serving(folder, models={"builtin": Builtin()}) as server:
        yield server


async def said_by(example: Example, server: Served, folder: Path) -> str:
    """Run an example in a process of its own and return what it printed."""
    code = example.code.replace(ADDRESS, f"127.0.0.1:{server.port}")
    command = ("bash", "-euc") if example.language == "sh" else (sys.executable, "-c")
    process = await asyncio.create_subprocess_exec(
        *command,
        code,
        cwd=folder,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(60):
            out, err = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode == 0, err.decode()
    return out.decode()


@pytest.mark.e2e
@pytest.mark.parametrize("example", examples("python", "sh"), ids=lambda it: it.name)
async def test_an_example_does_what_it_says(
    example: Example, served: Served, tmp_path: Path
) -> None:
    if example.language == "sh" and not shutil.which("curl"):
        pytest.skip("needs curl")
    assert example.word is not None
    assert example.word in await said_by(example, served, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("example", examples("ts"), ids=lambda it: it.name)
def test_an_example_in_typescript_has_the_right_types(example: Example, tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None or not TSC.is_file():
        pytest.skip("needs Node.js and the page's packages")
    file = tmp_path / "example.ts"
    file.write_text(example.code.replace("'./connect'", f"'{WIRE.as_posix()}/connect'"))
    options = "--noEmit --strict --skipLibCheck --target esnext --lib esnext,dom,dom.iterable"
    options += " --module esnext --moduleResolution bundler --moduleDetection force --ignoreConfig"
    done = subprocess.run(
        [node, str(TSC), *options.split(), str(file)],
        cwd=WIRE,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == ""
    assert done.returncode == 0


def test_there_are_examples_in_each_language() -> None:
    assert {it.language for it in examples("python", "sh", "ts")} == {"python", "sh", "ts"}
