"""Items as blocks of text for a terminal: each printed once, when it is settled."""

import math
from collections.abc import Sequence
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.markdown import Markdown
from rich.syntax import Syntax
from rich.table import Table as Grid
from rich.text import Text

from client.results import Rows
from gateway.cli.reading import reading_line
from protocol.events import ApprovalRequested, ItemCompleted, RunFinished
from protocol.items import (
    Answer,
    Artifact,
    Chart,
    Code,
    Column,
    Error,
    Image,
    Output,
    Plan,
    Table,
    Thought,
    Tool,
)

NUMBERS = ("integer", "int64", "float", "decimal")
MARKS = {"pending": "·", "active": "▸", "done": "✓", "skipped": "–"}
WIDEST = 60


def block_of(event: ItemCompleted) -> RenderableType | None:
    """Return a completed item as a block; None for what is shown otherwise, or not at all."""
    content = event.content
    found: RenderableType | None
    match content:
        case Thought():
            found = Text(content.text, style="dim italic")
        case Plan():
            found = plan_block(content)
        case Code():
            found = code_block(content.text, content.language)
        case Output():
            found = _output(content)
        case Chart():
            found = Text(f"[chart: {content.title or 'see it in the browser'}]", style="cyan")
        case Image():
            found = Text(f"[image: {content.title or content.mime}]", style="cyan")
        case Artifact():
            found = Text(f"[file: {content.name}, {content.size} bytes]", style="cyan")
        case Tool():
            found = Text(f"{content.name}: {content.error or content.result}")
        case Error():
            found = Text(content.traceback or content.message, style="red")
        case Answer() | Table():
            found = None
    if event.error is not None and not isinstance(content, Error):
        words = Text(f"✗ {event.error.message}", style="red")
        if event.error.hint:
            words.append(f"\n  {event.error.hint}", style="dim")
        return words if found is None else Group(found, words)
    return found


def plan_block(plan: Plan) -> RenderableType:
    """Return a plan, a line for each step, and how the question was read."""
    steps = Text("\n".join(f"  {MARKS[step.status]} {step.text}" for step in plan.steps))
    if not plan.reading:
        return steps
    return Group(steps, Text(f"  {reading_line(plan.reading)}", style="dim"))


def code_block(text: str, language: str) -> RenderableType:
    """Return code, coloured where there is colour."""
    return Syntax(text.strip("\n"), language, background_color="default", word_wrap=True)


def answer_block(text: str) -> RenderableType:
    """Return an answer, which is Markdown."""
    return Markdown(text)


def table_block(found: Rows) -> RenderableType:
    """Return rows as a table, and how many more there are."""
    grid = Grid(show_edge=False, pad_edge=False, header_style="bold")
    for column in found.columns:
        number = column.type in NUMBERS
        grid.add_column(column.name, justify="right" if number else "left", overflow="fold")
    for row in found.rows:
        grid.add_row(*(Text(cell_text(cell)) for cell in row))
    left = found.row_count - len(found.rows)
    if left <= 0 and not found.truncated:
        return grid
    words = f"… {left} more rows" if left > 0 else "… cut by a limit"
    return Group(grid, Text(words, style="dim"))


def table_text(columns: Sequence[Column], rows: Sequence[Sequence[Any]]) -> str:
    """Return rows as aligned plain text, for pipes and for eyes without colour."""
    lines = [[column.name for column in columns]]
    lines += [[cell_text(cell) for cell in row] for row in rows]
    widths = [min(max(map(len, column)), WIDEST) for column in zip(*lines, strict=True)]
    right = [column.type in NUMBERS for column in columns]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join(
        "  ".join(
            cell.rjust(width) if number else cell.ljust(width)
            for cell, width, number in zip(line, widths, right, strict=True)
        ).rstrip()
        for line in lines
    )


def cell_text(cell: Any) -> str:
    """Return a cell as text. Control characters of hostile data do not reach the terminal."""
    if cell is None:
        return "NULL"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 2**53 else _short(cell)
    return "".join(c if c.isprintable() else " " for c in str(cell))


def _short(number: float) -> str:
    return f"{number:.6g}" if math.isfinite(number) and abs(number) < 1e6 else f"{number:.2f}"


def ask_block(request: ApprovalRequested) -> RenderableType:
    """Return what waits for a person."""
    words = Text(f"May this {request.subject} run?", style="bold yellow")
    if request.subject == "plan":
        words = Text("Follow this plan?", style="bold yellow")
    if request.reason:
        words.append(f"  {request.reason}", style="dim")
    return words


def end_block(finished: RunFinished) -> RenderableType | None:
    """Return how a run ended, where its answer does not say it."""
    if finished.outcome == "answered":
        return None
    words = Text(finished.outcome, style="red")
    if finished.error is not None:
        words.append(f": {finished.error.message}")
        if finished.error.hint:
            words.append(f"\n{finished.error.hint}", style="dim")
    return words


def console(*, stderr: bool = False) -> Console:
    """Return a console that wraps for people and leaves pipes alone."""
    return Console(stderr=stderr, highlight=False, soft_wrap=False)


def _output(output: Output) -> RenderableType | None:
    parts: list[RenderableType] = []
    if output.stdout:
        parts.append(Text(output.stdout.rstrip("\n")))
    if output.stderr:
        parts.append(Text(output.stderr.rstrip("\n"), style="red"))
    if output.result is not None:
        parts.append(Text(output.result))
    parts += [Text(f"[{display.mime}]", style="cyan") for display in output.displays]
    if output.truncated:
        parts.append(Text("… more was printed than is kept", style="dim"))
    return Group(*parts) if parts else None
