"""What MySQL and the network say, in words for a person and without data."""

from collections.abc import Generator
from contextlib import contextmanager

from asyncmy.errors import Error, MySQLError

from engine.ports import QueryLimits, SourceFailed
from engine.sources.serving import timed_out

TIMED_OUT = (1317, 1969, 3024)
REFUSED_USER = (1044, 1045, 1698, 1862)
GONE = (1053, 1077, 1078, 1079, 1927, 2003, 2006, 2013, 2055)
REFUSED = (1142, 1143, 1227, 1290, 1370)
VALUES = (1264, 1265, 1292, 1366, 1367, 1406, 1411, 1525, 1690, 3141, 3157)


@contextmanager
def failures(limits: QueryLimits) -> Generator[None, None, None]:
    """Turn foreign exceptions into `SourceFailed`."""
    try:
        yield
    except SourceFailed:
        raise
    except TimeoutError as error:
        raise timed_out(limits) from error
    except (MySQLError, Error) as error:
        raise _said(error, limits) from error
    except ConnectionRefusedError as error:
        raise _down("Nothing answers at this host and port.", "Is the server up?") from error
    except (OSError, EOFError, RuntimeError) as error:
        raise _down("The database cannot be reached, or the connection broke.") from error


def _said(error: Exception, limits: QueryLimits) -> SourceFailed:
    code = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    words = str(error.args[1]) if len(error.args) > 1 else str(error)
    if code in TIMED_OUT:
        return timed_out(limits)
    if code in REFUSED_USER:
        return _down("The database refused the user name or the password.")
    if code == 1049:
        return _down("There is no database of this name on the server.")
    if code in (1040, 1203, 1226):
        return _down("The database has no connections left.", "Ask again in a moment.")
    if code == 2003 and "111" in words:
        return _down("Nothing answers at this host and port.", "Is the server up?")
    if code in GONE:
        return _down("The database cannot be reached, or was restarted.", "Ask again.")
    if code in (1792, 1047):
        return SourceFailed("query_failed", "The source refused: it can only be read.")
    if code in REFUSED:
        return SourceFailed("query_failed", "The database refused: this user may not do that.")
    if code in VALUES:
        # The messages of these quote the values that did not fit.
        return SourceFailed("query_failed", "A value does not fit its new type.", "Cast with care.")
    return SourceFailed("query_failed", f"MySQL says: {words.rstrip('.')}.")


def _down(message: str, hint: str | None = None) -> SourceFailed:
    return SourceFailed("source_down", message, hint)
