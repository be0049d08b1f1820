"""Time expressions: what a person means by last month, since March or per week."""

import calendar
import datetime as dt
from collections.abc import Callable, Sequence
from typing import cast

import msgspec

from engine.models.builtin.plan import Unit
from engine.models.builtin.words import Token

_MONTHS = {name.lower(): n for n, name in enumerate(calendar.month_name) if name}
_SHORT = {name.lower(): n for n, name in enumerate(calendar.month_abbr) if name}
_UNITS: dict[str, Unit] = {
    "year": "year", "quarter": "quarter", "month": "month", "week": "week", "day": "day",
    "hour": "hour", "weekday": "weekday", "date": "day",
}  # fmt: skip
_PARTS: dict[str, Unit] = {
    "day of the week": "weekday", "day of week": "weekday", "days of the week": "weekday",
    "hour of the day": "hour", "hour of day": "hour",
}  # fmt: skip
_PARTS_BEGIN = frozenset(text.split()[0] for text in _PARTS)
_ADVERBS: dict[str, Unit] = {
    "yearly": "year", "annually": "year", "annual": "year", "quarterly": "quarter",
    "monthly": "month", "weekly": "week", "daily": "day", "hourly": "hour",
}  # fmt: skip
_ORDINALS = {
    "first": 1,
    "second": 2,
    "third": 3,
    "fourth": 4,
    "1st": 1,
    "2nd": 2,
    "3rd": 3,
    "4th": 4,
}


class Time(msgspec.Struct, frozen=True):
    """Tokens `first` up to `last` (excluded) that speak of time.

    A period has `start` and `end` (excluded); a grouping has a `unit`; both never.
    """

    first: int
    last: int
    start: str = ""
    end: str = ""
    unit: Unit | None = None
    adverb: bool = False
    weekend: bool = False
    workday: bool = False
    words: str = ""


def times(words: Sequence[Token], today: dt.date) -> list[Time]:
    """Find all time expressions, longest first at each place."""
    found: list[Time] = []
    at = 0
    while at < len(words):
        time = _at(words, at, today)
        if time is None:
            at += 1
            continue
        text = " ".join(token.text for token in words[time.first : time.last])
        found.append(msgspec.structs.replace(time, words=text))
        at = time.last
    return found


def _at(words: Sequence[Token], at: int, today: dt.date) -> Time | None:
    for rule in _RULES:
        time = rule(words, at, today)
        if time is not None:
            return time
    return None


def _period(first: int, last: int, start: dt.date, end: dt.date) -> Time:
    return Time(first, last, start.isoformat(), end.isoformat())


def _word(words: Sequence[Token], at: int) -> str:
    return words[at].lower if 0 <= at < len(words) else ""


def _lemma(words: Sequence[Token], at: int) -> str:
    return words[at].lemma if 0 <= at < len(words) else ""


def _year_at(words: Sequence[Token], at: int) -> int | None:
    value = words[at].value if 0 <= at < len(words) else None
    return value if isinstance(value, int) and 1900 <= value <= 2100 else None


def moved(day: dt.date, unit: str, count: int) -> dt.date:
    """Return the day so many units later; the end of a month stays within the month."""
    if unit == "day":
        return day + dt.timedelta(days=count)
    if unit == "week":
        return day + dt.timedelta(weeks=count)
    months = count * {"month": 1, "quarter": 3, "year": 12}[unit]
    total = day.year * 12 + day.month - 1 + months
    year, month = divmod(total, 12)
    year = min(max(year, 1), 9998)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def floor(day: dt.date, unit: str) -> dt.date:
    """Return the first day of the unit that a day lies in. Weeks begin on Monday."""
    if unit == "week":
        return day - dt.timedelta(days=day.weekday())
    if unit == "month":
        return day.replace(day=1)
    if unit == "quarter":
        return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
    if unit == "year":
        return day.replace(month=1, day=1)
    return day


def _relative(words: Sequence[Token], at: int, today: dt.date) -> Time | None:
    """`last year`, `this month`, `past 30 days`, `previous two quarters`."""
    word, nxt = _word(words, at), at + 1
    if word not in ("last", "past", "previous", "this", "current", "next"):
        return None
    count = words[nxt].value if nxt < len(words) else None
    if isinstance(count, int) and 0 < count < 10_000 and _lemma(words, nxt + 1) in _UNITS:
        unit = _lemma(words, nxt + 1)
        if unit in ("hour", "weekday") or word in ("this", "current", "next"):
            return None
        unit = "day" if unit == "date" else unit
        start = moved(today, unit, -count)
        return _period(at, nxt + 2, start, today + dt.timedelta(days=1))
    unit = _lemma(words, nxt)
    if unit not in ("year", "quarter", "month", "week", "day"):
        return None
    start = floor(today, unit)
    if word in ("last", "past", "previous"):
        start = moved(start, unit, -1)
    elif word == "next":
        start = moved(start, unit, 1)
    return _period(at, nxt + 1, start, moved(start, unit, 1))


def _to_date(words: Sequence[Token], at: int, today: dt.date) -> Time | None:
    unit, last = "", at
    if _word(words, at) in ("ytd", "mtd", "qtd"):
        unit, last = {"y": "year", "m": "month", "q": "quarter"}[_word(words, at)[0]], at + 1
    elif [_word(words, at + 1), _word(words, at + 2)] == ["to", "date"]:
        unit, last = _word(words, at), at + 3
    if unit not in ("year", "month", "quarter", "week"):
        return None
    return _period(at, last, floor(today, unit), today + dt.timedelta(days=1))


def _near(words: Sequence[Token], at: int, today: dt.date) -> Time | None:
    offset = {"today": 0, "yesterday": -1, "tomorrow": 1}.get(_word(words, at))
    if offset is None:
        return None
    day = today + dt.timedelta(days=offset)
    return _period(at, at + 1, day, day + dt.timedelta(days=1))


def _date(words: Sequence[Token], at: int, today: dt.date) -> Time | None:
    if words[at].kind != "date":
        return None
    try:
        day = dt.date(*(int(part) for part in words[at].text.split("-")))
        return _period(at, at + 1, day, day + dt.timedelta(days=1))
    except (ValueError, OverflowError):
        return None


def _month(words: Sequence[Token], at: int, today: dt.date) -> Time | None:
    """`March`, `March 2024`, `March 5, 2024`, `5 March 2024`."""
    first, day = at, None
    if isinstance(words[at].value, int) and _month_number(words, at + 1):
        day, at = words[at].value, at + 1
    month = _month_number(words, at)
    if month is None:
        return None
    last = at + 1
    value = words[last].value if last < len(words) else None
    if day is None and isinstance(value, int) and 1 <= value <= 31:
        day, last = value, last + 1
    if _word(words, last) in (",", "of") and _year_at(words, last + 1):
        last += 1
    year = _year_at(words, last)
    if year is not None:
        last += 1
    else:
        year = today.year if month <= today.month else today.year - 1
    try:
        if day is not None:
            start = dt.date(year, month, int(day))
            return _period(first, last, start, start + dt.timedelta(days=1))
        start = dt.date(year, month, 1)
        return _period(first, last, start, moved(start, "month", 1))
    except ValueError:
        return None


def _month_number(words: Sequence[Token], at: int) -> int | None:
    if not 0 <= at < len(words):
        return None
    word = words[at].lower.rstrip(".")
    if word in ("may", "march", "mar", "dec", "sun") and not words[at].proper:
        return None
    return _MONTHS.get(word) or (_SHORT.get(word) if words[at].proper else None)


def _quarter(words: Sequence[Token], at: int, today: dt.date) -> Time | None:
    word = _word(words, at)
    if len(word) == 2 and word[0] == "q" and word[1] in "1234":
        number, last = int(word[1]), at + 1
    elif word in _ORDINALS and _word(words, at + 1) == "quarter":
        number, last = _ORDINALS[word], at + 2
    else:
        return None
    if _word(words, last) == "of":
        last += 1
    year = _year_at(words, last)
    start = dt.date(year or today.year, number * 3 - 2, 1)
    if year is None and start > today:
        start = moved(start, "year", -1)
    return _period(at, last + (year is not None), start, moved(start, "quarter", 1))


def _weekend(words: Sequence[Token], at: int, today: dt.date) -> Time | None:
    if _lemma(words, at) == "weekend":
        return Time(at, at + 1, weekend=True)
    grouped = _word(words, at - 1) in ("per", "by", "each", "every", "which", "what")
    if _lemma(words, at) in ("weekday", "workday") and not grouped:
        return Time(at, at + 1, weekend=True, workday=True)
    if f"{_word(words, at)} {_lemma(words, at + 1)}" in ("work day", "working day", "week day"):
        return Time(at, at + 2, weekend=True, workday=True)
    return None


def _unit(words: Sequence[Token], at: int, today: dt.date) -> Time | None:
    if unit := _ADVERBS.get(_word(words, at)):
        return Time(at, at + 1, unit=unit, adverb=True)
    if _word(words, at) in _PARTS_BEGIN:
        phrase = " ".join(_word(words, at + k) for k in range(4))
        for text, named in _PARTS.items():
            if phrase.startswith(text):
                return Time(at, at + len(text.split()), unit=named)
    unit = _UNITS.get(_lemma(words, at))
    if unit is None or _lemma(words, at) == "date":
        return None
    by = at
    while by and _word(words, by - 1) in ("the", "calendar", "different"):
        by -= 1
    before = _word(words, by - 1) if by else ""
    over = [_word(words, at + 1), _lemma(words, at + 2)] == ["over", _lemma(words, at)]
    if over:
        return Time(at, at + 3, unit=unit, adverb=True)
    doubled = _word(words, at + 1) == "by" and _lemma(words, at + 2) == _lemma(words, at)
    asked = before in ("which", "what") and by == 1
    if before in ("by", "per", "each", "every", "a", "over", "across") or doubled or asked:
        return Time(
            at, at + (3 if doubled else 1), unit=unit, adverb=before in ("a", "over") or doubled
        )
    return None


_Rule = Callable[[Sequence[Token], int, dt.date], Time | None]
_RULES = cast(
    tuple[_Rule, ...],
    (_relative, _to_date, _near, _date, _month, _quarter, _weekend, _unit),
)


def year(number: int) -> tuple[str, str]:
    """Return the first day of a year and of the next."""
    return f"{number:04d}-01-01", f"{number + 1:04d}-01-01"
