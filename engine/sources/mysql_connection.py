"""A connection of the MySQL driver, without three of its ways."""

import asyncio
import ssl
from collections.abc import Generator
from contextlib import contextmanager

from asyncmy.connection import Connection
from asyncmy.constants.CLIENT import DEPRECATE_EOF, SSL

from engine.ports import SourceFailed


class StrictConnection(Connection):
    """Speaks TLS or not at all where TLS is asked for, and sees the ends of results as they are.

    asyncmy goes on in clear text when a server offers no TLS. And with CLIENT_DEPRECATE_EOF it
    takes a row for the end of the result whose first cell has 16 MB or more, because both begin
    with 0xFE (MySQL documents that a packet of that size cannot be an end); rows were lost without
    a word; older ends have a form of their own. It also takes in all that a server sends, whether
    or not anybody reads it: `reading` opens the tap, and closes it again.
    """

    # What the compiled driver has, and its stub does not tell.
    server_capabilities: int
    _ssl_context: ssl.SSLContext | None
    _transport: asyncio.Transport

    async def _get_server_information(self) -> None:
        await super()._get_server_information()  # type: ignore[misc]  # as above
        self.server_capabilities &= ~DEPRECATE_EOF
        if self._ssl_context is not None and not self.server_capabilities & SSL:
            raise SourceFailed(
                "source_down",
                "The database does not speak TLS.",
                "Set TLS off for this connection, if the network between is yours.",
            )

    @contextmanager
    def reading(self) -> Generator[None, None, None]:
        """Take from the network only inside of this, so that a slow reader slows the server."""
        self._transport.resume_reading()
        try:
            yield
        finally:
            self._transport.pause_reading()
