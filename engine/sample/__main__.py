"""`python -m engine.sample DIR`: write the sample data into a directory."""

import argparse
import time
from pathlib import Path

from engine.sample.making import write


def main() -> None:
    """Write the sample data, or say that it is there."""
    parser = argparse.ArgumentParser(prog="python -m engine.sample", description=__doc__)
    parser.add_argument("directory", type=Path, help="made when it is not there")
    directory: Path = parser.parse_args().directory
    started = time.monotonic()
    if write(directory, say=print):
        print(f"sample data written to {directory} in {time.monotonic() - started:.1f} s")
    else:
        print(f"sample data in {directory} is up to date")


if __name__ == "__main__":
    main()
