"""`askwire sessions` and `askwire export`: what is kept, and taking it away."""

import argparse
import asyncio
import sys
from collections.abc import Sequence

from gateway.cli.leaving import Usage
from gateway.cli.lines import ID, Line, line_to
from protocol.codec import encode_record, encode_value
from protocol.commands import SessionArchive, SessionDelete
from protocol.events import Record
from protocol.ids import SessionId
from protocol.items import Answer, Code, Output, Plan, Table
from protocol.screens import ItemSeen, Screen

PREVIEW = 20


def run(chosen: argparse.Namespace) -> int:
    """Do what is asked of the sessions, or of one."""
    return asyncio.run(_sessions(chosen) if chosen.command == "sessions" else _export(chosen))


async def _sessions(chosen: argparse.Namespace) -> int:
    async with line_to(chosen, working=chosen.action != "list") as line:
        if chosen.action == "list":
            return await _list(line, chosen)
        if not chosen.session:
            raise Usage(f"say which session to {chosen.action}")
        for name in chosen.session:
            session = SessionId(name)
            if chosen.action == "archive":
                await line.send(SessionArchive(id=ID, session=session))
            else:
                await line.send(SessionDelete(id=ID, session=session))
    return 0


async def _list(line: Line, chosen: argparse.Namespace) -> int:
    found = await line.sessions(chosen.archived)
    for doing in found:
        if chosen.json:
            sys.stdout.write(encode_value(doing).decode() + "\n")
            continue
        at = doing.updated_at[:16].replace("T", " ")
        sys.stdout.write(f"{doing.session}  {at}  {doing.activity:8} {doing.name or '-'}\n")
    if not found and not chosen.json:
        sys.stderr.write("no sessions yet: askwire chat begins one\n")
    return 0


async def _export(chosen: argparse.Namespace) -> int:
    session = SessionId(chosen.session)
    async with line_to(chosen, working=False) as line:
        data = await _written(line, session, chosen.form)
    if chosen.to is None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    else:
        await asyncio.to_thread(chosen.to.write_bytes, data)
        sys.stderr.write(f"{chosen.to}: {len(data)} bytes\n")
    return 0


async def _written(line: Line, session: SessionId, form: str) -> bytes:
    if form == "notebook":
        return await line.notebook(session)
    screen, upto = await line.screen(session)
    if form == "json":
        records = line.records(session, 0, upto)
        said = [encode_record(told) async for told in records if isinstance(told, Record)]
        return b"".join(record + b"\n" for record in said)
    if form == "csv":
        return await _last_table(line, screen)
    return (await markdown(line, screen)).encode()


async def _last_table(line: Line, screen: Screen) -> bytes:
    for item in reversed(screen.items.values()):
        if isinstance(item.content, Table) and item.content.result is not None:
            return await line.csv(item.content.result)
    raise Usage("this session has no table to save as CSV")


async def markdown(line: Line, screen: Screen) -> str:
    """Return a session as a page to read: questions, code, tables, answers."""
    parts = [f"# {screen.name or screen.session}"]
    told: set[str] = set()
    for run in screen.runs:
        parts.append(f"## {run.text}")
        parts += await _items(line, [screen.items[item] for item in run.items])
        told.update(run.items)
        if run.outcome not in (None, "answered"):
            parts.append(f"*{run.outcome}*" + (f": {run.error.message}" if run.error else ""))
    parts += await _items(line, [item for item in screen.items.values() if item.item not in told])
    return "\n\n".join(parts) + "\n"


async def _items(line: Line, items: Sequence[ItemSeen]) -> list[str]:
    parts: list[str] = []
    for item in items:
        match item.content:
            case Plan(steps=steps):
                parts.append("\n".join(f"- {step.text}" for step in steps))
            case Code(text=text, language=language):
                fence = "```" if "```" not in text else "`````"
                parts.append(f"{fence}{language}\n{text.strip()}\n{fence}")
            case Output(stdout=stdout) if stdout.strip():
                parts.append("\n".join("    " + line for line in stdout.rstrip().splitlines()))
            case Table() as table:
                parts.append(await _table(line, table))
            case Answer(text=text):
                parts.append(text)
            case _:
                pass
    return parts


async def _table(line: Line, table: Table) -> str:
    if table.result is None:
        return f"*{table.row_count} rows*"
    found = await line.rows(table.result, PREVIEW)
    rows = [[column.name for column in found.columns], ["---"] * len(found.columns)]
    rows += [[_cell(cell) for cell in row] for row in found.rows]
    left = found.row_count - len(found.rows)
    more = f"\n\n*… {left} more rows*" if left > 0 else ""
    return "\n".join(f"| {' | '.join(row)} |" for row in rows) + more


def _cell(cell: object) -> str:
    return "" if cell is None else " ".join(str(cell).replace("|", "\\|").split())
