"""What a model may use besides SQL and Python: tools of others."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import msgspec

from protocol.ids import CallerId


class ToolInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A tool as a model and a person are told of it. `schema` is the JSON Schema of its arguments.

    `rules` names what stands behind the name: it differs whenever the tool is another, or does
    something else, so that a yes to the old one does not hold for it.
    """

    name: str
    description: str = ""
    schema: Mapping[str, Any] = {}
    rules: str = ""


class Tools(Protocol):
    """The tools that a caller may use. Nothing is known of their effects: none is called twice."""

    async def list(self, caller: CallerId) -> Sequence[ToolInfo]:
        """Return the tools, each under its own name; none is called as one of ours is."""
        ...

    async def call(self, name: str, arguments: Mapping[str, Any], caller: CallerId) -> Any:
        """Call a tool and return what it gave, fit for JSON. Raise `ToolFailed`.

        Cancelling the call gives up waiting; whether the tool had effects stays open.
        """
        ...


class NoTools:
    """`Tools` where there are none."""

    async def list(self, caller: CallerId) -> Sequence[ToolInfo]:
        """Return nothing."""
        return ()

    async def call(self, name: str, arguments: Mapping[str, Any], caller: CallerId) -> Any:
        """Never happens: nothing is offered."""
        raise AssertionError(f"{name!r} was never offered")
