"""Whether two queries found the same. Pure."""

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

_MOST_ORDERS: Final = 2_000
"""How many orders of columns are tried at most: columns that hold the same are many at times."""


def same_rows(
    expected: Sequence[Sequence[Any]], found: Sequence[Sequence[Any]], *, ordered: bool
) -> bool:
    """Compare rows in any order, unless it was asked for, and columns in any order.

    Numbers are compared to six places: 2 and 2.0 and "2" from a decimal column are the same.
    """
    if len(expected) != len(found):
        return False
    if not expected:
        return True
    if len(expected[0]) != len(found[0]):
        return False
    wanted = [tuple(map(_plain, row)) for row in expected]
    got = [tuple(map(_plain, row)) for row in found]
    for places in itertools.islice(_orders(wanted, got), _MOST_ORDERS):
        rows = [tuple(row[place] for place in places) for row in got]
        if rows == wanted if ordered else Counter(rows) == Counter(wanted):
            return True
    return False


def _orders(
    wanted: Sequence[tuple[Any, ...]], got: Sequence[tuple[Any, ...]]
) -> Iterator[tuple[int, ...]]:
    """Return the orders of columns in which each could hold what is wanted of it."""
    width = len(wanted[0])
    held = [Counter(row[place] for row in got) for place in range(width)]
    needed = [Counter(row[place] for row in wanted) for place in range(width)]
    fits = [[place for place in range(width) if held[place] == need] for need in needed]
    return (places for places in itertools.product(*fits) if len(set(places)) == width)


def _plain(cell: Any) -> Any:
    if isinstance(cell, bool):
        return float(cell)
    if isinstance(cell, str):
        try:
            return round(float(cell), 6)
        except ValueError:
            return cell
    if isinstance(cell, int | float):
        return round(float(cell), 6)
    return str(cell) if isinstance(cell, list | dict) else cell
