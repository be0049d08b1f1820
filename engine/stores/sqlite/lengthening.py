"""A write-ahead log that is long before anything is written in it."""

import os
import shutil
from contextlib import suppress
from pathlib import Path

LENGTH = 4 << 20
"""About as long as the log grows between two checkpoints."""

PLENTY = 256 << 20
"""With less free space than this, the log is left to grow by itself."""


def lengthen(path: Path) -> None:
    """Make the log of the file at `path` of zeros, if there is none. Nobody may have it open.

    A write that makes a file longer has its file system write of that too, before it is on the
    disk: the commit of a command takes half as long again. SQLite takes a log that does not begin
    with its mark for an empty one, and writes it from the start on (its file format, 4.1).
    """
    log = path.with_name(path.name + "-wal")
    with suppress(OSError):
        if shutil.disk_usage(path.parent).free < PLENTY:
            return
        made = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_EXCL, path.stat().st_mode & 0o777)
        try:
            if os.write(made, bytes(LENGTH)) < LENGTH:
                log.unlink()  # Some of it would be as good, but this disk is full after all.
        finally:
            os.close(made)
