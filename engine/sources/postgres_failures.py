"""What PostgreSQL and the network say, in words for a person and without data."""

import ssl
from collections.abc import Generator
from contextlib import contextmanager

import asyncpg

from engine.ports import QueryLimits, SourceFailed
from engine.sources.serving import timed_out


@contextmanager
def failures(limits: QueryLimits) -> Generator[None, None, None]:
    """Turn foreign exceptions into `SourceFailed`."""
    try:
        yield
    except SourceFailed:
        raise
    except TimeoutError as error:
        raise timed_out(limits) from error
    except asyncpg.PostgresError as error:
        raise _said(error, limits) from error
    except ssl.SSLError as error:
        raise _down("The database refused TLS, or its certificate is not trusted.") from error
    except (ConnectionError, asyncpg.InterfaceError) as error:
        if "rejected SSL" in str(error):
            raise _down("The database does not speak TLS.", "Set TLS to prefer.") from error
        if isinstance(error, ConnectionRefusedError):
            raise _down("Nothing answers at this host and port.", "Is the server up?") from error
        raise _down(
            "The connection to the database broke.", "Ask again; it may be back."
        ) from error
    except OSError as error:
        raise _down(f"The database cannot be reached: {error.strerror or error}.") from error


def _said(error: asyncpg.PostgresError, limits: QueryLimits) -> SourceFailed:
    code = str(getattr(error, "sqlstate", ""))
    if code == "57014":
        return timed_out(limits)
    if code.startswith("28"):
        return _down("The database refused the user name or the password.")
    if code == "3D000":
        return _down("There is no database of this name on the server.")
    if code.startswith(("57P", "08")):
        return _down("The database was shut down or restarted.", "Ask again; it may be back.")
    if code == "53300":
        return _down("The database has no connections left.", "Ask again in a moment.")
    if code.startswith("53") or code == "54000":
        return SourceFailed(
            "query_too_large", "The query needs more than the database has.", "Ask for less."
        )
    if code == "25006":
        return SourceFailed("query_failed", "The source refused: it can only be read.")
    if code == "42501":
        return SourceFailed("query_failed", f"The database refused: {error.args[0]}.")
    if code == "55P03":
        return SourceFailed("query_failed", "A table is locked by somebody else.", "Ask again.")
    if code == "22021":
        return SourceFailed(
            "query_failed",
            "A text in the database is not valid UTF-8.",
            "Read that column as bytes: convert_to(column, 'SQL_ASCII') gives bytea.",
        )
    if code.startswith(("22", "23", "P0")):
        # The messages of these quote the values that did not fit.
        kind = type(error).__name__.removesuffix("Error")
        return SourceFailed("query_failed", f"A value does not fit ({kind}).", "Cast with care.")
    return SourceFailed("query_failed", f"PostgreSQL says: {error.args[0]}.", _hint(error))


def _hint(error: asyncpg.PostgresError) -> str | None:
    hint = getattr(error, "hint", None)
    return str(hint) if hint else None


def _down(message: str, hint: str | None = None) -> SourceFailed:
    return SourceFailed("source_down", message, hint)
