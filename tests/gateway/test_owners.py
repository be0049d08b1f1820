"""Every operation, asked by somebody else and by nobody: neither learns or changes a thing."""

import json
import re
from pathlib import Path
from typing import Any

from tests.gateway.serving import Served, serving

ANN, BOB = "a-key-of-ann", "a-key-of-bob"
PUBLIC = re.compile(r"/health.*|/docs|/[a-z]+\.json|/api/v1/(me|login|logout)")
NO = (400, 401, 403, 404, 405, 409, 415, 422)


def key(token: str) -> dict[str, str]:
    """Return what says who is asking, on every family's paths."""
    return {"Authorization": f"Bearer {token}", "X-API-Key": token}


def filled(path: str, session: str) -> str:
    """Return a path with Ann's session, and her file, in their places."""
    path = re.sub(r"{session(_id)?}", session, path)
    path = re.sub(r"{(path|filename)}", "data/a.csv" if "/v1/" in path else "a.csv", path)
    return re.sub(r"{\w+}", "shop", path)


async def operations(served: Served) -> list[tuple[str, str]]:
    """Return method and path of everything that plain HTTP can do."""
    _, body, _ = await served.http("GET", "/openapi.json")
    paths: dict[str, dict[str, Any]] = json.loads(body)["paths"]
    return [(method.upper(), path) for path, item in paths.items() for method in item]


async def of_ann(served: Served) -> str:
    """Open a session of Ann's, with a file in it."""
    status, body, _ = await served.http("POST", "/api/sessions", b"{}", key(ANN))
    assert status == 201, body
    session = str(json.loads(body)["id"])
    form = (
        b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.csv"\r\n\r\nsecret\r\n'
        b"--x--\r\n"
    )
    edge = {"Content-Type": "multipart/form-data; boundary=x", **key(ANN)}
    status, body, _ = await served.http("POST", f"/api/sessions/{session}/files", form, edge)
    assert status == 201, body
    return session


async def state(served: Served, session: str) -> tuple[Any, Any]:
    """Return what Ann sees of her session, and of its files."""
    path = f"/api/sessions/{session}"
    _, seen, _ = await served.http("GET", path, headers=key(ANN))
    _, files, _ = await served.http("GET", f"{path}/files", headers=key(ANN))
    return json.loads(seen), json.loads(files)


async def test_a_session_is_its_callers_on_every_path_that_names_one(tmp_path: Path) -> None:
    async with serving(tmp_path, tokens={"ann": ANN, "bob": BOB}) as served:
        session = await of_ann(served)
        before = await state(served, session)
        asked = [it for it in await operations(served) if "{session" in it[1]]
        assert len(asked) > 30
        for method, path in asked:
            body = None if method in ("GET", "HEAD", "DELETE") else b"{}"
            status, told, _ = await served.http(method, filled(path, session), body, key(BOB))
            assert status in NO, (method, path, status, told)
            assert b"secret" not in told
        assert await state(served, session) == before


async def test_nobody_comes_further_than_the_door(tmp_path: Path) -> None:
    async with serving(tmp_path, tokens={"ann": ANN, "bob": BOB}) as served:
        session = await of_ann(served)
        for method, path in await operations(served):
            if PUBLIC.fullmatch(path):
                continue
            body = None if method in ("GET", "HEAD", "DELETE") else b"{}"
            status, told, _ = await served.http(method, filled(path, session), body)
            assert status == 401, (method, path, status, told)
