"""Write the files that are made from the words, or say which of them are out of date.

python -m protocol.schema --write               write them
python -m protocol.schema --check               say what is out of date, or breaks the baseline
python -m protocol.schema --baseline            take today's words as what must not break
python -m protocol.schema --breaking OLD NEW    compare two schema files
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec

from protocol.schema.as_asyncapi import asyncapi
from protocol.schema.as_json_schema import json_schema
from protocol.schema.as_page import page
from protocol.schema.as_typescript import typescript
from protocol.schema.breaking import breaking

ROOT: Final = Path(__file__).parents[2]
BASELINE: Final = "docs/protocol/baseline.json"


def pretty(document: Any) -> str:
    """Return a document as JSON for eyes and diffs."""
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


WRITERS: Final[dict[str, Callable[[], str]]] = {
    "docs/protocol.md": page,
    "docs/protocol/schema.json": lambda: pretty(json_schema()),
    "docs/protocol/asyncapi.json": lambda: pretty(asyncapi()),
    "web/src/generated/protocol.ts": typescript,
}


def stale(root: Path = ROOT) -> list[str]:
    """Return the files that are not what the words say today."""
    return [
        name
        for name, write in WRITERS.items()
        if not (root / name).is_file() or (root / name).read_text("utf-8") != write()
    ]


def write(root: Path = ROOT) -> list[str]:
    """Write the files that are out of date, and return their names."""
    names = stale(root)
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(WRITERS[name](), "utf-8")
    return names


def broken(root: Path = ROOT) -> list[str]:
    """Return what today's words break of the baseline."""
    old = msgspec.json.decode((root / BASELINE).read_bytes())
    return breaking(old, msgspec.json.decode(pretty(json_schema())))


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; return 1 when something is out of date or breaks."""
    parser = argparse.ArgumentParser(prog="python -m protocol.schema", description=__doc__)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--write", action="store_true")
    what.add_argument("--check", action="store_true")
    what.add_argument("--baseline", action="store_true")
    what.add_argument("--breaking", nargs=2, type=Path, metavar=("OLD", "NEW"))
    chosen = parser.parse_args(arguments)
    if chosen.write:
        return _say(f"wrote {name}" for name in write()) and 0
    if chosen.baseline:
        (ROOT / BASELINE).write_text(pretty(json_schema()), "utf-8")
        return 0
    if chosen.breaking:
        old, new = (msgspec.json.decode(path.read_bytes()) for path in chosen.breaking)
        return _say(breaking(old, new))
    return _say(
        [
            *(f"{name} is out of date: run `make docs`" for name in stale()),
            *(f"breaks clients: {change}" for change in broken()),
        ]
    )


def _say(lines: Any) -> int:
    said = [print(line, file=sys.stderr) for line in lines]
    return 1 if said else 0


if __name__ == "__main__":
    raise SystemExit(main())
