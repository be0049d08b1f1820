"""One server for each file of tests, whose log is shown where a test fails."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.servers import Server

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that is ended with its file, by force."""
    server = Server(tmp_path_factory.mktemp("e2e"))
    server.start()
    try:
        yield server
    finally:
        server.end()


@pytest.fixture
def server(started: Server) -> Iterator[Server]:
    """The server; what it wrote to its log meanwhile is shown if the test fails."""
    before = started.log.stat().st_size
    yield started
    with started.log.open("rb") as log:
        log.seek(before)
        print(log.read().decode(errors="replace"))
