"""Whose word is taken that a server is who it says it is."""

import ssl

from engine.ports import SourceFailed


def trusted(authority: str | None = None) -> ssl.SSLContext:
    """Return what a server's certificate is held against: the system's authorities, or a given one.

    `authority` is one or more certificates as PEM text (RFC 7468), such as hosts of databases hand
    out. Raise `SourceFailed` if it is not that.
    """
    try:
        return ssl.create_default_context(cadata=authority or None)
    except (ssl.SSLError, ValueError) as error:
        raise SourceFailed(
            "source_down",
            "The authority of this connection is not a certificate.",
            "Paste the whole text of the PEM file, from BEGIN CERTIFICATE to END CERTIFICATE.",
        ) from error
