"""Ways to speak with models elsewhere: what is sent, what is heard, and one module for each API."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Literal, Protocol

import msgspec

from engine.ports import ModelFailed

Why = Literal["failed", "too_long", "no_tools"]
End = Literal["stop", "length", "refused"]


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """Words of the person, or of the model."""

    role: Literal["user", "assistant"]
    text: str


class CallMade(msgspec.Struct, frozen=True, kw_only=True):
    """A call that the model made."""

    id: str
    tool: str
    arguments: Mapping[str, Any]


class CallGave(msgspec.Struct, frozen=True, kw_only=True):
    """What a call gave. Each `CallMade` is followed by its own."""

    id: str
    text: str
    ok: bool = True


Message = Said | CallMade | CallGave


class ToolSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A tool as models are told of it. `schema` is the JSON Schema of its arguments."""

    name: str
    description: str
    schema: Mapping[str, Any]


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One question to a model: everything that leaves the house."""

    model: str
    system: str
    messages: tuple[Message, ...]
    tools: tuple[ToolSpec, ...] = ()
    answer_tokens: int | None = None
    temperature: float | None = None


class Text(msgspec.Struct, frozen=True):
    """More of what the model says aloud."""

    text: str


class Reasoning(msgspec.Struct, frozen=True):
    """More of what it thinks."""

    text: str


class CallOpened(msgspec.Struct, frozen=True):
    """A call begins. `place` tells calls of one answer apart; several may be open at once."""

    place: str
    id: str
    tool: str


class CallMore(msgspec.Struct, frozen=True):
    """More of a call's arguments: a piece of JSON, cut anywhere."""

    place: str
    text: str


class CallClosed(msgspec.Struct, frozen=True):
    """The arguments are whole."""

    place: str


class Used(msgspec.Struct, frozen=True):
    """Tokens as the API counted them; said once or more, the last is right. None: not said."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int | None = None


class Ended(msgspec.Struct, frozen=True):
    """The answer is over, and why. Without it, it was cut off."""

    why: End = "stop"


Heard = Text | Reasoning | CallOpened | CallMore | CallClosed | Used | Ended


class WireFailed(ModelFailed):
    """As `ModelFailed`; says also whether it is worth another try, and after how many seconds.

    `why` tells what can be answered by asking otherwise; `limit` is how many tokens the model can
    read, where it said so.
    """

    def __init__(
        self,
        code: str,
        message: str,
        hint: str | None = None,
        *,
        again: bool = False,
        after: float | None = None,
        why: Why = "failed",
        limit: int | None = None,
    ) -> None:
        super().__init__(code, message, hint)
        self.again = again
        self.after = after
        self.why: Why = why
        self.limit = limit


class Wire(Protocol):
    """An API of models, at one place."""

    host: str
    """Who is told what is sent, such as `api.openai.com`."""

    def listen(self, request: Request) -> AsyncIterator[Heard]:
        """Send a request and say what comes back. Closing the iterator hangs up.

        Raise `WireFailed`, and nothing else.
        """
        ...

    async def models(self) -> tuple[str, ...]:
        """List the models that can be asked there. Raise `WireFailed`."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
