"""What a rule gives back."""

import msgspec

from engine.effects import AnyEffect
from protocol.events import AnyEvent


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be kept, what is to be done after, and which thing the reply names."""

    events: tuple[AnyEvent, ...] = ()
    effects: tuple[AnyEffect, ...] = ()
    names: str = ""
    """The id of the run or item that the command made or reached."""
