"""What DSAgent's clients read: plan, execution result, reply of a round (its HTTP API, schemas).

Keys stand in the order in which the original writes them; what we add comes last.
"""

import msgspec


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """A part of DSAgent's JSON."""


class PlanStep(Shape, frozen=True, kw_only=True):
    """One line of a plan."""

    number: int
    description: str
    completed: bool = False


class PlanShape(Shape, frozen=True, kw_only=True):
    """A plan, with how far it is."""

    steps: tuple[PlanStep, ...] = ()
    raw_text: str = ""
    total_steps: int = 0
    completed_steps: int = 0
    is_complete: bool = False


class Picture(Shape, frozen=True, kw_only=True):
    """A picture that code drew: `mime` as the original sends it, `format` as its document says."""

    mime: str
    data: str
    format: str = ""


class ExecutionResult(Shape, frozen=True, kw_only=True):
    """What code gave. `output` is `stdout` again: their VS Code extension reads history by it."""

    stdout: str = ""
    stderr: str = ""
    error: str | None = None
    images: tuple[Picture, ...] = ()
    success: bool = True
    output: str = ""


class ChatResponse(Shape, frozen=True, kw_only=True):
    """The reply of one round."""

    content: str
    code: str | None = None
    execution_result: ExecutionResult | None = None
    plan: PlanShape | None = None
    has_answer: bool = False
    answer: str | None = None
    thinking: str | None = None
    is_complete: bool = False


class Request(Shape, frozen=True, kw_only=True):
    """What waits for a person. The original has neither `answer` nor what follows it."""

    request_type: str
    plan: PlanShape | None = None
    code: str | None = None
    error: str | None = None
    answer: str | None = None
    message: str | None = None
    approval_id: str = ""
    options: tuple[str, ...] = ()
    expires_at: str | None = None
