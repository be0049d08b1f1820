"""`askwire …`: the terminal. Each command's module is imported only when it is called."""

import sys
from collections.abc import Sequence
from importlib import import_module

from gateway.cli.leaving import INTERRUPTED, USAGE, Usage
from gateway.cli.parsing import parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    given = sys.argv[1:] if argv is None else list(argv)
    if not given:
        parser().print_help(sys.stderr)
        return USAGE
    if given == ["--version"]:
        given = ["version"]
    if given[0] == "guard":
        # It has its own arguments.
        from engine.sources.guard.command import guard_command

        return guard_command(given[1:])
    try:
        chosen = parser().parse_args(given)
    except SystemExit as left:
        return left.code if isinstance(left.code, int) else USAGE
    module = import_module(f"gateway.cli.{chosen.module}")
    try:
        return int(module.run(chosen))
    except Usage as usage:
        sys.stderr.write(f"askwire {chosen.command}: {usage}\n")
        return USAGE
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read us has read enough. What Python would flush on its way out goes nowhere.
        sys.stdout = open("/dev/null", "w", encoding="utf-8")  # noqa: SIM115
        return 0
    except Exception as failure:
        from gateway.cli.failures import told_of

        told = told_of(failure)
        if told is None:
            raise
        sys.stderr.write(f"askwire {chosen.command}: {told[1]}\n")
        return told[0]
