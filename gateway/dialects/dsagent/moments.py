"""What DSAgent's clients are told of, before it is said on one of its wires."""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from gateway.dialects.dsagent.shapes import ChatResponse, ExecutionResult, PlanShape, Request
from protocol.events import Settled
from protocol.ids import RunId


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """Something to tell. `run` is missing for what a person does beside any run."""

    run: RunId | None = None


class Thinking(Moment, frozen=True, kw_only=True):
    """The model is asked for a round."""

    round: int
    message: str


class Replied(Moment, frozen=True, kw_only=True):
    """The model's reply is whole: its text, with tags."""

    content: str


class Planned(Moment, frozen=True, kw_only=True):
    """There is a plan, or it is further than before."""

    plan: PlanShape


class Waiting(Moment, frozen=True, kw_only=True):
    """A gate is shut."""

    request: Request


class Settling(Moment, frozen=True, kw_only=True):
    """A gate was answered."""

    verdict: Settled
    approval_id: str


class Executing(Moment, frozen=True, kw_only=True):
    """Code begins to run now."""

    code: str


class Executed(Moment, frozen=True, kw_only=True):
    """Code has run."""

    code: str
    result: ExecutionResult


class ToolCalling(Moment, frozen=True, kw_only=True):
    """A tool is called."""

    tool_name: str
    arguments: Mapping[str, Any]


class ToolEnded(Moment, frozen=True, kw_only=True):
    """A tool gave something."""

    tool_name: str
    success: bool
    result: str | None
    error: str | None
    execution_time_ms: int


class RoundOver(Moment, frozen=True, kw_only=True):
    """A round is over. `asks` says that the person has the word before it goes on.

    `user_message` is what the person had said just before, if this is the first round after it.
    """

    round: int
    response: ChatResponse
    at: str
    user_message: str | None = None
    asks: bool = False


class Over(Moment, frozen=True, kw_only=True):
    """The run is over. `text` is the failure, or why it stopped without an answer."""

    outcome: Literal["done", "aborted", "stopped", "failed"]
    text: str = ""


AnyMoment = (
    Thinking
    | Replied
    | Planned
    | Waiting
    | Settling
    | Executing
    | Executed
    | ToolCalling
    | ToolEnded
    | RoundOver
    | Over
)
