"""What happens to a session as a whole."""

import msgspec

from protocol.choices import Activity, DataPolicy, Gates, Labels, Mode, SessionStatus
from protocol.events.fact import Event
from protocol.ids import CallerId, SessionId


class SessionCreated(Event, frozen=True, kw_only=True, tag="session.created"):
    """A session exists. The first record of every session's log."""

    session: SessionId
    owner: CallerId
    by: CallerId
    name: str = ""
    source: str | None = None
    model: str | None = None
    agent: str | None = None
    mode: Mode = "none"
    gates: Gates | None = None
    data: DataPolicy | None = None
    labels: Labels = msgspec.field(default_factory=dict)


class SessionUpdated(Event, frozen=True, kw_only=True, tag="session.updated"):
    """Fields that are present have changed. `activity` is told in a caller's inbox only."""

    session: SessionId
    by: CallerId
    name: str | None = None
    source: str | None = None
    model: str | None = None
    mode: Mode | None = None
    gates: Gates | None = None
    data: DataPolicy | None = None
    labels: Labels | None = None
    status: SessionStatus | None = None
    activity: Activity | None = None


class SessionArchived(Event, frozen=True, kw_only=True, tag="session.archived"):
    """Put away; it can be read, and woken by `session.update` with status `active`."""

    session: SessionId
    by: CallerId


class SessionDeleted(Event, frozen=True, kw_only=True, tag="session.deleted"):
    """To be forgotten. Until the server purges it, status `active` brings it back.

    With `files`, its files are gone at once, for good.
    """

    session: SessionId
    by: CallerId
    files: bool = False
