"""What the data of a source means, in the words of the people who own it.

Every text of SQL in here is an expression in the source's own dialect in which only the columns of
one table are named, without the table before them. It was parsed, and passed the guard, before it
was kept; still, whatever is made from it runs through the guard like everything else.
"""

from typing import Literal

import msgspec

Aggregate = Literal["sum", "avg", "min", "max", "count", "count_distinct", "median"]
Period = Literal["day", "week", "month", "quarter", "year"]
Scalar = str | int | float | bool


class ValueMeaning(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """One value of a column: `DE` means Germany, `1` means active. `means[0]` is how to show it."""

    value: Scalar
    means: tuple[str, ...]


class ColumnMeaning(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """A column in words."""

    name: str
    title: str = ""
    """How to show it, such as `Order date`; empty to make it of the name."""
    description: str = ""
    synonyms: tuple[str, ...] = ()
    values: tuple[ValueMeaning, ...] = ()
    unit: str = ""
    """What its numbers count, such as `EUR`, `kg` or `%`."""


class TableMeaning(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """A table in words. `name` is written `table` or `schema.table`."""

    name: str
    title: str = ""
    description: str = ""
    synonyms: tuple[str, ...] = ()
    time_column: str = ""
    """By which column "last month" is meant when a question does not say."""
    default_filter: str = ""
    """A condition that holds unless the question speaks of what it leaves out.

    A habit, not a protection: the guard does not enforce it. Row filters are for that.
    """
    columns: tuple[ColumnMeaning, ...] = ()


class Join(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """Rows of `table` belong to rows of `to_table` where these columns are equal, in this order.

    `words` say what the other row is to this one: an employee's `manager`, an order's `buyer`.
    """

    table: str
    columns: tuple[str, ...]
    to_table: str
    to_columns: tuple[str, ...]
    words: tuple[str, ...] = ()
    description: str = ""


class Segment(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """A named part of a table's rows: `where` is the condition that they meet."""

    name: str
    title: str = ""
    description: str = ""
    synonyms: tuple[str, ...] = ()
    table: str
    where: str


class SimpleMetric(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    tag_field="type",
    tag="simple",
):
    """An aggregate of an expression over one table, of the rows that meet `where` if it is given.

    For `count`, an empty expression counts rows. The table's default filter is not part of it.
    """

    name: str
    title: str = ""
    description: str = ""
    synonyms: tuple[str, ...] = ()
    unit: str = ""
    table: str
    aggregate: Aggregate
    expression: str = ""
    where: str = ""
    time_column: str = ""
    """By which column of the table it is told over time; empty for that of the table."""


class RatioMetric(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    tag_field="type",
    tag="ratio",
):
    """One metric divided by another; NULL where the other is 0."""

    name: str
    title: str = ""
    description: str = ""
    synonyms: tuple[str, ...] = ()
    unit: str = ""
    """`%` says that the quotient is shown times one hundred."""
    numerator: str
    denominator: str


class DerivedMetric(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    tag_field="type",
    tag="derived",
):
    """A calculation in which the names of simple, ratio and derived metrics stand for figures."""

    name: str
    title: str = ""
    description: str = ""
    synonyms: tuple[str, ...] = ()
    unit: str = ""
    expression: str


class CumulativeMetric(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    tag_field="type",
    tag="cumulative",
):
    """A simple metric added up along its time column.

    Over the last `window` periods of the length `period` (a moving total); or since the beginning
    of the `period` (`month` gives month to date); or, with neither, since the first row.
    """

    name: str
    title: str = ""
    description: str = ""
    synonyms: tuple[str, ...] = ()
    unit: str = ""
    metric: str
    period: Period | None = None
    window: int | None = None


Metric = SimpleMetric | RatioMetric | DerivedMetric | CumulativeMetric


class Meaning(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """All that was said of a source. What a caller gets of it names nothing that is hidden."""

    tables: tuple[TableMeaning, ...] = ()
    joins: tuple[Join, ...] = ()
    metrics: tuple[Metric, ...] = ()
    segments: tuple[Segment, ...] = ()
