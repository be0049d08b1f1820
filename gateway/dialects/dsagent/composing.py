"""Our contents in their form: text with tags, a plan with boxes, output with a table as text."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from gateway.dialects.dsagent.shapes import ExecutionResult, Picture, PlanShape, PlanStep
from protocol.ids import ItemId
from protocol.items import (
    Answer,
    AnyContent,
    Cell,
    Chart,
    Code,
    Display,
    Error,
    ErrorInfo,
    Image,
    Output,
    Plan,
    Step,
    Table,
    Tool,
)

ROWS: Final = 20
"""How many rows of a table stand in `stdout`; the rest is behind the last line."""
WIDEST: Final = 60
"""How many characters of a cell are shown."""
ABORTED: Final = "Task aborted by user."
_ANSI: Final = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_STEP: Final = re.compile(r"^\s*(?:\d+[.)]|[-*])?\s*(?:\[(?P<box>[ xX])\])?\s*(?P<text>.*\S)\s*$")
_SQL: Final = "-- SQL on "


# --- Plans ---


def plan_of(plan: Plan) -> PlanShape:
    """Return a plan with its boxes; a skipped step is no longer to be done, so its box is full."""
    steps = tuple(
        PlanStep(number=number, description=step.text, completed=step.status in ("done", "skipped"))
        for number, step in enumerate(plan.steps, 1)
    )
    done = sum(step.completed for step in steps)
    lines = (f"{s.number}. [{'x' if s.completed else ' '}] {s.description}" for s in steps)
    return PlanShape(
        steps=steps,
        raw_text="\n".join(lines),
        total_steps=len(steps),
        completed_steps=done,
        is_complete=bool(steps) and done == len(steps),
    )


def steps_of(text: str) -> tuple[Step, ...]:
    """Read a plan as a person writes it back: `1. [ ] text`, with or without number and box."""
    found = (_STEP.match(line) for line in text.splitlines())
    return tuple(
        Step(text=match["text"], status="done" if match["box"] in ("x", "X") else "pending")
        for match in found
        if match is not None
    )


# --- Code ---


def code_of(language: str | None, text: str, source: str | None) -> str:
    """Return code as it is shown. Theirs is always Python, so SQL says in a comment what it is."""
    if language != "sql":
        return text
    return f"{_SQL}{source or 'the source'}\n{text}"


def text_of(shown: str) -> str:
    """Return the code in what was shown, as it may come back edited."""
    first, _, rest = shown.partition("\n")
    return rest if first.startswith(_SQL) else shown


# --- Results ---


def execution_of(
    parts: Iterable[tuple[ItemId, AnyContent]],
    rows: Mapping[ItemId, Sequence[Sequence[Cell]]],
    ok: bool,
    error: ErrorInfo | None = None,
) -> ExecutionResult:
    """Return what the items of one piece of code make together."""
    out: list[str] = []
    err: list[str] = []
    pictures: list[Picture] = []
    traces: list[str] = []
    for item, content in parts:
        match content:
            case Output():
                out += [content.stdout, *_texts(content.displays), content.result or ""]
                err.append(content.stderr)
                pictures += _pictures(content.displays)
            case Table():
                out.append(table_text(content, rows.get(item, ())))
            case Image(data=str(data)):
                pictures.append(Picture(mime=content.mime, data=data, format=_format(content.mime)))
            case Error():
                traces.append(plain(content.traceback or content.message))
            case _:
                pass
    failure = None if ok else "\n".join(traces) or _words(error)
    stdout = _lines(out)
    return ExecutionResult(
        stdout=stdout,
        stderr=_lines(err),
        error=failure,
        images=tuple(pictures),
        success=ok,
        output=stdout,
    )


def merged(results: Sequence[ExecutionResult]) -> ExecutionResult | None:
    """Return the results of one round as one: their replies hold one code block, ours may two."""
    if not results:
        return None
    stdout = _lines([result.stdout for result in results])
    return ExecutionResult(
        stdout=stdout,
        stderr=_lines([result.stderr for result in results]),
        error="\n".join(r.error for r in results if r.error is not None) or None,
        images=tuple(picture for result in results for picture in result.images),
        success=all(result.success for result in results),
        output=stdout,
    )


def plain(text: str) -> str:
    """Return a traceback without its colours: a page would show them as letters."""
    return _ANSI.sub("", text)


def table_text(table: Table, rows: Sequence[Sequence[Cell]]) -> str:
    """Return the first rows as aligned text; if there are more, how many and where they are."""
    names = [column.name for column in table.columns]
    lines = [names, *([_cell(cell) for cell in row] for row in rows[:ROWS])]
    widths = [max(len(line[place]) for line in lines) for place in range(len(names))]
    text = "\n".join(
        "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
    if table.row_count <= min(len(rows), ROWS):
        return text
    where = f", all at /api/v1/results/{table.result}.csv" if table.result is not None else ""
    return f"{text}\n[{table.row_count} rows x {len(names)} columns{where}]"


def _cell(cell: Cell) -> str:
    text = "" if cell is None else str(cell).replace("\n", " ")
    return text if len(text) <= WIDEST else f"{text[: WIDEST - 1]}…"


def _texts(displays: Sequence[Display]) -> list[str]:
    return [str(d.data) for d in displays if d.mime == "text/plain"]


def _pictures(displays: Sequence[Display]) -> list[Picture]:
    return [
        Picture(mime=d.mime, data=_as_text(d.data), format=_format(d.mime))
        for d in displays
        if d.mime.startswith("image/")
    ]


def _format(mime: str) -> str:
    return mime.partition("/")[2].partition("+")[0]


def _as_text(data: Any) -> str:
    return data if isinstance(data, str) else str(data)


def _words(error: ErrorInfo | None) -> str:
    if error is None:
        return "It did not finish."
    return " ".join(filter(None, (error.message, error.hint)))


def _lines(texts: Sequence[str]) -> str:
    """Join what was printed one after the other, each from the start of a line."""
    joined = ""
    for text in filter(None, texts):
        joined += "\n" + text if joined and not joined.endswith("\n") else text
    return joined


# --- A reply ---


def content_of(parts: Iterable[AnyContent | str]) -> str:
    """Compose the reply that the round's items would have been in their tag form."""
    return "\n".join(filter(None, map(_said, parts)))


def _said(part: AnyContent | str) -> str:
    match part:
        case str():
            return part
        case Plan():
            return f"<plan>\n{plan_of(part).raw_text}\n</plan>"
        case Code():
            words = f"{part.explanation}\n" if part.explanation else ""
            return f"{words}<code>\n{code_of(part.language, part.text, part.source)}\n</code>"
        case Answer():
            return f"<answer>\n{part.text}\n</answer>"
        case Chart():
            return f"[Chart: {part.title or 'untitled'}]"
        case Tool():
            return f"[Tool: {part.name}]"
        case _:
            return ""
