"""`askwire guard`: the guard as a tool of its own."""

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from engine.ports import Checked
from engine.sources.guard.checking import check
from protocol.items import Finding


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """One line of output."""

    allowed: bool
    sql: str | None
    findings: tuple[Finding, ...]


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of input; other fields are passed over."""

    sql: str
    dialect: str = "postgres"


def guard_command(argv: Sequence[str]) -> int:
    """Check what the arguments name and print a line of JSON for each statement.

    Return 0 if all are allowed, 1 if any is refused, 2 if the arguments or the file make no sense.
    """
    parser = _parser()
    try:
        chosen = parser.parse_args(list(argv))
    except SystemExit as left:
        return 2 if left.code else 0
    if (chosen.sql is None) == (chosen.jsonl is None):
        sys.stderr.write("askwire guard: give either a statement or --jsonl FILE\n")
        return 2
    refused = False
    try:
        for line in _lines(chosen):
            checked = check(line.sql, dialect=line.dialect, max_rows=chosen.max_rows)
            refused = refused or not checked.ok
            sys.stdout.write(msgspec.json.encode(_verdict(checked)).decode() + "\n")
    except (OSError, UnicodeDecodeError) as error:
        sys.stderr.write(f"askwire guard: {chosen.jsonl} cannot be read: {error}\n")
        return 2
    except msgspec.MsgspecError as error:
        sys.stderr.write(f"askwire guard: {chosen.jsonl}: {error}\n")
        return 2
    return 1 if refused else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="askwire guard", description="Say whether SQL only reads, and what would run."
    )
    parser.add_argument("sql", nargs="?", help="one statement")
    parser.add_argument("--dialect", default="postgres", help="such as sqlite, duckdb, mysql")
    parser.add_argument("--jsonl", help='file of lines {"dialect", "sql"}; - is standard input')
    parser.add_argument("--max-rows", type=int, default=None, help="write this row limit in")
    return parser


def _lines(chosen: argparse.Namespace) -> Iterator[Line]:
    if chosen.sql is not None:
        yield Line(sql=chosen.sql, dialect=chosen.dialect)
        return
    if chosen.jsonl == "-":
        yield from _read(sys.stdin)
        return
    with Path(chosen.jsonl).open(encoding="utf-8") as file:
        yield from _read(file)


def _read(file: Iterable[str]) -> Iterator[Line]:
    for number, text in enumerate(file, start=1):
        if text.strip():
            try:
                yield msgspec.json.decode(text, type=Line)
            except msgspec.MsgspecError as error:
                raise msgspec.ValidationError(f"line {number}: {error}") from error


def _verdict(checked: Checked) -> Verdict:
    return Verdict(
        allowed=checked.ok, sql=checked.sql if checked.ok else None, findings=checked.findings
    )
