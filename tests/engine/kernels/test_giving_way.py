"""A kernel that computes gives way to the server."""

from pathlib import Path

import pytest

from engine.kernels.inside.launch import GIVES_WAY
from protocol.ids import SessionId
from tests.engine.kernels.talk import LIGHT, a_pool, value


@pytest.mark.kernel
async def test_a_kernel_is_nicer_than_the_server(tmp_path: Path) -> None:
    async with a_pool(tmp_path, LIGHT) as pool:
        kernel = await pool.get(SessionId("s_nice"), tmp_path / "work")
        assert int(await value(kernel, "import os; os.nice(0)")) >= GIVES_WAY
