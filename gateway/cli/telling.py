"""`askwire version`."""

import argparse
import sys

from gateway.version import SERVER


def run(_: argparse.Namespace) -> int:
    """Print the version."""
    sys.stdout.write(f"{SERVER}\n")
    return 0
