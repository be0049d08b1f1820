"""Holds what an owner says of the data against the data: names, expressions, and one another."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec
from sqlglot import exp

from engine.metrics import NoFormula, formula, metric_named, parsed, simple_parts
from engine.ports import (
    ColumnMeaning,
    CumulativeMetric,
    DerivedMetric,
    Join,
    Meaning,
    Metric,
    RatioMetric,
    SimpleMetric,
    TableInfo,
    TableMeaning,
)
from engine.sources.semantic.expressions import judged, wrong_in
from engine.sources.semantic.naming import Known, column_of, known, nearest_column
from engine.sources.semantic.problems import Problem
from engine.sources.semantic.reading import line_of, near, place

ADDED_UP: Final = ("sum", "count")
"""What may run along time: figures of parts that add up to that of the whole."""
MOST_WORDS: Final = 2_000

Found = Iterator[tuple[str, str]]
"""Paths, and what is wrong there."""


def check_meaning(
    meaning: Meaning,
    tables: Sequence[TableInfo],
    dialect: str,
    lines: Mapping[str, int] | None = None,
) -> tuple[Problem, ...]:
    """Say what is wrong with a meaning, all of it. `tables` are all of the source's."""
    checking = _Checking(meaning, known(tables), dialect)
    data = msgspec.to_builtins(meaning)
    return tuple(
        Problem(
            where=place(f"$.{path}", data),
            message=message,
            line=line_of(f"$.{path}", lines or {}),
        )
        for path, message in checking.all()
    )


class _Checking:
    def __init__(self, meaning: Meaning, tables: Known, dialect: str) -> None:
        self._meaning = meaning
        self._tables = tables
        self._dialect = dialect

    def all(self) -> Found:
        yield from self._twice("tables", [one.name for one in self._meaning.tables])
        for at, table in enumerate(self._meaning.tables):
            yield from self._table(f"tables[{at}]", table)
        for at, join in enumerate(self._meaning.joins):
            yield from self._join(f"joins[{at}]", join)
        names = [one.name for one in (*self._meaning.metrics, *self._meaning.segments)]
        yield from self._twice("metrics", names)
        for at, metric in enumerate(self._meaning.metrics):
            yield from self._name(f"metrics[{at}]", metric.name)
            yield from self._metric(f"metrics[{at}]", metric)
        for at, segment in enumerate(self._meaning.segments):
            path = f"segments[{at}]"
            yield from self._name(path, segment.name)
            place = self._tables.table(segment.table)
            yield from self._is_table(f"{path}.table", segment.table)
            if place is not None:
                yield from self._condition(f"{path}.where", segment.where, place)

    # --- Tables ---

    def _table(self, path: str, said: TableMeaning) -> Found:
        yield from self._is_table(f"{path}.name", said.name)
        table = self._tables.table(said.name)
        if table is None:
            return
        if said.time_column:
            yield from _is_column(f"{path}.time_column", table, said.time_column)
        if said.default_filter:
            yield from self._condition(f"{path}.default_filter", said.default_filter, table)
        yield from self._twice(f"{path}.columns", [column.name for column in said.columns])
        for at, column in enumerate(said.columns):
            yield from self._column(f"{path}.columns[{at}]", table, column)

    def _column(self, path: str, table: TableInfo, said: ColumnMeaning) -> Found:
        yield from _is_column(f"{path}.name", table, said.name)
        for at, value in enumerate(said.values):
            if not any(word.strip() for word in value.means):
                yield f"{path}.values[{at}].means", "Say in at least one word what it means."
        seen = [msgspec.json.encode(value.value).decode() for value in said.values]
        yield from self._twice(f"{path}.values", seen)

    def _join(self, path: str, join: Join) -> Found:
        yield from self._is_table(f"{path}.table", join.table)
        yield from self._is_table(f"{path}.to_table", join.to_table)
        if not join.columns or len(join.columns) != len(join.to_columns):
            yield path, "Name as many columns as to_columns, and at least one."
        for part, name, columns in (
            ("columns", join.table, join.columns),
            ("to_columns", join.to_table, join.to_columns),
        ):
            table = self._tables.table(name)
            for at, column in enumerate(columns if table is not None else ()):
                assert table is not None
                yield from _is_column(f"{path}.{part}[{at}]", table, column)

    # --- Metrics ---

    def _metric(self, path: str, metric: Metric) -> Found:
        wrong = False
        for found in self._parts(path, metric):
            wrong = True
            yield found
        if wrong or isinstance(metric, CumulativeMetric):
            return
        try:
            parts = simple_parts(self._meaning, metric.name)
            if any(part.aggregate == "median" for part in parts):
                return  # Not every dialect has a word for it; who uses the metric finds a way.
            tree = formula(self._meaning, metric.name, self._dialect)
        except NoFormula as error:
            yield path, f"{str(error)[:1].upper()}{str(error)[1:]}."
            return
        yield from ((path, words) for words in judged(exp.select(tree), self._dialect))

    def _parts(self, path: str, metric: Metric) -> Found:
        match metric:
            case SimpleMetric():
                yield from self._simple(path, metric)
            case RatioMetric():
                yield from self._is_figure(f"{path}.numerator", metric.numerator)
                yield from self._is_figure(f"{path}.denominator", metric.denominator)
            case DerivedMetric():
                yield from self._derived(f"{path}.expression", metric)
            case CumulativeMetric():
                yield from self._cumulative(path, metric)

    def _simple(self, path: str, metric: SimpleMetric) -> Found:
        yield from self._is_table(f"{path}.table", metric.table)
        if not metric.expression and metric.aggregate != "count":
            yield f"{path}.expression", f"Say what the {metric.aggregate} is taken of."
        table = self._tables.table(metric.table)
        if table is None:
            return
        if metric.expression:
            for words in wrong_in(metric.expression, self._dialect, table):
                yield f"{path}.expression", words
        if metric.where:
            yield from self._condition(f"{path}.where", metric.where, table)
        if metric.time_column:
            yield from _is_column(f"{path}.time_column", table, metric.time_column)

    def _derived(self, path: str, metric: DerivedMetric) -> Found:
        try:
            tree = parsed(metric.expression, self._dialect)
        except NoFormula as error:
            yield path, f"{str(error)[:1].upper()}{str(error)[1:]}."
            return
        if tree.find(exp.Query, exp.AggFunc, exp.Window) is not None:
            yield path, "It may use the names of metrics, numbers and signs, and no query."
        for column in tree.find_all(exp.Column):
            yield from self._is_figure(path, column.sql())

    def _cumulative(self, path: str, metric: CumulativeMetric) -> Found:
        of = metric_named(self._meaning, metric.metric)
        if not isinstance(of, SimpleMetric) or of.aggregate not in ADDED_UP:
            yield (
                f"{path}.metric",
                f"{metric.metric} is no simple metric with {' or '.join(ADDED_UP)}, which adds up.",
            )
        elif not of.time_column and not self._time_of(of.table):
            yield f"{path}.metric", f"Give {of.name} or its table a time_column to run along."
        if metric.window is not None and (metric.period is None or metric.window < 1):
            yield f"{path}.window", "Say how many of which period, such as window: 7, period: day."

    # --- Names ---

    def _time_of(self, table: str) -> str:
        found = (one for one in self._meaning.tables if one.name.lower() == table.lower())
        return next((one.time_column for one in found), "")

    def _is_table(self, path: str, name: str) -> Found:
        if self._tables.table(name) is None:
            yield path, f"There is no table {name}. {self._tables.nearest(name)}".strip()

    def _is_figure(self, path: str, name: str) -> Found:
        metric = metric_named(self._meaning, name)
        if metric is None:
            hint = near(name, [one.name for one in self._meaning.metrics])
            yield path, f"There is no metric {name}. {hint}".strip()
        elif isinstance(metric, CumulativeMetric):
            yield path, f"{name} runs along time, so nothing can be worked out from it."

    def _condition(self, path: str, text: str, table: TableInfo) -> Found:
        if not text.strip():
            yield path, "It needs a condition."
            return
        for words in wrong_in(text, self._dialect, table, condition=True):
            yield path, words

    def _name(self, path: str, name: str) -> Found:
        if not name.isidentifier():
            yield (
                f"{path}.name",
                f"{name!r} cannot stand in SQL: use letters, digits and _, and put the words that"
                " people use into title and synonyms.",
            )

    def _twice(self, path: str, names: Sequence[str]) -> Found:
        counted = Counter(name.lower() for name in names)
        for name, count in counted.items():
            if count > 1:
                yield path, f"{name} stands here {count} times."


def _is_column(path: str, table: TableInfo, name: str) -> Found:
    if column_of(table, name) is None:
        yield path, f"{table.name} has no column {name}. {nearest_column(table, name)}".strip()
