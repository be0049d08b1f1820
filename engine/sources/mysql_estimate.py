"""What MySQL and MariaDB expect of a query. Both can EXPLAIN it as a row for each table."""

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any, Final

from engine.ports import Estimate

MOST: Final = 10**15
"""A product of guesses above this says no more than that it is too many."""


async def expected(connection: Any, sql: str) -> Estimate | None:
    """Return how many rows the server expects to go through for checked SQL; None if it cannot say.

    The tables of one SELECT are read for each other: their numbers multiply. SELECTs that stand
    beside each other, or are made first as derived tables, add up.
    """
    async with connection.cursor() as cursor:
        # Prepared, as the query itself is: the driver would send many statements at once.
        await cursor.execute(f"PREPARE askwire FROM {connection.escape(f'EXPLAIN {sql}')}")
        await cursor.execute("EXECUTE askwire")
        names = [str(entry[0]).lower() for entry in cursor.description]
        steps = [dict(zip(names, row, strict=True)) for row in await cursor.fetchall()]
    return _sum_of(steps)


def _sum_of(steps: Sequence[Mapping[str, Any]]) -> Estimate | None:
    selects: dict[Any, list[float]] = {}
    for step in steps:
        if step.get("rows") is not None:
            selects.setdefault(step.get("id"), []).append(float(step["rows"]))
    if not selects:
        return None
    return Estimate(rows=int(min(MOST, sum(prod(rows) for rows in selects.values()))))
