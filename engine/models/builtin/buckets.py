"""Dates cut down to years, months or days, and text read as numbers, in each dialect's words."""

from sqlglot import exp

from engine.models.builtin.plan import Span, Unit

_STRFTIME: dict[Unit, str] = {
    "year": "%Y", "month": "%Y-%m", "week": "%Y-W%W", "day": "%Y-%m-%d", "hour": "%H",
    "weekday": "%w",
}  # fmt: skip
_TO_CHAR: dict[Unit, str] = {
    "year": "YYYY", "month": "YYYY-MM", "week": "IYYY-\"W\"IW", "day": "YYYY-MM-DD",
    "hour": "HH24", "weekday": "D", "quarter": "YYYY-\"Q\"Q",
}  # fmt: skip
_DATE_FORMAT: dict[Unit, str] = {
    "year": "%Y", "month": "%Y-%m", "week": "%x-W%v", "day": "%Y-%m-%d", "hour": "%H",
    "weekday": "%w",
}  # fmt: skip


def bucket(column: exp.Expr, unit: Unit, dialect: str) -> exp.Expr:
    """Return text that sorts in time: 2024, 2024-Q3, 2024-07, 2024-W31, 2024-07-30; weekday 0 is
    Sunday.
    """
    if unit == "daytype":
        case = exp.Case().when(weekend(column, dialect), exp.Literal.string("weekend"))
        return case.else_(exp.Literal.string("weekday"))
    if dialect == "postgres":
        return _call("TO_CHAR", column, _TO_CHAR[unit])
    if unit == "quarter":
        return _quarter(column, dialect)
    if dialect == "mysql":
        return _call("DATE_FORMAT", column, _DATE_FORMAT[unit])
    if dialect == "duckdb":
        moment = exp.Cast(this=column, to=exp.DataType.build("TIMESTAMP"))
        return _call("STRFTIME", moment, _STRFTIME[unit])
    return exp.Anonymous(this="STRFTIME", expressions=[exp.Literal.string(_STRFTIME[unit]), column])


def _call(name: str, column: exp.Expr, pattern: str) -> exp.Expr:
    return exp.Anonymous(this=name, expressions=[column, exp.Literal.string(pattern)])


def _quarter(column: exp.Expr, dialect: str) -> exp.Expr:
    """Write year, Q and the third of the month's number, which every dialect can."""
    year = bucket(column, "year", dialect)
    if dialect == "duckdb":
        moment = exp.Cast(this=column.copy(), to=exp.DataType.build("TIMESTAMP"))
        month: exp.Expr = _call("STRFTIME", moment, "%m")
    elif dialect == "mysql":
        month = _call("DATE_FORMAT", column.copy(), "%m")
    else:
        month = exp.Anonymous(
            this="STRFTIME", expressions=[exp.Literal.string("%m"), column.copy()]
        )
    whole = exp.Cast(this=month, to=exp.DataType.build("INT"))
    plus = exp.Paren(this=exp.Add(this=whole, expression=exp.Literal.number(2)))
    third = (
        exp.IntDiv(this=plus, expression=exp.Literal.number(3))
        if dialect in ("duckdb", "mysql")
        else exp.Div(this=plus, expression=exp.Literal.number(3), typed=True)
    )
    parts = [year, exp.Literal.string("-Q"), exp.Cast(this=third, to=exp.DataType.build("TEXT"))]
    if dialect == "mysql":
        return exp.Concat(expressions=[year, exp.Literal.string("-Q"), third])
    return exp.DPipe(this=exp.DPipe(this=parts[0], expression=parts[1]), expression=parts[2])


def weekend(column: exp.Expr, dialect: str) -> exp.Expr:
    """Whether a date is a Saturday or a Sunday; PostgreSQL counts Sunday as 1, the others as 0."""
    days = ("1", "7") if dialect == "postgres" else ("0", "6")
    day = bucket(column, "weekday", dialect)
    return exp.In(this=day, expressions=[exp.Literal.string(each) for each in days])


def number(column: exp.Expr, dialect: str) -> exp.Expr:
    """Read text as a number; what is none counts as missing where the dialect allows."""
    if dialect == "duckdb":
        return exp.TryCast(this=column, to=exp.DataType.build("DOUBLE"))
    kind = "DECIMAL(30, 6)" if dialect == "mysql" else "DOUBLE"
    return exp.Cast(this=column, to=exp.DataType.build(kind))


_SECONDS: dict[Span, int] = {
    "minute": 60, "hour": 3_600, "day": 86_400, "week": 604_800, "month": 2_629_800,
    "year": 31_557_600,
}  # fmt: skip
"""A month is the twelfth of a year, a year 365.25 days."""


def elapsed(start: exp.Expr, end: exp.Expr, unit: Span, dialect: str) -> exp.Expr:
    """Return how long it was from one moment to another, as a real number of units."""
    seconds = _SECONDS[unit]
    if dialect == "sqlite":
        whole = exp.Literal.string("%s")
        ends = [
            exp.Anonymous(this="STRFTIME", expressions=[whole.copy(), each])
            for each in (end, start)
        ]
        return _over(exp.Paren(this=exp.Sub(this=ends[0], expression=ends[1])), seconds)
    if dialect == "mysql":
        words = [exp.Var(this="SECOND"), start, end]
        return _over(exp.Anonymous(this="TIMESTAMPDIFF", expressions=words), seconds)
    moment = exp.DataType.build("TIMESTAMP")
    first, last = (exp.Cast(this=each, to=moment.copy()) for each in (start, end))
    if dialect == "postgres":
        gap = exp.Paren(this=exp.Sub(this=last, expression=first))
        return _over(exp.Extract(this=exp.Var(this="EPOCH"), expression=gap), seconds)
    words = [exp.Literal.string("second"), first, last]
    return _over(exp.Anonymous(this="DATE_DIFF", expressions=words), seconds)


def _over(value: exp.Expr, count: float) -> exp.Expr:
    """Divide without losing what is behind the point; 24.0 rather than 24."""
    return exp.Div(this=value, expression=exp.Literal.number(f"{float(count)}"))
