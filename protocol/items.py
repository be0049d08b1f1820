"""What a run makes: items and their content.

An item goes `item.started -> item.delta* -> item.completed`. The content in `item.completed` is
authoritative and whole, except that a table's rows stay in the result store.
"""

from typing import Annotated, Any, Literal

import msgspec

from protocol.ids import ItemId, ResultId

Kind = Literal[
    "thought",
    "plan",
    "code",
    "output",
    "table",
    "chart",
    "image",
    "artifact",
    "tool",
    "answer",
    "error",
]
Language = Literal["sql", "python"]
StepStatus = Literal["pending", "active", "done", "skipped"]
ColumnType = Literal[
    "text",
    "integer",
    "int64",
    "float",
    "decimal",
    "boolean",
    "date",
    "time",
    "timestamp",
    "timestamptz",
    "interval",
    "uuid",
    "json",
    "bytes",
    "list",
    "unknown",
]
"""How a column's cells stand on the wire.

`integer` (at most 53 bits) and `float` are numbers; `int64` and `decimal` are strings, because a
browser would lose digits; `bytes` is base64; `date`, `time`, `timestamp`, `timestamptz` are ISO
8601 text (`timestamptz` ends in an offset or `Z`); `interval` is ISO 8601 duration text; `json` and
`list` are JSON values. NULL is null in every type.
"""

Cell = Any
"""A JSON value as its column's type says."""


Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
"""What can be counted, and said by a browser."""

Positive = Annotated[int, msgspec.Meta(gt=0, le=2**53)]


class Part(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A piece of an item's content."""


class Column(Part, frozen=True, kw_only=True):
    """One column of a table, in order."""

    name: str
    type: ColumnType = "unknown"
    nullable: bool | None = None


class Step(Part, frozen=True, kw_only=True):
    """One line of a plan."""

    text: str
    status: StepStatus = "pending"


class Chip(Part, frozen=True, kw_only=True):
    """One thing that was understood of the question, as a person can check it."""

    role: Literal["measure", "filter", "time", "grouping", "order", "limit", "table"]
    text: str
    id: str | None = None
    choices: tuple[str, ...] = ()


class Display(Part, frozen=True, kw_only=True):
    """One rich output of Python: a MIME type and its data (text, or base64 for binary types).

    A later one with the same `id` takes its place: a progress bar, a picture drawn anew.
    """

    mime: str
    data: Any
    id: str | None = None


class ErrorInfo(Part, frozen=True, kw_only=True):
    """What went wrong, in words a person can act on."""

    code: str
    message: str
    hint: str | None = None


class Finding(Part, frozen=True, kw_only=True):
    """One remark of the guard."""

    code: str
    message: str
    severity: Literal["error", "warning", "info"] = "error"


class Content(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", omit_defaults=True):
    """The whole of an item, tagged by its kind."""


class Thought(Content, frozen=True, kw_only=True, tag="thought"):
    """Reasoning, shown quietly."""

    text: str


class Plan(Content, frozen=True, kw_only=True, tag="plan"):
    """What will be done. A plan is always replaced whole."""

    steps: tuple[Step, ...]
    reading: tuple[Chip, ...] = ()


class Code(Content, frozen=True, kw_only=True, tag="code"):
    """SQL or Python, as it ran or would have run."""

    language: Language
    text: str
    source: str | None = None
    explanation: str | None = None


class Output(Content, frozen=True, kw_only=True, tag="output"):
    """What Python printed and returned. `truncated` says that more was printed than was kept."""

    stdout: str = ""
    stderr: str = ""
    result: str | None = None
    displays: tuple[Display, ...] = ()
    truncated: bool = False


class Table(Content, frozen=True, kw_only=True, tag="table"):
    """Rows, kept under `result`. `truncated` says that a limit cut them."""

    columns: tuple[Column, ...]
    row_count: int
    truncated: bool = False
    result: ResultId | None = None
    title: str | None = None


class Chart(Content, frozen=True, kw_only=True, tag="chart"):
    """A Vega-Lite spec. Its data is inline, or the rows of `result`."""

    spec: dict[str, Any]
    title: str | None = None
    result: ResultId | None = None


class Image(Content, frozen=True, kw_only=True, tag="image"):
    """A picture: base64 `data`, or a `url` on this server."""

    mime: str
    data: str | None = None
    url: str | None = None
    title: str | None = None


class Artifact(Content, frozen=True, kw_only=True, tag="artifact"):
    """A file that the run left in the workspace. `size` is in bytes."""

    name: str
    mime: str
    size: int
    url: str


class Tool(Content, frozen=True, kw_only=True, tag="tool"):
    """A call of a tool that is not SQL or Python."""

    name: str
    arguments: dict[str, Any]
    result: Any = None
    error: str | None = None


class Answer(Content, frozen=True, kw_only=True, tag="answer"):
    """What the run says in the end, as Markdown. `sources` are the items it rests on."""

    text: str
    sources: tuple[ItemId, ...] = ()
    suggestions: tuple[str, ...] = ()
    cited: tuple[str, ...] = ()


class Error(Content, frozen=True, kw_only=True, tag="error"):
    """A failure worth an item of its own, such as a Python exception."""

    message: str
    name: str | None = None
    traceback: str | None = None


AnyContent = (
    Thought | Plan | Code | Output | Table | Chart | Image | Artifact | Tool | Answer | Error
)
