"""Puts the sample data into a directory, once."""

import hashlib
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from engine.sample.shop import write_shop
from engine.sample.surroundings import write_energy, write_weather

SHOP_NAME = "shop.sqlite"
MEANING = Path(__file__).with_name("shop.yaml")
"""What the shop's data means; it stays where it is."""
CSV_NAMES = ("weather.csv", "energy.csv")
_MAKERS: dict[str, Callable[[Path], object]] = {
    SHOP_NAME: write_shop,
    CSV_NAMES[0]: write_weather,
    CSV_NAMES[1]: write_energy,
}
_EDITION_NAME = ".edition"


def _silent(_: str) -> None:
    """Say nothing."""


def write(directory: Path, say: Callable[[str], None] = _silent) -> bool:
    """Make the sample data in `directory`, unless it is there; whether anything was written.

    Takes seconds and blocks: not for an event loop.
    """
    return put(directory, _MAKERS, _edition(), say)


def put(
    directory: Path,
    makers: Mapping[str, Callable[[Path], object]],
    edition: str,
    say: Callable[[str], None] = _silent,
) -> bool:
    """Have each maker write its file, unless `directory` holds this edition of them all.

    Each file appears whole or not at all: a reader never sees half of one, and a run that was cut
    off is made good by the next.
    """
    stamp = directory / _EDITION_NAME
    there = stamp.is_file() and all((directory / name).is_file() for name in makers)
    if there and stamp.read_text(encoding="utf-8") == edition:
        return False
    directory.mkdir(parents=True, exist_ok=True)
    stamp.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(dir=directory, prefix=".making-") as making:
        for name, make in makers.items():
            say(f"making {name}")
            make(Path(making) / name)
            os.replace(Path(making) / name, directory / name)
        (Path(making) / _EDITION_NAME).write_text(edition, encoding="utf-8")
        os.replace(Path(making) / _EDITION_NAME, stamp)
    return True


def _edition() -> str:
    """Names what this code would make, so that changed code makes the data anew."""
    digest = hashlib.sha256()
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.read_bytes())
    return digest.hexdigest()
