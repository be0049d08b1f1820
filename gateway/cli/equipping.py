"""`askwire equip`: an environment of its own for Python in sessions, as `make setup` makes one."""

import argparse
import sys
from pathlib import Path

from engine.kernels.environment import find
from engine.kernels.equipping import equip, is_made, lock_file


def run(chosen: argparse.Namespace) -> int:
    """Make it beside the server's own packages, unless it is there."""
    prefix, lock = Path(sys.prefix), lock_file()
    if not is_made(prefix, lock):
        sys.stdout.write(
            f"installing pandas, polars, scikit-learn and more below {prefix / 'kernel'}: "
            "this takes a minute or more\n"
        )
        sys.stdout.flush()
        equip(prefix, sys.executable, lock)
    sys.stdout.write(f"Python in sessions has {find(prefix, sys.executable).words}\n")
    return 0
