"""What all events are."""

import msgspec

from protocol.ids import RunId


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", omit_defaults=True):
    """Something that happened in a session. `run` is present on everything that a run causes.

    Events that only a run can cause say `msgspec.field()`: theirs has no default again.
    """

    run: RunId | None = None
