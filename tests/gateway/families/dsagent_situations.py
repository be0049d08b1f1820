"""What there is before a request to DSAgent's API is sent."""

import json
from collections.abc import Mapping
from typing import Any, Final

from tests.gateway.families.golden import Situation
from tests.gateway.families.playing import BROKEN, HOW_MANY, WHICH
from tests.gateway.serving import Served

KEY: Final = "a-key-of-ada"
SETTINGS: Final[dict[str, Any]] = {"tokens": {"ada": KEY}, "dsagent_upload_mb": 0.001}
HEADERS: Final = {"X-API-Key": KEY, "Content-Type": "application/json"}


async def send(served: Served, method: str, path: str, body: Any = None) -> Any:
    """Send a request that is granted, and return its answer."""
    data = None if body is None else json.dumps(body).encode()
    status, answer, _ = await served.http(method, path, data, HEADERS)
    assert status < 300, answer
    return json.loads(answer) if answer else None


async def nothing(served: Served) -> Mapping[str, str]:
    """No session is needed."""
    return {"key": KEY}


async def session(served: Served, **fields: Any) -> dict[str, str]:
    """A session in which nothing was done."""
    made = await send(served, "POST", "/api/sessions", {"name": "Orders", **fields})
    return {"key": KEY, "session": made["id"]}


async def asked(served: Served, text: str = HOW_MANY, **fields: Any) -> dict[str, str]:
    """A session whose one question was answered, or waits for a person."""
    known = await session(served, **fields)
    command = {"id": "1", "type": "run.start", "session": known["session"], "text": text}
    headers = {"Authorization": f"Bearer {KEY}"}
    body = json.dumps(command).encode()
    status, answer, _ = await served.http("POST", "/api/v1/commands", body, headers)
    assert status == 200, answer
    await served.app.state.engine.rest()
    return known


async def careful(served: Served) -> Mapping[str, str]:
    """A session that asks before everything, and in which nothing was done."""
    return await session(served, hitl_mode="full")


async def waiting_plan(served: Served) -> Mapping[str, str]:
    """A session whose plan waits."""
    return await asked(served, hitl_mode="plan_only")


async def waiting_code(served: Served) -> Mapping[str, str]:
    """A session whose code waits, its plan approved."""
    known = await asked(served, hitl_mode="full")
    await send(served, "POST", f"/api/sessions/{known['session']}/hitl/approve")
    await served.app.state.engine.rest()
    return known


async def waiting_error(served: Served) -> Mapping[str, str]:
    """A session whose failed code waits."""
    return await asked(served, BROKEN, hitl_mode="on_error")


async def waiting_answer(served: Served) -> Mapping[str, str]:
    """A session whose answer waits, its plan approved."""
    known = await asked(served, hitl_mode="plan_and_answer")
    await send(served, "POST", f"/api/sessions/{known['session']}/hitl/approve")
    await served.app.state.engine.rest()
    return known


async def waiting_question(served: Served) -> Mapping[str, str]:
    """A session whose model asks the person something."""
    return await asked(served, WHICH)


async def with_file(served: Served) -> Mapping[str, str]:
    """A session with a file in each category."""
    known = await session(served)
    engine = served.app.state.engine

    async def text() -> Any:
        yield b"a,b\n1,2\n"

    for category, name in (
        ("data", "table.csv"),
        ("artifacts", "chart.png"),
        ("notebooks", "old.ipynb"),
    ):
        await engine.world.files.store(known["session"], name, text(), category)
    return known


async def archived(served: Served) -> Mapping[str, str]:
    """A session that was put away."""
    known = await session(served)
    await send(served, "POST", f"/api/sessions/{known['session']}/archive")
    return known


async def with_kernel(served: Served) -> Mapping[str, str]:
    """A session whose kernel holds `n` and nothing else; the same one for all, as it takes long."""
    state = served.app.state
    if not hasattr(state, "with_kernel"):
        state.with_kernel = await session(served)
    known: Mapping[str, str] = state.with_kernel
    path = f"/api/sessions/{known['session']}/kernel/execute"
    await send(served, "POST", path, {"code": "n = 41"})
    return known


SITUATIONS: Final[dict[str, Situation]] = {
    "nothing": nothing,
    "session": session,
    "asked": asked,
    "file": with_file,
    "archived": archived,
    "kernel": with_kernel,
    "careful": careful,
    "waiting-plan": waiting_plan,
    "waiting-code": waiting_code,
    "waiting-error": waiting_error,
    "waiting-answer": waiting_answer,
    "waiting-question": waiting_question,
}
