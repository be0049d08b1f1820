"""Temporary folders of children."""

import shutil
from pathlib import Path


def remove_tree(path: Path) -> None:
    """Remove a folder and all in it; no matter if it is not there."""
    shutil.rmtree(path, ignore_errors=True)
