"""What a rule may know besides the session: who asks, and what the shell looked up for it."""

from collections.abc import Mapping

import msgspec

from engine.ports import Checked
from protocol.ids import CallerId, ItemId
from protocol.items import AnyContent


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """The caller, one fresh id, the guard's word on a text in the command, and limits.

    `partial` holds the content so far of items that are open, `elapsed_ms` how long the run took.
    """

    by: CallerId
    fresh: str = ""
    checked: Checked | None = None
    partial: Mapping[ItemId, AnyContent] = msgspec.field(default_factory=dict)
    elapsed_ms: int = 0
    max_text: int = 20_000
    max_queue: int = 20
    kept_code: str = ""
    """The Python that could be run again."""
