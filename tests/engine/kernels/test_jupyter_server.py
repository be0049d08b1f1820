"""Kernels of a Jupyter Server: what goes wrong on the way, and what must stay secret."""

from pathlib import Path

import pytest

from engine.kernels.jupyter_server import Remote, RemoteKernels
from engine.ports import KernelFailed, ShownTable
from protocol.ids import SessionId
from tests.engine.kernels.jupyter import TOKEN, a_jupyter_server
from tests.engine.kernels.talk import said

pytestmark = pytest.mark.kernel
S = SessionId("s_1")


def test_the_token_is_shown_nowhere() -> None:
    remote = Remote(url=f"http://user:{TOKEN}@host:1/base/?token={TOKEN}", token=TOKEN)
    assert TOKEN not in repr(remote)
    assert remote.shown == "http://host:1/base"


async def test_a_server_that_is_not_there_is_told_of_without_the_token() -> None:
    kernels = RemoteKernels(Remote(url="http://127.0.0.1:9", token=TOKEN))
    with pytest.raises(KernelFailed) as failed:
        await kernels.get(S, Path())
    assert failed.value.info.code == "kernel_server_down"
    assert TOKEN not in str(failed.value.info)
    assert kernels.current(S) is None
    await kernels.close()


async def test_a_real_server_gives_kernels_and_refuses_strangers(tmp_path: Path) -> None:
    async with a_jupyter_server(tmp_path) as remote:
        stranger = RemoteKernels(Remote(url=remote.url, token="wrong"))
        with pytest.raises(KernelFailed) as failed:
            await stranger.get(S, tmp_path)
        assert failed.value.info.code == "kernel_server_refused"
        assert failed.value.info.hint == "Check its token."

        kernels = RemoteKernels(remote)
        kernel = await kernels.get(S, tmp_path)
        assert kernel.isolation.startswith("remote: ")
        assert TOKEN not in kernel.isolation
        outputs = await said(kernel, "import pandas as pd\npd.DataFrame({'a': [1]})")
        assert isinstance(outputs[0], ShownTable)
        assert await kernels.get(S, tmp_path) is kernel
        await kernels.release(S)
        assert kernels.current(S) is None
        await kernels.close()
