"""The days of the sample data, and how busy the shop is on each of them."""

import math
from collections.abc import Iterator
from datetime import date, timedelta

# Fixed, so that the data is the same whenever it is made. LAST is the shop's "today".
FIRST = date(2023, 1, 1)
LAST = date(2026, 10, 31)

# January to December: a quiet late winter, a dip while people are away, then the holidays.
MONTHS = (0.92, 0.84, 0.93, 0.97, 1.02, 0.98, 0.93, 0.86, 0.98, 1.06, 1.26, 1.55)
# Monday to Sunday.
WEEKDAYS = (1.02, 0.95, 0.93, 0.95, 1.05, 1.12, 0.98)

# How many times as many orders a discount of so many percent brings.
CAMPAIGN_PULL = {0: 1.0, 10: 1.3, 15: 1.35, 20: 2.2}

# The one week a reader of a chart should stumble over: the warehouse moved, and could not ship.
MOVE_FROM = date(2025, 6, 9)
MOVE_UPTO = date(2025, 6, 15)

ORDERS_A_DAY_AT_FIRST = 46.5
GROWTH_A_YEAR = 1.22


def days() -> Iterator[date]:
    """Every day of the sample data, in order."""
    day = FIRST
    while day <= LAST:
        yield day
        day += timedelta(days=1)


def years_in(day: date) -> float:
    """How many years after the first day `day` is."""
    return (day - FIRST).days / 365.25


def month_index(day: date) -> int:
    """0 for the first month of the data, 1 for the next, and so on."""
    return (day.year - FIRST.year) * 12 + day.month - FIRST.month


def month_count() -> int:
    """How many months the data has."""
    return month_index(LAST) + 1


def black_friday(year: int) -> date:
    """The day after the fourth Thursday of November."""
    first = date(year, 11, 1)
    return first + timedelta(days=(3 - first.weekday()) % 7 + 22)


def campaign(day: date) -> int:
    """The discount in percent that everyone gets on `day`; 0 on most days."""
    friday = black_friday(day.year)
    if timedelta(0) <= day - friday <= timedelta(days=3):
        return 20
    if day.month == 5 and 8 <= day.day <= 14:
        return 10
    if day.month == 1 and 7 <= day.day <= 20:
        return 15
    return 0


def orders_expected(day: date) -> float:
    """How many orders `day` should bring, before chance has its say."""
    level = ORDERS_A_DAY_AT_FIRST * math.pow(GROWTH_A_YEAR, years_in(day))
    # Months blend into each other: half of each neighbour's step is taken by the month's edge.
    month = MONTHS[day.month - 1]
    neighbour = MONTHS[(day.month if day.day > 15 else day.month - 2) % 12]
    month += (neighbour - month) * abs(day.day - 15.5) / 31
    pull = CAMPAIGN_PULL[campaign(day)]
    if MOVE_FROM <= day <= MOVE_UPTO:
        pull = 0.35
    if day.month == 12 and day.day in (25, 26):
        pull = 0.4
    return level * month * WEEKDAYS[day.weekday()] * pull


def seasonal(day: date, amplitude: float, warmest: int = 200) -> float:
    """A yearly wave between `-amplitude` and `amplitude`, highest on day `warmest` of the year."""
    return amplitude * math.cos(2 * math.pi * (day.timetuple().tm_yday - warmest) / 365.25)
