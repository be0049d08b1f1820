"""The statements that are kept beside the repository: attacks, and honest questions."""

from pathlib import Path
from typing import Literal

import msgspec
import pytest

FOLDER = Path(__file__).parents[4] / "shared" / "sql-guard"
MISSING = "the statements are not beside the checkout (../shared/sql-guard)"
beside = pytest.mark.skipif(not (FOLDER / "attacks.jsonl").is_file(), reason=MISSING)
"""For tests that need them."""


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A statement, and what is to become of it. `limit`: it may run, within bounds."""

    dialect: str
    sql: str
    expect: Literal["refuse", "limit", "ambiguous", "allow"] = "allow"


def cases(name: str, dialect: str | None = None) -> list[Case]:
    """Read a file of them; nothing if it is not there."""
    path = FOLDER / f"{name}.jsonl"
    if not path.is_file():
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    found = [msgspec.json.decode(line, type=Case) for line in lines if line.strip()]
    return [case for case in found if dialect in (None, case.dialect)]
