"""How near the SQLite store comes to plain `executemany`, in one run on one machine.

    python -m bench.store [seconds per figure]

The floor writes the same pages from one thread with nothing else to do: no event loop, no heads, no
conflicts, 200 pages a commit. Figures are pages per second; a ratio of 1.00 is the floor.
"""

import asyncio
import sqlite3
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from engine.ports import Append
from engine.stores.sqlite import SqliteStore
from protocol.ids import Epoch, SessionId
from protocol.pages import Page

RECORD = (
    b'{"seq":%d,"at":"2026-01-01T00:00:00.000Z","type":"item.delta","run":"r_1","text":"word "}'
)
EPOCH = Epoch("e_1")


def records_of(after: int, count: int) -> bytes:
    """Return records as a session would have encoded them."""
    return b",".join(RECORD % seq for seq in range(after + 1, after + count + 1))


def floor(folder: Path, count: int, seconds: float, sync: str) -> float:
    """Write pages of `count` records the plain way; return pages per second."""
    connection = sqlite3.connect(folder / f"floor-{count}-{sync}.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA synchronous = {sync}")
    connection.execute(
        "CREATE TABLE pages (session TEXT, after INTEGER, upto INTEGER, records BLOB,"
        " PRIMARY KEY (session, after))"
    )
    records, after, pages = records_of(0, count), 0, 0
    start = time.perf_counter()
    while (spent := time.perf_counter() - start) < seconds:
        connection.execute("BEGIN")
        rows = [("s_1", after + n * count, after + n * count + count, records) for n in range(200)]
        connection.executemany("INSERT INTO pages VALUES (?, ?, ?, ?)", rows)
        connection.execute("COMMIT")
        after += 200 * count
        pages += 200
    connection.close()
    return pages / spent


async def produce(
    store: SqliteStore, session: SessionId, records: bytes, count: int, decisive: bool, until: float
) -> list[float]:
    """Append as one session does, each page after the last; return how long each took."""
    after = 0
    took: list[float] = []
    while (begin := time.perf_counter()) < until:
        page = Page(session=session, epoch=EPOCH, after=after, upto=after + count, records=records)
        await store.append(Append(page=page, decisive=decisive))
        took.append(time.perf_counter() - begin)
        after += count
    return took


async def appending(
    folder: Path, producers: int, count: int, seconds: float, decisive: bool
) -> tuple[float, list[float], float]:
    """Return pages per second, sorted latencies, and processor seconds per page."""
    records = records_of(0, count)
    path = folder / f"ours-{producers}-{count}-{decisive}.db"
    async with SqliteStore(path) as store:
        start, busy = time.perf_counter(), time.process_time()
        names = [SessionId(f"s_{n}") for n in range(producers)]
        until = start + seconds
        told = await asyncio.gather(
            *(produce(store, name, records, count, decisive, until) for name in names)
        )
        spent, busy = time.perf_counter() - start, time.process_time() - busy
    took = sorted(one for each in told for one in each)
    return len(took) / spent, took, busy / len(took)


async def per_second(ask: Callable[[int], Awaitable[object]], seconds: float) -> float:
    """Return how often `ask` can be awaited in turn."""
    start, times = time.perf_counter(), 0
    while (spent := time.perf_counter() - start) < seconds:
        await ask(times)
        times += 1
    return times / spent


async def reading(folder: Path, seconds: float) -> None:
    """Print how fast pages are read: the newest ones, one from the file, a whole log."""
    name, path, stored = SessionId("s_1"), folder / "read.db", 20_000
    async with SqliteStore(path) as store:
        for begin in range(0, stored, 1000):
            wishes = [
                Page(session=name, epoch=EPOCH, after=n, upto=n + 8, records=records_of(n, 8))
                for n in range(begin * 8, (begin + 1000) * 8, 8)
            ]
            await asyncio.gather(*(store.append(Append(page=page)) for page in wishes))
        newest = await per_second(lambda n: store.read(name, (stored - 1) * 8), seconds)
    print(f"read   newest page, from memory  {newest:9.0f}/s")
    async with SqliteStore(path) as store:
        one = await per_second(lambda n: store.read(name, n * 7919 % stored * 8, 1), seconds)
        print(f"read   any page, from the file   {one:9.0f}/s")
        inside = await per_second(lambda n: store.read(name, n * 7919 % stored * 8 + 3, 1), seconds)
        print(f"read   inside a page             {inside:9.0f}/s")
        start, after = time.perf_counter(), 0
        while page := await store.read(name, after):
            after = page.upto
        ours = after / (time.perf_counter() - start)
    start = time.perf_counter()
    connection = sqlite3.connect(path)
    plain = connection.execute("SELECT records FROM pages WHERE session = 's_1' ORDER BY after")
    size = sum(len(row[0]) for row in plain)
    least = stored * 8 / (time.perf_counter() - start)
    connection.close()
    print(f"read   whole log of {size >> 20} MiB      {ours:9.0f} records/s  {ours / least:5.2f}")


async def crowded(folder: Path, seconds: float) -> None:
    """Print what is left of writing while the event loop never rests.

    A thread that wants the interpreter's lock asks for it only after a whole switch interval in
    which nobody let it go. A busy loop may let go and take again more often than every 5 ms, the
    default; then it is luck when the writer gets a turn. A short interval needs no luck.
    """
    records, usual = records_of(0, 16), sys.getswitchinterval()

    async def busy(until: float) -> None:
        while time.perf_counter() < until:
            sum(range(50_000))
            await asyncio.sleep(0)

    for interval in (usual, 0.0005):
        sys.setswitchinterval(interval)
        async with SqliteStore(folder / f"crowded-{interval}.db") as store:
            until = time.perf_counter() + seconds
            names = [SessionId(f"s_{n}") for n in range(20)]
            work = (produce(store, name, records, 16, False, until) for name in names)
            told = await asyncio.gather(*work, busy(until))
        rate = sum(len(took) for took in told if took) / seconds
        print(
            f"append on a busy loop, switch interval {interval * 1000:.1f} ms {rate:9.0f} pages/s"
        )
    sys.setswitchinterval(usual)


def main(seconds: float = 1.0) -> None:
    """Print all figures."""
    print(f"SQLite {sqlite3.sqlite_version}, Python {sys.version.split()[0]}, {sys.platform}")
    with TemporaryDirectory() as name:
        folder = Path(name)
        for decisive in (False, True):
            sync = "FULL" if decisive else "NORMAL"
            for count in (1, 16, 512):
                least = floor(folder, count, seconds, sync)
                print(f"append {sync:6} {count:3} records: floor {least:8.0f} pages/s")
                for producers in (1, 20, 200):
                    rate, took, busy = asyncio.run(
                        appending(folder, producers, count, seconds, decisive)
                    )
                    middle, slow = (took[int(len(took) * part)] * 1000 for part in (0.5, 0.99))
                    print(
                        f"       {producers:3} producers  {rate:9.0f} pages/s  {rate / least:5.2f}"
                        f"  p50 {middle:6.2f} ms  p99 {slow:6.2f} ms  {busy * 1e6:6.0f} us busy"
                    )
        asyncio.run(reading(folder, seconds))
        asyncio.run(crowded(folder, seconds))


if __name__ == "__main__":
    main(*map(float, sys.argv[1:2]))
