"""`askwire replay`: a session's log, played again as it came."""

import argparse
import asyncio
import sys
from datetime import datetime
from typing import Final

from gateway.cli.leaving import Usage
from gateway.cli.lines import Line, line_to
from protocol.codec import encode_record
from protocol.events import (
    ApprovalRequested,
    ApprovalResolved,
    ItemCompleted,
    QuestionAnswered,
    QuestionAsked,
    Record,
    RunFinished,
    RunStarted,
)
from protocol.ids import ItemId, SessionId
from protocol.items import Answer, Plan, Table

LONGEST: Final = 5.0
"""Seconds that a replay waits at most: nobody wants to watch somebody think for an hour."""


def run(chosen: argparse.Namespace) -> int:
    """Play the log to its end as it is now."""
    if chosen.speed < 0:
        raise Usage("--speed is 0 (at once) or more")
    return asyncio.run(_replay(chosen))


async def _replay(chosen: argparse.Namespace) -> int:
    session = SessionId(chosen.session)
    async with line_to(chosen, working=False) as line:
        _, upto = await line.screen(session)
        before: datetime | None = None
        shown: set[ItemId] = set()
        async for told in line.records(session, 0, upto):
            if not isinstance(told, Record):
                continue
            at = datetime.fromisoformat(told.at)
            if before is not None and chosen.speed > 0:
                await asyncio.sleep(min((at - before).total_seconds() / chosen.speed, LONGEST))
            before = at
            if chosen.json:
                sys.stdout.write(encode_record(told).decode() + "\n")
                sys.stdout.flush()
            else:
                await _show(line, told, shown)
    return 0


async def _show(line: Line, record: Record, shown: set[ItemId]) -> None:
    from gateway.cli.showing import (
        answer_block,
        ask_block,
        block_of,
        console,
        end_block,
        table_block,
    )

    out = console()
    match record.event:
        case RunStarted(text=text):
            out.print(f"\n❯ {text}", style="bold", markup=False)
        case ItemCompleted(content=Table(result=str(result))):
            out.print(table_block(await line.rows(result, 20)))
        case ItemCompleted(content=Answer(text=text)):
            out.print(answer_block(text))
        case ItemCompleted(content=Plan(), item=item) if item in shown:
            pass  # its steps are ticked off; the plan itself is known
        case ItemCompleted() as completed:
            shown.add(completed.item)
            block = block_of(completed)
            if block is not None:
                out.print(block)
        case ApprovalRequested() as asked:
            out.print(ask_block(asked))
        case ApprovalResolved(verdict=verdict, by=by):
            out.print(f"  {verdict}" + (f" by {by}" if by else ""), style="dim", markup=False)
        case QuestionAsked(prompts=prompts):
            for prompt in prompts:
                out.print(f"? {prompt.title} {prompt.text}", markup=False)
        case QuestionAnswered(answers=answers):
            out.print(f"  {answers}", style="dim", markup=False)
        case RunFinished() as finished:
            end = end_block(finished)
            if end is not None:
                out.print(end)
        case _:
            pass
