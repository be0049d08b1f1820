"""The database servers and the shops that contract tests share."""

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from engine.ports import Source
from tests.contracts.servers import (
    mariadb_program,
    mariadb_server,
    postgres_programs,
    postgres_server,
)
from tests.contracts.shop import SERVERS, SHOPS


@pytest.fixture(scope="session")
def servers() -> Iterator[dict[str, str]]:
    """Start what database servers the machine has; say why one is missing."""
    missing: dict[str, str] = {}
    with ExitStack() as stack:
        if postgres_programs():
            SERVERS["postgres"] = stack.enter_context(postgres_server())
        else:
            missing["postgres"] = "no PostgreSQL server on this machine (Debian: postgresql)"
        if mariadb_program():
            SERVERS["mysql"] = stack.enter_context(mariadb_server())
        else:
            missing["mysql"] = "no MariaDB server on this machine (Debian: mariadb-server)"
        yield missing
        SERVERS.clear()


@pytest.fixture(params=SHOPS)
async def shop(
    request: pytest.FixtureRequest, tmp_path: Path, servers: dict[str, str]
) -> AsyncIterator[Source]:
    if request.param in servers:
        pytest.skip(servers[request.param])
    async with SHOPS[request.param](tmp_path) as source:
        yield source
