"""The catalogue as a model reads it: what the question is about first, as much as there is room."""

import re
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from engine.ports import Catalogue, ColumnInfo, Meaning, SimpleMetric, TableInfo

_WORD: Final = re.compile(r"[^\W_]{2,}")
_SAMPLES: Final = 8
_SAMPLE_CHARS: Final = 40
_FEW: Final = 40
"""A column with no more values than this is one of kinds, whose names matter."""


class Described(msgspec.Struct, frozen=True, kw_only=True):
    """A catalogue in words, and what stands in them."""

    text: str
    tables: tuple[str, ...] = ()
    samples: int = 0


def described(
    catalogue: Catalogue, asked: str, room: int, count: Callable[[str], int]
) -> Described:
    """Describe as many tables as fit into `room` tokens, those that `asked` speaks of first.

    The names of the others are told as far as there is room.
    """
    ranked = relevant(catalogue, asked)
    told: dict[str, str] = {}
    spent = values = 0
    for table in ranked:
        for samples in (_SAMPLES, 3, 0):
            text = _table(table, catalogue.meaning, samples)
            size = count(text)
            if spent + size <= room:
                told[table.name] = text
                spent += size
                values += sum(len(_values(column, table, samples)) for column in table.columns)
                break
    parts = [told[table.name] for table in catalogue.tables if table.name in told]
    left = [table.name for table in ranked if table.name not in told]
    if left:
        parts.append(_others(left, room - spent, count))
    return Described(
        text="\n".join(filter(None, parts)),
        tables=tuple(table.name for table in catalogue.tables if table.name in told),
        samples=values,
    )


def relevant(catalogue: Catalogue, asked: str) -> Sequence[TableInfo]:
    """Order tables by what a question shares with their names, columns, values and meanings.

    What the best of them points to stands before what has nothing to do with any.
    """
    words = _stems(asked)
    scores = {table.name: _score(table, catalogue.meaning, words) for table in catalogue.tables}
    best = max(scores.values(), default=0.0)
    for table in catalogue.tables:
        for key in table.foreign_keys:
            for one, other in ((table.name, key.to_table), (key.to_table, table.name)):
                if best and scores.get(one, 0.0) >= best / 2:
                    scores[other] = max(scores.get(other, 0.0), best / 4)
    order = {table.name: place for place, table in enumerate(catalogue.tables)}
    return sorted(catalogue.tables, key=lambda table: (-scores[table.name], order[table.name]))


def _score(table: TableInfo, meaning: Meaning, words: frozenset[str]) -> float:
    own = _stems(f"{table.name} {table.comment} {_meant(table, meaning)}")
    names = _stems(" ".join(f"{column.name} {column.comment}" for column in table.columns))
    values = _stems(" ".join(text for column in table.columns for text in column.samples[:60]))
    return 4.0 * len(words & own) + 1.5 * len(words & names) + 1.0 * len(words & values)


def _stems(text: str) -> frozenset[str]:
    """Return the words of a text, without the endings that tell one from many."""
    plain = re.sub(r"([a-z])([A-Z])", r"\1 \2", text)
    words = (word.casefold() for word in _WORD.findall(plain))
    return frozenset(word.rstrip("s").removesuffix("ie") for word in words)


def _meant(table: TableInfo, meaning: Meaning) -> str:
    words = [
        " ".join((said.title, said.description, *said.synonyms))
        for said in meaning.tables
        if said.name.split(".")[-1] == table.name
    ]
    for metric in meaning.metrics:
        if isinstance(metric, SimpleMetric) and metric.table.split(".")[-1] == table.name:
            words.append(" ".join((metric.name, metric.title, *metric.synonyms)))
    return " ".join(words)


def _table(table: TableInfo, meaning: Meaning, samples: int) -> str:
    name = f"{table.schema}.{table.name}" if table.schema else table.name
    lines = [f"{name}{_size(table)}{_note(_table_words(table, meaning))}"]
    points = {
        column: f"{key.to_table}.{other}"
        for key in table.foreign_keys
        for column, other in zip(key.columns, key.to_columns, strict=False)
    }
    said = _column_words(table, meaning)
    for column in table.columns:
        words = said.get(column.name, "") or column.comment
        values = _values(column, table, samples)
        lines.append(_column(column, points.get(column.name), words, values))
    return "\n".join(lines)


def _size(table: TableInfo) -> str:
    kind = " (view)" if table.view else ""
    return kind if table.rows is None else f"{kind} ~{table.rows} rows"


def _note(words: str) -> str:
    return f": {words}" if words else ""


def _values(column: ColumnInfo, table: TableInfo, most: int) -> tuple[str, ...]:
    """Choose values that help to write a condition: how text is spelled, how a date is written.

    What the values of a key are, or exact amounts, helps nobody.
    """
    keyed = column.primary or any(column.name in key.columns for key in table.foreign_keys)
    if keyed or not most:
        return ()
    if column.distinct is not None and column.distinct <= _FEW:
        return column.samples[:most]
    return column.samples[: 2 if column.type == "text" else 1]


def _column(column: ColumnInfo, points: str | None, words: str, samples: Sequence[str]) -> str:
    marks = [column.native or column.type]
    if column.primary:
        marks.append("key")
    if points:
        marks.append(f"-> {points}")
    text = f"  {column.name} {' '.join(marks)}{_note(words)}"
    values = [value[:_SAMPLE_CHARS] for value in samples]
    return f"{text} e.g. {' | '.join(values)}" if values else text


def _table_words(table: TableInfo, meaning: Meaning) -> str:
    for said in meaning.tables:
        if said.name.split(".")[-1] == table.name:
            habit = when = ""
            if said.default_filter:
                habit = f"unless asked otherwise only rows where {said.default_filter}"
            if said.time_column:
                when = f"dated by {said.time_column}"
            return "; ".join(filter(None, (said.description or said.title, habit, when)))
    return table.comment


def _column_words(table: TableInfo, meaning: Meaning) -> dict[str, str]:
    found: dict[str, str] = {}
    for said in meaning.tables:
        if said.name.split(".")[-1] == table.name:
            for column in said.columns:
                shown = [f"{value.value} = {value.means[0]}" for value in column.values[:12]]
                values = ", ".join(shown)
                unit = f"in {column.unit}" if column.unit else ""
                words = (column.description or column.title, unit, values)
                found[column.name] = "; ".join(filter(None, words))
    return found


def _others(names: Sequence[str], room: int, count: Callable[[str], int]) -> str:
    words = "Not described here: " + ", ".join(names)
    while names and count(words) > max(room, 0):
        names = names[: len(names) // 2]
        words = "Not described here: " + ", ".join(names) + ", …"
    return words if names else ""


def definitions(meaning: Meaning) -> str:
    """Tell the names that the owner of the data defined: metrics, segments, and joins in words."""
    lines = [
        f"METRIC({metric.name}){_note(metric.description or metric.title)}"
        for metric in meaning.metrics
    ]
    lines += [
        f"SEGMENT({part.name}) of {part.table}{_note(part.description or part.title)}"
        for part in meaning.segments
    ]
    lines += [
        f"{join.table}({', '.join(join.columns)}) belongs to"
        f" {join.to_table}({', '.join(join.to_columns)}){_note(join.description)}"
        for join in meaning.joins
    ]
    return "\n".join(lines)
