"""Moments: dates that are stored as seconds, as months or as plain digits, read as dates."""

import re
from collections.abc import Sequence
from typing import Literal

from sqlglot import exp

Stored = Literal["", "seconds", "millis", "month", "digits"]
"""How a column keeps its dates, where it keeps them neither as dates nor as ISO 8601."""

_SAYING = frozenset("at ts time date timestamp on epoch unix when since until dt".split())
_MONTH = re.compile(r"^(19|20)\d{2}-(0[1-9]|1[0-2])$")
_DIGITS = re.compile(r"^(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$")
_FIRST, _LAST = 631_152_000, 4_102_444_800
"""1990 and 2100 in seconds since 1970."""


def stored(words: Sequence[str], samples: Sequence[str]) -> Stored:
    """Tell how a column keeps dates, by its name and by what stands in it."""
    if not samples:
        return ""
    if all(_MONTH.match(sample) for sample in samples):
        return "month"
    if not _SAYING & set(words):
        return ""
    if all(_DIGITS.match(sample) for sample in samples):
        return "digits"
    if not all(sample.isdecimal() for sample in samples):
        return ""
    numbers = [int(sample) for sample in samples]
    if all(_FIRST <= number <= _LAST for number in numbers):
        return "seconds"
    return "millis" if all(_FIRST <= number // 1000 <= _LAST for number in numbers) else ""


def moment(column: exp.Expr, how: Stored, dialect: str) -> exp.Expr:
    """Return a date of which every dialect can tell the month: text in SQLite, else a timestamp."""
    match how:
        case "seconds":
            return _since_1970(column, dialect)
        case "millis":
            thousand = exp.Literal.number(1000)
            return _since_1970(exp.Div(this=column, expression=thousand, typed=True), dialect)
        case "month":
            return _dated(exp.DPipe(this=column, expression=exp.Literal.string("-01")), dialect)
        case "digits":
            text = exp.Cast(this=column, to=exp.DataType.build("TEXT"))
            return _dated(_parted(text), dialect)
        case _:
            return column


def _since_1970(seconds: exp.Expr, dialect: str) -> exp.Expr:
    if dialect == "sqlite":
        unit = exp.Literal.string("unixepoch")
        return exp.Anonymous(this="DATETIME", expressions=[seconds, unit])
    name = "FROM_UNIXTIME" if dialect == "mysql" else "TO_TIMESTAMP"
    return exp.Anonymous(this=name, expressions=[seconds])


def _parted(text: exp.Expr) -> exp.Expr:
    """Write 20240731 as 2024-07-31."""
    parts = [
        exp.Substring(this=text.copy(), start=exp.Literal.number(first), length=_number(length))
        for first, length in ((1, 4), (5, 2), (7, 2))
    ]
    found: exp.Expr = parts[0]
    for part in parts[1:]:
        dash = exp.DPipe(this=found, expression=exp.Literal.string("-"))
        found = exp.DPipe(this=dash, expression=part)
    return found


def _number(value: int) -> exp.Expr:
    return exp.Literal.number(value)


def _dated(text: exp.Expr, dialect: str) -> exp.Expr:
    """SQLite and MySQL compare dates written as text; the others need to be told."""
    if dialect == "mysql" and isinstance(text, exp.DPipe):
        return exp.Concat(expressions=list(text.flatten()))
    if dialect in ("sqlite", "mysql"):
        return exp.Paren(this=text)
    return exp.Cast(this=exp.Paren(this=text), to=exp.DataType.build("DATE"))
