"""What is said of a column from some of its values."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec

from engine.ports import ColumnInfo, TableInfo
from engine.sources.cells import text

FEW: Final = 60
"""A column of text with at most this many values is surely a list of choices."""
CHOICES: Final = 1_000
"""A column of text with at most this many values may be one; all of them are kept."""
SAMPLES: Final = 8
MAX_LENGTH: Final = 100
LOOK: Final = MAX_LENGTH + 1
"""How much of a text is fetched to be judged: enough to see that it is too long to be shown."""
UNSEEN: Final = ("bytes", "list")
"""Types whose values say nothing of a column, and may be large."""


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """How many different values a column seems to have, and some of them."""

    distinct: int | None
    samples: tuple[str, ...]
    choices: bool
    """Whether it looks like one of so few texts that all rows are worth a look."""


def profile(values: Sequence[Any], rows: int | None, most: int = CHOICES) -> Profile:
    """Judge a column by a sample of `values` out of `rows`; a choice is one of at most `most`."""
    present = [value for value in values if value is not None]
    if not present or any(isinstance(value, bytes | list | dict) for value in present[:20]):
        return Profile(distinct=0 if not present else None, samples=(), choices=False)
    counted = Counter(present)
    distinct = _distinct(counted, len(values), len(present), rows)
    few = len(counted) <= FEW or distinct <= most
    choices = few and all(isinstance(value, str | bool) for value in counted)
    keep = most if choices else SAMPLES
    return Profile(
        distinct=distinct,
        samples=samples(value for value, _ in counted.most_common(keep)),
        choices=choices,
    )


def profiled(
    table: TableInfo, looked: Sequence[ColumnInfo], rows: Sequence[Sequence[Any]], count: int | None
) -> TableInfo:
    """Say of a table what some of its rows tell: `rows` have the values of the `looked` columns."""
    seen = {
        column.name: profile([row[at] for row in rows], count) for at, column in enumerate(looked)
    }
    columns = tuple(_with(column, seen.get(column.name)) for column in table.columns)
    return msgspec.structs.replace(table, rows=count, columns=columns)


def _with(column: ColumnInfo, seen: Profile | None) -> ColumnInfo:
    if seen is None:
        return column
    return msgspec.structs.replace(column, distinct=seen.distinct, samples=seen.samples)


def samples(values: Iterable[Any]) -> tuple[str, ...]:
    """Write sample values as text, without those too long to be of use."""
    written = (str(text(value)) for value in values if value is not None)
    return tuple(sample for sample in written if len(sample) <= MAX_LENGTH)


def _distinct(counted: Counter[Any], looked_at: int, present: int, rows: int | None) -> int:
    seen = len(counted)
    if rows is None or looked_at >= rows:
        return seen
    likely = max(seen, rows * present // max(1, looked_at))
    if seen >= present * 0.99:
        return likely
    once = sum(1 for count in counted.values() if count == 1)
    if once * 10 < seen:
        return seen
    # Values seen once hint at values not seen at all (Chao); never more than there are rows.
    twice = sum(1 for count in counted.values() if count == 2)
    return min(likely, seen + once * once // (2 * max(1, twice)))
