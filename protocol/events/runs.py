"""What happens to a run, from its question to its end."""

import msgspec

from protocol.choices import Attachment, RunOptions, RunOutcome, Usage
from protocol.events.fact import Event
from protocol.ids import CallerId, Key, RunId
from protocol.items import ErrorInfo


class RunQueued(Event, frozen=True, kw_only=True, tag="run.queued"):
    """A question waits until the run before it is over."""

    run: RunId = msgspec.field()
    text: str
    by: CallerId
    attachments: tuple[Attachment, ...] = ()
    options: RunOptions | None = None
    key: Key | None = None


class RunStarted(Event, frozen=True, kw_only=True, tag="run.started"):
    """Work on a question has begun."""

    run: RunId = msgspec.field()
    text: str
    by: CallerId
    attachments: tuple[Attachment, ...] = ()
    options: RunOptions | None = None
    key: Key | None = None


class RunSteered(Event, frozen=True, kw_only=True, tag="run.steered"):
    """A person said something to the run while it works; the next round hears it."""

    run: RunId = msgspec.field()
    text: str
    by: CallerId


class RunFinished(Event, frozen=True, kw_only=True, tag="run.finished"):
    """The run is over. Nothing of this run follows."""

    run: RunId = msgspec.field()
    outcome: RunOutcome
    answer: str | None = None
    error: ErrorInfo | None = None
    usage: Usage = Usage()
    elapsed_ms: int = 0


class RoundStarted(Event, frozen=True, kw_only=True, tag="round.started"):
    """The model is asked for the next step. Rounds count from 1."""

    run: RunId = msgspec.field()
    round: int


class RoundFinished(Event, frozen=True, kw_only=True, tag="round.finished"):
    """All that the model asked for in this round is done."""

    run: RunId = msgspec.field()
    round: int
