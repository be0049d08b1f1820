"""Where sources and models are kept: on a server, or in a data folder that no server uses."""

import argparse
import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from client.http import Http, addresses
from gateway.building import Parts
from gateway.cli.leaving import Usage
from gateway.cli.lines import near
from gateway.cli.local import opened


@asynccontextmanager
async def server_or_folder(chosen: argparse.Namespace) -> AsyncGenerator[Http | Parts]:
    """Open the place that the arguments name; a server of this machine is found by itself."""
    if chosen.url is not None and chosen.data is not None:
        raise Usage("--url names a server; --data is for working without one")
    url = chosen.url or (None if chosen.data is not None else await asyncio.to_thread(near))
    if url is not None:
        yield Http(addresses(url)[0], chosen.token)
        return
    async with opened(chosen.data, None, working=False) as line:
        yield line.parts
