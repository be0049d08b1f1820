"""`askwire grants`: what need not be asked about any more, and taking it back."""

import argparse
import asyncio
import sys
from collections.abc import Sequence

from engine.grants import Grant
from gateway.cli.leaving import FAILED, Usage
from gateway.cli.lines import Line, line_to
from protocol.codec import encode_value


def run(chosen: argparse.Namespace) -> int:
    """List what is allowed for always, or take some of it back."""
    return asyncio.run(_grants(chosen))


async def _grants(chosen: argparse.Namespace) -> int:
    if chosen.action == "revoke" and not chosen.grant:
        raise Usage("say which grant to revoke, by the id that `askwire grants` shows")
    async with line_to(chosen, working=False) as line:
        if chosen.action == "revoke":
            return await _revoke(line, chosen.grant)
        return _list(await line.grants(), as_json=chosen.json)


def _list(grants: Sequence[Grant], *, as_json: bool) -> int:
    for grant in grants:
        if as_json:
            sys.stdout.write(encode_value(grant).decode() + "\n")
            continue
        at = grant.at[:16].replace("T", " ")
        sys.stdout.write(f"{grant.id}  {at}  {grant.subject:8} {grant.scope}  {grant.session}\n")
    if not grants and not as_json:
        sys.stderr.write("nothing is allowed for always\n")
    return 0


async def _revoke(line: Line, grants: Sequence[str]) -> int:
    missing = [grant for grant in grants if not await line.revoke(grant)]
    for grant in missing:
        sys.stderr.write(f"askwire grants: there is no grant {grant!r}\n")
    return FAILED if missing else 0
