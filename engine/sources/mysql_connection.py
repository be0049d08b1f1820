"""A connection of the MySQL driver, without two of its ways."""

from asyncmy.connection import Connection
from asyncmy.constants.CLIENT import DEPRECATE_EOF, SSL

from engine.ports import SourceFailed


class StrictConnection(Connection):  # type: ignore[misc]  # the driver is compiled, and untyped
    """Speaks TLS or not at all where TLS is asked for, and sees the ends of results as they are.

    asyncmy goes on in clear text when a server offers no TLS. And with CLIENT_DEPRECATE_EOF it
    takes a row for the end of the result whose first cell has 16 MB or more, because both begin
    with 0xFE (MySQL documents that a packet of that size cannot be an end); rows were lost without
    a word. Older ends have a form of their own.
    """

    async def _get_server_information(self) -> None:
        await super()._get_server_information()
        self.server_capabilities &= ~DEPRECATE_EOF
        if self._ssl_context is not None and not self.server_capabilities & SSL:
            raise SourceFailed(
                "source_down",
                "The database does not speak TLS.",
                "Set TLS off for this connection, if the network between is yours.",
            )
