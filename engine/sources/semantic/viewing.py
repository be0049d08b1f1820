"""What of a meaning may be known: nothing that tells of what is hidden, masked or not there."""

from collections.abc import Sequence

import msgspec

from engine.metrics import NoFormula, simple_parts
from engine.ports import (
    ColumnMeaning,
    Join,
    Meaning,
    Metric,
    SimpleMetric,
    TableInfo,
    TableMeaning,
)
from engine.sources.guard.policy import Policy
from engine.sources.semantic.expressions import columns_in
from engine.sources.semantic.naming import column_of, full_name, known


def seen_of(
    meaning: Meaning, tables: Sequence[TableInfo], policy: Policy | None, dialect: str
) -> Meaning:
    """Return the meaning with names as the catalogue writes them, less what may not be known.

    `tables` are those that are seen. What uses a masked column goes, too: its figures would be
    those of the mask. The values of a masked or sensitive column are not told.
    """
    return _Viewing(meaning, tables, policy, dialect).view()


class _Viewing:
    def __init__(
        self, meaning: Meaning, tables: Sequence[TableInfo], policy: Policy | None, dialect: str
    ) -> None:
        self._meaning = meaning
        self._tables = known(tables)
        self._policy = policy or Policy()
        self._dialect = dialect

    def view(self) -> Meaning:
        meaning = self._meaning
        metrics = tuple(one for one in map(self._metric, meaning.metrics) if one is not None)
        whole = msgspec.structs.replace(meaning, metrics=metrics)
        return Meaning(
            tables=tuple(one for one in map(self._table, meaning.tables) if one is not None),
            joins=tuple(one for one in map(self._join, meaning.joins) if one is not None),
            metrics=tuple(one for one in metrics if _stands(whole, one)),
            segments=tuple(
                msgspec.structs.replace(one, table=full_name(table))
                for one in meaning.segments
                if (table := self._tables.table(one.table)) is not None
                and self._may_use(table, one.where)
            ),
        )

    def _table(self, said: TableMeaning) -> TableMeaning | None:
        table = self._tables.table(said.name)
        if table is None:
            return None
        columns = (self._column(table, column) for column in said.columns)
        filter_ = said.default_filter if self._may_use(table, said.default_filter) else ""
        return msgspec.structs.replace(
            said,
            name=full_name(table),
            time_column=self._named(table, said.time_column),
            default_filter=filter_,
            columns=tuple(column for column in columns if column is not None),
        )

    def _column(self, table: TableInfo, said: ColumnMeaning) -> ColumnMeaning | None:
        column = column_of(table, said.name)
        if column is None:
            return None
        told = self._is_plain(table, column.name) and not self._policy.is_sensitive(column.name)
        return msgspec.structs.replace(said, name=column.name, values=said.values if told else ())

    def _join(self, said: Join) -> Join | None:
        table, other = self._tables.table(said.table), self._tables.table(said.to_table)
        if table is None or other is None:
            return None
        columns = tuple(self._named(table, column) for column in said.columns)
        others = tuple(self._named(other, column) for column in said.to_columns)
        if not columns or len(columns) != len(others) or "" in (*columns, *others):
            return None
        return msgspec.structs.replace(
            said,
            table=full_name(table),
            columns=columns,
            to_table=full_name(other),
            to_columns=others,
        )

    def _metric(self, said: Metric) -> Metric | None:
        if not isinstance(said, SimpleMetric):
            return said
        table = self._tables.table(said.table)
        if table is None or not self._may_use(table, said.expression, said.where):
            return None
        time = self._named(table, said.time_column)
        return msgspec.structs.replace(said, table=full_name(table), time_column=time)

    def _may_use(self, table: TableInfo, *texts: str) -> bool:
        try:
            used = [name for text in texts if text for name in columns_in(text, self._dialect)]
        except NoFormula:
            return False
        return all(self._is_plain(table, name) for name in used)

    def _named(self, table: TableInfo, column: str) -> str:
        """Return a column's name as the catalogue writes it; empty if it may not be used."""
        found = column_of(table, column)
        return found.name if found is not None and self._is_plain(table, found.name) else ""

    def _is_plain(self, table: TableInfo, column: str) -> bool:
        """Tell whether a column is seen as it is."""
        masked = self._policy.mask(full_name(table), column) is not None
        return column_of(table, column) is not None and not masked


def _stands(meaning: Meaning, metric: Metric) -> bool:
    try:
        return bool(simple_parts(meaning, metric.name))
    except NoFormula:
        return False
