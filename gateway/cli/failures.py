"""What goes wrong on every command, in words: imported only once something has."""

from client.failures import Closed, Unreachable
from engine.ports import PortError
from gateway.cli.leaving import FAILED, USAGE
from gateway.settings import SettingsError
from protocol.closes import WHO_ARE_YOU
from protocol.refusals import Refused

WHO = "this server wants to know who you are: say it with --token"


def told_of(failure: BaseException) -> tuple[int, str] | None:
    """Return exit code and words for a failure of the world; None for one of ours."""
    match failure:
        case BaseExceptionGroup(exceptions=(first, *_)):
            return told_of(first)
        case SettingsError():
            return USAGE, str(failure)
        case Refused(code="unauthenticated"):
            return FAILED, WHO
        case Closed(code=code) if code == WHO_ARE_YOU.code:
            return FAILED, WHO
        case Refused(detail=words):
            return FAILED, words
        case PortError(info=info):
            return FAILED, " ".join(filter(None, (info.message, info.hint)))
        case Closed() | Unreachable():
            return FAILED, str(failure)
        case OSError(strerror=str(words), filename=str(path)):
            return FAILED, f"{path}: {words}"
        case _:
            return None
