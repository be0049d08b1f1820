"""`askwire audit`: who decided what, and when."""

import argparse
import asyncio
import sys

from gateway.cli.lines import line_to
from protocol.audit import Decided
from protocol.codec import encode_value
from protocol.ids import SessionId


def run(chosen: argparse.Namespace) -> int:
    """Print the decisions of one session, or of all."""
    return asyncio.run(_audit(chosen))


async def _audit(chosen: argparse.Namespace) -> int:
    session = None if chosen.session is None else SessionId(chosen.session)
    async with line_to(chosen, working=False) as line:
        async for decided in line.audit(session):
            if chosen.json:
                sys.stdout.write(encode_value(decided).decode() + "\n")
            else:
                sys.stdout.write("\n".join(told(decided)) + "\n")
    return 0


def told(decided: Decided) -> list[str]:
    """Return a decision as lines: when, where, who and what; then the text it was about."""
    at = decided.at[:19].replace("T", " ")
    head = f"{at}  {decided.session}  {decided.by or 'nobody':10}  {_words(decided)}"
    below = [] if decided.text is None else decided.text.splitlines()
    if decided.diff is not None:
        below = decided.diff.splitlines()
    if decided.remark is not None:
        below.append(f"said: {decided.remark}")
    if decided.digest:
        below.append(f"digest {decided.digest[:16]}")
    return [head, *(f"    {line}" for line in below)]


def _words(decided: Decided) -> str:
    match decided.what:
        case "mode":
            gates = "" if decided.gates is None else " with gates of its own"
            return f"mode {decided.mode or 'as before'}{gates}"
        case "revoked":
            return f"took back what {decided.approval} let be remembered"
        case "verdict":
            where = f" on {decided.scope}" if decided.scope else ""
            kept = f", remembered for {decided.remember}" if decided.remember else ""
            return f"{decided.verdict} {decided.subject}{where}{kept}"
