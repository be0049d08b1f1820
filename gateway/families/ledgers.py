"""A ledger: every operation of a foreign API, and what became of it here.

It stands in the family's own package, beside its routes, and is written into docs/families/.
"""

from collections.abc import Iterator
from typing import Final, Literal

import msgspec

How = Literal["kept", "translated", "not offered"]
HEADS: Final = ("operation of the original", "here", "what differs, and why")


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One operation of the original, or one that only stands here (`added`).

    `kept`: it gives what the original gives. `translated`: it does the same by other means, and
    some of what it says differs. `not offered`: it is refused, for the reason in `note`.
    """

    method: str
    path: str
    how: How | Literal["added"]
    note: str = ""


def rows(entries: tuple[Entry, ...]) -> Iterator[tuple[str, ...]]:
    """Yield the rows of a ledger's table."""
    for entry in entries:
        yield f"{entry.method} `{entry.path}`", entry.how, " ".join(entry.note.split())
