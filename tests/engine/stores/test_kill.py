"""SIGKILL at any moment loses nothing that was acknowledged, and leaves no gap."""

import random
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from engine.stores.sqlite import SqliteStore
from protocol.ids import CallerId, Epoch, Key, SessionId
from tests.contracts.stores import seqs_of

ROOT = Path(__file__).parents[3]
TIMES = 20
SESSIONS = [SessionId(f"s_{n}") for n in range(4)]
CALLER = CallerId("local")

CHILD = """
import asyncio, os, sys
from pathlib import Path
from engine.ports import Append, Receipt
from engine.stores.sqlite import SqliteStore
from protocol.pages import Page

def page(session, after, upto):
    records = b",".join(b'{"seq":%d}' % seq for seq in range(after + 1, upto + 1))
    return Page(session=session, epoch="e_1", after=after, upto=upto, records=records)

async def write(store, session):
    head = await store.head(session)
    after = head.upto if head else 0
    while True:
        upto = after + 1 + after % 7
        receipt = Receipt(caller="local", key=f"{session}:{upto}", reply=b"{}")
        wish = Append(page=page(session, after, upto), decisive=upto % 5 == 0, receipt=receipt)
        await store.append(wish)
        os.write(1, b"%s %d\\n" % (session.encode(), upto))
        if after and after % 11 == 0:
            await store.replace(page(session, after, upto))
        after = upto

async def main():
    async with SqliteStore(Path(sys.argv[1])) as store:
        async with asyncio.TaskGroup() as group:
            for session in sys.argv[2:]:
                group.create_task(write(store, session))

asyncio.run(main())
"""


def acknowledged_until_killed(path: Path, lines: int) -> dict[SessionId, int]:
    """Let a process write, kill it after so many acknowledgements, and return the last of each."""
    command = [sys.executable, "-c", CHILD, str(path), *SESSIONS]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as child:
        assert child.stdout is not None
        said = [child.stdout.readline() for _ in range(lines)]
        child.send_signal(signal.SIGKILL)
        # What it still said before it died counts as well.
        said += child.stdout.read().splitlines(keepends=True)
    found = [re.fullmatch(rb"(\S+) (\d+)\n", line) for line in said]
    return {SessionId(hit[1].decode()): int(hit[2]) for hit in found if hit}


async def places_kept(store: SqliteStore, session: SessionId) -> list[int]:
    seqs: list[int] = []
    after = 0
    while page := await store.read(session, after):
        assert (page.after, page.epoch) == (after, Epoch("e_1"))
        seqs += seqs_of(page)
        after = page.upto
    return seqs


@pytest.mark.slow
async def test_nothing_acknowledged_is_lost_when_the_process_is_killed(tmp_path: Path):
    path = tmp_path / "log.db"
    chance = random.Random()
    seed = chance.randrange(1 << 32)
    print("seed", seed)
    chance.seed(seed)
    acknowledged: dict[SessionId, int] = {}
    for _ in range(TIMES):
        said = acknowledged_until_killed(path, chance.randint(1, 400))
        acknowledged |= said
        async with SqliteStore(path) as store:
            for session in SESSIONS:
                head = await store.head(session)
                upto = head.upto if head else 0
                assert upto >= acknowledged.get(session, 0)
                assert await places_kept(store, session) == list(range(1, upto + 1))
            for session, last in said.items():
                assert await store.receipt(CALLER, Key(f"{session}:{last}")) == b"{}"
    assert acknowledged
