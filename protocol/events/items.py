"""What happens to the items of a run, and to the files it makes."""

from typing import Any, Literal

from protocol.choices import ItemOutcome
from protocol.events.fact import Event
from protocol.ids import ItemId
from protocol.items import AnyContent, Cell, Column, ErrorInfo, Finding, Kind, Language


class ItemStarted(Event, frozen=True, kw_only=True, tag="item.started"):
    """Something begins to appear, `of` the item it comes from; the rest is what is known."""

    item: ItemId
    kind: Kind
    of: ItemId | None = None
    language: Language | None = None
    source: str | None = None
    columns: tuple[Column, ...] | None = None
    name: str | None = None
    arguments: dict[str, Any] | None = None
    title: str | None = None


class ItemDelta(Event, frozen=True, kw_only=True, tag="item.delta"):
    """More of an open item: text; text of a stream; rows; or a display of a MIME type.

    A display with an id takes the place of an earlier one of the item with the same `display`.
    `clear` takes back all text and displays that came before, as `clear_output()` of Python does.
    """

    item: ItemId
    text: str | None = None
    stream: Literal["stdout", "stderr"] | None = None
    rows: list[list[Cell]] | None = None
    mime: str | None = None
    data: Any = None
    display: str | None = None
    clear: bool = False


class ItemCompleted(Event, frozen=True, kw_only=True, tag="item.completed"):
    """The item as it is for good; what its deltas said no longer counts."""

    item: ItemId
    content: AnyContent
    outcome: ItemOutcome = "ok"
    error: ErrorInfo | None = None
    elapsed_ms: int | None = None


class CheckFinished(Event, frozen=True, kw_only=True, tag="check.finished"):
    """The guard has read a proposal: `text` is what was given, `sql` what will run.

    `rules` names what it was judged by: where the source points and what policy holds there. It is
    said again, with what is new, when the guard judges otherwise just before the text runs.
    """

    item: ItemId
    ok: bool
    findings: tuple[Finding, ...] = ()
    sql: str | None = None
    text: str | None = None
    explanation: str | None = None
    rules: str | None = None


class CodeStarted(Event, frozen=True, kw_only=True, tag="code.started"):
    """The code has passed every gate: its kernel or source is got ready, and given it."""

    item: ItemId


class ToolCalled(Event, frozen=True, kw_only=True, tag="tool.called"):
    """The tool has been given its arguments: from here on it may have had effects."""

    item: ItemId


class ArtifactCreated(Event, frozen=True, kw_only=True, tag="artifact.created"):
    """A file appeared in the workspace. `size` is in bytes."""

    name: str
    mime: str
    size: int
    url: str
    item: ItemId | None = None
