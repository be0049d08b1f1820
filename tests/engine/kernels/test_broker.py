"""Data in Python: calls from the kernel, answered by the server."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from engine.kernels.broker import Broker, Request
from engine.kernels.isolation import Ground
from engine.kernels.pool import KernelPool
from engine.ports import (
    Handed,
    Kernel,
    Raised,
    ShownTable,
    SourceFailed,
    Wanted,
)
from protocol.choices import KernelHome
from protocol.ids import SessionId
from protocol.items import Cell, Column, ErrorInfo
from tests.engine.kernels.talk import LIGHT, LIMITS, POOL, ended, said, value

pytestmark = [pytest.mark.kernel, pytest.mark.asyncio(loop_scope="module")]

KINDS = {
    "n": ("integer", 1),
    "big": ("int64", "9007199254740993"),
    "price": ("decimal", "1.10"),
    "at": ("timestamptz", "2024-01-02T03:04:05+00:00"),
    "day": ("date", "2024-01-02"),
    "text": ("text", "x"),
}


class Desk:
    """A desk that remembers its calls."""

    def __init__(self) -> None:
        self.calls: list[tuple[SessionId, Wanted]] = []
        self.asked = asyncio.Event()
        self.cancelled = asyncio.Event()

    async def hand(self, session: SessionId, wanted: Wanted) -> Handed:
        self.calls.append((session, wanted))
        match wanted.arguments.get("sql"):
            case "never":
                self.asked.set()
                try:
                    await asyncio.Event().wait()
                except asyncio.CancelledError:
                    self.cancelled.set()
                    raise
            case "bad":
                raise SourceFailed("guard_refused", "Only SELECT may run.", "Leave out DROP.")
        if wanted.action == "ask":
            return Handed(value="blue")
        columns = tuple(Column(name=name, type=kind) for name, (kind, _) in KINDS.items())  # type: ignore[arg-type]
        return Handed(columns=columns, pages=_pages(), truncated=True)

    async def home(self, session: SessionId) -> KernelHome | None:
        return None

    def lost(self, session: SessionId, why: ErrorInfo) -> None:
        """Nobody listens."""


async def _pages() -> AsyncIterator[list[list[Cell]]]:
    yield [[cell for _, cell in KINDS.values()]]
    yield [[None] * len(KINDS)]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def place(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[tuple[KernelPool, Desk, Path]]:
    folder = tmp_path_factory.mktemp("broker")
    desk = Desk()
    pool = KernelPool(Ground(python=sys.executable, runs=folder / "runs"), POOL, desk)
    try:
        yield pool, desk, folder
    finally:
        await pool.close()


@pytest_asyncio.fixture(loop_scope="module")
async def kernel(place: tuple[KernelPool, Desk, Path]) -> Kernel:
    pool, _, folder = place
    return await pool.get(SessionId("s_b"), folder / "w")


async def test_a_query_gives_a_frame_with_real_types(
    kernel: Kernel, place: tuple[KernelPool, Desk, Path]
) -> None:
    code = "import askwire\ndf = askwire.query('SELECT 1', source='shop')\ndf"
    outputs = await said(kernel, code)
    table = next(o for o in outputs if isinstance(o, ShownTable))
    assert [c.type for c in table.columns] == [
        *("integer", "int64", "decimal", "timestamptz", "timestamp", "text"),
    ]
    assert table.rows[0][:3] == [1, "9007199254740993", "1.10"]
    assert table.rows[1] == [None] * len(KINDS)
    session, request = place[1].calls[-1]
    assert session == "s_b"
    arguments = {"sql": "SELECT 1", "source": "shop", "anyway": False}
    assert request == Wanted(action="query", arguments=arguments)


async def test_a_table_of_the_session_and_a_question(kernel: Kernel) -> None:
    assert await value(kernel, "len(askwire.table('r_1'))") == "2"
    assert await value(kernel, "askwire.ask('Which colour?')") == "'blue'"


async def test_a_refusal_is_an_exception_in_words(kernel: Kernel) -> None:
    outputs = await said(kernel, "askwire.query('bad')")
    raised = next(o for o in outputs if isinstance(o, Raised))
    assert (raised.name, raised.message) == ("Refused", "Only SELECT may run. Leave out DROP.")
    assert "askwire.query(" in raised.traceback
    for ours in ("sock", "contextlib", "askwire.py"):
        assert ours not in raised.traceback


async def test_an_interrupt_cancels_the_call(
    kernel: Kernel, place: tuple[KernelPool, Desk, Path]
) -> None:
    desk = place[1]
    running = asyncio.ensure_future(said(kernel, "askwire.query('never')"))
    await desk.asked.wait()
    await kernel.interrupt()
    assert ended(await running).outcome == "interrupted"
    async with asyncio.timeout(15):
        await desk.cancelled.wait()


async def test_waiting_for_the_server_is_not_the_codes_time(tmp_path: Path) -> None:
    told: list[bool] = []
    broker = Broker(Desk(), told.append)
    broker.session = SessionId("s_b")
    await broker.listen(tmp_path / "broker", None)
    reader, writer = await asyncio.open_unix_connection(tmp_path / "broker")
    writer.write(msgspec.json.encode(Request(action="ask", token=broker.token)) + b"\n")
    assert b"blue" in await reader.readline()
    await reader.read()
    assert told == [True, False]
    writer.close()
    await broker.close()


async def test_garbage_is_answered_or_hung_up_on(kernel: Kernel) -> None:
    code = """
import socket
def call(data):
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(askwire.PLACE['socket'])
        s.sendall(data)
        s.shutdown(socket.SHUT_WR)
        return s.recv(1000)
[call(b'junk\\n'), call(b'{"action": "drop"}\\n'), call(b'{"action": "ask"}\\n'), call(b'no end')]
"""
    text = await value(kernel, code)
    assert text.count("bad_call") == 3
    assert text.endswith("b'']")


async def test_without_a_handler_the_call_says_so(tmp_path: Path) -> None:
    pool = KernelPool(Ground(python=sys.executable, runs=tmp_path / "runs"), LIGHT)
    try:
        kernel = await pool.get(SessionId("s_1"), tmp_path / "w")
        outputs = await said(kernel, "askwire.query('SELECT 1')", LIMITS)
    finally:
        await pool.close()
    assert [o.name for o in outputs if isinstance(o, Raised)] == ["Refused"]


async def test_what_is_saved_lies_among_the_artifacts(
    kernel: Kernel, place: tuple[KernelPool, Desk, Path]
) -> None:
    code = "import pandas as pd\naskwire.save(pd.DataFrame({'a': [1]}), '../../out.csv')"
    assert await value(kernel, code) == "'artifacts/out.csv'"
    assert (place[2] / "w" / "artifacts" / "out.csv").read_text() == "a\n1\n"
