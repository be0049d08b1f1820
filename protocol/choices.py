"""What people choose, and small parts that events and commands share."""

from typing import Annotated, Literal

import msgspec

from protocol.ids import UploadId
from protocol.items import Count, Part, Positive

Mode = Literal[
    "none",
    "plan_only",
    "on_error",
    "plan_and_answer",
    "full",
    "auto_execute",
    "review_first",
    "generate_only",
]
GateRule = Literal["auto", "ask", "never"]
DataPolicy = Literal["none", "schema", "samples", "results"]
"""What of the data may be told to a model outside of this server, each more than the one before:
nothing but the question; names and types of tables and columns; a few values of each column; the
first rows of what was found.
"""
Subject = Literal["plan", "sql", "python", "error", "answer", "tool"]
Verdict = Literal["approve", "edit", "reject", "retry", "skip", "feedback"]
Settled = Literal["approve", "edit", "reject", "retry", "skip", "feedback", "cancelled", "expired"]
Remember = Literal["once", "session", "always"]
SessionStatus = Literal["active", "paused", "completed", "archived", "deleted"]
Activity = Literal["idle", "working", "waiting"]
RunOutcome = Literal["answered", "cancelled", "failed", "exhausted", "rejected"]
ItemOutcome = Literal["ok", "failed", "skipped", "interrupted"]


Labels = dict[str, str]
"""Small texts that a client keeps with a session. They mean nothing to the server."""


class KernelHome(Part, frozen=True, kw_only=True):
    """Where Python runs: in IPython or a plain worker of this server, or a Jupyter server at `url`.

    The token of that server stands in no message.
    """

    kind: Literal["ipykernel", "eval", "jupyter_server"]
    url: str | None = None


class Gates(Part, frozen=True, kw_only=True):
    """Which steps wait for a person, and for how long. What is left out follows the mode.

    `approval_seconds` is how long an approval waits before it expires; 0 is for ever, and left out
    the server's setting holds.
    """

    plan: GateRule | None = None
    sql: GateRule | None = None
    python: GateRule | None = None
    error: GateRule | None = None
    answer: GateRule | None = None
    tool: GateRule | None = None
    approval_seconds: Annotated[float, msgspec.Meta(ge=0, le=1e9)] | None = None


class Attachment(Part, frozen=True, kw_only=True):
    """A file that came with a question, uploaded before."""

    name: str
    upload: UploadId | None = None
    mime: str | None = None
    size: Count | None = None


class RunOptions(Part, frozen=True, kw_only=True):
    """Choices for one run; what is left out follows the session, then the server."""

    model: str | None = None
    mode: Mode | None = None
    source: str | None = None
    max_rounds: Positive | None = None
    max_seconds: Annotated[float, msgspec.Meta(gt=0, le=1e9)] | None = None
    max_rows: Positive | None = None
    explain: bool | None = None
    data: DataPolicy | None = None
    max_tokens: Positive | None = None


class Usage(Part, frozen=True, kw_only=True):
    """Tokens of a run; `cost` in US dollars where it is known."""

    input_tokens: int = 0
    output_tokens: int = 0
    cost: float | None = None


class Prompted(Part, frozen=True, kw_only=True):
    """One question to a person, with options to click or room for free text."""

    title: str
    text: str = ""
    options: tuple[str, ...] = ()
    multiple: bool = False
    free_text: bool = True


class EstimateInfo(Part, frozen=True, kw_only=True):
    """What a step would cost, as far as the source can tell."""

    rows: int | None = None
    bytes: int | None = None
    cost: float | None = None


class Change(Part, frozen=True, kw_only=True):
    """An edit, as it was and as it is, with a unified diff for the eye."""

    before: str
    after: str
    diff: str
