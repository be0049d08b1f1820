"""Where a session's Python runs is chosen while the server runs; a token goes in and never out."""

import json
import logging
from pathlib import Path
from typing import Any

import msgspec
import pytest

from engine.kernels.environment import MADE, find
from engine.kernels.isolation import Ground
from engine.kernels.jupyter_server import Remote
from engine.kernels.pool import KernelPool
from gateway.kernels import choice_of, remote_of
from gateway.settings import Settings, SettingsError
from protocol.ids import SessionId
from tests.engine.kernels.jupyter import TOKEN, a_jupyter_server
from tests.engine.kernels.talk import LIGHT, PYTHON, value
from tests.gateway.serving import Served, serving

BOSS = {"Authorization": "Bearer boss"}
ADA = {"Authorization": "Bearer ada"}


async def sent(served: Served, method: str, path: str, body: Any = None, **who: str) -> Any:
    raw = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", **(who or BOSS)}
    status, said, _ = await served.http(method, f"/api/v1/sessions/{path}", raw, headers)
    assert TOKEN.encode() not in said
    return status, json.loads(said or b"null")


async def created(served: Served, session: str, **who: str) -> None:
    body = json.dumps({"type": "session.create", "id": "1", "session": session}).encode()
    await served.http("POST", "/api/v1/commands", body, who or BOSS)


@pytest.mark.kernel
async def test_a_session_moves_to_another_server_and_back(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    known = {"token": "boss", "tokens": {"ada": "ada"}}
    async with a_jupyter_server(tmp_path) as remote, serving(tmp_path, **known) as served:
        await created(served, "s_1")
        await created(served, "s_ada", **ADA)
        assert await sent(served, "GET", "s_1/kernel") == (
            200,
            {"kind": "ipykernel", "url": None, "own": False, "isolation": "", "environment": ""},
        )
        there = {"kind": "jupyter_server", "url": f"{remote.url}/?token={TOKEN}"}
        status, said = await sent(served, "PUT", "s_1/kernel", there)
        assert (status, said["kind"], said["url"], said["own"]) == (
            *(200, "jupyter_server"),
            *(remote.url, True),
        )
        assert (await sent(served, "PUT", "s_1/kernel", {"kind": "jupyter_server"}))[0] == 400
        assert (await sent(served, "PUT", "s_ada/kernel", there, **ADA))[0] == 403
        assert (await sent(served, "GET", "s_1/kernel", **ADA))[0] == 403

        kernels = served.app.state.engine.world.kernels
        kernel = await kernels.get(SessionId("s_1"), tmp_path / "w")
        assert await value(kernel, "1 + 1") == "2"
        assert "remote" in (await sent(served, "GET", "s_1/kernel"))[1]["isolation"]
        assert (await sent(served, "PUT", "s_1/kernel", {"kind": "eval"}))[0] == 200
        moved = await kernels.get(SessionId("s_1"), tmp_path / "w")
        assert moved.isolation.startswith("L")
        assert (await sent(served, "DELETE", "s_1/kernel"))[0] == 204
        assert not (await sent(served, "GET", "s_1/kernel"))[1]["own"]
        await sent(served, "PUT", "s_1/kernel", there)
    async with serving(tmp_path, **known) as served:
        status, said = await sent(served, "GET", "s_1/kernel")
        assert (said["kind"], said["url"], said["own"]) == ("jupyter_server", remote.url, True)
        chosen = await served.app.state.engine.world.kernels.choice_of(SessionId("s_1"))
        assert chosen.remote == remote, "its token was kept too"
    assert TOKEN not in caplog.text
    left = [path for path in (tmp_path / "data").rglob("*") if path.is_file()]
    assert not any(TOKEN.encode() in path.read_bytes() for path in left)


def test_a_token_in_an_address_is_taken_out_of_it() -> None:
    remote = remote_of(f"http://me:pw@host:8888/lab/?token={TOKEN}")
    assert remote == Remote(url="http://host:8888/lab", token=TOKEN)
    assert TOKEN not in repr(remote)
    with pytest.raises(SettingsError):
        remote_of("file:///etc/passwd")


def test_settings_choose_the_home_of_all() -> None:
    settings = Settings(jupyter_url="http://host:8888", jupyter_token=TOKEN)
    assert choice_of(settings).remote == Remote(url="http://host:8888", token=TOKEN)
    assert choice_of(Settings(kernel="eval")).kind == "eval"


def test_a_python_of_ones_own_wins_over_what_set_up_made(tmp_path: Path) -> None:
    made = tmp_path / "kernel"
    (made / "lib/python3.11/site-packages/pandas-3.1.1.dist-info").mkdir(parents=True)
    assert find(tmp_path, "/server").words.startswith("the server's: ")
    (made / MADE).touch()
    assert find(tmp_path, "/server").words == "its own: pandas 3.1.1"
    assert "polars" in find(tmp_path, "/server").missing
    assert find(tmp_path, "/server", Path("/mine/bin/python")).python == "/mine/bin/python"


@pytest.mark.kernel
async def test_kernels_take_the_environment_of_their_own_once_it_is_made(tmp_path: Path) -> None:
    chosen = [find(Path("/nowhere"), PYTHON)]
    work = tmp_path / "work"
    settings = msgspec.structs.replace(LIGHT, warm=1, warm_up="import json", workspaces=work)
    ground = Ground(python=PYTHON, runs=tmp_path / "runs")
    pool = KernelPool(ground, settings, look=lambda: chosen[0])
    try:
        await pool.open()
        await pool.warmed()
        first = await pool.get(SessionId("s_1"), tmp_path / "work" / "s_1")
        assert first.environment.startswith("the server's")
        chosen[0] = find(Path("/nowhere"), "", Path(PYTHON))
        await pool.move_if_better()
        await pool.warmed()
        second = await pool.get(SessionId("s_2"), tmp_path / "work" / "s_2")
        assert second.environment == pool.environment
        assert second.environment.startswith("its own")
        assert await value(first, "'lives on'") == "'lives on'"
    finally:
        await pool.close()


@pytest.fixture(autouse=True)
def _everything_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
