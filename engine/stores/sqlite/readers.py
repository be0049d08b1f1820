"""A few threads that read, each with a connection that cannot write."""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import LifoQueue
from typing import Concatenate, ParamSpec, TypeVar

from engine.stores.sqlite.connecting import connect
from engine.stores.sqlite.failing import store_failed

P = ParamSpec("P")
T = TypeVar("T")


class Readers:
    """Runs queries away from the event loop, also while a write is under way."""

    def __init__(self, path: Path, count: int) -> None:
        self._path = path
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="store-reader")
        # As many connections as threads, so that none ever waits. The one used last is taken first:
        # its cache is warm.
        self._idle: LifoQueue[sqlite3.Connection | None] = LifoQueue()
        for _ in range(count):
            self._idle.put(None)

    async def ask(
        self,
        query: Callable[Concatenate[sqlite3.Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run a query in a reader's thread. Raise `StoreFailed` if the file cannot be read."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, lambda: self._run(query, *args, **kwargs))

    async def close(self) -> None:
        """End, after the queries that are under way."""
        await asyncio.to_thread(self._close)

    def _run(
        self,
        query: Callable[Concatenate[sqlite3.Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        connection = self._idle.get()
        try:
            connection = connection or connect(self._path, "ro")
            return query(connection, *args, **kwargs)
        except sqlite3.Error as error:
            raise store_failed(error, self._path) from error
        finally:
            self._idle.put(connection)

    def _close(self) -> None:
        self._pool.shutdown(wait=True)
        while not self._idle.empty():
            connection = self._idle.get()
            if connection is not None:
                connection.close()
