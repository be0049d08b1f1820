"""What hostile SQL and Python get from the whole server, while another session does not notice."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from engine.models.scripted import call
from tests.gateway.serving import Served, Talk, serving

SAY = call("answer", "a", "fine", text="fine")
ENDLESS = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) AS c FROM n"
)
TEN_MILLION = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 10000000) SELECT i FROM n"
)

pytestmark = pytest.mark.kernel


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    """A server with short limits."""
    async with serving(
        tmp_path,
        [SAY] * 100,
        query_seconds=2.0,
        max_rows=1000,
        kernel_seconds=4.0,
        kernel_memory_mb=768,
        kernel_output_bytes=100_000,
    ) as found:
        yield found


async def begun(talk: Talk) -> str:
    session = (await talk.result(type="session.create"))["session"]
    await talk.result(type="session.follow", session=session)
    assert isinstance(session, str)
    return session


async def completed(talk: Talk, item: str) -> dict[str, Any]:
    """Collect records until this item is completed."""
    while True:
        for record in (await talk.hear("page"))["records"]:
            if record["type"] == "item.completed" and record["item"] == item:
                found: dict[str, Any] = record
                return found


async def notices_nothing(served: Served) -> None:
    """Another session asks and is answered as ever."""
    async with served.talk() as other:
        session = await begun(other)
        await other.result(type="run.start", session=session, text="how many?")
        assert (await other.records("run.finished"))[-1]["outcome"] == "answered"


DOES_MORE = (
    "DROP TABLE orders",
    "UPDATE orders SET amount = 0",
    "SELECT 1; DELETE FROM orders",
    "ATTACH DATABASE '/tmp/x.db' AS x",
    "SELECT load_extension('x')",
    "SELECT readfile('/etc/passwd')",
    "PRAGMA writable_schema = 1",
    "VACUUM INTO '/tmp/copy.db'",
)


async def test_sql_that_does_more_than_read_is_refused_in_words(served: Served) -> None:
    async with served.talk() as talk:
        session = await begun(talk)
        for sql in DOES_MORE:
            refusal = await talk.ask(type="query.run", session=session, source="shop", sql=sql)
            assert (refusal["code"], refusal["advice"]) == ("guard_refused", "fix"), sql
            assert len(refusal["detail"]) > 10


async def test_an_endless_query_ends_and_nobody_else_waits(served: Served) -> None:
    async with served.talk() as talk:
        session = await begun(talk)
        item = (await talk.result(type="query.run", session=session, source="shop", sql=ENDLESS))[
            "item"
        ]
        await notices_nothing(served)
        done = await completed(talk, item)
        assert (done["outcome"], done["error"]["code"]) == ("failed", "query_timeout")
        count = "SELECT COUNT(*) AS n FROM orders"
        item = (await talk.result(type="query.run", session=session, source="shop", sql=count))[
            "item"
        ]
        assert (await completed(talk, item)).get("outcome", "ok") == "ok"


async def test_a_query_can_be_stopped(served: Served) -> None:
    async with served.talk() as talk:
        session = await begun(talk)
        item = (await talk.result(type="query.run", session=session, source="shop", sql=ENDLESS))[
            "item"
        ]
        await talk.result(type="query.cancel", session=session, item=item)
        assert (await completed(talk, item))["outcome"] == "interrupted"


async def test_ten_million_rows_are_cut_and_said_to_be(served: Served) -> None:
    async with served.talk() as talk:
        session = await begun(talk)
        await talk.result(type="query.run", session=session, source="shop", sql=TEN_MILLION)
        while True:
            for record in (await talk.hear("page"))["records"]:
                content = record.get("content", {})
                if content.get("kind") == "table":
                    assert (content["row_count"], content["truncated"]) == (1000, True)
                    return


WRONG = (
    ("1/0", "python_error"),
    ("def (", "python_error"),
    ("while True: pass", "time_limit"),
)
DEADLY = (
    ("import os\nos.kill(os.getpid(), 9)", "kernel_died"),
    ("x = []\nwhile True: x.append(bytearray(10_000_000))", ""),
    ("import os\nfor _ in range(500): os.fork()", ""),
)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("codes", [WRONG, DEADLY], ids=["wrong", "deadly"])
async def test_hostile_python_ends_in_words_and_the_session_goes_on(
    served: Served, codes: tuple[tuple[str, str], ...]
) -> None:
    async with served.talk() as talk:
        talk.patience = 60.0  # a kernel that died is started anew
        session = await begun(talk)
        for code, error in codes:
            item = (await talk.result(type="kernel.execute", session=session, code=code))["item"]
            await notices_nothing(served)
            done = await completed(talk, item)
            assert done.get("outcome", "ok") == "failed", done
            assert done["error"]["message"]
            assert error in ("", done["error"]["code"]), done
            alive = {"type": "kernel.execute", "session": session, "code": "print('alive')"}
            item = (await talk.result(**alive))["item"]
            assert (await completed(talk, item)).get("outcome", "ok") == "ok", code


async def test_a_gigabyte_printed_is_cut(served: Served) -> None:
    async with served.talk() as talk:
        session = await begun(talk)
        code = "for _ in range(10_000): print('x' * 100_000)"
        await talk.result(type="kernel.execute", session=session, code=code)
        while True:
            for record in (await talk.hear("page"))["records"]:
                content = record.get("content", {})
                if content.get("kind") == "output":
                    assert content["truncated"]
                    assert len(content["stdout"]) <= 200_000
                    return


async def test_python_sees_nothing_of_the_server(served: Served) -> None:
    code = (
        "import os\n"
        "print(sorted(k for k in os.environ if 'ASKWIRE' in k or 'TOKEN' in k or 'SECRET' in k))\n"
        f"print(os.path.exists({str(served.settings.data / 'askwire.db')!r}))"
    )
    async with served.talk() as talk:
        session = await begun(talk)
        await talk.result(type="kernel.execute", session=session, code=code)
        while True:
            for record in (await talk.hear("page"))["records"]:
                content = record.get("content", {})
                if content.get("kind") == "output":
                    assert content["stdout"] == "[]\nFalse\n"
                    return


async def test_input_is_asked_answered_and_not_kept(served: Served) -> None:
    async with served.talk() as talk:
        session = await begun(talk)
        code = "import getpass\nname = getpass.getpass('Who? ')\nprint(len(name))"
        item = (await talk.result(type="kernel.execute", session=session, code=code))["item"]
        asked: dict[str, Any] = {}
        while not asked:
            for record in (await talk.hear("page"))["records"]:
                if record["type"] == "input.requested":
                    asked = record
        assert asked["password"] is True
        await talk.result(type="input.reply", session=session, input=asked["input"], text="hunter2")
        assert (await completed(talk, item)).get("outcome", "ok") == "ok"
    _, body, _ = await served.http("GET", f"/api/v1/sessions/{session}/events?after=0")
    assert b"hunter2" not in body


async def test_a_cell_can_be_interrupted(served: Served) -> None:
    async with served.talk() as talk:
        session = await begun(talk)
        code = "print('go', flush=True)\nwhile True: pass"
        item = (await talk.result(type="kernel.execute", session=session, code=code))["item"]
        while True:
            page = await talk.hear("page")
            if any(record["type"] == "item.delta" for record in page["records"]):
                break
        await talk.result(type="kernel.interrupt", session=session)
        assert (await completed(talk, item))["outcome"] in ("interrupted", "failed")
        await asyncio.sleep(0)
