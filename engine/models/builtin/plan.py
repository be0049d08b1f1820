"""The plan: what will be asked of the data, typed, frozen, and free of any dialect."""

from typing import Literal

import msgspec

Fn = Literal["count", "sum", "avg", "min", "max", "median"]
Unit = Literal["year", "quarter", "month", "week", "day", "hour", "weekday", "daytype"]
Span = Literal["minute", "hour", "day", "week", "month", "year"]
Op = Literal["=", "!=", ">", "<", ">=", "<="]
Cast = Literal["", "number"]


class Node(msgspec.Struct, frozen=True):
    """A part of a plan."""


class Col(Node, frozen=True, tag="col"):
    """A column. `via` names the key column through which its table is reached, where several
    could.
    """

    table: str
    column: str
    via: str = ""


class Agg(Node, frozen=True, tag="agg"):
    """An aggregate. `count` without `arg` counts rows of `table`."""

    fn: Fn
    arg: "Expr | None" = None
    distinct: bool = False
    table: str = ""
    via: str = ""
    said: str = ""
    """What its owner calls it, if it was defined."""


class Raw(Node, frozen=True, tag="raw"):
    """SQL over the columns of one table, as the data's owner wrote it: a value or condition."""

    table: str
    sql: str
    said: str = ""
    via: str = ""


class Bucket(Node, frozen=True, tag="bucket"):
    """A date or time, cut down to its unit."""

    unit: Unit
    arg: Col


class Math(Node, frozen=True, tag="math"):
    """Arithmetic between two expressions. A division never divides by zero or in whole numbers."""

    op: Literal["+", "-", "*", "/"]
    left: "Expr"
    right: "Expr"
    said: str = ""


class Value(Node, frozen=True, tag="value"):
    """A constant."""

    value: str | float | int | bool | None
    said: str = ""


class Share(Node, frozen=True, tag="share"):
    """What part of the whole an aggregate is, in percent."""

    of: "Expr"


class Running(Node, frozen=True, tag="running"):
    """An aggregate summed up over the groups so far: since the `since` began, or the last few."""

    of: "Expr"
    rows: int | None = None
    since: "Bucket | None" = None
    said: str = ""


class Growth(Node, frozen=True, tag="growth"):
    """The change of an aggregate against the group before, in percent."""

    of: "Expr"


class RateOf(Node, frozen=True, tag="rate"):
    """The percentage of rows for which a condition holds."""

    cond: "Cond"


class If(Node, frozen=True, tag="if"):
    """A value where a condition holds, else nothing."""

    cond: "Cond"
    then: "Expr"


class Scalar(Node, frozen=True, tag="scalar"):
    """The one value that another query gives."""

    query: "Query"


class Elapsed(Node, frozen=True, tag="elapsed"):
    """How long it took from one moment to another, in a unit; without an end until a day."""

    start: Col
    end: Col | None = None
    unit: Span = "day"
    until: str = ""


Expr = (
    Col
    | Agg
    | Bucket
    | Math
    | Value
    | Share
    | Running
    | Growth
    | RateOf
    | If
    | Scalar
    | Elapsed
    | Raw
)


class Compare(Node, frozen=True, tag="compare"):
    """`left op right`."""

    left: Expr
    op: Op
    right: Expr


class Between(Node, frozen=True, tag="between"):
    """From `low` to `high`, both included."""

    left: Expr
    low: Expr
    high: Expr


class Period(Node, frozen=True, tag="period"):
    """From `start` until just before `end`; either may be open. ISO 8601."""

    left: Col
    start: str = ""
    end: str = ""
    words: str = ""


class OneOf(Node, frozen=True, tag="one_of"):
    """Is one of the values."""

    left: Expr
    values: tuple[str | float | int | bool, ...]


class Weekend(Node, frozen=True, tag="weekend"):
    """Falls on a Saturday or Sunday."""

    left: Col


class Like(Node, frozen=True, tag="like"):
    """Holds, begins or ends with a text, whatever the case of its letters."""

    left: Expr
    how: Literal["contains", "starts", "ends"]
    text: str


class Missing(Node, frozen=True, tag="missing"):
    """Has no value."""

    left: Expr


class Not(Node, frozen=True, tag="not"):
    """The opposite."""

    of: "Cond"


class All(Node, frozen=True, tag="all"):
    """Every one of them."""

    of: "tuple[Cond, ...]"


class Some(Node, frozen=True, tag="some"):
    """At least one of them."""

    of: "tuple[Cond, ...]"


class Within(Node, frozen=True, tag="within"):
    """The column's value is among those another query gives."""

    left: Col
    query: "Query"
    negated: bool = False


Cond = (
    Compare | Between | Period | Weekend | OneOf | Like | Missing | Not | All | Some | Within | Raw
)


class Key(Node, frozen=True, tag="key"):
    """One thing to sort by."""

    by: Expr
    descending: bool = False


class Output(Node, frozen=True, tag="output"):
    """One column of the result. Without a name it has that of its expression."""

    expr: Expr
    name: str = ""


class Query(Node, frozen=True, tag="query"):
    """A question, read. Which joins it takes is found out later from the tables it names."""

    root: str
    outputs: tuple[Output, ...]
    where: tuple[Cond, ...] = ()
    group: tuple[Expr, ...] = ()
    having: tuple[Cond, ...] = ()
    order: tuple[Key, ...] = ()
    limit: int | None = None
    distinct: bool = False
    tables: tuple[str, ...] = ()
    star: bool = False
    top_per: int | None = None
    combine: "tuple[Literal['union', 'intersect', 'except'], Query] | None" = None
