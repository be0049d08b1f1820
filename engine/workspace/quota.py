"""How much a folder holds. Blocking: call it in a thread."""

import os
from pathlib import Path

PER_ENTRY = 4_096
"""What an entry costs at least, so that a million empty files are not free."""


def usage(folder: Path, enough: int | None = None) -> int:
    """Return the bytes below `folder`; stop counting beyond `enough`. Links are not followed."""
    total = 0
    waiting = [os.fspath(folder)]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    total += max(entry.stat(follow_symlinks=False).st_blocks * 512, PER_ENTRY)
                    if enough is not None and total > enough:
                        return total
        except OSError:
            continue  # it went away while we looked, or is closed to us
    return total
