"""A session's screen as the cells of a notebook: questions, code with what it gave, answers."""

from collections.abc import Iterator

from engine.ports import KernelOutput, Printed, Raised, Returned, Shown, ShownTable
from engine.results.shortening import shortened
from engine.results_of import first_rows
from engine.workspace.cells import Gave, NotebookCell
from engine.world import World
from protocol.items import Answer, Code, Error, Output, Table, Tool
from protocol.screens import ItemSeen, RunSeen, Screen

PREVIEW_ROWS = 50


async def cells_of(world: World, screen: Screen) -> list[NotebookCell]:
    """Return the cells in the order in which things happened; code that failed is left out."""
    cells: list[NotebookCell] = []
    told: set[str] = set()
    for run in screen.runs:
        cells.append(NotebookCell(kind="markdown", text=f"## {run.text}"))
        told.update(run.items)
        cells += await _of_run(world, screen, run)
    for item in screen.items.values():
        if item.item not in told:
            cells += await _of_item(world, screen, item)
    return cells


async def _of_run(world: World, screen: Screen, run: RunSeen) -> list[NotebookCell]:
    cells: list[NotebookCell] = []
    for name in run.items:
        cells += await _of_item(world, screen, screen.items[name])
    return cells


async def _of_item(world: World, screen: Screen, item: ItemSeen) -> list[NotebookCell]:
    match item.content:
        case Code() as code if item.outcome == "ok" and not _asked_by_code(screen, item):
            return [await _of_code(world, screen, item, code)]
        case Answer() as answer if item.outcome == "ok":
            return [NotebookCell(kind="markdown", text=answer.text)]
        case _:
            return []


async def _of_code(world: World, screen: Screen, item: ItemSeen, code: Code) -> NotebookCell:
    outputs: list[KernelOutput] = []
    for part in screen.items.values():
        if part.of == item.item:
            outputs += await _outputs(world, part)
    return NotebookCell(
        kind="code",
        text=code.text,
        language=code.language,
        source=code.source,
        outputs=tuple(outputs),
        tables=tuple(_tables(screen, item)),
        answers={
            str(part.content.arguments.get("question")): str(part.content.result)
            for part in screen.items.values()
            if part.of == item.item and isinstance(part.content, Tool) and part.content.result
        },
    )


def _asked_by_code(screen: Screen, item: ItemSeen) -> bool:
    """Tell whether Python asked for this SQL: it will ask again."""
    cell = screen.items.get(item.of) if item.of is not None else None
    return cell is not None and cell.language == "python" and item.language == "sql"


def _tables(screen: Screen, item: ItemSeen) -> Iterator[Gave]:
    """Return the kept tables of SQL: the item's own, or those of its Python's queries."""
    for query in (item, *(part for part in screen.items.values() if part.of == item.item)):
        if not isinstance(query.content, Code) or query.language != "sql":
            continue
        for part in screen.items.values():
            if part.of == query.item and isinstance(part.content, Table) and part.content.result:
                yield Gave(result=part.content.result, sql=query.content.text, source=query.source)


async def _outputs(world: World, part: ItemSeen) -> list[KernelOutput]:
    match part.content:
        case Table(result=str(result)) as table:
            rows = shortened(await first_rows(world, result, PREVIEW_ROWS))
            return [ShownTable(columns=table.columns, rows=rows, row_count=table.row_count)]
        case Output() as output:
            found: list[KernelOutput] = []
            if output.stdout:
                found.append(Printed(stream="stdout", text=output.stdout))
            if output.stderr:
                found.append(Printed(stream="stderr", text=output.stderr))
            found += [Shown(displays=(display,)) for display in output.displays]
            if output.result is not None:
                found.append(Returned(text=output.result))
            return found
        case Error() as error:
            return [
                Raised(
                    name=error.name or "Error",
                    message=error.message,
                    traceback=error.traceback or "",
                )
            ]
        case _:
            return []
