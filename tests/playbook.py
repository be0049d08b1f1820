"""Sessions as conversations: given these events, when this command comes, then these follow.

    Given(CREATED, STARTED, ASKED).when(RunCancel(...)).then(RunFinished(...))

A mismatch shows both sides line by line. `refused` says with which code a command is turned down,
and that nothing changed by it.
"""

import difflib
from typing import Any

import pytest

from engine.effects import AnyEffect
from engine.given import Given as Known
from engine.rules import Decision, decide
from engine.session import fold
from engine.state import Session
from protocol.commands import AnyCommand
from protocol.events import AnyEvent
from protocol.ids import CallerId, SessionId
from protocol.refusals import Refused

SESSION = SessionId("s_1")
ME = CallerId("me")


def shown(events: Any) -> list[str]:
    """Return events as lines, for comparing with the eye."""
    return [str(event) for event in events]


class Given:
    """A session to which these events have happened."""

    def __init__(self, *events: AnyEvent) -> None:
        self.session = fold(Session(session=SESSION), events)
        self._known: dict[str, Any] = {"by": ME, "fresh": "x_new"}

    def knowing(self, **known: Any) -> "Given":
        """Add what the shell would look up."""
        self._known.update(known)
        return self

    def when(self, command: AnyCommand) -> "When":
        """Let a command come."""
        return When(self.session, command, Known(**self._known))


class When:
    """A command that came to a session."""

    def __init__(self, session: Session, command: AnyCommand, known: Known) -> None:
        self._session = session
        self._command = command
        self._known = known

    def _decided(self) -> Decision:
        return decide(self._session, self._command, self._known)

    def then(self, *events: AnyEvent) -> "When":
        """Exactly these events follow, and the session takes them."""
        decision = self._decided()
        expected, got = shown(events), shown(decision.events)
        difference = "\n".join(difflib.ndiff(expected, got))
        assert expected == got, f"expected (-) and decided (+):\n{difference}"
        fold(self._session, decision.events)
        return self

    def doing(self, *effects: AnyEffect) -> "When":
        """Exactly these effects follow."""
        assert shown(effects) == shown(self._decided().effects)
        return self

    def refused(self, code: str) -> str:
        """It is turned down with this code; return the words."""
        before = self._session
        with pytest.raises(Refused) as refused:
            self._decided()
        assert refused.value.code == code, refused.value.detail
        assert self._session == before
        return refused.value.detail
